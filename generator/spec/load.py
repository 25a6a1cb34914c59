"""YAML text to plain data, and a way back from any value's path to its line and column.

The node tree is kept as the C parser gives it; positions are looked up for the few paths that have bad news, because
a map of all positions costs more than the parsing. Values are built here rather than by PyYAML so that duplicate
keys, endless anchors and keys that YAML 1.1 reads as booleans become findings instead of silence.
See https://yaml.org/spec/1.1/ for the resolution rules.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import yaml

from generator.findings import Finding, Mark, Path, Span
from generator.yaml_syntax import NestingError, compose, mark_of, nesting_finding, syntax_error

# A spec for 20,000 alarms has some 400,000 nodes; what expands beyond this is a mistake or an attack.
MAX_VALUES = 3_000_000
MAX_DEPTH = 60
# Python prints no integer of more than 4,300 decimal digits, and no float has more than 309. Base 16 has no such limit.
MAX_DIGITS = 100
SECTIONS = "a mapping of sections (`version: 1`, `project: …`)"


@dataclass(frozen=True, slots=True)
class Source:
    """A YAML text with its node tree, and the texts that belong to it, by their names.

    Where a document is in several files, `root` is the tree of all of them. parts: the file of each node that decides
    where the nodes below it are, by `id` of the node.

    The tree of a file that is alone is not kept, since it is larger than all that a build makes of it, and most builds
    have no place to show: it is made again when the first place is asked for.
    """

    name: str
    text: str
    root: yaml.Node | None = None
    others: Mapping[str, Source] = field(default_factory=dict)
    parts: Mapping[int, Source] = field(default_factory=dict)
    is_alone: bool = False

    def alone(self) -> Source:
        """The same without the tree, for a text that could be read whole."""
        return replace(self, root=None, is_alone=True)

    def of(self, file: str) -> Source:
        """The text of that name; this one where the name is empty or unknown."""
        return self.others.get(file, self)

    def at(self, path: Path) -> Source:
        """The file that has the value of a path; this one where no other has it. Its `span` accepts the same path."""
        source = self
        value = self.root if self.parts else None
        for step in path if self.parts else ():
            inner = _step(value, step) if value is not None else None
            if inner is None:
                break
            key, value = inner
            source = self.parts.get(id(key or value), source)
        return source

    def node(self, path: Path) -> tuple[yaml.Node | None, yaml.Node | None, int]:
        """Key node, value node and number of steps found, for the longest part of the path that exists."""
        key: yaml.Node | None = None
        value = self.root or (_tree(self.text) if self.is_alone else None)
        for depth, step in enumerate(path):
            inner = _step(value, step) if value is not None else None
            if inner is None:
                return key, value, depth
            key, value = inner
        return key, value, len(path)

    def span(self, path: Path, on: str = "value") -> Span | None:
        """The place of a key or a value; of its nearest existing parent's key where the path ends earlier."""
        key, value, is_found = self.node(path)
        is_block = value is not None and value.start_mark.line != value.end_mark.line
        wants_key = on == "key" or is_found < len(path) or is_block
        node = key if wants_key and key is not None else value
        if node is None:
            return None
        start, end = node.start_mark, node.end_mark
        stop = len(self.line(start.line + 1)) if end.line != start.line else end.column
        return Span(start.line + 1, start.column + 1, max(stop + 1, start.column + 2))

    def has(self, path: Path) -> bool:
        """True if something is written at a path."""
        return self.node(path)[2] == len(path)

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; empty past the end."""
        lines = _lines(self.text)
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


@lru_cache(maxsize=1)
def _tree(text: str) -> yaml.Node | None:
    return compose(text, MAX_DEPTH)


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    return text.split("\n")


@dataclass(slots=True)
class Loaded:
    """The data of a text, and its findings; `data` is None where the text could not be read completely.

    values: how many values it has, where each alias counts as often as it is used.
    """

    source: Source
    data: dict[str, Any] | None = None
    findings: list[Finding] = field(default_factory=list)
    values: int = 0


def load(content: bytes, name: str, values: int = 0) -> Loaded:
    """Read a file. Never raises for what the text contains: see `Loaded.findings` (codes Y01 to Y06).

    values: how many of `MAX_VALUES` other files have used up.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        finding = Finding(
            "Y01",
            f"not UTF-8: byte 0x{content[error.start]:02x} cannot be read",
            mark=Mark(line, error.start - content.rfind(b"\n", 0, error.start)),
            hint="save the file as UTF-8",
        )
        return Loaded(Source(name, ""), None, [finding])
    text = text.replace("\r\n", "\n")
    return _compose(Source(name, text), values)


def _compose(source: Source, values: int) -> Loaded:
    try:
        root = compose(source.text, MAX_DEPTH)
    except NestingError as error:
        return Loaded(source, None, [nesting_finding(MAX_DEPTH, error.mark)])
    except yaml.MarkedYAMLError as error:
        return Loaded(source, None, [syntax_error(source.line, error)])
    except yaml.YAMLError as error:
        return Loaded(source, None, [_unreadable(source, error)])
    if root is None:
        hint = "run `obsgen init` to create a first file"
        return Loaded(source, None, [Finding("Y04", "the file is empty", mark=Mark(1, 1), hint=hint)])
    source = Source(source.name, source.text, root)
    if not isinstance(root, yaml.MappingNode):
        message = f"the file must be {SECTIONS}"
        return Loaded(source, None, [Finding("Y04", message, mark=mark_of(root))])
    builder = _Builder(values)
    data = builder.build(root, ())
    whole = isinstance(data, dict) and not builder.stopped
    return Loaded(source, data if whole else None, builder.findings, builder.values)


