"""Inline rules of the dialect: formulas, addresses, citations, placed parts, footnote marks."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

from markdown_it.common.utils import normalizeReference
from markdown_it.rules_inline import StateInline, backtick, image

from publishing.markdown.notes import notes

MAX_RESTARTS = 3  # markdown-it starts a new inline parser for image texts and inline footnotes
KEY = r"[^\W_](?:[\w.:/-]*[^\W_])?"
SLUG = r"\w(?:[\w.:/-]*\w)?"
EMBED = re.compile(
    rf"\[\[(?:(?P<all>timeline|theories)|(?P<kind>quote|section|paper|event|theory):(?P<slug>{SLUG})"
    r"(?:\|(?P<label>[^\[\]]+))?)\]\]"
)
# What looks like a placed part: a word in double brackets, unless it is the words of a link.
PART_LIKE = re.compile(r"\[\[[ \t]*([^\W\d_][^\[\]\n]{0,200})\]\](?![(\[])")
ALONE, KINDS = ("timeline", "theories"), ("quote", "section", "paper", "event", "theory")
# Tags of HTML proper: a model's own <think> is a word like any other.
HTML = re.compile(
    r"<!--|</?(?:a|abbr|audio|b|big|blockquote|body|br|button|center|cite|code|dd|del|details|div|dl|dt|em|embed"
    r"|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|li|main|mark|nav"
    r"|object|ol|p|pre|q|s|script|section|small|span|strong|style|sub|summary|sup|svg|table|tbody|td|tfoot|th"
    r"|thead|tr|tt|u|ul|video)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
TEMPLATE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}")
OPEN_MATH = re.compile(r"(?<![\w$])\$(?=[^\W\d_]|[\\{(])|\$\$(?=\s*\S)")
CITE_ITEM = re.compile(rf"(?P<prefix>[^@]*?)(?:(?<![^\s])|(?<=-))@(?P<key>{KEY})(?P<rest>\W.*)?", re.DOTALL)
BRACKETS = re.compile(r"\[([^\[\]]*@[^\[\]]*)\]")
BARE_KEY = re.compile(rf"@({KEY})")
MATH = re.compile(r"\$\$((?:[^\\$]|\\.)+)\$\$|\$(?![\s$])((?:[^\\$]|\\.)+)(?<!\s)\$(?!\d)", re.DOTALL)
ADDRESS = re.compile(r"://[^\s<>\[\]\"“”„«»`\\。，、；：！？「」『』（）【】\x00-\x20\x7f]+")
SCHEME_BEFORE = re.compile(r"(?<![^\W_])https?\Z", re.IGNORECASE)
HOST = r"(?:[^/?#@]*@)?(?:\[[0-9a-f:.]+\]|[^/?#:@\[\]]+)(?::[0-9]*)?(?:[/?#]|\Z)"
LINK = re.compile(rf"https?://{HOST}|mailto:[^?]|/(?![/\\])|#", re.IGNORECASE)
REFUSED_LINK = re.compile(r"\[[^\[\]]*\]\(\s*<?([^\s()<>]+)")
FOOTNOTE_REF = re.compile(r"\[\^([^\[\]\s]{1,200})\]")


def allowed_link(url: str) -> bool:
    """Whether `url` (entities and escapes already decoded) may be a link."""
    return LINK.match(url) is not None and not re.search(r"[\x00-\x20\x7f\\]", url)


def allowed_image(url: str) -> bool:
    """Whether `url` may be an image: http(s), or our own media without a way out of it."""
    if not allowed_link(url):
        return False
    if url.startswith("/"):
        dots = {".", ".."}
        parts = url.lower().replace("%2e", ".").split("?")[0].split("#")[0].split("/")
        return url.startswith("/media/") and not dots.intersection(parts)
    return url.lower().startswith(("http://", "https://"))


def restarting(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    """Bound the rules that start a parser within the parser."""

    def bounded(state: StateInline, silent: bool) -> bool:
        gathered, start, count = notes(state), state.pos, len(state.tokens)
        if gathered.restarts >= MAX_RESTARTS:
            return False
        gathered.restarts += 1
        try:
            matched = rule(state, silent)
        finally:
            gathered.restarts -= 1
        if matched and not silent and len(state.tokens) > count:
            state.tokens[-1].meta["source"] = state.src[start : state.pos]
        return matched

    return bounded


def math_inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    found = MATH.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if found[1] is None and state.pos and state.src[state.pos - 1].isdigit():
        return False
    if found[1] is not None and not found[1].strip():
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = (found[1] or found[2]).strip()
        token.meta = {"display": found[1] is not None}
    state.pos = found.end()
    return True


def address(state: StateInline, silent: bool) -> bool:
    """A bare http(s) address. It is found at its colon, where the text rule stops."""
    start = state.pos
    if state.linkLevel or not state.src.startswith("://", start):
        return False
    scheme = SCHEME_BEFORE.search(state.src[max(0, start - 6) : start])
    if not scheme or not (silent or state.pending.endswith(scheme[0])):
        return False
    found = ADDRESS.match(state.src, start, state.posMax)
    if not found:
        return False
    rest = _without_tail(found[0])
    typed = scheme[0] + rest
    href = state.md.normalizeLink(typed)
    if not state.md.validateLink(href):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[0])]
        token = state.push("link_open", "a", 1)
        token.attrs = {"href": href}
        token.markup = "linkify"
        state.push("text", "", 0).content = typed
        state.push("link_close", "a", -1)
    state.pos = start + len(rest)
    return True


def _without_tail(address: str) -> str:
    """Cut what belongs to the sentence: an unopened bracket and closing punctuation."""
    depth = 0
    for index, char in enumerate(address):
        depth += (char == "(") - (char == ")")
        if depth < 0:
            address = address[:index]
            break
    while address and (address[-1] in ".,;:!?'’‘*_~|(" or (address[-1] == ")" and depth > 0)):
        address = address[:-1]
    return address


def embed(state: StateInline, silent: bool) -> bool:
    """`[[quote:slug]]` and `[[kind:slug|label]]` within a line."""
    if not state.src.startswith("[[", state.pos):
        return False
    found = EMBED.match(state.src, state.pos, state.posMax)
    if not found and not silent:
        _say_no_part(state)
    if not found or (not silent and state.linkLevel):
        return False
    kind, slug, label = found["kind"], found["slug"], found["label"]
    if found["all"] or (kind == "quote" and label):
        if not silent:
            notes(state).warn_inline(
                state,
                f"[[{found['all']}]] stands within a text and is shown as typed: "
                "put it on a line of its own, with an empty line before and after."
                if found["all"]
                else f"[[quote:{slug}|…]] is shown as typed: a quotation takes no label.",
            )
        return False
    if not silent:
        token = state.push("embed", "", 0)
        token.meta = {"kind": kind, "slug": slug, "label": " ".join((label or "").split())}
    state.pos = found.end()
    return True


def _say_no_part(state: StateInline) -> None:
    """Say that `[[timelin]]` or `[[quot:x]]` places nothing, and how it is probably spelt."""
    found = PART_LIKE.match(state.src, state.pos, state.posMax)
    if not found or normalizeReference(found[1]) in state.env.get("references", {}):
        return
    notes(state).warn_inline(
        state, f"{found[0]} places nothing and is shown as typed: {_likeliest(found[1])}."
    )


def _likeliest(typed: str) -> str:
    """What to write in the place of a part that is none."""
    word, colon, rest = (part.strip() for part in typed.partition(":"))
    word, rest = word.lower(), "-".join(rest.split()) or "…"
    close = difflib.get_close_matches(word, KINDS if colon else (*ALONE, *KINDS), 1, 0.5)
    if word in ALONE or (close and close[0] in ALONE):
        return f"did you mean [[{close[0] if close else word}]]"
    if close:
        return f"did you mean [[{close[0]}:{rest}]]"
    return f"there are {', '.join(f'[[{name}]]' for name in ALONE)} and [[{':…]], [['.join(KINDS)}:…]]"


def citation(state: StateInline, silent: bool) -> bool:
    """`[@key]`, `[see @a, p. 5; @b]`."""
    if state.src[state.pos] != "[" or state.linkLevel:
        return False
    found = BRACKETS.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    items = []
    for part in re.split(r";|,(?=\s*-?@)", found[1]):
        item = CITE_ITEM.fullmatch(part.strip())
        if not item:
            return False
        prefix = " ".join(item["prefix"].removesuffix("-").split())
        rest = " ".join((item["rest"] or "").split())
        items.append((item["key"], prefix, rest.removeprefix(",").strip()))
    if not silent:
        for key, _, _ in items:
            if key not in notes(state).keys:
                notes(state).warn_inline(
                    state, f"[@{key}] cites no paper of this report: add one with this key, or mend the key."
                )
        token = state.push("citation", "", 0)
        token.meta = {"items": items, "in_text": False}
    state.pos = found.end()
    return True


def bare_citation(state: StateInline, silent: bool) -> bool:
    """`@key`, where the report has a paper of this key; else it may be anybody's handle."""
    start = state.pos
    if state.src[start] != "@" or state.linkLevel:
        return False
    if start and (state.src[start - 1].isalnum() or state.src[start - 1] in "_.+-/@"):
        return False
    found = BARE_KEY.match(state.src, start, state.posMax)
    if not found or found[1] not in notes(state).keys:
        return False
    if not silent:
        token = state.push("citation", "", 0)
        token.meta = {"items": [(found[1], "", "")], "in_text": True}
    state.pos = found.end()
    return True


