"""The dialect: what is written, and what stands in the tree."""

from __future__ import annotations

import re
import time
from urllib.parse import unquote

import pytest
from hypothesis import given, settings, strategies as st

from publishing.document import (
    BlockQuote,
    Break,
    Citation,
    CiteItem,
    Code,
    CodeBlock,
    DefinitionList,
    Emphasis,
    FootnoteRef,
    Heading,
    Image,
    Link,
    List,
    Math,
    MathBlock,
    Paragraph,
    QuoteBlock,
    QuoteWords,
    Rule,
    Strike,
    Strong,
    Table,
    Target,
    Text,
    TheoriesBlock,
    TimelineBlock,
    Todo,
    plain,
    walk,
)
from publishing.markdown import (
    MAX_LENGTH,
    normalise,
    parse,
    parse_inline,
    parse_quotation,
    read,
    refusals,
    slugify,
    warnings,
)

KEYS = {"deepseek-r1", "guo2025", "a.b:c/d"}


def only(source, **options):
    """The one block of a body."""
    blocks = parse(source, keys=KEYS, **options).blocks
    assert len(blocks) == 1, blocks
    return blocks[0]


def words(source):
    """The inlines of a body of one paragraph."""
    block = only(source)
    assert isinstance(block, Paragraph)
    return block.children


def links(source):
    return [node.href for node in walk(parse(source, keys=KEYS)) if isinstance(node, Link)]


def messages(problems):
    return [(problem.line, problem.message) for problem in problems]


# --------------------------------------------------------------------------- text


def test_a_paragraph_keeps_its_words_as_typed():
    text = 'Straight "quotes" -- and (c) ... stay, “curly” ones and 🚨 too.'
    assert words(text) == (Text(text),)


def test_emphasis_code_and_strikethrough():
    assert words("*a* **b** ~~c~~ `d *e*`") == (
        Emphasis((Text("a"),)),
        Text(" "),
        Strong((Text("b"),)),
        Text(" "),
        Strike((Text("c"),)),
        Text(" "),
        Code("d *e*"),
    )


def test_line_ends_are_breaks_hard_ones_when_asked_for():
    assert words("a\nb  \nc\\\nd") == (
        Text("a"), Break(), Text("b"), Break(hard=True), Text("c"), Break(hard=True), Text("d"),
    )  # fmt: skip


def test_every_kind_of_line_end_is_read_as_lf_and_the_source_is_kept():
    body = parse("a\r\n\r\nb\rc")
    assert body.source == "a\r\n\r\nb\rc"
    assert body.blocks == (Paragraph((Text("a"),)), Paragraph((Text("b"), Break(), Text("c"))))
    assert normalise("a\r\nb\rc\n") == "a\nb\nc\n"


@pytest.mark.parametrize("empty", ["", " ", "\n\n", "\t\n"])
def test_nothing_parses_to_nothing(empty):
    assert parse(empty).blocks == ()
    assert parse_inline(empty) == ()
    assert parse_quotation(empty) == ()
    assert refusals(empty) == ()


# --------------------------------------------------------------------------- blocks


def test_headings_get_unique_anchors_with_a_prefix():
    body = parse("### Cost & *speed*\n\n#### Cost & speed\n\n### Cost speed 2\n\n### 🚨", anchor_prefix="r1")
    assert [(h.level, h.anchor) for h in body.blocks if isinstance(h, Heading)] == [
        (3, "r1-cost-speed"),
        (4, "r1-cost-speed-2"),
        (3, "r1-cost-speed-2-2"),
        (3, "r1-heading"),
    ]


def test_an_attribute_on_a_heading_inside_a_body_is_text():
    assert plain(only("### Title {#x}").children) == "Title {#x}"


def test_slugs_keep_letters_of_any_script():
    assert slugify("  What *didn't* work: naïve Ёлки 深度求索 हिन्दी, R1_Zero!") == (
        "what-didn-t-work-naïve-ёлки-深度求索-हिन्दी-r1-zero"
    )
    assert slugify("—!") == ""


def test_lists_know_their_start_their_tightness_and_their_tasks():
    block = only("3. a\n4. b\n")
    assert (block.ordered, block.start, block.tight, len(block.items)) == (True, 3, True, 2)
    assert only("- a\n\n- b").tight is False
    assert [item.checked for item in only("- [ ] a\n- [x] b\n- [X] c\n- d\n- [x]e").items] == [
        False, True, True, None, None,
    ]  # fmt: skip
    assert only("- [x] a *b*").items[0].blocks == (Paragraph((Text("a "), Emphasis((Text("b"),)))),)


