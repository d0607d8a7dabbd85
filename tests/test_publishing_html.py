"""The document tree as HTML: every node, links that lead somewhere, and nothing that runs."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings, strategies as st

from publishing import html, markdown, verdicts
from publishing.document import (
    BlockQuote,
    Body,
    Break,
    Citation,
    CiteItem,
    Code,
    CodeBlock,
    DefinitionItem,
    DefinitionList,
    Document,
    Emphasis,
    Event,
    Evidence,
    Formula,
    Heading,
    Image,
    Link,
    List,
    ListItem,
    Math,
    MathBlock,
    Paper,
    Paragraph,
    Quote,
    QuoteBlock,
    QuoteWords,
    Rule,
    Section,
    Source,
    Strike,
    Strong,
    Table,
    Target,
    Text,
    Theory,
    TimelineBlock,
    Todo,
)
from publishing.formulas import typeset
from publishing.html import timeline_svg
from publishing.html.markup import safe_href, tag
from tests.html_reading import read

ALPHA = Paper("alpha", "Alpha: Learning to reason", authors="Aho, B.", year="2024", number=1)
BETA = Paper("beta", "Beta report", in_summary=False, number=2, url="https://example.org/beta.pdf")
PDF = Source("alpha-pdf", "pdf", title="alpha.pdf", url="https://example.org/alpha.pdf", paper="alpha")
POST = Source("post", "post", author="someone", url="https://social.example/1", published="2025-01-28")
ROBUST = Quote("robust", "We find it.", source="alpha-pdf", locator="6-7", note="edited", number=1)


def document(**parts):
    given = {"papers": (ALPHA, BETA), "sources": (PDF, POST), "quotes": (ROBUST,)}
    return Document("demo", "Demo", **{**given, **parts})


def body(source, **parts):
    whole = document(**parts)
    return read(html.body(markdown.parse(source, keys={p.key for p in whole.papers}), whole))


def inline(*nodes, **parts):
    return read(html.inlines(nodes, document(**parts)))


def text(words):
    return (Text(words),)


class TestEscaping:
    def test_every_text_is_escaped(self):
        evil = "<script>alert(1)</script>\"'&"
        nodes = (
            Text(evil),
            Code(evil),
            Emphasis(text(evil)),
            Math(evil),
            Link("https://a.b", text(evil), evil),
        )
        found = inline(*nodes, Image("/media/x.png", evil, evil))
        assert not found.all("script")
        assert found.words.count("<script>") == 5
        assert found.one("img").attributes["alt"] == evil

    def test_what_an_author_writes_into_any_field_stays_text(self):
        evil = '"><img src=x onerror=alert(1)>'
        quote = Quote("q", evil, attribution=evil, note=evil, locator=evil, source="s", number=1)
        whole = document(
            quotes=(quote,),
            sources=(Source("s", "web", title=evil, url="https://example.org/" + evil),),
            events=(Event("e", evil, when=evil), Event("f", evil)),
            theories=(Theory("t", evil, "rumour", evil, evidence=(Evidence("for", evil, quote="q"),)),),
        )
        for made in (html.quote(quote, whole), html.timeline(whole), html.theories(whole)):
            found = read(made)
            assert not found.all("img")
            assert evil in found.text

    @pytest.mark.parametrize(
        "href",
        [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\tscript:alert(1)",
            " javascript:alert(1)",
            "\x01javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "//evil.example",
            "/\\evil.example",
            "https:evil",
            "http:///x",
            "mailto:",
            "",
        ],
    )
    def test_a_link_that_is_not_allowed_is_its_words_alone(self, href):
        assert safe_href(href) == ""
        found = inline(Link(href, text("words")), Image(href, "words"))
        assert not found.all("a") and not found.all("img")
        assert "words" in found.text

    @pytest.mark.parametrize(
        "href", ["https://a.b/c?d=e#f", "HTTP://a.b", "mailto:a@b.c", "/x/", "#x", "?a=b", "x/y:z"]
    )
    def test_a_link_that_is_allowed_stays_as_it_is(self, href):
        assert inline(Link(href, text("words"))).one("a").attributes["href"] == href

    def test_attributes_are_escaped_and_empty_ones_left_out(self):
        made = tag("a", "x", href='"<&', title=None, hidden=False, data_x=True)
        assert made == '<a href="&quot;&lt;&amp;" data-x>x</a>'

    @settings(max_examples=60, deadline=None)
    @given(st.text(alphabet="<>\"'&[]()*_`~:!#@|$\\/- \njavscriptonerALT1😀", max_size=120))
    def test_no_markdown_makes_markup_that_runs_or_tags_that_are_not_closed(self, source):
        found = body(source)
        for element in found:
            assert element.name not in {"script", "style", "iframe", "object", "form", "base", "link", "meta"}
            assert not [a for a in element.attributes if a.startswith("on") or a == "style"]
            href = element.attributes.get("href", "")
            assert href == safe_href(href)


class TestInlines:
    def test_each_kind(self):
        found = inline(
            Strong(text("a")), Strike(text("b")), Code("c"), Break(), Break(hard=True), Emphasis(text("d"))
        )
        assert [e.name for e in found] == ["strong", "del", "code", "br", "em"]

    def test_an_address_as_text_may_break_behind_slashes_and_reads_the_same(self):
        url = "https://example.org/a/b.pdf"
        found = inline(Link(url, text(url)))
        assert found.text == url
        assert len(found.all("wbr")) == 2

    def test_a_picture_of_our_own_is_loaded_late_with_its_size(self):
        node = Paragraph((Image("/media/demo/x.png", "A curve", "What it shows"),))
        whole = document()
        found = read(html.Writer(whole, sizes={"/media/demo/x.png": (40, 30)}).blocks([node]))
        picture = found.one("figure").one("img").attributes
        assert (picture["width"], picture["height"], picture["loading"]) == ("40", "30", "lazy")
        assert picture["alt"] == "A curve"
        assert found.one("figcaption").text == "What it shows"
        assert "width" not in read(html.blocks([node], whole)).one("img").attributes

    def test_a_picture_from_elsewhere_is_a_link(self):
        found = inline(Image("https://example.org/x.png", "A curve"))
        assert not found.all("img")
        assert found.one("a", href="https://example.org/x.png").text == "Picture: A curve"

    def test_a_formula_is_its_mathml(self):
        formula = Formula("x", False, mathml="<math><mi>x</mi></math>")
        assert inline(Math("x"), formulas=(formula,)).one("math").text == "x"

    def test_a_failing_formula_is_its_tex_and_only_editors_see_why(self):
        formula = Formula("x", False, error="No such command.")
        found = inline(Math("x"), formulas=(formula,))
        assert found.text == "x"
        found = inline(Math("x"), formulas=(formula,), audience="editors")
        assert found.words == "x No such command."

    def test_a_formula_that_only_print_lacks_stands_on_the_page(self):
        (formula,) = typeset([(r"\boxed{x}", False)])
        assert formula.error and not formula.typst
        found = inline(Math(formula.tex), formulas=(formula,))
        assert found.one("menclose").text == "x" and not found.all("code")
        found = inline(Math(formula.tex), formulas=(formula,), audience="editors")
        assert found.one("menclose") and "can't be printed" in found.words

    def test_a_link_within_a_link_is_its_words(self):
        inner = (Link("https://b.c", text("b")), Citation((CiteItem("alpha"),)), QuoteWords("robust"))
        found = inline(Link("https://a.b", inner))
        assert len(found.all("a")) == 1
        assert found.text.startswith("b[1]“We find it.”")


class TestCitations:
    def test_one_work_with_its_place(self):
        found = inline(Citation((CiteItem("alpha", locator="p. 5"),)))
        link = found.one("a")
        assert (link.text, link.attributes["href"]) == ("[1, p. 5]", "#ref-1")
        note = found.one("span", role="tooltip")
        assert note.attributes["id"] == link.attributes["aria-describedby"]
        assert note.words == "Alpha: Learning to reasonAho, B., 2024. p. 5."

    def test_several_works_stand_in_one_pair_of_brackets(self):
        whole = document()
        node = Citation((CiteItem("alpha", "see", "p. 5"), CiteItem("beta")))
        assert read(html.Writer(whole, peeks=False).inlines([node])).text == "[see 1, p. 5; 2]"

    def test_in_text_it_names_the_authors_or_else_the_work(self):
        nodes = (Citation((CiteItem("alpha"),), in_text=True), Citation((CiteItem("beta"),), in_text=True))
        made = [read(html.Writer(document(), peeks=False).inlines([n])).text for n in nodes]
        assert made == ["Aho, B. [1]", "Beta report [2]"]

    def test_an_unknown_work_is_marked_for_editors_alone(self):
        node = Citation((CiteItem("gamma", locator="p. 5"),))
        assert inline(node).text == "[gamma, p. 5]"
        assert inline(node, audience="editors").one("span", class_="unknown").text == "unknown paper: gamma"


class TestLinksWithinTheReport:
    WHOLE = {
        "sections": (Section("new", "New heading", former_anchors=("old",)),),
        "events": (Event("e", "It begins", text("It begins")),),
        "theories": (Theory("t", "It was cheap", "rumour", former_slugs=("was",)),),
    }

    @pytest.mark.parametrize(
        ("kind", "slug", "href", "words"),
        [
            ("section", "new", "#new", "New heading"),
            ("section", "old", "#new", "New heading"),
            ("paper", "alpha", "#paper-alpha", "Alpha"),
            ("paper", "beta", "#ref-2", "Beta report"),
            ("event", "e", "#event-e", "It begins"),
            ("theory", "t", "#theory-t", "It was cheap"),
            ("theory", "was", "#theory-t", "It was cheap"),
        ],
    )
    def test_each_kind_leads_to_its_place(self, kind, slug, href, words):
        link = inline(Target(kind, slug), **self.WHOLE).one("a")
        assert (link.attributes["href"], link.text) == (href, words)
        assert inline(Target(kind, slug, "label"), **self.WHOLE).one("a").text == "label"

    def test_an_unknown_one_is_its_label_to_readers(self):
        assert inline(Target("section", "none", "label")).text == "label"
        assert not inline(Target("section", "none")).all("a")
        assert inline(Target("event", "none"), audience="editors").text == "unknown event: none"


class TestBlocks:
    def test_each_kind(self):
        nodes = (
            Paragraph(text("a")),
            BlockQuote((Paragraph(text("b")),)),
            Rule(),
            CodeBlock("x = 1\n", "python"),
            MathBlock("x"),
            DefinitionList((DefinitionItem(text("t"), ((Paragraph(text("d")),),)),)),
        )
        found = read(html.blocks(nodes, document()))
        assert [e.name for e in found.children if not isinstance(e, str)] == [
            "p",
            "blockquote",
            "hr",
            "div",
            "div",
            "dl",
        ]
        assert found.one("pre").text == "x = 1\n"

    def test_headings_never_skip_a_level_and_begin_below_their_section(self):
        nodes = [Heading(level, text("h"), f"h{i}") for i, level in enumerate((5, 6, 4, 3, 6))]
        for begin in (2, 3):
            found = read(html.Writer(document()).body(Body("x", tuple(nodes)), level=begin))
            levels = [int(e.name[1]) for e in found if e.name in ("h3", "h4", "h5", "h6")]
            assert levels == [begin + 1, begin + 2, begin + 1, begin + 1, begin + 2]

    def test_a_tight_list_has_no_paragraphs_a_loose_one_has(self):
        items = (ListItem((Paragraph(text("a")), List((ListItem((Paragraph(text("b")),)),)))),)
        tight, loose = (read(html.blocks([List(items, tight=t)], document())) for t in (True, False))
        assert not tight.all("p")
        assert len(loose.all("p")) == 1

    def test_an_ordered_list_begins_where_it_says(self):
        item = (ListItem((Paragraph(text("a")),)),)
        assert read(html.blocks([List(item, ordered=True, start=4)], document())).one("ol").attributes == {
            "start": "4"
        }

    def test_a_task_says_its_state_in_words(self):
        found = body("- [x] one\n- [ ] two")
        assert [li.words for li in found.all("li")] == ["Done: one", "To do: two"]

    def test_a_table_aligns_by_class_and_scrolls_in_its_own_box(self):
        node = Table(("left", "right", ""), (text("a"), text("b"), ()), ((text("1"), text("2"), text("3")),))
        found = read(html.blocks([node], document()))
        box = found.one("div")
        assert box.attributes["tabindex"] == "0" and box.attributes["aria-label"] == "Table"
        assert [c.attributes.get("class") for c in found.all("td")[-3:]] == [
            "align-left",
            "align-right",
            None,
        ]
        # An empty corner is no heading.
        assert len(found.all("th", scope="col")) == 2

    def test_a_todo_is_a_callout_with_its_number_in_the_document(self):
        first, second = Todo(text("same")), Todo(text("same"))
        whole = document(
            summary=Body("x", (first,)), sections=(Section("s", "S", body=Body("y", (second, first))),)
        )
        writer = html.Writer(whole)
        made = writer.body(whole.summary) + writer.body(whole.sections[0].body)
        assert [e.attributes["id"] for e in read(made).all("div", class_="todo")] == [
            "todo-1",
            "todo-2",
            "todo-3",
        ]
        assert "To do: same" in read(made).words

    def test_footnotes_stand_at_the_end_with_a_way_back_from_each(self):
        found = body("a[^x] b[^y] c[^x]\n\n[^x]: first\n[^y]: second")
        ids = {e.attributes["id"] for e in found if "id" in e.attributes}
        assert {"fn-1", "fn-2", "fnref-1", "fnref-1-1", "fnref-2"} <= ids
        notes = found.one("ol", class_="footnotes").all("li")
        assert [n.attributes["value"] for n in notes] == ["1", "2"]
        backs = [a.attributes["href"] for a in notes[0].all("a", class_="back")]
        assert backs == ["#fnref-1", "#fnref-1-1"]

    def test_what_nests_without_end_is_still_written(self):
        deep = Paragraph(text("core"))
        for _ in range(2000):
            deep = BlockQuote((deep,))
        assert "core" in html.blocks([deep], document())
        nodes = Text("core")
        for _ in range(2000):
            nodes = Emphasis((nodes,))
        assert "core" in html.inlines([nodes], document())


class TestQuotations:
    def test_words_source_page_and_note(self):
        found = read(html.quote(ROBUST, document()))
        figure = found.one("figure", id="quote-robust")
        assert figure.one("blockquote").attributes["cite"] == "https://example.org/alpha.pdf"
        assert figure.one("blockquote").text == "“We find it.”"
        caption = figure.one("figcaption")
        assert caption.words == "Alpha, pp. 6–7 [1] · author’s note: edited"
        assert caption.all("a")[0].attributes["href"] == "https://example.org/alpha.pdf"

    def test_its_own_address_goes_before_the_sources(self):
        quote = dataclasses.replace(ROBUST, url="https://example.org/page")
        assert (
            read(html.quote(quote, document())).all("a")[0].attributes["href"] == "https://example.org/page"
        )

    def test_the_marks_stand_around_all_paragraphs(self):
        quote = Quote("q", "", blocks=(Paragraph(text("one")), Paragraph(text("two"))))
        assert [p.text for p in read(html.quote(quote, document())).all("p")] == ["“one", "two”"]

    def test_a_post_looks_like_one_and_names_who_wrote_it(self):
        found = read(html.quote(Quote("q", "words", source="post"), document()))
        assert "post" in found.one("figure").attributes["class"].split()
        assert found.one("figcaption").words == "Post by someone, 2025-01-28"

    def test_without_a_number_and_a_source_it_still_stands(self):
        found = read(html.quote(Quote("q", "words"), document()))
        assert found.one("blockquote").text == "“words”"
        assert not found.all("figcaption")

    @pytest.mark.parametrize(
        ("locator", "words"),
        [
            ("6", "p. 6"),
            ("6–7", "pp. 6–7"),
            ("6-7", "pp. 6–7"),
            ("6, 8", "pp. 6, 8"),
            ("ii", "p. ii"),
            ("ii–iv", "pp. ii–iv"),
            ("A3", "p. A3"),
            ("§ 4.2", "§ 4.2"),
            ("p. 3", "p. 3"),
            ("Table 2", "Table 2"),
            ("", ""),
        ],
    )
    def test_a_bare_page_number_gets_its_p(self, locator, words):
        assert verdicts.locator_words(locator) == words

    def test_nothing_in_it_looks_like_a_verdict(self):
        made = html.quote(ROBUST, document()).lower()
        assert not any(word in made for word in ("verbatim", "v-edited", "checked", "altered", "badge"))

    def test_within_a_line_it_is_words_with_a_small_citation(self):
        found = inline(Text("They say "), QuoteWords("robust"), Text("."))
        assert found.one("span", class_="words").attributes["id"] == "quote-robust"
        assert found.one("a", class_="cite").text == "[1, pp. 6–7]"

    def test_an_unknown_one_is_marked_for_editors_and_says_nothing_wrong_to_readers(self):
        assert html.blocks([QuoteBlock("none")], document()) == ""
        assert inline(QuoteWords("none")).text == "[quotation missing]"
        for made in (
            html.blocks([QuoteBlock("none")], document(audience="editors")),
            html.inlines([QuoteWords("none")], document(audience="editors")),
        ):
            assert "unknown quotation: none" in made

    def test_an_old_slug_still_leads_to_it(self):
        quote = dataclasses.replace(ROBUST, former_slugs=("strong", "robust"))
        found = read(html.blocks([QuoteBlock("strong")], document(quotes=(quote,))))
        assert found.one("figure").attributes["id"] == "quote-robust"
        assert found.one("span", id="quote-strong").text == ""

    def test_placed_twice_it_has_its_id_once(self):
        found = read(html.blocks([QuoteBlock("robust"), QuoteBlock("robust")], document()))
        assert len(found.all("figure")) == 2
        assert len(found.all(id="quote-robust")) == 1


def event(number, lower, upper=None, date="2025"):
    return Event(
        f"e{number}", f"Event {number}", when=f"in {lower // 10_000}", date=date, lower=lower, upper=upper
    )


class TestTimeline:
    def test_dates_in_words_and_for_machines_only_where_exact(self):
        events = (
            Event("a", "First", when="about 2024", date="2024~", lower=20240101, upper=20241231),
            Event(
                "b", "Second", when="22 January 2025", machine="2025-01-22", lower=20250122, upper=20250122
            ),
            Event("c", "Third"),
        )
        found = read(html.timeline(document(events=events)))
        rows = found.one("ol", class_="events").all("li")
        assert [r.all("span", class_="when")[0].words for r in rows] == [
            "1About 2024",
            "222 January 2025",
            "3No date yet",
        ]
        assert [t.attributes["datetime"] for t in found.all("time")] == ["2025-01-22"]
        assert [r.attributes["id"] for r in rows] == ["event-a", "event-b", "event-c"]

    def test_the_drawing_says_what_it_shows_and_has_no_style(self):
        events = (event(1, 20240101, 20240101), event(2, 20250101, 20250101), Event("x", "No date"))
        found = read(html.timeline(document(events=events)))
        drawing = found.one("svg")
        assert drawing.attributes["role"] == "img"
        assert "2 events on a line" in drawing.attributes["aria-label"]
        assert "1 event without a date" in drawing.attributes["aria-label"]
        assert not [e for e in found if "style" in e.attributes]

    def test_with_fewer_than_two_dates_there_is_nothing_to_draw(self):
        found = read(html.timeline(document(events=(event(1, 20240101, 20240101), Event("x", "No date")))))
        assert not found.all("svg")
        assert len(found.all("li")) == 2

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.one_of(st.none(), st.integers(-3_000_000, 3_000_000)),
                st.integers(0, 50_000),
                st.booleans(),
            ),
            min_size=2,
            max_size=40,
        )
    )
    def test_discs_of_numbered_events_never_touch_and_stay_on_the_drawing(self, given_events):
        events = [
            Event(
                f"e{i}",
                "x",
                date="2024~" if vague else "2024",
                lower=None if lower is None else lower // 1000 * 10_000 + 101,
                upper=None if lower is None else (lower + length) // 1000 * 10_000 + 1231,
            )
            for i, (lower, length, vague) in enumerate(given_events)
        ]
        drawing, numbered = timeline_svg.line(events)
        if not drawing:
            assert sum(e.lower is not None for e in events) < 2
            return
        found = read(drawing)
        height = float(found.one("svg").attributes["viewbox"].split()[3])
        discs = [(float(c.attributes["cx"]), float(c.attributes["cy"])) for c in found.all("circle")]
        for place, (x, y) in enumerate(discs):
            assert 0 <= x <= timeline_svg.WIDTH and 0 <= y <= height
            for other_x, other_y in discs[place + 1 :]:
                assert (x - other_x) ** 2 + (y - other_y) ** 2 >= (2 * timeline_svg.RADIUS) ** 2
        assert len(found.all("text", class_="tick")) <= 9
        if numbered:
            dated = [e for e in events if e.lower is not None]
            assert len(found.all("circle", class_="known")) + len(found.all("circle", class_="vague")) == len(
                dated
            )

    def test_a_thousand_events_are_counted_in_bars(self):
        events = [
            event(n, (2000 + n % 20) * 10_000 + 101, (2000 + n % 20) * 10_000 + 101) for n in range(1000)
        ]
        drawing, numbered = timeline_svg.line(events)
        assert not numbered
        assert len(drawing) < 10_000
        assert read(drawing).all("rect", class_="bar-of")

    def test_years_before_the_common_era_are_named(self):
        drawing, _ = timeline_svg.line([event(1, -430_000 + 315, -430_000 + 315), event(2, 140_101, 140_101)])
        assert "BCE" in drawing

    @pytest.mark.parametrize(
        ("first", "last", "labels"),
        [
            (20240101, 20251231, ["2024", "2025"]),
            (20240301, 20250210, ["Mar 2024", "May", "Jul", "Sep", "Nov", "Jan 2025"]),
            (20250120, 20250128, ["21 Jan 2025", "23 Jan", "25 Jan", "27 Jan"]),
            (20250120, 20250122, ["20 Jan 2025", "21 Jan", "22 Jan"]),
            (20250125, 20250206, ["25 Jan 2025", "27 Jan", "29 Jan", "1 Feb", "3 Feb", "5 Feb"]),
            (20250120, 20250120, ["21 Jan 2025", "26 Jan", "1 Feb", "6 Feb", "11 Feb", "16 Feb"]),
            (19_000_101, 20_000_101, ["1900", "1920", "1940", "1960", "1980", "2000"]),
        ],
    )
    def test_the_line_is_marked_in_whole_years_months_or_days(self, first, last, labels):
        drawing, _ = timeline_svg.line([event(1, first, first), event(2, last, last)])
        assert [t.text for t in read(drawing).all("text", class_="tick")] == labels

    def test_a_second_place_leads_to_the_first(self):
        whole = document(events=(event(1, 20240101, 20240101),))
        found = read(html.blocks([TimelineBlock(), TimelineBlock()], whole))
        assert len(found.all("li")) == 1
        assert found.one("ol").attributes["id"] == found.one("a").attributes["href"][1:]


class TestTheories:
    def theory(self, *evidence, **parts):
        given = Theory("t", "It was cheap", "rumour", "someone", evidence=evidence)
        return read(html.theories(document(theories=(given,), **parts)))

    def test_state_and_origin_in_words(self):
        found = self.theory()
        assert found.one("article").attributes["id"] == "theory-t"
        assert found.one("span", class_="state").words == "Rumour"
        assert found.one("p", class_="proposed").text == "Proposed by someone"
        assert not found.all("div", class_="sides")

    def test_only_the_sides_that_have_evidence(self):
        found = self.theory(Evidence("against", quote="robust"), Evidence("neutral", paper="alpha"))
        assert [h.words for h in found.all("h4")] == ["Against 1", "Neutral 1"]

    def test_each_kind_of_evidence(self):
        found = self.theory(
            Evidence("for", quote="robust", children=text("shows it")),
            Evidence("for", paper="alpha"),
            Evidence("for", event="e"),
            Evidence("for", url="https://example.org/x"),
            Evidence("for", url="javascript:alert(1)"),
            events=(Event("e", "It begins", text("It begins"), when="in 2024"),),
        )
        pieces = found.all("div", class_="evidence")
        assert pieces[0].one("blockquote").text == "“We find it.”"
        assert pieces[0].one("p", class_="shows").text == "shows it"
        assert [p.all("a")[0].attributes["href"] for p in pieces[1:4]] == [
            "#paper-alpha",
            "#event-e",
            "https://example.org/x",
        ]
        assert not pieces[4].all("a") and "javascript" in pieces[4].text

    def test_headings_stand_one_below_the_section(self):
        whole = document(theories=(Theory("t", "T", "rumour", evidence=(Evidence("for", paper="alpha"),)),))
        writer = html.Writer(whole)
        writer.level = 3
        assert [e.name for e in read(writer.theories()) if e.name[0] == "h" and e.name[1:].isdigit()] == [
            "h4",
            "h5",
        ]
