"""The verdicts in the PDF: in words and shapes, beside the quotations and in the title block."""

from __future__ import annotations

from publishing import document as d
from publishing.typst import pdf
from tests.test_publishing_pdf import p, report, words


def test_words_quoted_in_the_text_are_printed() -> None:
    quoted = d.Quoted((d.Text("“as the "), d.Emphasis((d.Text("authors"),)), d.Text(" say”")), 1)
    made = pdf(report(p("This is so, ", quoted, " ", d.Citation((d.CiteItem("r1"),)), ".")))
    assert "This is so, “as the authors say” [" in words(made)
    assert not any("Quoted" in warning for warning in made.warnings)
