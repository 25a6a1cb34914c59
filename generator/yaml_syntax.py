"""What PyYAML says about text that is not YAML, in words that say what to type instead."""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from generator.findings import Finding, Mark


def syntax_error(line_of: Callable[[int], str], error: yaml.MarkedYAMLError) -> Finding:
    """What the parser could not read (Y02). `line_of`: the text of a line, counted from 1."""
    problem, context = str(error.problem or ""), str(error.context or "")
    never_closed = "flow" in context and "did not find expected ','" in problem
    place = error.context_mark if never_closed else error.problem_mark or error.context_mark
    mark = Mark(place.line + 1, place.column + 1) if place else Mark(1, 1)
    if never_closed:
        return Finding("Y02", "not YAML: this bracket is not closed, or a comma is missing in it", mark=mark)
    if "another document" in problem:
        return Finding(
            "Y02", "a second YAML document starts here", mark=mark, hint="one file, one document: remove ---"
        )
    hint = _hint(line_of(mark.line))
    return Finding("Y02", f"not YAML: {problem or context}", mark=mark, hint=hint)


def _hint(line: str) -> str:
    """What people mean by the usual unquoted values that YAML cannot read."""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with spaces; YAML forbids tabs"
    comparison = re.search(r":\s*([<>]=?\s*[\d.]+)", line)
    if comparison:
        return f'quote it: "{comparison.group(1)}" (a bare > starts a block of text in YAML)'
    special = re.search(r":\s+([%@`*&!\[{\"'].*)$", line)
    if special:
        return f"quote the value: '{special.group(1).strip()}'"
    return ""
