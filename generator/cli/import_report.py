"""What `obsgen import` reports: what became of the sources, what was dropped and why, and the comparison."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from generator.importer.compare import ImportComparison, comparison_data, comparison_lines
from generator.importer.types import DroppedResource, ImportSource
from generator.importer.unknown_values import readable
from generator.importer.write import ImportResult
from generator.wording import pluralize, visible

_MOST_NAMES = 3
_SECTIONS = (
    ("alarms", "alarm"),
    ("services", "alarm of a pack"),
    ("composites", "composite"),
    ("metric_filters", "metric filter"),
    ("log_groups", "log group"),
    ("dashboards", "dashboard"),
)
_PLURALS = {"alarm of a pack": "alarms of packs"}


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What there is to report. file: the name of what was written. comparison: None where it does not build."""

    file: str
    source: ImportSource
    result: ImportResult
    comparison: ImportComparison | None

    @property
    def dropped(self) -> tuple[DroppedResource, ...]:
        """What is not in the file, or a property that is not, by the sources and by who wrote it."""
        return tuple(dict.fromkeys((*self.source.dropped, *self.result.dropped)))

    @property
    def is_proven(self) -> bool:
        """Whether all alarms are equal, and nothing was dropped.

        The comparison knows of properties that the writer leaves out, and not of those that were never read.
        """
        lost = [row for row in self.result.dropped if not row.property and not row.is_read]
        dropped = (*self.source.dropped, *lost)
        return self.comparison is not None and self.comparison.is_proven and not dropped

    @property
    def document(self) -> Mapping[str, Any]:
        """What was written, as data."""
        data = yaml.load(self.result.text, Loader=yaml.CSafeLoader)
        return data if isinstance(data, Mapping) else {}


def report_lines(report: ImportReport, *, verbose: bool) -> Iterator[str]:
    """The report as text. verbose: with every name."""
    if not report.result.keys:
        yield "nothing was written: the sources have nothing that can be imported"
    else:
        yield _summary(report)
        yield _entries(report)
        if _widgets(report.document):
            yield _of_widgets(report.document)
    if report.comparison is not None:
        yield ""
        yield from comparison_lines(report.comparison, verbose=verbose)
    whole = [item for item in report.dropped if not item.property]
    yield from _group("Dropped", (item for item in whole if not item.is_read), verbose)
    yield from _group("Dropped of what is imported", (item for item in report.dropped if item.property), verbose)
    yield from _group("Only read", (item for item in whole if item.is_read), verbose)
    yield from _group("Not deployed there, so left out", report.source.left_out, verbose)
    remarks = dict.fromkeys((*report.source.remarks, *(report.result.remarks if report.result.keys else ())))
    if remarks:
        yield from ("", "Notes", *(f"  {remark}" for remark in remarks))


def _summary(report: ImportReport) -> str:
    """What was imported, and from how many places."""
    places = {(stack.deployed.account, stack.deployed.region) for stack in report.source.stacks}
    accounts = pluralize(len({account for account, _ in places}), "account")
    regions = pluralize(len({region for _, region in places}), "Region")
    return f"{report.file}: {_imported(report)}, of {accounts} and {regions}"


def _entries(report: ImportReport) -> str:
    """How many entries of the file that is, with the packs among them."""
    entries = pluralize(len(set(report.result.keys.values())), "entry", "entries")
    overrides = pluralize(_overrides(report.document), "override")
    packs = ", ".join(_packs(report.document))
    end = f"; packs: {packs}" if packs else ""
    return f"in {entries} with {overrides}{end}"


def _widgets(document: Mapping[str, Any]) -> list[Any]:
    """The widgets of the dashboards of a document."""
    dashboards = document.get("dashboards")
    boards = dashboards.values() if isinstance(dashboards, Mapping) else ()
    return [widget for board in boards if isinstance(board, Mapping) for widget in board["widgets"]]


def _raw(document: Mapping[str, Any]) -> int:
    return sum(widget["type"] == "raw" for widget in _widgets(document))


