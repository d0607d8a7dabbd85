"""A private text knows which section it was of, so that it is found again when that comes back."""

from django.db import migrations, models
from django.db.models import F


def remember(apps, schema_editor):
    texts = apps.get_model("papers", "PrivateText").objects.exclude(section=None)
    texts.update(section_id_was=F("section_id"))


class Migration(migrations.Migration):
    dependencies = [("papers", "0007_set_aside")]
    operations = [
        migrations.AddField(
            model_name="privatetext",
            name="section_id_was",
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.RunPython(remember, migrations.RunPython.noop),
    ]
