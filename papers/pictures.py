"""Pictures that are uploaded: read, checked, and written anew, so that only pixels are kept."""

from __future__ import annotations

import io
import warnings
from itertools import count, islice
from pathlib import PurePosixPath
from typing import IO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.text import slugify
from PIL import Image, ImageOps

from papers.editing import editors_post, refused
from papers.models import Picture, Report, picture_path

# What is read, and what it is written as: (Pillow's format, ending).
WRITTEN_AS = {
    "PNG": ("PNG", ".png"),
    "GIF": ("PNG", ".png"),
    "JPEG": ("JPEG", ".jpg"),
    "MPO": ("JPEG", ".jpg"),  # what some cameras call their JPEG
    "WEBP": ("WEBP", ".webp"),
}
ENDINGS = {
    ".png": {"PNG"},
    ".gif": {"GIF"},
    ".jpg": {"JPEG", "MPO"},
    ".jpeg": {"JPEG", "MPO"},
    ".webp": {"WEBP"},
}
TRIES = 20  # names to try when others upload, or have left, files of the same name
KINDS = "PNG, JPEG, WebP or GIF"


def reencode(file: IO[bytes], name: str) -> tuple[bytes, str]:
    """Return the picture's pixels as a new file, and its ending (".png", ".jpg" or ".webp").

    Turned upright as its EXIF says; metadata, colour profiles and what else the file carried
    are gone, and of a moving picture the first frame is kept. Raises `ValidationError` with a
    reason in plain words for what is too large, broken, of another kind, or not what its name says.
    """
    data = file.read(settings.PICTURE_MAX_BYTES + 1)
    if len(data) > settings.PICTURE_MAX_BYTES:
        most = settings.PICTURE_MAX_BYTES / 1024**2
        raise ValidationError(f"“{name}” is larger than {most:g} MB. Make it smaller, then drop it again.")
    ending = PurePosixPath(name.lower()).suffix
    if ending not in ENDINGS:
        raise ValidationError(f"“{name}” is no {KINDS}, going by its name. Save it as one of these first.")
    try:
        with warnings.catch_warnings():
            # Pillow warns before it refuses; our own limit, below, is the one that counts.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "WEBP", "GIF"])
            if picture.format not in ENDINGS[ending]:
                raise ValidationError(
                    f"“{name}” is a {picture.format} file under another name. Rename it and drop it again."
                )
            pixels = picture.width * picture.height
            if pixels > settings.PICTURE_MAX_PIXELS:
                raise ValidationError(
                    f"“{name}” has {picture.width:,} × {picture.height:,} pixels, and "
                    f"{settings.PICTURE_MAX_PIXELS / 1e6:g} million are the most. Scale it down first."
                )
            return _write(picture)
    except ValidationError:
        raise
    except Image.DecompressionBombError as error:
        raise ValidationError(f"“{name}” unfolds to far too many pixels. Scale it down first.") from error
    # Pillow raises almost anything for a broken file; whatever it is, the file can't be read.
    except Exception as error:
        raise ValidationError(
            f"“{name}” can't be read as a picture: it is broken, or no {KINDS}. Open and save it anew."
        ) from error


def _write(picture: Image.Image) -> tuple[bytes, str]:
    kind, ending = WRITTEN_AS[str(picture.format)]
    picture.seek(0)
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    transparent = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    if kind == "JPEG":
        mode = "L" if upright.mode == "L" else "RGB"
    elif upright.mode in ("1", "L", "RGB", "RGBA"):
        mode = "RGBA" if transparent and upright.mode != "RGBA" else upright.mode
    else:
        mode = "RGBA" if transparent else "RGB"
    # Only the pixels go over into the new picture: no EXIF, no profile, no text chunk.
    clean = Image.new(mode, upright.size)
    clean.paste(upright.convert(mode))
    out = io.BytesIO()
    options = {"quality": 88} if kind in ("JPEG", "WEBP") else {"optimize": clean.width * clean.height < 4e6}
    clean.save(out, kind, **options)
    return out.getvalue(), ending


def keep(report: Report, file: IO[bytes], name: str, who: str) -> Picture:
    """Re-encode an upload and keep it as a picture of the report; a name that is taken gets a number.

    Raises `ValidationError` as `reencode` does.
    """
    name = name.replace("\0", "")
    data, ending = reencode(file, name)
    stem = slugify(PurePosixPath(name).stem)[:60].strip("-_") or "picture"
    taken = set(Picture.objects.filter(report=report, name__startswith=stem).values_list("name", flat=True))
    free = (f"{stem}{'' if n == 1 else f'-{n}'}{ending}" for n in count(1))
    for chosen in islice((name for name in free if name not in taken), TRIES):
        picture = Picture(report=report, name=chosen, uploaded_by=who)
        picture.file.save(chosen, ContentFile(data, name=chosen), save=False)
        if picture.file.name == picture_path(picture, chosen):  # else a forgotten file has this name
            try:
                with transaction.atomic():
                    picture.save()
            except IntegrityError:  # another upload took the name between look and save
                pass
            else:
                return picture
        picture.file.storage.delete(str(picture.file.name))
    raise ValidationError(f"“{name}” could not be kept under any name like it. Rename it and drop it again.")


@editors_post
def upload(request: HttpRequest) -> HttpResponse:
    """POST `report` (its id) and `file`: keep the picture, return {"address", "alt", "name"}.

    `alt` is made from the file's name, for the editor to put right. What is refused comes back
    as {"error": reason} with status 400, or 403 without the right to add pictures.
    """
    if not request.user.has_perm("papers.add_picture"):
        return refused("Your account may not add pictures. Ask whoever runs this site.", 403)
    asked = request.POST.get("report", "")
    report = Report.objects.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 19 else None
    if report is None:
        return refused("This form doesn't say which report it is for. Reload it in another tab.")
    file = request.FILES.get("file")
    if file is None or isinstance(file, list) or file.file is None:
        return refused("There was no file in it. Drop a picture, or choose one.")
    try:
        picture = keep(report, file.file, file.name or "picture", request.user.get_username())
    except ValidationError as error:
        return refused(error.messages[0])
    alt = described(file.name or "")
    return JsonResponse({"address": picture.get_absolute_url(), "alt": alt, "name": picture.name})


def described(name: str) -> str:
    """A description to begin with, made from a file's name; without the marks of Markdown.

    >>> described("Loss_curve-2.png")
    'Loss curve 2'
    """
    words = PurePosixPath(name).stem.replace("_", " ").replace("-", " ")
    return " ".join(words.translate({ord(c): " " for c in "[]\\`*<>!"}).split())
