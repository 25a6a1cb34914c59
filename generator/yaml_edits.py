"""Edits of YAML text by position: one value set, or one item appended, and every other character stays as it is.

Comments, quotes and the order of keys belong to the writer of a file, so nothing is parsed and written back: a value
replaces exactly its own characters, and what is new becomes a line of its own or follows the last entry of `{…}`. The
edited text is then read once more and compared, value by value, with what was meant. So an anchor that shares a value
with other places refuses the edit, and nothing else can go wrong silently.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from generator.findings import Path
from generator.yaml_syntax import NestingError, compose

Value = str | int | float | bool | None | Sequence["Value"] | Mapping[str, "Value"]

_DEPTH = 60
_MAP, _SEQ, _NULL = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:null"
_MERGE = "tag:yaml.org,2002:merge"
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
# `5m`, `3 of 5`: not numbers to YAML.
_AMOUNT = re.compile(r"\d+(?:[smhdw]| of \d+)")
_WORDS = frozenset({"yes", "no", "true", "false", "on", "off", "null", "y", "n"})
_ALIAS = re.compile(r"\s*:[ \t]+\*[^\s,\[\]{}]+")
_REST_OF_LINE = re.compile(r"[ \t]*(?:#[^\n]*)?")


class NotEditable(Exception):
    """An edit that cannot be made without touching something else. Its text is the reason, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A value to set at a path, or to append to the list there, which is made where it is missing."""

    path: Path
    value: Value
    is_item: bool = False


def edited(text: str, *edits: Edit) -> str:
    """The text with the edits, or the same text where it has them already. Raises NotEditable for the first that fails.

    The edits are of the text as it is: none is of a place that another one makes.
    """
    root = _root(text)
    before = intended = _data(root)
    place = _Place(text, root)
    changes: list[tuple[int, int, str]] = []
    for edit in edits:
        unchanged, intended = intended, _with(intended, edit.path, _scalars(edit.value), is_item=edit.is_item)
        if intended != unchanged:
            changes.append(place.change(edit))
    if intended == before:
        return text
    after = text
    changes.sort(key=lambda change: change[0])
    # From the end on, so that a position is that of the text; of two at one place the second comes after the first.
    for position, length, new in reversed(changes):
        after = after[:position] + new + after[position + length :]
    try:
        is_meant = _data(_root(after)) == intended
    except NotEditable:
        is_meant = False
    if not is_meant:
        raise NotEditable("the place is shared with others by an anchor, or written in a way that cannot be edited")
    return after


def _root(text: str) -> yaml.Node:
    try:
        root = compose(text, _DEPTH)
    except (NestingError, yaml.YAMLError):
        root = None
    if not isinstance(root, yaml.MappingNode):
        raise NotEditable("the file is no mapping")
    return root


def flow_text(value: Value) -> str:
    """A value on one line, as YAML reads it in every place."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow_text(key)}: {flow_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, str):
        is_plain = (_PLAIN.fullmatch(value) and value.lower() not in _WORDS) or _AMOUNT.fullmatch(value)
        # YAML 1.1 takes some characters for line breaks or for nothing; JSON's escapes are YAML's, too, but surrogates.
        return value if is_plain else json.dumps(value, ensure_ascii=not value.isprintable())
    if isinstance(value, Sequence):
        return f"[{', '.join(map(flow_text, value))}]"
    return json.dumps(value)