def test_lists_nest():
    inner = only("- a\n  1. b").items[0].blocks[1]
    assert isinstance(inner, List) and inner.ordered


def test_tables_keep_alignment_and_surplus_cells():
    block = only("| a | b | c |\n|:--|:-:|--:|\n| 1 | *2* | 3 | 4 | `5` |\n| x |")
    assert isinstance(block, Table)
    assert block.align == ("left", "center", "right")
    assert block.head == ((Text("a"),), (Text("b"),), (Text("c"),))
    assert block.rows[0] == ((Text("1"),), (Emphasis((Text("2"),)),), (Text("3 | 4 | "), Code("5")))
    assert block.rows[1] == ((Text("x"),), (), ())
    assert messages(warnings("| a |\n|---|\n| 1 | 2 |"))[0][0] == 3


def test_definition_lists():
    block = only("Term *a*\n: one\n\n: two\n\n  more\n")
    assert isinstance(block, DefinitionList)
    assert plain(block.items[0].term) == "Term a"
    assert [len(definition) for definition in block.items[0].definitions] == [1, 2]


def test_code_blocks_quotations_and_rules():
    assert only("```python title\nx = 1\n```") == CodeBlock("x = 1", "python title")
    assert only("    x\n    y") == CodeBlock("x\ny")
    assert only("> a\n> b") == BlockQuote((Paragraph((Text("a"), Break(), Text("b"))),))
    assert only("---") == Rule()


def test_blocks_know_their_line():
    blocks = parse("a\n\n- b\n\n\n[[quote:x]]\n[[timeline]]\n").blocks
    assert [block.line for block in blocks] == [1, 3, 6, 7]


# --------------------------------------------------------------------------- formulas


def test_formulas():
    assert words("so $a_b*c*$ and $$x$$.") == (
        Text("so "), Math("a_b*c*"), Text(" and "), Math("x", display=True), Text("."),
    )  # fmt: skip
    assert only("$$\n\\frac{a}{b}\n$$") == MathBlock("\\frac{a}{b}")
    assert only("$$ x $$") == MathBlock("x")
    assert only("> $$\n> x\n> $$") == BlockQuote((MathBlock("x"),))


def test_a_paragraph_may_begin_with_a_formula_and_end_with_a_digit_or_a_backslash():
    assert words("$x$ in 2024")[0] == Math("x")
    assert words("$x$ and \\")[0] == Math("x")


@pytest.mark.parametrize(
    "text",
    ["$5 million and $6", "US$5 and US$6", "$ x $", "$x $", "a$b", "$$", "$", "20$ or 30$", "$$$", "$$ $$"],
)
def test_money_is_no_formula(text):
    assert not any(isinstance(node, Math | MathBlock) for node in walk(parse(text)))
    assert plain(words(text)) == text


def test_a_dollar_may_be_escaped():
    assert words(r"\$x\$") == (Text("$x$"),)
    assert words(r"$a\$b$") == (Math(r"a\$b"),)


# --------------------------------------------------------------------------- citations


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("[@guo2025]", [CiteItem("guo2025")]),
        ("[@guo2025, p. 5]", [CiteItem("guo2025", locator="p. 5")]),
        ("[@guo2025 p. 5]", [CiteItem("guo2025", locator="p. 5")]),
        ("[-@guo2025]", [CiteItem("guo2025")]),
        (
            "[see @guo2025; @b, pp. 3–4]",
            [CiteItem("guo2025", prefix="see"), CiteItem("b", locator="pp. 3–4")],
        ),
        ("[@guo2025, @deepseek-r1]", [CiteItem("guo2025"), CiteItem("deepseek-r1")]),
        ("[@a.b:c/d, p.\n5]", [CiteItem("a.b:c/d", locator="p. 5")]),
        ("[@unknown]", [CiteItem("unknown")]),
    ],
)
def test_citations_in_brackets(text, items):
    assert words(text) == (Citation(tuple(items)),)


def test_a_bare_key_is_a_citation_where_the_key_exists():
    assert words("As @deepseek-r1. And (@guo2025), @nealkhosla or me@guo2025 too.") == (
        Text("As "),
        Citation((CiteItem("deepseek-r1"),), in_text=True),
        Text(". And ("),
        Citation((CiteItem("guo2025"),), in_text=True),
        Text("), @nealkhosla or me@guo2025 too."),
    )