def footnote_ref(state: StateInline, silent: bool) -> bool:
    """`[^label]`; the plugin's own rule reads to the end of the text from every `[^`."""
    found = FOOTNOTE_REF.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if ":" + found[1] not in state.env.get("footnotes", {}).get("refs", {}):
        if not silent:
            notes(state).warn_inline(
                state, f"There is no footnote {found[0]}: add a paragraph “{found[0]}: …”, or mend the label."
            )
        return False
    if not silent:
        state.push("footnote_ref", "", 0).meta = {"label": found[1]}
    state.pos = found.end()
    return True


def picture(state: StateInline, silent: bool) -> bool:
    """markdown-it's own rule, and a word about an address that is none of a picture's."""
    start = state.pos
    if not restarting(image)(state, silent):
        return False
    if not silent and not allowed_image(src := str(state.tokens[-1].attrs.get("src", ""))):
        shown = src if len(src) <= 80 else src[:79] + "…"
        notes(state).warn_inline(
            state,
            f"The picture “{shown}” is shown as typed: its address begins with /media/, as an upload gives "
            "it, or with https:// or http://.",
            start,
        )
    return True


def refused_link(state: StateInline, silent: bool) -> bool:
    """Say that a link or image was not taken as one; it stays as typed. Stands after their rules."""
    if not silent and state.src[state.pos] == "[" and not state.linkLevel:
        found = REFUSED_LINK.match(state.src, state.pos, state.posMax)
        if found and not allowed_link(found[1]):
            address = found[1] if len(found[1]) <= 80 else found[1][:79] + "…"
            notes(state).warn_inline(
                state,
                f"The link or image to “{address}” is shown as typed: "
                "addresses begin with https://, http:// or mailto:, within this site with / or #.",
            )
    return False


