"""T35: the query of an alarm on logs is run as CloudWatch runs queries, and gives the number that is compared.

CloudWatch applies the aggregation to what the query returns: after `stats` that is no longer the lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path, Severity, did_you_mean
from generator.model.alarms import Alarm, Tuning
from generator.model.signals import LogSignal

CODE = "T35"
NAME = "log-query"
TITLE = "The Logs Insights query of an alarm runs every few minutes and gives the number that is compared."
WHY = (
    "CloudWatch runs it once in a period, in whole minutes, over at most 30 days, and keeps 100 results. What it"
    " compares is an aggregate of what the query returns: counting the one row that `stats` leaves is 1 for ever, and a"
    " field that `stats` does not return is nothing."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutLogAlarm.html"
BAD = """\
alarms:
  slow: {logs: {log_groups: [application], query: stats count(*) as slow}, threshold: "> 3", period: 5m}
"""
GOOD = """\
alarms:
  slow: {logs: {log_groups: [application], query: filter @message like /timeout/}, threshold: "> 3", period: 5m}
"""
_MINUTE, _FARTHEST, _MOST_RESULTS = 60, 2_592_000, 100
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
_AGGREGATES = (
    "avg",
    "count",
    "count_distinct",
    "earliest",
    "latest",
    "max",
    "median",
    "min",
    "pct",
    "percentile",
    "sortsFirst",
    "sortsLast",
    "stddev",
    "sum",
    "variance",
)
_NO_ACTIONS = (":autoscaling:", ":automate:", ":swf:")
_QUOTED = re.compile(r"""'[^']*'|"[^"]*"|/(?:\\.|[^/\\])+/""")
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
_FIELD = re.compile(r"(?<![\w@.`])([A-Za-z_@][\w.@]*)(?!\s*\()\b")


def check(subject: Subject) -> Iterator[Finding]:
    """Errors for what is refused or compares nothing; warnings for lines that no run sees and for several values."""
    for alarm in subject.estate.alarms:
        if isinstance(alarm.signal, LogSignal):
            path = (*alarm.path, "logs")
            yield from _query(alarm, alarm.signal, path)
            yield from _aggregate(alarm.signal, path)
            yield from _actions(alarm)
            for tuning in dict.fromkeys(alarm.tunings()):
                yield from _schedule(alarm, alarm.signal, tuning, path)


def _commands(query: str) -> list[str]:
    """The commands of a query, with nothing left of what it quotes."""
    bare = re.sub(r"#[^\n]*", "", _QUOTED.sub("''", query))
    return [command.strip() for command in bare.split("|") if command.strip()]


def _query(alarm: Alarm, signal: LogSignal, path: Path) -> Iterator[Finding]:
    commands = _commands(signal.query)
    words = [command.split()[0].lower() for command in commands]
    at = (*path, "query")
    if "source" in words:
        message = "`SOURCE` chooses log groups, and those of an alarm stand beside its query"
        yield Finding(CODE, message, at, hint="leave it out; `log_groups` has them")
    counts_rows = re.match(r"\s*count\s*\(\s*\*?\s*\)", signal.aggregate)
    if "stats" in words:
        last = len(words) - 1 - words[::-1].index("stats")
        stats = commands[last]
        if counts_rows and not re.search(r"\bby\b", stats):
            message = f"`{signal.aggregate}` counts what the query returns, and `stats` returns one row"
            names = _named(stats)
            hint = f"leave `| stats …` out, or aggregate: max({names[0] if names else 'name'})"
            yield Finding(CODE, message, (*path, "aggregate") if signal.aggregate != "count(*)" else at, hint=hint)
        elif not counts_rows and last == len(words) - 1:
            yield from _unknown_fields(stats, signal, path)
    limits = [
        int(limit.group(1)) for command in commands if (limit := re.match(r"(?i)(?:limit|head|tail)\s+(\d+)", command))
    ]
    for tuning in dict.fromkeys(alarm.tunings()):
        most = tuning.threshold + (tuning.comparison == ">")
        if limits and counts_rows and tuning.comparison.startswith(">") and min(limits) < most:
            message = f"the query returns {min(limits)} lines at most, and {tuning.threshold:g} is never crossed"
            yield Finding(CODE, message, at, hint="leave `limit` out: nothing but the count is looked at")


def _named(stats: str) -> list[str]:
    return re.findall(r"(?i)\bas\s+`?([\w.@]+)", stats)


def _unknown_fields(stats: str, signal: LogSignal, path: Path) -> Iterator[Finding]:
    """After `stats` there are its names and what it groups by; a call without a name is a field of its own text."""
    _, _, groups = stats.partition(" by ")
    known = {*_named(stats), *_FIELD.findall(groups)}
    parts = re.split(r"(?i)\bby\b|\|", _QUOTED.sub("''", signal.aggregate))
    if "`" in signal.aggregate:
        return
    for field in dict.fromkeys(_FIELD.findall(parts[0])):
        if field not in known and field.lower() not in ("as", "and", "or", "not"):
            near = did_you_mean(field, known).strip() or f"known: {', '.join(sorted(known)) or 'none, name it with as'}"
            yield Finding(CODE, f"`stats` of the query returns no `{field}`", (*path, "aggregate"), hint=near)


def _aggregate(signal: LogSignal, path: Path) -> Iterator[Finding]:
    at = (*path, "aggregate")
    bare = _QUOTED.sub("''", signal.aggregate)
    functions = _CALL.findall(bare)
    if re.match(r"\s*stats\b", bare):
        yield Finding(CODE, "the aggregate is what would follow `stats`", at, hint="leave the word out")
    elif not set(functions) & set(_AGGREGATES):
        near = next((hint for name in functions if (hint := did_you_mean(name, _AGGREGATES).strip())), "")
        message = f"`{signal.aggregate}` makes no one number of many lines"
        yield Finding(CODE, message, at, hint=near or f"one of {', '.join(_AGGREGATES)}")
    if re.search(r"\bby\b", bare):
        message = "the alarm is one, and so is its ticket, however many of the groups are in ALARM"
        hint = "an alarm for each thing that has a ticket of its own"
        yield Finding(CODE, message, at, Severity.WARNING, hint)


def _actions(alarm: Alarm) -> Iterator[Finding]:
    for index, action in enumerate(alarm.actions):
        if any(word in action for word in _NO_ACTIONS):
            message = "an alarm on logs tells topics, functions and Systems Manager, and does nothing else"
            yield Finding(CODE, message, (*alarm.path, "actions", index), hint="an alarm on a metric")


def _schedule(alarm: Alarm, signal: LogSignal, tuning: Tuning, path: Path) -> Iterator[Finding]:
    if tuning.period % _MINUTE:
        message = f"a query runs every so many minutes, and not every {tuning.period} seconds"
        yield Finding(CODE, message, alarm.path, hint="period: 5m", on="key")
    if tuning.evaluation_periods > _MOST_RESULTS:
        message = f"CloudWatch looks at the last {_MOST_RESULTS} results at most, not {tuning.evaluation_periods}"
        yield Finding(CODE, message, alarm.path, hint=f"datapoints: … of {_MOST_RESULTS}, or fewer", on="key")
    window = signal.seconds(tuning.period)
    if window + signal.delay > _FARTHEST:
        message = f"a run looks back {window + signal.delay:,} seconds, over {_FARTHEST:,}"
        yield Finding(CODE, message, path, hint="window and delay are 30d together at most", on="key")
    if window < tuning.period:
        message = f"of {tuning.period} seconds each run looks at {window}, and the rest is never looked at"
        yield Finding(CODE, message, (*path, "window"), Severity.WARNING, "leave it out: it is the period")
