"""The metric filters of a pack: their patterns are tried on their examples whenever the pack is read."""

from __future__ import annotations

from collections.abc import Iterator

from generator.evaluate.patterns.pattern import Pattern, parse
from generator.findings import Finding, Path, unknown_reference
from generator.spec.packs import Pack, PackFilter, parameters_in


def check_filters(pack: Pack) -> Iterator[Finding]:
    """What is wrong with the filters of a pack (R02, R05, R07), with paths in its own file."""
    for key, spec in pack.filters.items():
        path: Path = ("filters", key)
        for word in parameters_in(spec.log_group):
            if word not in pack.parameters:
                yield unknown_reference("R02", "parameter", word, pack.parameters, (*path, "log_group"))
        yield from _pattern(spec, path)
        if not any(alarm.filter == key for alarm in pack.alarms.values()):
            hint = f"write filter: {key} in an alarm, or remove it"
            yield Finding("R07", "no alarm uses this filter", path, hint=hint, on="key")
    for name, alarm in pack.alarms.items():
        if alarm.filter is not None and alarm.filter not in pack.filters:
            path = ("alarms", name, "filter")
            yield unknown_reference("R02", "filter", alarm.filter, pack.filters, path, "add it to filters")


def _pattern(spec: PackFilter, path: Path) -> Iterator[Finding]:
    """Faults of the pattern, and the examples with another result."""
    pattern = parse(spec.pattern)
    if not isinstance(pattern, Pattern):
        yield Finding("R05", pattern.message, (*path, "pattern"), hint=pattern.hint)
        return
    for name, lines, expected in (("match", spec.examples.match, True), ("ignore", spec.examples.ignore, False)):
        for index, line in enumerate(lines):
            if (pattern.match(line) is not None) is not expected:
                does = "does not match" if expected else "matches"
                hint = "fix the pattern or the example"
                yield Finding("R05", f"the pattern {does} this line", (*path, "examples", name, index), hint=hint)
