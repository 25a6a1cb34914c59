"""The file of an import whose alarms are beside the old ones: they call no channel, and invoke no action.

Two metric filters that publish one metric would count each line twice, for the old alarms, too. So those beside publish
a metric of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.findings import Path, parse_path
from generator.importer.beside.takeover import Restored
from generator.importer.compare import ImportComparison
from generator.importer.resources import ALARMS
from generator.yaml_edits import Edit, edited

SUFFIX = "-beside"
SILENT = "none"
_USUAL = "medium"


@dataclass(frozen=True, slots=True)
class BesideFile:
    """text: the file. restored: what it gets back when an entry is no longer beside. metrics: as of a takeover."""

    text: str
    restored: tuple[Restored, ...]
    metrics: tuple[tuple[str, str], ...]


def beside_file(
    text: str, data: Mapping[str, Any], comparison: ImportComparison, severities: Mapping[str, str]
) -> BesideFile:
    """The file with its alarms beside those of the source.

    data: the file as it was read. severities: of each entry of an alarm, by its path. Raises NotEditable.
    """
    changes: list[tuple[Edit, Restored]] = []
    metrics: list[tuple[str, str]] = []
    keys = sorted({resource.key for resource in comparison.resources if resource.type in ALARMS and resource.key})
    same = {row.key for row in comparison.resources if row.key and row.new_name == row.name and row.type in ALARMS}
    for key in keys:
        changes += _alarm(key, data, severities.get(key, _USUAL))
        if key in same:
            path = (*parse_path(key), "name")
            changes.append((Edit(path, f"{_words(key)}{SUFFIX}-alarm-{{environment}}"), Restored("", path, "")))
    for key, entry in sorted(_mapping(data.get("metric_filters")).items()):
        metric = _mapping(_mapping(entry).get("metric"))
        path = ("metric_filters", str(key), "metric", "name")
        name = str(metric.get("name", ""))
        changes.append((Edit(path, f"{name}{SUFFIX}"), Restored(f"metric_filters.{key}", path, name)))
        metrics.append((f"{metric.get('namespace')}/{name}{SUFFIX}", f"{metric.get('namespace')}/{name}"))
    for batch in batches(edit for edit, _ in changes):
        text = edited(text, *batch)
    return BesideFile(text, tuple(row for _, row in changes if row.key), tuple(metrics))


def _alarm(key: str, data: Mapping[str, Any], severity: str) -> Iterator[tuple[Edit, Restored]]:
    """The edits of one entry: no severity, none in its overrides, and no actions."""
    path = parse_path(key)
    entry = _at(data, path)
    yield _change(key, (*path, "severity"), SILENT, severity)
    overrides = entry.get("overrides")
    for index, override in enumerate(overrides if isinstance(overrides, list) else []):
        if "severity" in _mapping(override):
            yield _change(key, (*path, "overrides", index, "severity"), SILENT, str(override["severity"]))
    if entry.get("actions") and entry.get("actions_enabled") is not False:
        yield _change(key, (*path, "actions_enabled"), False, True)


def _change(key: str, path: Path, value: str | bool, before: str | bool) -> tuple[Edit, Restored]:
    return Edit(path, value), Restored(key, path, before)


def batches(edits: Iterable[Edit]) -> Iterator[list[Edit]]:
    """The edits in groups, so that none is of a place that another one of its group makes."""
    groups: list[list[Edit]] = []
    counts: dict[Path, int] = {}
    for edit in edits:
        # Entries of services have alarms that are not written out, so an edit may make the place of the next.
        number = counts.get(edit.path[:2], 0) if edit.path[0] == "services" else 0
        counts[edit.path[:2]] = number + 1
        if number == len(groups):
            groups.append([])
        groups[number].append(edit)
    return iter(groups)


def _words(key: str) -> str:
    """The last part of a path, or of a service's alarm both."""
    path = [str(step) for step in parse_path(key)]
    return f"{path[1]}-{path[-1]}" if path[0] == "services" else path[-1]


def _at(data: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    value: Any = data
    for step in path:
        value = _mapping(value).get(str(step))
    return _mapping(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
