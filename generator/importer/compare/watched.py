"""What an alarm watches as one text, in which equal things are equal: names of IDs, order and spaces are not in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from generator.evaluate.template.contents import Entry, MetricAlarm, MetricStat

_WORD = re.compile(r"\"[^\"]*\"|'[^']*'|[A-Za-z_][A-Za-z0-9_]*|\s+|.", re.DOTALL)
_QUERY = re.compile(r"\s*SELECT\b", re.IGNORECASE)
_PERCENTILE = re.compile(r"(p|tm|wm|tc|ts)(\d{1,3})(\.\d*)?")
_BAND = re.compile(r"(ANOMALY_DETECTION_BAND\(\s*\w+)\s*\)")
_EVERY_METRIC = "METRICS"
_LONGEST = 20_000


def watched(alarm: MetricAlarm) -> str:
    """The returned entry, with everything that leads to it."""
    entries = _Entries(alarm)
    returned = [entry for entry in alarm.entries if entry.is_returned] or [*alarm.entries]
    if not alarm.threshold_id:
        return " and ".join(entries.text(entry) for entry in returned)
    ordered = sorted(returned, key=lambda entry: entry.id == alarm.threshold_id)
    if all(entry.id != alarm.threshold_id for entry in ordered):
        ordered += [entry for entry in alarm.entries if entry.id == alarm.threshold_id]
    return " against ".join(entries.text(entry) for entry in ordered)


class _Entries:
    """The entries of an alarm, each written once: expressions that use each other several times stay short to read."""

    def __init__(self, alarm: MetricAlarm) -> None:
        self._alarm = alarm
        self._by_id = {entry.id: entry for entry in alarm.entries}
        self._texts: dict[str, str] = {}

    def text(self, entry: Entry) -> str:
        """An entry with those that it uses in the place of their IDs. In a circle, or beyond a length, the IDs stay."""
        if entry.id not in self._texts:
            self._texts[entry.id] = entry.id
            written = self._written(entry)
            self._texts[entry.id] = written if len(written) <= _LONGEST else entry.expression
        return self._texts[entry.id]

    def _written(self, entry: Entry) -> str:
        if entry.stat is not None:
            return _stat(entry.stat, self._alarm)
        if _QUERY.match(entry.expression):
            period = f" every {entry.period} s" if entry.period else ""
            return f"{' '.join(entry.expression.split())}{period}"
        parts = []
        for word in _WORD.findall(_with_width(entry.expression)):
            other = self._by_id.get(word)
            if other is not None and other is not entry:
                parts.append(f"[{self.text(other)}]")
            elif word == _EVERY_METRIC:
                stats = [other_entry for other_entry in self._alarm.entries if other_entry.stat is not None]
                parts.append(f"{word} of [{'; '.join(sorted(self.text(other_entry) for other_entry in stats))}]")
            elif not word.isspace():
                parts.append(word)
        return _spaced(parts)


def _with_width(expression: str) -> str:
    """A band with its width: 2 if the expression has none.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    """
    return _BAND.sub(r"\1, 2)", expression)


def _spaced(parts: Sequence[str]) -> str:
    """The tokens with single spaces, as a person would write them."""
    text = " ".join(parts)
    return re.sub(r"\s+([,)])", r"\1", re.sub(r"([(])\s+|(?<=\w) (?=\()", r"\1", text))


def _stat(stat: MetricStat, alarm: MetricAlarm) -> str:
    metric = stat.metric
    dimensions = ", ".join(f"{name}={value}" for name, value in metric.dimensions)
    of_account = f" of account {metric.account}" if metric.account != alarm.alarm.account else ""
    unit = f" in {stat.unit}" if stat.unit else ""
    names = f"{metric.namespace}/{metric.name}" + (f" {{{dimensions}}}" if dimensions else "")
    return f"{statistic_of(stat.statistic)} of {names}{unit} in {stat.period} s{of_account}"


def statistic_of(statistic: str) -> str:
    """`p99` for `p99.00`, in lower case as CloudWatch has it."""
    match = _PERCENTILE.fullmatch(statistic.lower())
    if not match:
        return statistic
    digits = (match[3] or "").rstrip("0").rstrip(".")
    return f"{match[1]}{int(match[2])}{digits}"
