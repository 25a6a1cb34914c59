"""The files of one document, merged section by section: their data, and the tree in which positions are looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import yaml

from generator.findings import Finding, Mark, suggest
from generator.spec.document import Document
from generator.spec.load import Loaded, Source, merged_into
from generator.spec.scalars import show
from generator.yaml_syntax import mark_of

INCLUDE = "include"
EXTENSION = "x-"
# Lists that several files may have: the entries of each are appended, in the order of the files.
APPENDED = ("waivers", "moved")
# A key and its value; the data shows its kind.
_Pair = tuple[yaml.Node, Any]


def merged(main: Loaded, parts: Mapping[str, Loaded]) -> Loaded:
    """One document of a main file without errors and its parts, in their order.

    Its findings (Y03, Y08, S01) are those of the merge. A key that two files have is wrong; the first holds.
    """
    merger = _Merger(main)
    for part in parts.values():
        merger.add(part)
    root = merger.tree()
    other_sources = {part.source.name: part.source for part in parts.values()}
    # A path is one of the whole document, in which a waiver has another number than in its file.
    views = {name: replace(source, root=root) for name, source in other_sources.items()}
    files = {node: views[source.name] for node, source in merger.files.items()}
    source = replace(main.source, root=root, others=other_sources, parts=files)
    return Loaded(source, merger.data, merger.findings, main.values)


class _Merger:
    """Alive for one call. files: the file of each node that is not of the main file, by `id`."""

    def __init__(self, main: Loaded) -> None:
        self.main = main.source
        self.data: dict[str, Any] = {}
        self.findings: list[Finding] = []
        self.files: dict[int, Source] = {}
        # The key of each section as it is first written, and every node that is to be in it.
        self.keys: dict[str, _Pair] = {}
        self.pairs: dict[str, dict[str, _Pair]] = {}
        self.items: dict[str, list[yaml.Node]] = {}
        for key, key_node, node in _sections(main):
            self.first(key, main.data[key] if main.data else None, key_node, node)

    def first(self, section: str, value: Any, key: yaml.Node, node: Any) -> None:
        """A section that no file before has."""
        self.data[section] = dict(value) if isinstance(value, dict) else value
        self.keys[section] = (key, node)

    def add(self, part: Loaded) -> None:
        """A part's sections. What a part cannot have is a finding, and left out."""
        for section, key, node in _sections(part):
            value: Any = part.data[section] if part.data else None
            if section == INCLUDE:
                continue
            is_list = isinstance(value, list) and section in APPENDED
            if not isinstance(value, dict) and not is_list:
                self.refuse(part, section, key, value)
            elif section not in self.data:
                self.first(section, value, key, node)
                self.files[id(key)] = part.source
                self.own(part.source, node)
            elif type(self.data[section]) is not type(value):
                self.differ(part, section, key, value)
            elif is_list:
                self.append(part.source, section, value, node)
            else:
                self.extend(part.source, section, value, node)
                self.unknown(part.source, section, key)

    def own(self, source: Source, node: Any) -> None:
        """Mark the entries of a part's section as of that part."""
        for inner in (key for key, _ in _entries(node)) if isinstance(node, yaml.MappingNode) else node.value:
            self.files[id(inner)] = source

    def append(self, source: Source, section: str, value: list[Any], node: Any) -> None:
        if section not in self.items:
            self.items[section] = list(self.keys[section][1].value)
        self.items[section] += node.value
        self.data[section] = [*self.data[section], *value]
        self.own(source, node)

    def extend(self, source: Source, section: str, value: dict[str, Any], node: Any) -> None:
        if section not in self.pairs:
            self.pairs[section] = {key.value: (key, inner) for key, inner in _entries(self.keys[section][1])}
        pairs = self.pairs[section]
        for key, inner in _entries(node):
            if key.value in pairs:
                self.twice(source, key, pairs[key.value][0])
            elif key.value in value:
                pairs[key.value] = (key, inner)
                self.files[id(key)] = source
                self.data[section][key.value] = value[key.value]

    def twice(self, source: Source, key: yaml.Node, first: yaml.Node) -> None:
        first_source, mark = self.files.get(id(first), self.main), mark_of(first)
        message = f"`{key.value}` is defined twice; first definition: {first_source.name}:{mark.line}:{mark.column}"
        self.at(source, "Y03", message, mark_of(key), "remove one of the two")

    def refuse(self, part: Loaded, section: str, key: yaml.Node, value: Any) -> None:
        if value is None:
            self.at(
                part.source, "Y08", f"`{section}` has no entries", mark_of(key), "add an entry, or remove the section"
            )
            return
        what = "a list" if isinstance(value, list) else show(value)
        message = f"`{section}` is {what}; an included file can have only mappings, waivers and moved"
        self.at(part.source, "Y08", message, mark_of(key), f"move it to {self.main.name}")

    def differ(self, part: Loaded, section: str, key: yaml.Node, value: Any) -> None:
        first, mark = self.files.get(id(self.keys[section][0]), self.main), mark_of(self.keys[section][0])
        what = "a mapping" if isinstance(value, dict) else "a list"
        message = f"`{section}` is {what} here, but not in {first.name}:{mark.line}:{mark.column}"
        self.at(
            part.source, "Y08", message, mark_of(key), "use the same form in both files, or write it in one of them"
        )

    def unknown(self, source: Source, section: str, key: yaml.Node) -> None:
        """Report a section that does not exist; the first file that has it is reported elsewhere, here every further
        one.
        """
        if section not in Document.model_fields:
            suggestion = suggest(section, Document.model_fields)
            self.at(source, "S01", f"unknown key `{section}`", mark_of(key), suggestion)

    def at(self, source: Source, code: str, message: str, mark: Mark, hint: str) -> None:
        self.findings.append(Finding(code, message, mark=mark, hint=hint, file=source.name))

    def tree(self) -> yaml.Node:
        """The root of all files: sections in the order in which they first appear."""
        pairs = []
        for section, (key, node) in self.keys.items():
            if section in self.pairs:
                entries = list(self.pairs[section].values())
                node = yaml.MappingNode(node.tag, entries, node.start_mark, node.end_mark)
            elif section in self.items:
                node = yaml.SequenceNode(node.tag, self.items[section], node.start_mark, node.end_mark)
            pairs.append((key, node))
        root = self.main.root
        return yaml.MappingNode("tag:yaml.org,2002:map", pairs, *((root.start_mark, root.end_mark) if root else ()))


def _sections(loaded: Loaded) -> Iterator[tuple[str, yaml.Node, Any]]:
    """The sections of a file, without those that are only for its anchors."""
    data = loaded.data or {}
    for key, value in _entries(loaded.source.root) if data else ():
        if key.value in data and not key.value.startswith(EXTENSION):
            yield key.value, key, value


def _entries(node: Any) -> Iterator[_Pair]:
    """The keys of a mapping with their values, those that `<<` brings in last, each once."""
    keys = set()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
            continue
        if key.value not in keys:
            keys.add(key.value)
            yield key, value
    for inner in merged_into(node):
        for key, value in _entries(inner) if isinstance(inner, yaml.MappingNode) else ():
            if key.value not in keys:
                keys.add(key.value)
                yield key, value
