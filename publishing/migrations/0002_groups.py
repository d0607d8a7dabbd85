"""Two groups, beside administrators: editors write; publishers also publish, restore, and say who may see."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

CONTENT = ("papers", "quotes", "timeline")
WRITTEN = (
    ("papers", "section"),
    ("papers", "paper"),
    ("papers", "source"),
    ("quotes", "quote"),
    ("timeline", "timelineevent"),
    ("timeline", "theory"),
    ("timeline", "evidence"),
)
ALSO = ("papers.change_report", "papers.view_report", "papers.view_changeset", "papers.view_picture")
PUBLISHERS = (
    "papers.add_report",
    "papers.set_visibility",
    "papers.restore_report",
    "publishing.add_edition",
    "publishing.change_edition",
    "publishing.view_edition",
)


def make(apps, schema_editor):
    # Permissions are made after all migrations; here they are needed before.
    for label in (*CONTENT, "publishing"):
        config = apps.get_app_config(label)
        # The stand-ins that a migration gets for apps say that they have no models, and so no permissions.
        had = getattr(config, "models_module", None)
        config.models_module = had or True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = had
    Group, Permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")

    def known(names):
        pairs = [name.split(".") for name in names]
        return [
            Permission.objects.get(content_type__app_label=app, codename=codename) for app, codename in pairs
        ]

    written = [f"{app}.{do}_{model}" for app, model in WRITTEN for do in ("add", "change", "delete", "view")]
    editors, _ = Group.objects.get_or_create(name="editors")
    editors.permissions.add(*known([*written, *ALSO]))
    publishers, _ = Group.objects.get_or_create(name="publishers")
    publishers.permissions.add(*known([*written, *ALSO, *PUBLISHERS]))


class Migration(migrations.Migration):
    dependencies = [
        ("publishing", "0001_editions"),
        ("papers", "0006_report_permissions"),
        ("quotes", "0003_between"),
        ("timeline", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
