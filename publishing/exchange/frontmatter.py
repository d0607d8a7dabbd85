"""The YAML between two lines `---` at the head of a file: plain strings in, plain strings out.

Every value is text: `yes`, `2024` and a time stay as they are written, so that nothing is turned
into something else on the way. Aliases are refused, since a few of them can stand for gigabytes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import yaml

from publishing.exchange.parsed import Finding

MAX_DEPTH = 12  # a list of mappings needs three levels

# What YAML takes for line ends or refuses; between double quotation marks it is written as an escape.
UNPLAIN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

# A mapping, list or text, with the line it begins on.
Value = Any


class _Dumper(yaml.SafeDumper):
    """Writes every text plain where YAML allows it: we read no other type."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def _text(dumper: Any, text: str) -> yaml.ScalarNode:
    style = None
    block = text.strip("\n") == text and dumper.analyze_scalar(text).allow_block
    if UNPLAIN.search(text) or ("\n" in text and not block):
        style = '"'
    elif "\n" in text:
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def write(values: Mapping[str, Any]) -> str:
    """The front matter with its two marks; texts of more than one line as block scalars."""
    text = yaml.dump(dict(values), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**9)
    return f"---\n{text}---\n"


class Mapped(dict[str, Value]):
    """A YAML mapping; `lines` has the line of each key, `line` its own."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


def split(text: str) -> tuple[str, str, int]:
    """The front matter with its first mark, the rest, and the line the rest begins on.

    ("", text, 1) if there is none. Raises `ValueError` if the second mark is missing.
    """
    lines = text.split("\n")
    mark = lines[0].rstrip()
    if mark not in ("---", "+++"):
        return "", text, 1
    for number, line in enumerate(lines[1:], 2):
        if line.rstrip() == mark or (mark == "---" and line.rstrip() == "..."):
            return "\n".join(lines[: number - 1]), "\n".join(lines[number:]), number + 1
    raise ValueError(f"The front matter that begins here never ends: put a line {mark} after its last field.")


def read(text: str) -> tuple[Mapped, list[Finding]]:
    """Read front matter as `split` gives it: YAML after `---`, TOML after `+++`, nothing if ""."""
    mark, _, rest = text.partition("\n")
    if not mark:
        return Mapped(1), []
    return _toml(rest) if mark.startswith("+") else _yaml(rest)


def _toml(text: str) -> tuple[Mapped, list[Finding]]:
    mapped = Mapped(1)
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        where = re.search(r"line (\d+)", str(error))
        line = int(where[1]) + 1 if where else 1
        return mapped, [Finding(line, f"The front matter is not valid TOML ({error}): mend it there.")]
    for key, value in values.items():
        name = key.replace("_", "-")
        found = re.search(rf"^[ \t]*\[*[\"']?{re.escape(key)}\b", text, re.MULTILINE)
        mapped.lines[name] = 2 + text.count("\n", 0, found.start()) if found else 1
        mapped[name] = _as_text(value)
    return mapped, []


def _line(event: yaml.Event, first: int) -> int:
    return first + (event.start_mark.line if event.start_mark else 0)


def _as_text(value: Any) -> Value:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    if isinstance(value, dict):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _yaml(text: str, first: int = 2) -> tuple[Mapped, list[Finding]]:
    findings: list[Finding] = []
    try:
        if fault := _bomb(text, first):
            return Mapped(first), [fault]
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + first if mark else first
        what = ": ".join(part for part in (error.context, error.problem) if part)
        return Mapped(first), [
            Finding(
                line,
                f"The front matter is not valid YAML here ({what}): put text that holds “: ” or begins "
                "with a sign into quotation marks, and indent lists alike.",
            )
        ]
    except yaml.YAMLError as error:  # a character that YAML does not allow
        line = first + text.count("\n", 0, getattr(error, "position", 0) or 0)
        return Mapped(first), [Finding(line, f"The front matter is not valid YAML ({error}): mend it.")]
    if node is None:
        return Mapped(first), []
    value = _value(node, first, findings)
    if not isinstance(value, Mapped):
        findings.append(Finding(first, "The front matter must be lines such as “title: My report”."))
        value = Mapped(first)
    return value, findings


def _bomb(text: str, first: int) -> Finding | None:
    """A front matter that would be too much to build, found before anything is built."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            line = _line(event, first)
            return Finding(line, "YAML aliases (*name) are not read: write the value out.")
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = _line(event, first)
                return Finding(line, "The front matter is nested too deeply here: use plain fields.")
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            depth -= 1
    return None


def _value(node: yaml.Node, first: int, findings: list[Finding]) -> Value:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, first, findings) for item in node.value]
    assert isinstance(node, yaml.MappingNode)
    mapped = Mapped(node.start_mark.line + first)
    for key, value in node.value:
        line = key.start_mark.line + first
        if not isinstance(key, yaml.ScalarNode):
            findings.append(
                Finding(line, "A list or mapping can't be the name of a field: write name: value.")
            )
            continue
        name = str(key.value).replace("_", "-")
        if name in mapped:
            findings.append(Finding(line, f"“{name}” is given twice: keep one."))
        mapped[name], mapped.lines[name] = _value(value, first, findings), line
    return mapped
