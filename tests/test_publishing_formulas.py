"""Formulas: what pandoc may make of TeX, and what it can't do to us."""

from __future__ import annotations

import json
import re
import subprocess
import time

import pytest
import typst
from django.core.cache import cache
from hypothesis import given, settings, strategies as st

from publishing import formulas
from publishing.formula_names import NAMES, current
from publishing.formulas import typeset

GRPO = (
    r"\mathcal{J}_{GRPO}(\theta) = \mathbb{E}_{q\sim P(Q)}\left[\frac{1}{G}\sum_{i=1}^G\min\left("
    r"\frac{\pi_\theta(o_i|q)}{\pi_{\theta_{old}}(o_i|q)}A_i,\ \text{clip}(\epsilon)\right)\right]"
    r" - \beta\,\mathbb{D}_{KL}\left(\pi_\theta||\pi_{ref}\right)"
)
# What lecture notes hold, and pandoc's ways to write it.
ORDINARY = [
    "x^2", r"\frac{a}{b}", GRPO, r"\sqrt[3]{x}", r"\binom{n}{k}", r"\begin{pmatrix}a&b\\c&d\end{pmatrix}",
    r"\begin{cases}1 & x\\2 & y\end{cases}", r"\begin{aligned}a&=b\\c&=d\end{aligned}", r"\hat{x}\bar{y}\vec{z}",
    r"\underbrace{ab}_{c}", r"\text{two words: \$5, #x}", r"a\,b\;c\!d\qquad e", r"\operatorname*{arg\,max}_x f(x)",
    r"\mathbf{AB}\mathrm{KL}\mathfrak{g}\mathbb{R}^n", r"A\cup B\cap C\sqcap D", r"\oplus\otimes\odot\ominus",
    r"\bigl(x\bigr)\Big[y\Big]", r"\int_0^1 f(x)\,dx", r"\lim_{x\to 0}\sin x", r"\|x\|, |x|, \{x\}, [x]", "a/b; 100\\%",
    r"\llbracket x\rrbracket", "é 深", r"\color{red}x", r"\label{a} x", r"x' y''", r"\lfloor x\rfloor",
    r"\sum_i^n x_1^2",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_known():
    cache.clear()


def one(tex, display=False):
    (formula,) = typeset([(tex, display)])
    assert (formula.tex, formula.display) == (tex, display)
    return formula


def draw(made):
    """Compile formulas as the PDF does: each evaluated in Typst's math mode."""
    source = (
        "#for f in json(bytes(sys.inputs.f)) "
        '{ math.equation(block: f.display, alt: "x", eval(f.typst, mode: "math")) }'
    )
    data = json.dumps([{"display": f.display, "typst": f.typst} for f in made])
    return typst.compile(source.encode(), sys_inputs={"f": data})


# --------------------------------------------------------------------------- what comes out


def test_a_formula_becomes_mathml_with_its_tex_kept():
    formula = one(r"\frac{a}{b} < c")
    assert formula.error == ""
    assert formula.mathml.startswith(
        '<math display="inline"><semantics><mrow><mfrac><mi>a</mi><mi>b</mi></mfrac>'
    )
    assert r'<annotation encoding="application/x-tex">\frac{a}{b} &lt; c</annotation>' in formula.mathml
    assert formula.typst == "a / b < c"


def test_a_displayed_formula_says_so():
    assert one("x", display=True).mathml.startswith('<math display="block">')


@pytest.mark.parametrize("display", [False, True])
def test_ordinary_formulas_all_pass_and_all_can_be_drawn(display):
    made = typeset((tex, display) for tex in ORDINARY)
    assert [(f.tex, f.error) for f in made if f.error or not f.mathml or not f.typst] == []
    assert draw(made).startswith(b"%PDF")


def test_formulas_come_once_each_in_the_order_of_their_first_mention():
    made = typeset([("b", False), ("a", True), ("b", False), ("a", False)])
    assert [(f.tex, f.display) for f in made] == [("b", False), ("a", True), ("a", False)]
    assert typeset([]) == ()


def test_spaces_of_tex_have_a_width_in_print():
    assert one(r"a\;b").typst == "a thick b"
    assert one(r"a\qquad b").typst == "a quad quad b"
    assert one(r"a\!b").typst.split() == ["a", "b"]


def test_symbols_that_typst_has_renamed_are_written_by_their_new_names():
    assert one(r"A \cap B").typst == "A inter B"
    assert [current(n) for n in ("sect.sq", "times.circle", "bracket.l.double", "nothing.circle", "circle.filled")] == [
        "inter.sq", "times.o", "bracket.l.stroked", "nothing.circle", "circle.filled",
    ]  # fmt: skip


def test_the_known_names_are_those_of_the_installed_typst(tmp_path):
    source = tmp_path / "names.typ"
    source.write_text("#metadata(dictionary(math).keys()) <names>")
    there = set(json.loads(typst.query(str(source), "<names>", field="value", one=True)))
    assert there >= NAMES
    assert not NAMES & {
        "std",
        "sys",
        "text",
        "equation",
        "eval",
        "read",
        "plugin",
        "box",
        "hide",
        "h",
        "link",
        "json",
    }


# --------------------------------------------------------------------------- what fails


def test_a_formula_that_fails_says_why_and_leaves_the_others_alone():
    good, bad, other = typeset([("x^2", False), (r"\notacommand{x}", True), ("y", False)])
    assert (good.error, other.error) == ("", "")
    assert good.mathml and other.typst
    assert (bad.mathml, bad.typst) == ("", "")
    assert r"unexpected control sequence \notacommand" in bad.error
    assert "Mend the TeX" in bad.error


@pytest.mark.parametrize(
    ("tex", "part"),
    [
        ("", "empty"),
        (" \n", "empty"),
        (r"\frac{a}", "can't be typeset"),
        ("{", "can't be typeset"),
        ("a & b", "unexpected '&'"),
        ("x" * 5_001, "5,001 characters"),
        ("{" * 50_000 + "}" * 50_000, "characters"),
        ("{" * 200 + "x" + "}" * 200, "nested"),
        ("x^{" * 10 + "x" + "}" * 10, "nested"),
        ("{x_ " * 10 + "x" + "}" * 10, ""),
        ("\ud800", ""),
        ("a\0b", ""),
    ],
)
def test_bad_formulas_get_a_message(tex, part):
    good, bad = typeset([("x", False), (tex, False)])
    assert good.error == "" and good.mathml
    assert part in bad.error
    assert bad.error or bad.mathml


def test_what_the_page_can_show_and_print_cannot_keeps_its_mathml():
    formula = one(r"\boxed{x}")
    assert "<menclose" in formula.mathml
    assert formula.typst == ""
    assert "can't be printed" in formula.error and r"\boxed" in formula.error


# --------------------------------------------------------------------------- hostile TeX


HOSTILE = [
    r"\input{/etc/passwd}", r"\include{/etc/passwd}", r"\href{javascript:alert(1)}{x}", r"\url{javascript:alert(1)}",
    r"\def\a{\a\a}\a", r"\newcommand{\a}{\a\a}\a", r"\style{color:red}{x}", r"\class{evil}{x}", r"\cssId{evil}{x}",
    r"\unicode{x3c}script>", r"\text{<script>alert(1)</script>}", r"\text{</annotation></math><img src=x onerror=a>}",
    "<img src=x onerror=alert(1)>", "</math><script>alert(1)</script>", r"\text{\href{javascript:a}{b}}",
    r"\text{\" #read(\"/etc/passwd\")}", r"\text{\\\" #eval(\"x\")}", "#read(x)", r"\#read(x)", r"\text{#}", '"#read"',
    r"\operatorname{std.read}(x)", r"\operatorname{eval}(x)", r"\mathrm{std}.read(x)", r"\text{a}$ #x $b", "$#sys$",
    r"\label{> #read} x", r"\tag{#x} y", r"\mathop{#x}", r"\text{`#x`}", r"/* \text{*/}", "//", r"\\ #x", r"\verb|#x|",
    r"\text{\textbackslash\" #x}", r"\begin{array}{#}a\end{array}", r"\color{#ff0000}{x}", r"\hspace{1000000em}x",
    r"\write18{rm -rf /}", r"\immediate\openout1=x", r"\csname read\endcsname", r"\left< x \right>", "\u202e\u200b",
]  # fmt: skip


def assert_harmless(formula):
    tags = re.findall(r"<\s*/?\s*([^\s>]+)", formula.mathml)
    assert set(tags) <= set(formulas.MATHML), formula
    allowed = set().union(*formulas.MATHML.values())
    for tag in re.findall(r"<[^>]*>", formula.mathml):
        assert set(re.findall(r'([\w:-]+)="', tag)) <= allowed, formula
    assert formula.mathml.count("<math") <= 1
    code = re.sub(r'"(?:[^"\\]|\\.)*"|\\.', " ", formula.typst, flags=re.DOTALL)
    assert not re.search(r'[#$"`]|//|/\*', code), formula
    for word in re.findall(r"[^\W\d_](?:[^\W_]|\.(?=[^\W\d_]))+", code):
        assert word.split(".")[0] in NAMES | {"delim", "gap", "align"}, formula


def test_hostile_formulas_are_harmless():
    made = typeset((tex, True) for tex in HOSTILE)
    assert len(made) == len(HOSTILE)
    for formula in made:
        assert_harmless(formula)
        assert "root:" not in formula.mathml + formula.typst + formula.error
    draw([formula for formula in made if formula.typst])


PIECES = st.sampled_from(
    [
        "\\", "{", "}", "^", "_", "$", "#", '"', "'", "&", "<", ">", "/", "*", "`", "(", ")", "[", "]", " ", "x", "12",
        r"\text{", r"\frac", r"\left", r"\right", r"\operatorname{", "std", "read", r"\sqrt", r"\mathbb{", "é", "|",
        r"\begin{cases}", r"\end{cases}", r"\\", r"\,", r"\big", r"\phantom{", r"\label{", "#read", ".", ",", ";", ":",
    ]
)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(st.lists(st.lists(PIECES, min_size=1, max_size=9).map("".join), min_size=1, max_size=25))
def test_whatever_is_written_it_is_harmless_and_spares_the_rest(texs):
    made = {
        formula.tex: formula for formula in typeset([*((tex, False) for tex in texs), (r"\alpha+1", False)])
    }
    assert made[r"\alpha+1"].typst == "alpha + 1"
    for formula in made.values():
        assert formula.mathml or formula.error
        assert_harmless(formula)


def test_a_formula_that_hangs_pandoc_is_given_up_and_the_others_are_set(monkeypatch):
    monkeypatch.setattr(formulas, "MAX_SCRIPTS", 99)
    monkeypatch.setattr(formulas, "PATIENCE", 0.7)
    hanging = "x^{" * 35 + "x" + "}" * 35
    began = time.monotonic()
    made = typeset([("a", False), ("b", False), (hanging, False), ("c", False)])
    assert time.monotonic() - began < 5 * formulas.BUDGET  # 2 seconds on an idle machine; it hangs for hours
    assert [bool(formula.mathml and formula.typst) for formula in made] == [True, True, False, True]
    assert "too long" in made[2].error


def test_when_all_the_time_is_gone_the_rest_is_tried_another_time(monkeypatch):
    monkeypatch.setattr(formulas, "BUDGET", 0.1)
    made = typeset([("a", False), ("b", False)])
    assert all("time" in formula.error and not formula.mathml for formula in made)
    cache.clear()  # an hour later
    monkeypatch.undo()
    assert one("a").error == ""


# --------------------------------------------------------------------------- the cache


def test_a_known_formula_needs_no_pandoc(monkeypatch):
    first = typeset([(GRPO, True), (r"\bad", False)])
    monkeypatch.setattr(subprocess, "run", None)
    assert typeset([(GRPO, True), (r"\bad", False)]) == first


def test_inline_and_displayed_are_two_formulas():
    assert one("x").mathml != one("x", display=True).mathml


def test_another_pandoc_or_other_rules_start_afresh(monkeypatch):
    before = formulas._key(("x", False))
    monkeypatch.setattr(formulas, "RULES", "next")
    assert formulas._key(("x", False)) != before


def test_without_pandoc_the_page_still_stands(monkeypatch):
    def missing():
        raise OSError("No pandoc was found")

    monkeypatch.setattr(formulas, "_pandoc_version", missing)
    assert "pandoc is missing" in one("x").error