def code(state: StateInline, silent: bool) -> bool:
    """markdown-it's own rule, and a word about backticks that nothing closes."""
    start, count = state.pos, len(state.tokens)
    if not backtick(state, silent):
        return False
    if not silent and len(state.tokens) == count:
        marks = state.src[start : state.pos]
        notes(state).warn_inline(
            state,
            f"{marks} begins code that is never closed, and is shown as text: close it with {marks}.",
            start,
        )
    return True


def shown_as_text(state: StateInline, silent: bool) -> bool:
    """Say what is text here though it means something elsewhere. Stands after all other rules."""
    if silent:
        return False
    start = state.pos
    if found := HTML.match(state.src, start, state.posMax):
        notes(state).warn_inline(
            state, f"{_short(found[0])} is HTML, and shown as text: write it in Markdown, or take it out."
        )
    elif found := TEMPLATE.match(state.src, start, state.posMax):
        notes(state).warn_inline(
            state, f"{_short(found[0])} is a template's mark, and shown as text: write what it stands for."
        )
    elif found := OPEN_MATH.match(state.src, start, state.posMax):
        notes(state).warn_inline(
            state,
            f"{found[0]} begins a formula that is never closed, and is shown as text: close it with {found[0]} "
            "without a space before it, or write \\$ for a dollar.",
        )
    return False


def _short(words: str) -> str:
    return words if len(words) <= 60 else words[:59] + "…"
