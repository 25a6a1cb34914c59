"""Metrics of a capture, of which the hub has those of hundreds of accounts: most lines need not be parsed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from generator.capture.errors import BadCapture
from generator.capture.lines import lines_of, parse, parse_list, text_of
from generator.capture.parts import PARTS
from generator.capture.types import ListedMetric
from generator.reading import shown

# Keys of a line are sorted. No text of JSON has a quote without a backslash, so this ends the dimensions.
_HEAD = b'{"Dimensions":'
_BEHIND = b'],"MetricName":'
_ONE_DIMENSION = re.compile(rb'\{"Dimensions":\[\{"Name":"([ !#-\[\]-~]+)","Value":"([ !#-\[\]-~]+)"\}')
# What follows, with plain names.
_NAMES = re.compile(rb'"([ !#-\[\]-~]+)","Namespace":"([ !#-\[\]-~]+)","OwningAccount":"([0-9]+)"\}')


@dataclass(frozen=True, slots=True)
class MetricsOfOthers:
    """rows: metrics, one for each set of dimensions. present: the known accounts of which there are some.

    alarm_lines: the lines that were looked for and are there.
    """

    rows: tuple[ListedMetric, ...]
    present: frozenset[str]
    alarm_lines: frozenset[bytes]


class _Ending(NamedTuple):
    """The names behind the dimensions of a line. is_known: whether lines with it are skipped.

    dimensions: those that were read. of_alarms: those of metrics of alarms.
    """

    namespace: str
    name: str
    account: str
    is_known: bool
    dimensions: set[bytes]
    of_alarms: set[bytes]


def read_metrics(
    path: Path, known: Mapping[bytes, str], is_distinct: Callable[[str, str], bool], alarm_lines: frozenset[bytes]
) -> MetricsOfOthers | None:
    """The metrics of a file; `CapturedRegion.metrics_of_others` explains the parameters. Raises BadCapture."""
    rows: list[ListedMetric] = []
    errors: list[str] = []
    there: set[bytes] = set()
    endings = _Endings(known, is_distinct, alarm_lines)
    by_text = endings.by_text
    try:
        for number, text in enumerate(lines_of(path), 1):
            head, _, rest = text.partition(_BEHIND)
            ending = by_text[rest] if rest in by_text else endings.read(rest)
            if ending is not None:
                if ending.is_known:
                    continue
                if head in ending.of_alarms:
                    there.add(text)
                if head in ending.dimensions:
                    continue
                ending.dimensions.add(head)
            elif text in alarm_lines:
                there.add(text)
            try:
                rows.append(_parsed(text, head, ending))
            except ValueError as error:
                errors.append(f"{shown(path)}:{number}: {error}")
    except FileNotFoundError:
        return None
    if errors:
        raise BadCapture(errors)
    return MetricsOfOthers(tuple(rows), frozenset(endings.present), frozenset(there))


class _Endings:
    """The ends of lines; all metrics of a namespace and account share their dimensions, unless one is distinct.

    present: known accounts of which there are lines.
    """

    def __init__(
        self, known: Mapping[bytes, str], is_distinct: Callable[[str, str], bool], alarm_lines: frozenset[bytes]
    ) -> None:
        self.known = known
        self.is_distinct = is_distinct
        self.length = len(next(iter(known), b""))
        self.by_text: dict[bytes, _Ending | None] = {}
        self.present: set[str] = set()
        self.dimensions: dict[tuple[str, str, str], set[bytes]] = {}
        self.of_alarms: dict[bytes, set[bytes]] = {}
        for line in alarm_lines:
            head, _, rest = line.partition(_BEHIND)
            self.of_alarms.setdefault(rest, set()).add(head)

    def read(self, text: bytes) -> _Ending | None:
        """The names of an end that is new; None where they are not plain."""
        ending = self.by_text[text] = self._read(text)
        return ending

    def _read(self, text: bytes) -> _Ending | None:
        match = _NAMES.fullmatch(text)
        account = self.known.get(text[-self.length :]) if self.length else None
        if account is not None:
            self.present.add(account)
            return _Ending("", "", account, True, set(), set())
        if match is None:
            return None
        name, namespace, owner = (group.decode() for group in match.groups())
        of_name = name if self.is_distinct(namespace, name) else ""
        dimensions = self.dimensions.setdefault((namespace, of_name, owner), set())
        return _Ending(namespace, name, owner, False, dimensions, self.of_alarms.get(text, set()))


def _parsed(text: bytes, head: bytes, ending: _Ending | None) -> ListedMetric:
    if ending is None or not head.startswith(_HEAD):
        row = parse(text)
        for key in PARTS["metrics"].texts:
            text_of(row, key)
        return listed_metric(row)
    match = _ONE_DIMENSION.fullmatch(head)
    if match:
        name, value = match.groups()
        return ListedMetric(ending.account, ending.namespace, ending.name, ((name.decode(), value.decode()),))
    dimensions = parse_list(head[len(_HEAD) :] + b"]")
    return ListedMetric(ending.account, ending.namespace, ending.name, _pairs(dimensions))


def metric_line_end(account: str) -> bytes:
    """What a line of `metrics` of an account ends with: its keys are sorted."""
    return f'"OwningAccount":"{account}"}}'.encode()


def listed_metric(row: Mapping[str, Any]) -> ListedMetric:
    """A metric of a row. Raises ValueError."""
    return ListedMetric(row["OwningAccount"], row["Namespace"], row["MetricName"], _pairs(row.get("Dimensions", [])))


def _pairs(dimensions: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(dimensions, list) or not all(isinstance(dimension, dict) for dimension in dimensions):
        raise ValueError("expected `Dimensions` to be a list of objects")
    return tuple(sorted((text_of(dimension, "Name"), text_of(dimension, "Value")) for dimension in dimensions))