@pytest.mark.parametrize("text", ["[a@b.c]", "[me @ home]", r"\@guo2025", r"\[no\]", "x/@guo2025", "[@]"])
def test_what_is_no_citation(text):
    assert not any(isinstance(node, Citation) for node in walk(parse(text, keys=KEYS)))


def test_a_handle_as_the_words_of_a_link_is_a_link():
    assert words("[@guo2025](https://x.com/guo2025)") == (Link("https://x.com/guo2025", (Text("@guo2025"),)),)
    assert words("[@guo2025](see there)")[0] == Citation((CiteItem("guo2025"),))


def test_a_quotation_and_its_citation_stay_neighbours():
    assert words("They say “it works” [@guo2025, p. 2].")[:2] == (
        Text("They say “it works” "),
        Citation((CiteItem("guo2025", locator="p. 2"),)),
    )


def test_an_unknown_key_in_brackets_is_a_warning_with_its_line():
    found = warnings("a\n\nb\nc [@nobody]", keys=KEYS, where="Summary")
    assert [(p.where, p.line) for p in found] == [("Summary", 4)]
    assert "@nobody" in found[0].message
    assert warnings("[@guo2025]", keys=KEYS) == ()


# --------------------------------------------------------------------------- placed parts


def test_parts_on_lines_of_their_own_are_blocks():
    body = parse("[[quote:rl-alone]]\n[[timeline]]\n  [[theories]]  \n\n- [[quote:b]]\n")
    assert body.blocks[:3] == (QuoteBlock("rl-alone"), TimelineBlock(), TheoriesBlock())
    assert body.blocks[3].items[0].blocks == (QuoteBlock("b"),)


def test_parts_within_a_line():
    assert words("So [[quote:a]] in [[section:v3|the *next*\npart]], [[paper:a.b:c/d]].") == (
        Text("So "),
        QuoteWords("a"),
        Text(" in "),
        Target("section", "v3", "the *next* part"),
        Text(", "),
        Target("paper", "a.b:c/d"),
        Text("."),
    )
    assert words("[[event:e]] [[theory:t|T]]") == (
        Target("event", "e"),
        Text(" "),
        Target("theory", "t", "T"),
    )


def test_a_target_alone_on_its_line_is_a_paragraph():
    assert words("[[section:v3]]") == (Target("section", "v3"),)


@pytest.mark.parametrize(
    "text", ["[[foo:bar]]", "[[quote:]]", "[[quote]]", "see [[timeline]]", "[[quote:a|b]]"]
)
def test_what_is_no_part_stays_text(text):
    assert words(text) == (Text(text),)


def test_a_timeline_within_a_text_is_a_warning():
    assert [line for line, _ in messages(warnings("a\nsee [[timeline]]"))] == [2]


@pytest.mark.parametrize(
    ("typed", "likeliest"),
    [
        ("[[timelin]]", "[[timeline]]"),
        ("[[Timeline]]", "[[timeline]]"),
        ("[[theorie]]", "[[theories]]"),
        ("[[quot:x]]", "[[quote:x]]"),
        ("[[Quote: x]]", "[[quote:x]]"),
        ("[[sektion:v3]]", "[[section:v3]]"),
        ("[[quote]]", "[[quote:…]]"),
        ("[[banana]]", "[[timeline]], [[theories]]"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "see {} there", "[[quote:a]]\n{}"])
def test_a_misspelt_part_is_told_with_its_line_and_the_likeliest_spelling(typed, likeliest, around):
    found = warnings("a\n\n" + around.format(typed))
    assert [problem.line for problem in found] == [3 + around.count("\n")]
    assert typed in found[0].message and likeliest in found[0].message


@pytest.mark.parametrize(
    "text",
    ["[[1]](https://a.b)", "[[note]](https://a.b)", "`[[timelin]]`", "[[1, 2]]", "[[a]]\n\n[a]: https://a.b"],
)
def test_double_brackets_that_are_no_part_are_no_warning(text):
    assert warnings(text) == ()


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("##No space heading", "put a space after ##"),
        ("a <div class='x'>b</div>", "<div class='x'>"),
        ("<!-- gone -->", "<!--"),
        ("{% include toc.html %}", "{% include toc.html %}"),
        ("{{ site.url }}", "{{ site.url }}"),
        ("so $x + 1 is", "\\$"),
        ("$$ x", "$$"),
        ("a `b is", "close it with `"),
    ],
)
def test_what_is_shown_as_text_is_told_with_its_line(line, named):
    found = warnings(f"a\n\nb\n\n{line}\n")
    assert found and {problem.line for problem in found} == {5}
    assert any(named in problem.message and "shown as text" in problem.message for problem in found)