def _of_widgets(document: Mapping[str, Any]) -> str:
    """How many widgets there are, and how many have no keys of the language."""
    widgets, raw = pluralize(len(_widgets(document)), "widget"), _raw(document)
    if not raw:
        return f"{widgets} of dashboards, of which none is raw"
    are = "is raw: its" if raw == 1 else "are raw: their"
    return f"{widgets} of dashboards, of which {raw} {are} properties are CloudWatch's own"


def _packs(document: Mapping[str, Any]) -> list[str]:
    """The types of services."""
    services = document.get("services")
    entries = services.values() if isinstance(services, Mapping) else ()
    return sorted({str(entry.get("type")) for entry in entries if isinstance(entry, Mapping)})


def _overrides(value: Any) -> int:
    """How many overrides a document has, at any depth."""
    if isinstance(value, Mapping):
        own = value.get("overrides")
        return (len(own) if isinstance(own, list) else 0) + sum(map(_overrides, value.values()))
    return sum(map(_overrides, value)) if isinstance(value, list) else 0


def report_data(report: ImportReport) -> str:
    """The report as JSON."""
    counts = _counts(report)
    data: dict[str, Any] = {
        "file": report.file,
        "imported": {section: counts[section] for section, _ in _SECTIONS},
        "entries": len(set(report.result.keys.values())),
        "overrides": _overrides(report.document),
        "packs": _packs(report.document),
        "widgets": len(_widgets(report.document)),
        "raw_widgets": _raw(report.document),
        "keys": [
            {"account": key.account, "region": key.region, "type": key.type, "name": readable(key.name), "path": path}
            for key, path in sorted(report.result.keys.items(), key=lambda item: (item[1], str(item[0])))
        ],
        "comparison": comparison_data(report.comparison) if report.comparison is not None else None,
        "dropped": [_row(dropped) for dropped in report.dropped if not dropped.is_read],
        "only_read": [_row(dropped) for dropped in report.dropped if dropped.is_read],
        "left_out": [_row(left_out) for left_out in report.source.left_out],
        "remarks": list(dict.fromkeys((*report.source.remarks, *report.result.remarks))),
        "proven": report.is_proven,
    }
    return json.dumps(data, indent=1)


def _counts(report: ImportReport) -> Counter[str]:
    """Resources of the sources by the section that they became part of."""
    return Counter(path.split(".")[0] for path in report.result.keys.values())


def _imported(report: ImportReport) -> str:
    counts = _counts(report)
    parts = [pluralize(counts[section], word, _PLURALS.get(word, "")) for section, word in _SECTIONS if counts[section]]
    return ", ".join(parts)


def _group(title: str, resources: Iterable[DroppedResource], verbose: bool) -> Iterator[str]:
    """Resources by reason, those with most first; at most a few names of each unless verbose."""
    by_reason: dict[tuple[str, str], list[DroppedResource]] = {}
    for resource in resources:
        subject = f"{resource.resource_type} {resource.property}".strip()
        by_reason.setdefault((subject, resource.reason), []).append(resource)
    if not by_reason:
        return
    yield from ("", title)
    for (subject, reason), group in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        yield f"  {len(group)} × {subject}: {reason}"
        names = list(dict.fromkeys(_place(resource) for resource in group))
        for name in names if verbose else names[:_MOST_NAMES]:
            yield f"      {name}"
        if not verbose and len(names) > _MOST_NAMES:
            yield f"      and {len(names) - _MOST_NAMES} more (--verbose)"


def _place(resource: DroppedResource) -> str:
    position = resource.position
    line = f":{position.line}" if position.line else ""
    name = "" if resource.name in ("", position.address) else f" ({resource.name})"
    return visible(f"{position.file}{line}: {position.address}{name}")


def _row(resource: DroppedResource) -> dict[str, Any]:
    return {
        "file": resource.position.file,
        "line": resource.position.line,
        "address": resource.position.address,
        "type": resource.resource_type,
        "name": resource.name,
        "property": resource.property,
        "reason": resource.reason,
    }
