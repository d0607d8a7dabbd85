"""Pictures: only pixels are kept, under limits, and every refusal says why."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings, strategies as st
from PIL import Image

from papers.models import ChangeSet, Picture
from papers.pictures import reencode
from tests import world as worlds
from tests.world import World


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 6), mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    image = Image.new(mode, size, 0)
    image.putpixel((0, 0), 255 if mode in "LP1" else (200, 10, 10, 255)[: len(mode)])
    image.save(out, kind, **options)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims to be this large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def read(data: bytes, name: str) -> tuple[Image.Image, str]:
    written, ending = reencode(io.BytesIO(data), name)
    image = Image.open(io.BytesIO(written))
    image.load()
    return image, ending


class TestReencoding:
    @pytest.mark.parametrize(
        ("kind", "name", "ending"),
        [
            ("PNG", "a.png", ".png"),
            ("JPEG", "a.JPG", ".jpg"),
            ("JPEG", "a.jpeg", ".jpg"),
            ("WEBP", "a.webp", ".webp"),
            ("GIF", "a.gif", ".png"),
        ],
    )
    def test_kinds(self, kind: str, name: str, ending: str) -> None:
        image, made = read(picture(kind), name)
        assert made == ending and image.size == (8, 6)

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
    def test_every_way_a_png_can_hold_pixels(self, mode: str) -> None:
        out = io.BytesIO()
        Image.new(mode, (4, 4)).save(out, "PNG")
        image, _ = read(out.getvalue(), "a.png")
        assert image.mode in ("1", "L", "RGB", "RGBA")

    def test_a_cmyk_jpeg_becomes_rgb(self) -> None:
        out = io.BytesIO()
        Image.new("CMYK", (4, 4)).save(out, "JPEG")
        assert read(out.getvalue(), "a.jpg")[0].mode == "RGB"

    def test_it_stands_upright_and_metadata_is_gone(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # turned by a quarter
        exif[0x010F] = "A camera that tells"
        image, _ = read(picture("JPEG", (8, 4), exif=exif, comment=b"secret place"), "a.jpg")
        assert image.size == (4, 8)
        assert not dict(image.getexif()) and "comment" not in image.info
        written, _ = reencode(io.BytesIO(picture("JPEG", exif=exif, comment=b"secret place")), "a.jpg")
        assert b"camera" not in written and b"secret" not in written

    def test_text_and_trailing_bytes_of_a_png_are_gone(self) -> None:
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_text("Author", "<script>alert(1)</script>")
        data = picture("PNG", pnginfo=info) + b"<script>alert(2)</script>"
        written, _ = reencode(io.BytesIO(data), "a.png")
        assert b"script" not in written

    def test_transparency_stays(self) -> None:
        image, _ = read(picture("PNG", mode="RGBA"), "a.png")
        assert image.mode == "RGBA" and image.getpixel((1, 1)) == (0, 0, 0, 0)

    def test_a_moving_picture_keeps_its_first_frame(self) -> None:
        frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
        out = io.BytesIO()
        frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
        image, _ = read(out.getvalue(), "a.gif")
        assert image.convert("RGB").getpixel((0, 0)) == (255, 0, 0)
        assert getattr(image, "n_frames", 1) == 1


class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "name", "reason"),
        [
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "no PNG, JPEG, WebP or GIF"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png", "can't be read"),
            (b"", "a.png", "can't be read"),
            (b"%PDF-1.7", "a.pdf", "no PNG"),
            (picture("PNG"), "a.jpg", "is a PNG file under another name"),
            (picture("JPEG"), "a.png", "is a JPEG file under another name"),
            (picture("BMP"), "a.bmp", "no PNG"),
            (picture("BMP"), "a.png", "can't be read"),
            (picture("PNG"), "a", "no PNG"),
            (picture("PNG")[:45], "a.png", "can't be read"),
            (bomb(30_000, 30_000), "a.png", "pixels"),
            (bomb(100_000, 100_000), "a.png", "pixels"),
        ],
    )
    def test_say_why(self, data: bytes, name: str, reason: str) -> None:
        with pytest.raises(ValidationError) as refused:
            reencode(io.BytesIO(data), name)
        assert reason in refused.value.messages[0]

    def test_limits_are_the_settings(self, settings: Any) -> None:
        settings.PICTURE_MAX_PIXELS = 47
        with pytest.raises(ValidationError, match="8 × 6 pixels"):
            reencode(io.BytesIO(picture()), "a.png")
        settings.PICTURE_MAX_PIXELS, settings.PICTURE_MAX_BYTES = 48, len(picture())
        reencode(io.BytesIO(picture()), "a.png")
        settings.PICTURE_MAX_BYTES -= 1
        with pytest.raises(ValidationError, match="larger than"):
            reencode(io.BytesIO(picture()), "a.png")

    @settings(max_examples=60, deadline=None)
    @given(
        st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]),
        st.integers(0, 400),
        st.binary(max_size=8),
        st.booleans(),
    )
    def test_a_damaged_file_is_a_picture_or_a_reason(
        self, kind: str, at: int, junk: bytes, cut: bool
    ) -> None:
        data = picture(kind)
        at = at % len(data)
        data = data[:at] + junk + (b"" if cut else data[at + len(junk) :])
        try:
            written, _ = reencode(io.BytesIO(data), f"a.{kind.lower()}")
        except ValidationError as error:
            assert error.messages[0].startswith("“a.")
        else:
            Image.open(io.BytesIO(written)).load()


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    return worlds.build()


@pytest.fixture
def editor(world: World, client: Client) -> Client:
    client.force_login(world.edda)
    return client


def upload(
    client: Client, world: World, name: str = "a.png", data: bytes | None = None, **fields: Any
) -> Any:
    file = SimpleUploadedFile(name, picture() if data is None else data)
    return client.post(reverse("admin:upload"), {"report": world.report.pk, "file": file, **fields})


class TestUpload:
    def test_keeps_a_picture_of_the_report_and_moves_no_version(
        self, editor: Client, world: World, tmp_path: Path
    ) -> None:
        answer = upload(editor, world, "Loss_curve-2.png")
        assert answer.json() == {
            "address": "/media/reasoning/loss_curve-2.png",
            "alt": "Loss curve 2",
            "name": "loss_curve-2.png",
        }
        kept = Picture.objects.get()
        assert (kept.report, kept.width, kept.height, kept.uploaded_by) == (world.report, 8, 6, "edda")
        assert (tmp_path / "reasoning" / "loss_curve-2.png").exists()
        assert ChangeSet.objects.count() == 1

    def test_the_same_name_twice_keeps_both(self, editor: Client, world: World) -> None:
        names = [upload(editor, world, "a.png").json()["name"] for _ in range(3)]
        assert names == ["a.png", "a-2.png", "a-3.png"]

    def test_a_forgotten_file_is_not_overwritten(self, editor: Client, world: World, tmp_path: Path) -> None:
        (tmp_path / "reasoning").mkdir()
        (tmp_path / "reasoning" / "a.png").write_bytes(b"older")
        assert upload(editor, world, "a.png").json()["address"] == "/media/reasoning/a-2.png"
        assert (tmp_path / "reasoning" / "a.png").read_bytes() == b"older"
        assert sorted(p.name for p in (tmp_path / "reasoning").iterdir()) == ["a-2.png", "a.png"]

    @pytest.mark.parametrize(
        ("name", "kept", "alt"),
        [
            ("Abbildung über alles.PNG", "abbildung-uber-alles.png", "Abbildung über alles"),
            ("../../etc/passwd.png", "passwd.png", "passwd"),
            ("图.png", "picture.png", "图"),
            ("a](javascript:alert(1)).png", "ajavascriptalert1.png", "a (javascript:alert(1))"),
            ("x" * 200 + ".png", "x" * 60 + ".png", "x" * 200),
            ("<img onerror=x>.png", "img-onerrorx.png", "img onerror=x"),
        ],
    )
    def test_names(self, editor: Client, world: World, name: str, kept: str, alt: str) -> None:
        data = upload(editor, world, name).json()
        assert (data["name"], data["alt"]) == (kept, alt)

    def test_a_refusal_is_told_and_keeps_nothing(self, editor: Client, world: World, tmp_path: Path) -> None:
        answer = upload(editor, world, "a.svg", b"<svg/>")
        assert answer.status_code == 400 and "no PNG" in answer.json()["error"]
        assert not Picture.objects.exists() and not list(tmp_path.rglob("*.*"))

    @pytest.mark.parametrize("report", ["", "0", "999999", "x", "9" * 40, "1\0"])
    def test_without_its_report_nothing_is_kept(self, editor: Client, world: World, report: str) -> None:
        answer = upload(editor, world, report=report)
        assert answer.status_code == 400 and "which report" in answer.json()["error"]

    def test_without_a_file(self, editor: Client, world: World) -> None:
        answer = editor.post(reverse("admin:upload"), {"report": world.report.pk, "file": "words"})
        assert answer.status_code == 400 and "no file" in answer.json()["error"]

    def test_is_posted_to(self, editor: Client) -> None:
        assert editor.get(reverse("admin:upload")).status_code == 405

    def test_is_for_staff_who_may(self, world: World, client: Client) -> None:
        assert upload(client, world).status_code == 403
        client.force_login(world.rhea)
        assert upload(client, world).status_code == 403
        sven = User.objects.create_user("sven", password=worlds.PASSWORD, is_staff=True)
        client.force_login(sven)
        assert "may not add pictures" in upload(client, world).json()["error"]
        assert not Picture.objects.exists()
        sven.user_permissions.add(Permission.objects.get(codename="add_picture"))
        assert upload(client, world).status_code == 200