@pytest.mark.parametrize(
    "text",
    [
        "costs $5 or $6",
        "<think>",
        "`<div>`",
        "```\n{% x %}\n```",
        "# 5\\$x",
        "a < b > c",
        "<https://a.b>",
        "$x$",
        "US$",
    ],
)
def test_what_only_looks_like_it_is_no_warning(text):
    assert warnings(text) == ()


# --------------------------------------------------------------------------- todos


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("TODO: add *this*", "add this"),
        ("TODO add", "add"),
        ("TODO", ""),
        ("todo: add", "add"),
        ("ToDo: add", "add"),
        ("TODO\nadd", "add"),
        ("TODO — later", "— later"),
    ],
)
def test_todos(text, rest):
    block = only(text)
    assert isinstance(block, Todo)
    assert plain(block.children) == rest


@pytest.mark.parametrize("text", ["todo", "todo add", "TODOS are many", "Todo add", "a TODO: b", "TODOist"])
def test_what_is_no_todo(text):
    assert isinstance(only(text), Paragraph)


def test_todos_in_lists():
    block = only("- TODO: a\n- [ ] TODO: b")
    assert [item.blocks for item in block.items] == [(Todo((Text("a"),)),), (Todo((Text("b"),)),)]
    assert block.items[1].checked is False


# --------------------------------------------------------------------------- footnotes


def test_footnotes_are_numbered_by_first_reference():
    body = parse("a[^y] b[^x] c[^y]\n\n[^x]: X\n\n[^y]: Y *z*\n\n    more\n", first_footnote=7)
    assert [node for node in walk(body.blocks) if isinstance(node, FootnoteRef)] == [
        FootnoteRef(7), FootnoteRef(8), FootnoteRef(7, again=1),
    ]  # fmt: skip
    assert [(note.number, note.label, len(note.blocks)) for note in body.footnotes] == [
        (7, "y", 2),
        (8, "x", 1),
    ]


def test_footnotes_within_footnotes_and_to_themselves():
    body = parse("a[^1]\n\n[^1]: one[^2] and [^1]\n\n[^2]: two")
    assert [note.number for note in body.footnotes] == [1, 2]
    assert [node for node in walk(body.footnotes[0]) if isinstance(node, FootnoteRef)] == [
        FootnoteRef(2), FootnoteRef(1, again=1),
    ]  # fmt: skip


def test_footnotes_may_stand_where_they_are_read():
    body = parse("a^[an *aside*] b")
    assert plain(body.footnotes[0].blocks[0].children) == "an aside"


def test_unused_and_doubled_footnotes_keep_their_words_and_are_warnings():
    source = "a[^1]\n\n[^1]: one\n\n[^1]: again\n\n[^2]: lost\n"
    body = parse(source)
    assert [(n.number, n.label, plain(n.blocks[0].children)) for n in body.footnotes] == [
        (1, "1", "one"), (2, "1", "again"), (3, "2", "lost"),
    ]  # fmt: skip
    assert {line for line, _ in messages(warnings(source))} == {5, 7}
    assert refusals(source) == ()


def test_a_reference_without_footnote_is_text_and_a_warning():
    assert words("a[^x]") == (Text("a[^x]"),)
    assert [line for line, _ in messages(warnings("\na[^x]"))] == [2]


# --------------------------------------------------------------------------- links and images


def test_links_with_titles_and_by_reference():
    assert words('[a *b*](https://e.org/?x=1&y=2 "T")') == (
        Link("https://e.org/?x=1&y=2", (Text("a "), Emphasis((Text("b"),))), "T"),
    )
    assert words("[a][x]\n\n[x]: /there") == (Link("/there", (Text("a"),)),)


def test_an_unused_or_doubled_link_definition_is_shown_as_typed():
    body = parse('[a]\n\n[a]: /one\n[a]: /two\n[b]: https://e.org "Title"\n')
    assert [plain(block.children) for block in body.blocks] == [
        "a",
        "[a]: /two",
        '[b]: https://e.org "Title"',
    ]


