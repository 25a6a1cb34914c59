"""The lines of a template's resources, so that a report can name them."""

from __future__ import annotations

import yaml

from generator.yaml_syntax import events, mark_of


def lines_of_resources(text: str) -> dict[str, int]:
    """The line of each key below Resources, counted from 1; what comes before a fault where the text has one."""
    lines: dict[str, int] = {}
    depth, section, is_key = 0, "", True
    try:
        # JSON may be indented with tabs, which YAML forbids.
        for event in events(text.replace("\t", " ")):
            if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                depth, is_key = depth + 1, True
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                depth, is_key = depth - 1, True
            elif depth <= 2 and isinstance(event, yaml.ScalarEvent):
                if is_key and depth == 1:
                    section = str(event.value)
                elif is_key and section == "Resources":
                    lines.setdefault(str(event.value), mark_of(event).line)
                is_key = not is_key
            elif depth <= 2 and isinstance(event, yaml.AliasEvent):
                is_key = True
    except yaml.YAMLError:
        pass
    return lines