class _Place:
    """Where a text has the value of a path. Alive for one edit."""

    def __init__(self, text: str, root: yaml.Node) -> None:
        self.text, self.root = text, root
        self.entries: dict[int, dict[str, tuple[yaml.Node, yaml.Node]]] = {}

    def change(self, edit: Edit) -> tuple[int, int, str]:
        """The position, how many characters are replaced, and by what."""
        key: yaml.Node | None = None
        node = self.root
        for depth, step in enumerate(edit.path):
            inner = self.inner(node, step)
            if inner is None:
                return self.new(key, node, edit.path[depth:], edit)
            key, node = inner
        if not edit.is_item:
            return self.replaced(key, node, edit.value)
        if _is_empty(node):
            return self.replaced(key, node, [edit.value])
        return self.appended(node, edit.value)

    def inner(self, node: yaml.Node, step: str | int) -> tuple[yaml.Node | None, yaml.Node] | None:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            return (None, node.value[step]) if step < len(node.value) else None
        if not isinstance(node, yaml.MappingNode) or isinstance(step, int):
            return None
        if id(node) not in self.entries:
            self.entries[id(node)] = {key.value: (key, value) for key, value in node.value}
        return self.entries[id(node)].get(step)

    def new(self, key: yaml.Node | None, node: yaml.Node, rest: Path, edit: Edit) -> tuple[int, int, str]:
        """A path of which the text has only the beginning. rest: the steps that are missing."""
        value: Value = [edit.value] if edit.is_item else edit.value
        for step in reversed(rest[1:]):
            value = {_text_step(step): value}
        name = _text_step(rest[0])
        if (edit.is_item or rest[1:]) and name in _merged_keys(node):
            raise NotEditable(f"`{name}` comes from `<<`, whose value one in this place would replace")
        if isinstance(node, yaml.ScalarNode) and (_is_empty(node) or node.value.lower() == "true"):
            return self.replaced(key, node, {name: value})
        if not isinstance(node, yaml.MappingNode):
            raise NotEditable("it is written as something else")
        entry = f"{flow_text(name)}: {flow_text(value)}"
        if node.flow_style:
            return self.in_flow(node, entry, "{")
        return self.in_block(node, entry, "")

    def replaced(self, key: yaml.Node | None, node: yaml.Node, value: Value) -> tuple[int, int, str]:
        start, end = node.start_mark.index, node.end_mark.index
        written = self.text[start:end]
        new = flow_text(value)
        if not written and key is not None:
            at = self.after_colon(key)
            return at, 0, f" {new}"
        is_plain = isinstance(node, yaml.ScalarNode) and "\n" not in written and written[:1] not in "&!*|>"
        if not is_plain and written not in ("[]", "{}"):
            raise NotEditable("the value has an anchor, a tag or several lines")
        return start, end - start, new

    def appended(self, node: yaml.Node, value: Value) -> tuple[int, int, str]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise NotEditable("it is no list")
        if node.flow_style:
            return self.in_flow(node, flow_text(value), "[")
        return self.in_block(node, flow_text(value), "- ")

    def in_flow(self, node: yaml.CollectionNode, entry: str, bracket: str) -> tuple[int, int, str]:
        """After the last entry of `{…}` or `[…]`; of a mapping whose last value is elsewhere, before the first."""
        if not node.value:
            return self.first_in(node, entry, bracket)
        end = self.end_of_last(node)
        if end is not None:
            return end, 0, f", {entry}"
        if bracket == "[":
            raise NotEditable("the last item of the list is an alias")
        return self.first_in(node, f"{entry}, ", bracket)

    def first_in(self, node: yaml.CollectionNode, entry: str, bracket: str) -> tuple[int, int, str]:
        start = node.start_mark.index
        if self.text[start] != bracket:
            raise NotEditable("it has an anchor or a tag")
        return start + 1, 0, entry

    def in_block(self, node: yaml.CollectionNode, entry: str, dash: str) -> tuple[int, int, str]:
        """On a line of its own after an entry whose end is known: a list's last one, of a mapping the last possible."""
        first = node.value[0][0] if isinstance(node, yaml.MappingNode) else node
        indent = " " * first.start_mark.column
        line = f"{indent}{dash}{entry}"
        entries = [node.value] if isinstance(node, yaml.SequenceNode) else [node.value[:n] for n in _down(node.value)]
        for part in entries:
            end = self.end_of_last(node, part)
            rest = _REST_OF_LINE.match(self.text, end) if end is not None else None
            if rest and self.text[rest.end() : rest.end() + 1] in ("", "\n"):
                return rest.end(), 0, f"\n{line}"
        raise NotEditable("there is no line after which it could be inserted")

    def end_of_last(self, node: yaml.CollectionNode, entries: list[Any] | None = None) -> int | None:
        """The end of the last entry's value; None where it cannot be known."""
        last = (entries or node.value)[-1]
        if not isinstance(node, yaml.MappingNode):
            return self.end_of(last) if last.start_mark.index >= node.start_mark.index else None
        key, value = last
        alias = _ALIAS.match(self.text, key.end_mark.index)
        if alias:
            return alias.end()
        if value.start_mark.index < key.end_mark.index:
            return None
        if isinstance(value, yaml.ScalarNode) and value.start_mark.index == value.end_mark.index:
            return self.after_colon(key)
        return self.end_of(value)

    def end_of(self, value: yaml.Node) -> int | None:
        if isinstance(value, yaml.ScalarNode):
            return None if value.style in ("|", ">") or not value.value else int(value.end_mark.index)
        assert isinstance(value, yaml.CollectionNode)
        return int(value.end_mark.index) if value.flow_style or not value.value else self.end_of_last(value)

    def after_colon(self, key: yaml.Node) -> int:
        colon = re.compile(r"[ \t]*:").match(self.text, key.end_mark.index)
        if colon is None:
            raise NotEditable("the key is written with a question mark, or without a colon")
        return colon.end()


def _down(entries: Sequence[object]) -> range:
    return range(len(entries), 0, -1)


def _merged_keys(node: yaml.Node) -> frozenset[str]:
    """The keys that `<<` brings into a mapping."""
    if not isinstance(node, yaml.MappingNode):
        return frozenset()
    keys: set[str] = set()
    for key, value in node.value:
        if key.tag == _MERGE:
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if isinstance(source, yaml.MappingNode):
                    keys |= {inner.value for inner, _ in source.value if inner.tag != _MERGE} | _merged_keys(source)
    return frozenset(keys)


def _is_empty(node: yaml.Node) -> bool:
    is_null = isinstance(node, yaml.ScalarNode) and node.tag == _NULL
    return is_null or (not isinstance(node, yaml.ScalarNode) and not node.value)


def _text_step(step: str | int) -> str:
    if isinstance(step, int):
        raise NotEditable("the list has no such item")
    return step


def _data(node: yaml.Node) -> Any:
    """The values of a tree, each scalar with its type; what `<<` brings in is not merged."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: _data(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_data(item) for item in node.value]
    return node.tag, node.value


def _scalars(value: Value) -> Any:
    """A value as `_data` has it."""
    root = compose(flow_text(value), _DEPTH)
    assert root is not None  # a value is never empty text
    return _data(root)


def _with(data: Any, path: Path, value: Any, *, is_item: bool) -> Any:
    """Data with a value at a path. Raises NotEditable where the path leads through something else."""
    is_null = isinstance(data, tuple) and (data[0] == _NULL or data[1].lower() == "true")
    if not path:
        if not is_item:
            return value
        if not isinstance(data, list):
            return [value]
        return data if value in data else [*data, value]
    step = path[0]
    if isinstance(step, int):
        if not isinstance(data, list) or step >= len(data):
            raise NotEditable("the list has no such item")
        return [*data[:step], _with(data[step], path[1:], value, is_item=is_item), *data[step + 1 :]]
    if not isinstance(data, dict):
        if not is_null and data is not None:
            raise NotEditable("it is written as something else")
        data = {}
    return {**data, step: _with(data.get(step), path[1:], value, is_item=is_item)}