@pytest.mark.parametrize(
    "href",
    [
        "http://e.org",
        "https://u:p@e.org:8000/a_(b)",
        "http://[::1]/",
        "HTTPS://E.org",
        "mailto:a@b.c",
        "/path",
        "/",
        "#frag",
    ],
)
def test_allowed_links(href):
    assert links(f"[x]({href})") == [href]


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "&#106;avascript:alert(1)", "java&#10;script:alert(1)",
        "java&Tab;script:alert(1)", "&#1;javascript:alert(1)", "javascript&colon;alert(1)", r"javascript\:alert(1)",
        "<javascript:alert(1)>", "< javascript:alert(1)>", "vbscript:x", "data:text/html;base64,PHNjcmlwdD4=",
        "file:///etc/passwd", "//evil.org/x", "/\\evil.org", "\\\\evil.org", "/&#9;/evil.org", "relative", "ftp://e.org",
        "http:evil", "http:///x", "https:", "", "\u200bjavascript:alert(1)", "http://[::1",
    ],
)  # fmt: skip
def test_refused_links_are_shown_as_text(href):
    for source in (f"[word]({href})", f"![word]({href})", f"[word][ref]\n\n[ref]: {href}\n", f"<{href}>"):
        body = parse(source)
        nodes = [node for node in walk(body) if isinstance(node, Link | Image)]
        assert all(getattr(node, "href", "/").startswith(("/%", "#")) for node in nodes), (source, nodes)
        assert ("word" in source) <= ("word" in everything(body))


@pytest.mark.parametrize("src", ["https://e.org/x.png", "/media/a/b.png"])
def test_allowed_images(src):
    assert words(f'![an *alt* text]({src} "T")') == (Image(src, "an alt text", "T"),)


@pytest.mark.parametrize(
    "src",
    [
        "/static/x.png",
        "/media/../admin/",
        "/media/%2E%2e/admin/",
        "mailto:a@b.c",
        "#x",
        "data:image/png;base64,xx",
    ],
)
def test_refused_images_are_shown_as_text(src):
    assert words(f"![alt]({src})") == (Text(f"![alt]({src})"),)


def test_bare_addresses_become_links_without_the_sentence_around_them():
    address = "https://e.org/" + "long_path/" * 17 + "@who?q=$a$&b=*c*#d"
    assert len(address) > 180
    assert words(f"(see {address}).") == (Text("(see "), Link(address, (Text(address),)), Text(")."))
    assert links("**https://e.org/a_(b)**, “http://e.org/c”; https://e.org[^1] https://e.org/@guo2025!") == [
        "https://e.org/a_(b)", "http://e.org/c", "https://e.org", "https://e.org/@guo2025",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["xhttps://", "https://", "ftp://e.org", "www.e.org", "`https://e.org`", "ahttp://e.org"]
)
def test_what_is_no_address(text):
    assert links(text) == []


def test_an_address_as_the_words_of_a_link_is_not_linked_twice():
    assert words("[https://a.org](https://b.org)") == (Link("https://b.org", (Text("https://a.org"),)),)


def test_raw_html_is_text():
    source = '<script>alert("x")</script> <img src=x onerror=alert(1)>'
    assert words(source) == (Text(source),)
    assert plain(words("<!-- hidden -->")) == "<!-- hidden -->"
    assert plain(only("<div>\n*a*\n</div>").children) == "<div> a </div>"


@pytest.mark.parametrize("source", ["a\n[x](e.org/y)", "a\n![x](e.png)", "\n[x](javascript:alert)"])
def test_a_refused_address_is_a_warning_with_its_line(source):
    ((line, message),) = messages(warnings(source))
    assert line == 2
    assert "shown as typed" in message and "https://" in message


def test_an_allowed_address_is_no_warning():
    assert warnings("[a](https://e.org) ![b](/media/c) [d](/e) [f] (g) [h](#i) `[j](k)`") == ()


# --------------------------------------------------------------------------- lines and quotations


def test_a_line_of_inline_markdown():
    assert parse_inline("*a*\n[@guo2025] [[quote:q]] # b", keys=KEYS) == (
        Emphasis((Text("a"),)), Break(), Citation((CiteItem("guo2025"),)), Text(" "), QuoteWords("q"), Text(" # b"),
    )  # fmt: skip
    assert parse_inline("a^[b] [^c]") == (Text("a^[b] [^c]"),)


