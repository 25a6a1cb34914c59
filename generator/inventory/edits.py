"""Entries put into the text of a file, whose comments and layout stay."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from generator.inventory.proposals import EntryProposal
from generator.yaml_edits import Edit, NotEditable, edited
from generator.yaml_syntax import NestingError, compose

SECTION = "services"
_DEPTH = 60


def with_entries(text: str, proposals: Sequence[EntryProposal]) -> str:
    """The text with the entries, after those that it has. Raises NotEditable."""
    root = _root(text)
    section = _section(root)
    lines = "\n".join(proposal.line for proposal in proposals)
    if section is None:
        after = f"{text.rstrip()}\n\n{SECTION}:\n{lines}\n"
        if _section(_root(after)) is None:
            raise NotEditable("its end is not that of a mapping in block style")
        return after
    if isinstance(section, yaml.MappingNode) and not section.value and not root.flow_style:
        return _filled(text, section, lines)
    return edited(text, *(Edit((SECTION, proposal.key), dict(proposal.entry)) for proposal in proposals))


def _filled(text: str, section: yaml.MappingNode, lines: str) -> str:
    """The text with the entries below `services: {}`, whose comment stays."""
    start, end = section.start_mark.index, section.end_mark.index
    if text[start:end] != "{}":
        raise NotEditable("its empty section has a form that cannot be edited")
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    return f"{text[:start].rstrip(' ')}{text[end:line_end]}\n{lines}{text[line_end:] or chr(10)}"


def _root(text: str) -> yaml.MappingNode:
    """The mapping of a file. Raises NotEditable."""
    try:
        root = compose(text, _DEPTH)
    except (NestingError, yaml.YAMLError):
        root = None
    if not isinstance(root, yaml.MappingNode):
        raise NotEditable("the file is no mapping, or its end is not that of a mapping in block style")
    return root


def _section(root: yaml.MappingNode) -> yaml.Node | None:
    return next((value for key, value in root.value if key.value == SECTION), None)
