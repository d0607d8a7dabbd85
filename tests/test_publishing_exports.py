"""Exports: the same tree as a file of any format, for readers or whole."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from PIL import Image

from papers.models import Picture
from publishing import assemble, exports
from publishing.exchange import read, read_json
from tests.test_publishing_exchange import written
from tests.world import SECRET, World, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return build()


def write(tmp_path: Path, format: str, *args: str) -> bytes:
    file = tmp_path / f"report.{format}"
    call_command(
        "export_report", "reasoning", "--format", format, "--output", str(file), *args, stderr=io.StringIO()
    )
    return file.read_bytes()


def test_a_backup_holds_everything(world: World, tmp_path: Path) -> None:
    whole = assemble.document(world.report, audience="editors")
    text = write(tmp_path, "md").decode()
    assert SECRET in text and written(read(text).document) == written(whole)
    assert written(read_json(write(tmp_path, "json").decode()).document) == written(whole)


@pytest.mark.parametrize("format", ["md", "json"])
def test_what_is_for_editors_is_not_in_a_copy_for_readers(world: World, tmp_path: Path, format: str) -> None:
    text = write(tmp_path, format, "--public").decode()
    assert SECRET not in text and "The whole post" not in text
    assert "Reasoning models" in text


def test_the_pdf_is_one(world: World, tmp_path: Path) -> None:
    assert write(tmp_path, "pdf").startswith(b"%PDF-")


def test_the_same_report_gives_the_same_bytes(world: World) -> None:
    """An edition is known by the hash of its JSON."""
    document = assemble.document(world.report, audience="editors")
    again = assemble.document(world.report, audience="editors")
    for format in ("md", "json"):
        made = [hashlib.sha256(exports.export(one, format).data).hexdigest() for one in (document, again)]
        assert made[0] == made[1]
    assert json.loads(exports.export(document, "json").data)["schema"] == "digestsite/report"


def test_type_and_name_fit_the_format(world: World) -> None:
    made = exports.export(assemble.document(world.report), "md")
    assert (made.content_type, made.filename) == ("text/markdown; charset=utf-8", "reasoning.md")


def test_the_pdf_finds_the_pictures_of_the_report(world: World, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    drawn = io.BytesIO()
    Image.new("RGB", (4, 4)).save(drawn, "PNG")
    picture = Picture(report=world.report, name="dot.png")
    picture.file.save("dot.png", SimpleUploadedFile("dot.png", drawn.getvalue()))
    with world.change():
        world.draft.write(f"![A dot]({picture.get_absolute_url()})")
        world.draft.save()
    document = assemble.document(world.report)
    assert exports.pictures(document) == {picture.get_absolute_url(): tmp_path / "reasoning" / "dot.png"}
    assert not [warning for warning in exports.export(document, "pdf").warnings if "dot.png" in warning]


def test_the_command_tells_each_warning_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with world.change():
        world.draft.write("See [@nobody].")
        world.draft.save()
    said = io.StringIO()
    call_command("export_report", "reasoning", "--format", "pdf", "--output", "/dev/null", stderr=said)
    assert (said.getvalue() + caplog.text).count("“nobody”") == 1


def test_an_unknown_report_or_format_is_told(world: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Reports: reasoning"):
        call_command("export_report", "reasonig")
    with pytest.raises(CommandError, match="docx"):
        call_command("export_report", "reasoning", "--format", "docx")
    with pytest.raises(CommandError, match="can't be written"):
        call_command("export_report", "reasoning", "--output", str(tmp_path / "none" / "x.md"))
