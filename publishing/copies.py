"""The archived files of sources: to staff, and to readers where the recorded licence allows it."""

from __future__ import annotations

import logging
import re
from pathlib import PurePosixPath

from django.contrib.auth.models import AnonymousUser
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from papers import reading
from papers.archive import SourceFile
from papers.licences import is_open
from papers.models import Report, Source
from publishing import assemble, cached
from publishing.views import find, fresh, viewer

log = logging.getLogger(__name__)

ENDINGS = {reading.PDF: ".pdf", reading.HTML: ".html", reading.PLAIN: ".txt"}


@require_safe
def source_file(request: HttpRequest, slug: str, pk: int, sha256: str = "") -> HttpResponseBase:
    """One archived copy, named by its sha256; without that, the newest. A hidden one is as if there were none."""
    user = viewer(request)
    report = find(user, slug)
    source: Source | None = report.sources.filter(pk=pk).first()
    if source is None or not (user.is_staff or readers_may_have(source, report)):
        raise Http404("no such file")
    copies = source.files.defer("text").order_by("-id")
    if not user.is_staff:
        copies = copies.filter(aside=False)
    copy = (copies.filter(sha256=sha256) if sha256 else copies).first()
    if copy is None:
        raise Http404("no such file")
    try:
        opened = copy.file.open("rb")
    except OSError as error:
        log.error(
            "The archived file %s of %s/%s can't be opened: %s", copy.file, slug, copy.source.key, error
        )
        raise Http404("the file is not there") from error
    # A page from elsewhere is never shown as a page of this site: its scripts would be this site's own.
    as_pdf = copy.kind == reading.PDF
    response = FileResponse(
        opened,
        as_attachment=not as_pdf,
        filename=filename(copy),
        content_type=reading.PDF if as_pdf else f"text/plain; charset={charset(copy)}",
    )
    response["X-Content-Type-Options"] = "nosniff"
    return fresh(response)


def readers_may_have(source: Source, report: Report) -> bool:
    """Whether the licence allows it, and the report shows readers anything of this source."""
    if (
        not is_open(source.licence)
        or not Report.objects.visible_to(AnonymousUser()).filter(pk=report.pk).exists()
    ):
        return False
    shown = cached.kept(report, "sources", lambda: {s.key for s in assemble.document(report).sources})
    return source.key in shown


def filename(copy: SourceFile) -> str:
    """The name under which a browser saves it: as it was called, with the ending that its bytes call for."""
    name = copy.name or copy.source.key.replace("/", "-").replace(":", "-")
    ending = ENDINGS.get(copy.kind, ".bin")
    stem = PurePosixPath(name).stem if re.search(r"\.\w{1,5}$", name) else name
    return f"{stem}{ending}"


def charset(copy: SourceFile) -> str:
    found = re.search(r"charset=([\w.:-]+)$", copy.media_type)
    return found.group(1) if found else "utf-8"
