"""The picker: search in a source's archived text, select a passage, and make a checked quotation of it."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from papers.models import Section, Source
from publishing.jobs import form
from publishing.quoting import MOST_WORDS, pages_of, quote_this, said
from quotes import trial
from quotes.matching import Index
from quotes.matching.explain import shown
from quotes.matching.folding import JOINED, NO_SPACES, fold, key_of
from quotes.matching.report import SENTENCE_END, SENTENCE_REACH
from quotes.verify import texts_of

MOST_HITS = 40  # sentences that are listed; a better word finds fewer
MOST_TRIED = 2_000  # places of a word that are looked at
LONGEST = 200  # characters of a search


@dataclass(frozen=True)
class Hit:
    """A sentence of the source in which the words stand: where they begin, on what page, and its parts."""

    at: int
    page: int
    label: str
    before: str
    words: str
    after: str

    @property
    def sentence(self) -> str:
        return self.before + self.words + self.after


@dataclass(frozen=True)
class PageText:
    """One page as it is read: what comes before the chosen sentence, that sentence, and what follows."""

    number: int
    label: str
    before: tuple[str, ...]
    sentence: str
    after: tuple[str, ...]
    last: int


def hits(index: Index, words: str) -> tuple[list[Hit], bool]:
    """The sentences in which `words` stand, typography and line ends aside; and whether there are more."""
    key = key_of(fold(words))
    found: dict[int, Hit] = {}
    place = index.key.find(key) if key else -1
    for _ in range(MOST_TRIED):
        if place < 0:
            break
        start, end = index.at[place], index.at[place + len(key) - 1] + 1
        if _begins_word(index.text, start):
            first, last = sentence_around(index, start, end)
            if first not in found:
                if len(found) == MOST_HITS:
                    return list(found.values()), True
                page = index.page(start)
                parts = [_spaced(index.text[a:b]) for a, b in ((first, start), (start, end), (end, last))]
                found[first] = Hit(start, page + 1, index.labels[page], *parts)
        place = index.key.find(key, place + 1)
    return list(found.values()), place >= 0 and len(found) >= MOST_HITS


def sentence_around(index: Index, start: int, end: int) -> tuple[int, int]:
    """The span of the sentence (or sentences) that text[start:end] stands in."""
    text = index.text
    first = floor = max(0, start - SENTENCE_REACH)
    # One character further, so that an end just before the words sees the capital that follows it.
    for found in SENTENCE_END.finditer(text, floor, start + 1):
        if found.end() <= start:
            first = found.end()
    if first == floor and floor:  # none begins near: begin with a word
        first = text.find(" ", floor, start) + 1 or start
    most = min(len(text), end + SENTENCE_REACH)
    stop = SENTENCE_END.search(text, max(first, end - 1), most)
    if stop is not None:
        return first, stop.end()
    return first, most if most == len(text) else max(end, text.rfind(" ", end, most))


def page_text(index: Index, number: int, at: int | None) -> PageText:
    """Page `number` (from 1) of the source, with the sentence at `at` apart where it stands on that page."""
    page = number - 1
    low, high = _body_of(index, page), _body_of(index, page + 1)
    raws, begins, ends = index.asides
    first = index.page_raws[page]
    until = index.page_raws[page + 1] if page + 1 < len(index.page_raws) else None
    i, j = bisect_left(raws, first), len(raws) if until is None else bisect_left(raws, until)
    asides = tuple(words for k in range(i, j) if (words := shown(index.text[begins[k] : ends[k]])))
    if at is not None and low <= at < high:
        start, end = sentence_around(index, at, at + 1)
        # A sentence that runs on over the page stays whole: it is what will be quoted.
        return PageText(
            number,
            index.labels[page],
            _paragraphs(index.text[low:start]),
            shown(index.text[start:end]),
            _paragraphs(index.text[end : max(end, high)]) + asides,
            len(index.labels),
        )
    return PageText(
        number, index.labels[page], _paragraphs(index.text[low:high]) + asides, "", (), len(index.labels)
    )


def _body_of(index: Index, page: int) -> int:
    """Where in the running text a page begins: it comes in the order of the file."""
    if page >= len(index.page_raws):
        return index.body
    low, high = 0, index.body
    while low < high:
        middle = (low + high) // 2
        if index.raw(middle) < index.page_raws[page]:
            low = middle + 1
        else:
            high = middle
    return low


def _paragraphs(text: str) -> tuple[str, ...]:
    parts = re.split(r"\x1e\n?|\n[ \t]*\n", text)
    return tuple(words for part in parts if (words := shown(part)))


def _spaced(text: str) -> str:
    """The text as readers see it, with a space at either end where it has one."""
    plain = shown(text)
    if not plain:
        return " " if text else ""
    return " " * text[0].isspace() + plain + " " * text[-1].isspace()


def _begins_word(text: str, start: int) -> bool:
    if start == 0 or text[start - 1] == JOINED or NO_SPACES.match(text[start]):
        return True
    return not text[start - 1].isalnum()


# ------------------------------------------------------------------ the page


@require_http_methods(["GET", "HEAD", "POST"])
def pick(request: Any, source_id: int) -> HttpResponse:
    """GET ?q=&at=&page=: search, and the page around what was found. POST `text`, `section`: quote it."""
    source = get_object_or_404(Source.objects.select_related("report", "paper"), pk=source_id)
    if not request.user.has_perm("quotes.add_quote"):
        raise PermissionDenied
    words = request.POST.get("text", "").replace("\0", "").strip()[:MOST_WORDS]
    look = trial.look(source, " ".join(words.split())) if words else None
    if look is not None and "_mend" in request.POST:  # without scripts: the field shows the mended words
        mended = (
            m.words
            for m in look.mends(words, pages_of(look))
            if f"{m.kind}:{m.gives}" == request.POST["_mend"]
        )
        words = next(mended, words)
        look = trial.look(source, " ".join(words.split()))
    elif request.method == "POST":
        answer = _quote(request, source, words, look)
        if answer is not None:
            return answer
    query = request.GET.get("q", "").replace("\0", "")[:LONGEST].strip()
    index = next((index for _, _, index in texts_of(source) if index is not None), None)
    found, more = hits(index, query) if index else ([], False)
    at, number = _number(request, "at"), _number(request, "page")
    chosen = next((hit for hit in found if hit.at == at), None)
    page = None
    if index is not None and (chosen or (number and 1 <= number <= len(index.labels))):
        page = page_text(index, chosen.page if chosen else number or 1, chosen.at if chosen else None)
    if not words and page is not None:
        words = page.sentence
        look = trial.look(source, words) if words else None
    sections = Section.objects.of(source.report).order_by("position", "id")
    context = {
        **admin.site.each_context(request),
        "title": f"Quote from {source}",
        "source": source,
        "form_link": form("papers_source", source.pk),
        "readable": index is not None,
        "pages": len(index.labels) if index is not None and source.kind == Source.Kind.PDF else 0,
        "query": query,
        "hits": found,
        "more": more,
        "chosen": chosen,
        "page": page,
        "words": words,
        "said": said(look, words, pages_of(look)) if look else None,
        "sections": sections if request.user.has_perm("papers.change_section") else (),
        "section_of_paper": _section_of(source),
    }
    return TemplateResponse(request, "admin/pick.html", context)


def _quote(request: Any, source: Source, words: str, look: trial.Look | None) -> HttpResponse | None:
    """Make the quotation; None, with the reason said, where the words are not the source's."""
    words = " ".join(words.split())
    if look is None:
        messages.error(request, "Nothing was quoted: select words on the page, or write them into the field.")
        return None
    if look.result.verdict not in ("verbatim", "edited"):
        messages.error(
            request,
            "Nothing was quoted: these words are not the source’s. See below what differs, and take its words.",
        )
        return None
    section = _number(request, "section")
    target = None
    if section and request.user.has_perm("papers.change_section"):
        target = Section.objects.of(source.report).filter(pk=section).first()
    try:
        quote = quote_this(source, words, pages_of(look), request.user, target)
    except ValidationError as error:
        messages.error(request, f"Nothing was quoted: {' '.join(error.messages)}")
        return None
    where = f"It stands at the end of “{target}”." if target else "Place it in a text with this line."
    note = 'Quoted, {}: <a href="{}"><code>[[quote:{}]]</code></a>. {}'
    verdict = said(look, words, pages_of(look)).badge
    messages.success(
        request,
        format_html(
            note, verdict[:1].lower() + verdict[1:], form("quotes_quote", quote.pk), quote.slug, where
        ),
    )
    query = request.GET.get("q", "")[:LONGEST]
    return HttpResponseRedirect(
        reverse("admin:pick", args=[source.pk], query={"q": query} if query else None)
    )


def _section_of(source: Source) -> int:
    """The section about the paper that this is a text of: where its quotations will most likely go."""
    if source.paper_id is None:
        return 0
    rows = Section.objects.of(source.report).filter(paper_id=source.paper_id)
    return rows.order_by("position", "id").values_list("pk", flat=True).first() or 0


def _number(request: HttpRequest, name: str) -> int | None:
    value = request.POST.get(name) or request.GET.get(name) or ""
    return int(value) if value.isdecimal() and value.isascii() and len(value) < 16 else None