def _unreadable(source: Source, error: yaml.YAMLError) -> Finding:
    position = getattr(error, "position", 0) or 0
    line = source.text.count("\n", 0, position) + 1
    return Finding(
        "Y02", "the file has a character that YAML does not allow", mark=Mark(line, 1), hint="remove control characters"
    )


class _Builder:
    """Nodes to data. The one mutable thing here, alive for one call."""

    def __init__(self, values: int) -> None:
        self.findings: list[Finding] = []
        self.values = values
        self.open: set[int] = set()
        self.stopped = False

    def build(self, node: yaml.Node, path: Path) -> Any:
        self.values += 1
        if self.stopped:
            return None
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, path)
        if id(node) in self.open:
            return self.stop("Y05", "an anchor contains itself", node)
        if self.values > MAX_VALUES:
            return self.stop("Y05", f"anchors expand to more than {MAX_VALUES:,} values", node)
        # What `<<` brings in is a level too, though the path does not say so.
        if len(self.open) > MAX_DEPTH:
            return self.end(nesting_finding(MAX_DEPTH, mark_of(node)))
        self.open.add(id(node))
        built = self.mapping(node, path) if isinstance(node, yaml.MappingNode) else self.sequence(node, path)
        self.open.discard(id(node))
        return built

    def stop(self, code: str, message: str, node: yaml.Node) -> None:
        self.end(Finding(code, message, mark=mark_of(node)))

    def end(self, finding: Finding) -> None:
        self.stopped = True
        self.findings.append(finding)

    def sequence(self, node: yaml.Node, path: Path) -> list[Any]:
        return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        built: dict[str, Any] = {}
        first: dict[str, yaml.Node] = {}
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.key(key_node, path)
            if key is None:
                continue
            if key in first:
                self.duplicate(key, key_node, first[key])
                continue
            first[key] = key_node
            built[key] = self.build(value_node, (*path, key))
        for merged in merged_into(node):
            if not isinstance(merged, yaml.MappingNode):
                message = f"expected a mapping or a list of mappings for `<<`, got {_SHAPES[type(merged)]}"
                hint = "write <<: *name, where &name marks a mapping"
                self.findings.append(Finding("Y06", message, path, mark=mark_of(merged), hint=hint))
                continue
            if id(merged) in self.open:
                self.stop("Y05", "an anchor contains itself", merged)
                break
            if isinstance(merged, yaml.MappingNode):
                for key, value in (self.build(merged, path) or {}).items():
                    built.setdefault(key, value)
        return built

    def duplicate(self, key: str, node: yaml.Node, first: yaml.Node) -> None:
        line = first.start_mark.line + 1
        message = f"`{key}` is defined twice; the first definition is on line {line}"
        self.findings.append(Finding("Y03", message, mark=mark_of(node), hint="remove one of the two"))

    def key(self, node: yaml.Node, path: Path) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self.findings.append(Finding("Y06", "a key must be plain text", path, mark=mark_of(node)))
            return None
        if node.tag in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"):
            message = f"expected text as a key, but YAML reads {node.value or '(nothing)'} as {_KINDS[node.tag]}"
            self.findings.append(Finding("Y06", message, path, mark=mark_of(node), hint=f'quote it: "{node.value}"'))
            return None
        return str(node.value)

    def scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        text: str = node.value
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        try:
            match kind:
                case "str" | "value":
                    return text
                case "null":
                    return None
                case "bool":
                    return text.lower() in ("yes", "true", "on")
                case "int":
                    return _integer(text)
                case "float":
                    return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))
                case "timestamp":
                    return datetime.date.fromisoformat(text) if len(text) == 10 else text
        except ValueError:
            return text
        message = f"unsupported tag {node.tag}"
        self.findings.append(Finding("Y06", message, path, mark=mark_of(node), hint="remove the tag"))
        return text


_SHAPES: Mapping[type[yaml.Node], str] = {yaml.ScalarNode: "a text or number", yaml.SequenceNode: "a list in a list"}
_KINDS = {"tag:yaml.org,2002:bool": "true or false", "tag:yaml.org,2002:null": "nothing"}


def _integer(text: str) -> int:
    """YAML 1.1 integers. Raises ValueError for what stays text: base sixty (`1:30`), more than `MAX_DIGITS`."""
    plain = text.replace("_", "")
    if len(plain) > MAX_DIGITS:
        raise ValueError(f"more than {MAX_DIGITS} digits")
    sign, digits = (-1, plain[1:]) if plain.startswith("-") else (1, plain.lstrip("+"))
    if digits.startswith(("0x", "0b")):
        return sign * int(digits, 0)
    return sign * int(digits, 8 if len(digits) > 1 and digits.startswith("0") else 10)


def merged_into(node: yaml.MappingNode) -> Iterator[yaml.Node]:
    """The mappings that `<<` brings in, nearest first."""
    for key_node, value_node in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            yield from value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]


def _step(node: yaml.Node, step: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode):
        inside = isinstance(step, int) and step < len(node.value)
        return (None, node.value[step]) if inside else None
    if not isinstance(node, yaml.MappingNode):
        return None
    for key_node, value_node in node.value:
        if key_node.value == step and key_node.tag != "tag:yaml.org,2002:merge":
            return key_node, value_node
    for merged in merged_into(node):
        inner = _step(merged, step) if merged is not node else None
        if inner:
            return inner
    return None
