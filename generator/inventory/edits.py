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
    if _has_section(text):
        return edited(text, *(Edit((SECTION, proposal.key), dict(proposal.entry)) for proposal in proposals))
    lines = "\n".join(proposal.line for proposal in proposals)
    after = f"{text.rstrip()}\n\n{SECTION}:\n{lines}\n"
    if not _has_section(after):
        raise NotEditable("its end is not that of a mapping in block style")
    return after


def _has_section(text: str) -> bool:
    """Whether the text has the section with something in it. Raises NotEditable where it is no mapping."""
    try:
        root = compose(text, _DEPTH)
    except (NestingError, yaml.YAMLError):
        root = None
    if not isinstance(root, yaml.MappingNode):
        raise NotEditable("the file is no mapping, or its end is not that of a mapping in block style")
    return any(key.value == SECTION for key, _ in root.value)
