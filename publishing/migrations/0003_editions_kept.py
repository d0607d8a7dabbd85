"""An edition's guard without gaps: a redaction is the one thing that may change its words, and leaves its entry.

The first guard let whoever touched `redactions` change everything else along with it, empty that list, and
take a withdrawal back; SQLite's INSERT OR REPLACE and PostgreSQL's TRUNCATE went past it. A migration that
has SQLite build the table anew (a changed or removed field) loses its triggers, and must call `guard` again.
"""

from django.db import migrations

ALWAYS = "id report_id number version published_at published_by".split()
WORDS = "name note document sha256 reasons".split()
WITHDRAWN = "withdrawn_at withdrawn_by".split()
REFUSAL = "An edition is frozen: it can be withdrawn, but neither altered nor deleted."


def _refused(differs: str, length: str) -> str:
    """When an update is refused, in SQL."""

    def changed(names: list[str]) -> str:
        return "(" + " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in names) + ")"

    grown = f"({length}(NEW.redactions) > {length}(OLD.redactions))"
    return (
        f"{changed(ALWAYS)} OR ({changed([*WORDS, 'redactions'])} AND NOT {grown})"
        f" OR (OLD.withdrawn_at IS NOT NULL AND ({changed(WITHDRAWN)}"
        f" OR ({changed(['withdrawn_why'])} AND NOT {grown})))"
    )


def guard(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        for statement in (
            f"BEFORE UPDATE ON publishing_edition WHEN {_refused('IS NOT', 'json_array_length')}",
            "BEFORE DELETE ON publishing_edition",
            # INSERT OR REPLACE deletes the row in its way, and fires no trigger for that.
            "BEFORE INSERT ON publishing_edition WHEN EXISTS (SELECT 1 FROM publishing_edition WHERE "
            "id = NEW.id OR (report_id = NEW.report_id AND number = NEW.number))",
        ):
            name = {"U": "edition_frozen", "D": "edition_kept", "I": "edition_once"}[statement[7]]
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")
            schema_editor.execute(f"CREATE TRIGGER {name} {statement} {refuse}")
        return
    schema_editor.execute("DROP TRIGGER edition_frozen ON publishing_edition")
    schema_editor.execute(
        "CREATE TRIGGER edition_frozen BEFORE UPDATE ON publishing_edition FOR EACH ROW "
        f"WHEN ({_refused('IS DISTINCT FROM', 'jsonb_array_length')}) EXECUTE FUNCTION edition_refuse()"
    )
    schema_editor.execute(
        "CREATE FUNCTION edition_refuse_all() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN IF EXISTS (SELECT 1 FROM publishing_edition) THEN "
        f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'check_violation'; END IF; RETURN NULL; END$$"
    )
    schema_editor.execute(
        "CREATE TRIGGER edition_all_kept BEFORE TRUNCATE ON publishing_edition "
        "FOR EACH STATEMENT EXECUTE FUNCTION edition_refuse_all()"
    )


def unguard(apps, schema_editor):
    """Only what is new; the first guard's triggers go with its own migration."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER edition_once")
    else:
        schema_editor.execute("DROP TRIGGER edition_all_kept ON publishing_edition")
        schema_editor.execute("DROP FUNCTION edition_refuse_all()")


class Migration(migrations.Migration):
    dependencies = [("publishing", "0002_groups")]
    operations = [migrations.RunPython(guard, unguard)]