def test_a_quotation_renders_emphasis_code_and_math_only():
    assert parse_quotation("*a* `b` $c$ **d**\ne\n\n\nf") == (
        Paragraph((
            Emphasis((Text("a"),)), Text(" "), Code("b"), Text(" "), Math("c"), Text(" "), Strong((Text("d"),)),
            Break(), Text("e"),
        )),
        Paragraph((Text("f"),)),
    )  # fmt: skip
    assert [block.line for block in parse_quotation("\na\n\n\nf")] == [2, 5]


@pytest.mark.parametrize(
    "text",
    [
        "1. first", "# title", "> said", "- item", "[a](https://b.org)", "https://b.org", "[@guo2025]", "@who",
        "[[quote:x]]", "~~a~~", "&amp; <b>c</b>", "TODO: x", "a^[b]", "![a](/media/b)", "| a |", "```", "---",
    ],
)  # fmt: skip
def test_all_else_in_a_quotation_is_words(text):
    assert parse_quotation(text) == (Paragraph((Text(text),)),)


# --------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("source", "line", "part"),
    [
        ("a\n\n```python\nx\n", 3, "never closed"),
        ("- ```\n  x\n\nb", 1, "never closed"),
        ("~~~~\n~~~\n", 1, "~~~~"),
        ("a\n\n## B\n", 3, "## B"),
        ("# B #\n", 1, "# B"),
        ("> # B\n", 1, "# B"),
        ("a\nb\n---\n", 3, "empty line"),
        ("a\n===", 2, "==="),
        ("a\n\nb\0c", 3, "NUL"),
        ("a\n" + "> " * 30 + "deep", 2, "deeply"),
        ("x" * (MAX_LENGTH + 1), 1, "200,001 characters"),
        ("\n" * 10_001, 1, "lines"),
        ("[" * 10_001, 1, "brackets"),
    ],
)
def test_refusals_say_where_and_what(source, line, part):
    found = refusals(source, where="Section “X”")
    assert [(problem.where, problem.line) for problem in found] == [("Section “X”", line)]
    assert part in found[0].message
    assert ":" in found[0].message


@pytest.mark.parametrize(
    "source",
    [
        "```\nx\n```",
        "~~~\n```\n~~~",
        "- ```\n  x\n  ```",
        "### a",
        "a\n\n---\n\nb",
        "    ## a",
        "`## a`",
        "\\## a",
    ],
)
def test_what_is_fine_is_not_refused(source):
    assert refusals(source) == ()


def test_a_refused_heading_still_parses():
    assert [block.level for block in parse("# a\n\n## b\n\nc\n===").blocks] == [3, 3, 3]


# --------------------------------------------------------------------------- hostile texts


BOMBS = {
    "nested quotes": ">" * 10_000 + "end",
    "nested quotes by line": "\n".join("> " * i + "x" for i in range(400)) + "end",
    "nested lists": "- " * 10_000 + "end",
    "nested lists by line": "\n".join("  " * i + "- x" for i in range(400)) + "end",
    "nested emphasis": "**" * 5_000 + "end" + "**" * 5_000,
    "emphasis in emphasis": "*a **b " * 10_000 + "end" + "** *" * 10_000,
    "one line of 1 MB": "word " * 200_000 + "end",
    "brackets": "[" * 100_000 + "end",
    "fewer brackets": "[*" * 9_900 + "end",
    "image brackets": "![" * 9_900 + "end" + "](/media/x)" * 9_900,
    "inline footnotes": "^[" * 9_900 + "end" + "]" * 9_900,
    "stars": "*" * 100_000 + "end",
    "words and stars": "a*" * 50_000 + "end",
    "backticks": "`" * 100_000 + "end",
    "backticks of all lengths": "".join("`" * i + "a" for i in range(600)) + "end",
    "dollars": "$a" * 50_000 + "end",
    "addresses": "http://" * 14_000 + "end",
    "citations": "[@a;" * 9_900 + "end",
    "footnote chain": "".join(f"[^{i}]: x[^{i + 1}]\n\n" for i in range(3_000)) + "end",
    "footnotes in footnotes": "[^a]: " * 9_000 + "end",
    "definitions": "a\n: b\n" * 4_900 + "end",
    "wide table": ("|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n" + "|a\n" * 200 + "\n") * 10 + "end",
    "white space": "\t" * 100_000 + "end" + "\u2028" * 50_000,
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS.keys())
def test_bombs_take_bounded_time_and_keep_their_words(source):
    began = time.process_time()
    parsed = read(source)
    assert time.process_time() - began < 30  # half a second on an idle machine; beyond, it blew up
    assert "end" in everything(parsed.body)
    assert not any("can't be read" in problem.message for problem in parsed.refusals)


@pytest.mark.parametrize(
    "name", ["emphasis in emphasis", "backticks", "brackets", "white space", "one line of 1 MB"]
)
def test_bombs_in_lines_and_quotations(name):
    began = time.process_time()
    assert "end" in everything(parse_inline(BOMBS[name]))
    assert "end" in everything(parse_quotation(BOMBS[name]))
    assert time.process_time() - began < 30


def test_emphasis_nested_without_end_gives_a_shallow_tree():
    assert len(repr(parse("**a *b " * 500 + "end" + "* **" * 500))) < 2_000_000
    hash(parse("**" * 2_000 + "end" + "**" * 2_000))


def everything(node):
    """All the text of a tree, attributes included."""
    found = []
    for item in walk(node):
        for name in ("text", "tex", "href", "title", "src", "alt", "slug", "label", "kind", "language"):
            found.append(str(getattr(item, name, "")))
        if isinstance(item, CiteItem):
            found += [item.key, item.prefix, item.locator]
        found += [{TimelineBlock: "timeline", TheoriesBlock: "theories", Todo: "TODO"}.get(type(item), "")]
        found += ["quote"] if isinstance(item, QuoteBlock | QuoteWords) else []
        found += ["\n"]
    return unquote(" ".join(found))


PIECES = st.sampled_from(
    [
        "*", "**", "_", "~~", "`", "```", "~~~", "$", "$$", "[", "]", "](", ")", "![", "[[", "]]", "[[quote:", "[@",
        "@", "; ", ", ", "^[", "[^", "]:", "|", "\n|-|-|\n", "\n", "\n\n", "\n> ", "\n- ", "\n1. ", "\n    ", "\n### ",
        "\n## ", "\n---\n", "\n===\n", "\n: ", "<", ">", "<!--", "-->", "\\", "&", "https://", "mailto:", "/",
        "/media/", "javascript:", "TODO ", "todo:", "[ ] ", "[x] ", "#", ":", ".", "!", "\"", "'", " ", "  ", "\t", "é",
        "\r\n",
    ]
)  # fmt: skip
WORDS = st.from_regex(r"[b-w]{3,6}", fullmatch=True)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PIECES, WORDS, WORDS), max_size=40).map("".join))
def test_every_word_of_any_text_stands_in_the_tree(source):
    parsed = read(source, keys=KEYS)
    assert not any("can't be read" in problem.message for problem in parsed.refusals), source
    shown = everything(parsed.body)
    # The label of a link definition that is used is a mark, like the number of a list's item.
    labels = re.findall(r"\[([^\]]*)\]", source) if parsed.body.source.count("]:") else []
    marks = set(re.findall(r"\w+", " ".join(labels)))
    missing = [w for w in re.findall(r"[A-Za-z]{3,}", source) if w not in shown and w not in marks]
    assert [w for w in missing if w.lower() != "todo"] == [], source
    for tree in (parse_inline(source), parse_quotation(source)):
        shown = everything(tree)
        assert [w for w in re.findall(r"[A-Za-z]{3,}", source) if w not in shown] == [], source


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_at_all_parses(source):
    parsed = read(source)
    assert parsed.body.source == source
    assert not any("can't be read" in problem.message for problem in parsed.refusals)
    parse_inline(source)
    parse_quotation(source)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(PIECES, WORDS), max_size=30).map("".join))
def test_no_link_leaves_the_allow_list(source):
    for node in walk(parse(source)):
        if isinstance(node, Link):
            assert re.match(r"https?://[^/]|mailto:.|/(?!/)|#", node.href, re.IGNORECASE), source
        if isinstance(node, Image):
            assert re.match(r"https?://[^/]|/media/", node.src, re.IGNORECASE), source


def test_more_formulas_than_can_be_typeset_in_time_are_refused():
    assert refusals("$x$ " * 2_000) == ()
    (problem,) = refusals("$x$ " * 2_001)
    assert "2,001 formulas" in problem.message and "divide" in problem.message
