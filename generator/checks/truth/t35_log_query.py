"""T35: the query of an alarm on logs is valid, and returns the number that is compared.

CloudWatch applies the aggregation to the rows that the query returns, which after `stats` are no longer the lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path, Severity, did_you_mean, suggest
from generator.model.alarms import Alarm, Tuning
from generator.model.signals import LogSignal

CODE = "T35"
NAME = "log-query"
TITLE = "The Logs Insights query of an alarm is valid on its schedule, and returns the number that is compared."
SUMMARY = "The Logs Insights query of an alarm returns the compared number."
WHY = (
    "CloudWatch runs the query once in a period, in whole minutes, over at most 30 days, and keeps 100 results. It"
    " compares an aggregate of the rows that the query returns: the count of the single row that `stats` returns is"
    " always 1, and a field that `stats` does not return has no value."
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
    """Errors for queries that are refused or compare no value; warnings for lines that no run reads and for groups."""
    for alarm in subject.estate.alarms:
        if isinstance(alarm.signal, LogSignal):
            path = (*alarm.path, "logs")
            yield from _query(alarm, alarm.signal, path)
            yield from _aggregate(alarm.signal, path)
            yield from _actions(alarm)
            for tuning in dict.fromkeys(alarm.tunings()):
                yield from _schedule(alarm, alarm.signal, tuning, path)


def _commands(query: str) -> list[str]:
    """The commands of a query, with quoted texts removed."""
    bare = re.sub(r"#[^\n]*", "", _QUOTED.sub("''", query))
    return [command.strip() for command in bare.split("|") if command.strip()]


def _query(alarm: Alarm, signal: LogSignal, path: Path) -> Iterator[Finding]:
    commands = _commands(signal.query)
    words = [command.split()[0].lower() for command in commands]
    at = (*path, "query")
    if "source" in words:
        message = "`SOURCE` is not supported: an alarm has `log_groups` besides its query"
        yield Finding(CODE, message, at, hint="remove it, and use `log_groups`")
    counts_rows = re.match(r"\s*count\s*\(\s*\*?\s*\)", signal.aggregate)
    if "stats" in words:
        last = len(words) - 1 - words[::-1].index("stats")
        stats = commands[last]
        if counts_rows and not re.search(r"\bby\b", stats):
            message = f"`{signal.aggregate}` counts the rows of the query, and `stats` returns one row"
            names = _named(stats)
            hint = f"remove `| stats …`, or set aggregate: max({names[0] if names else 'name'})"
            yield Finding(CODE, message, (*path, "aggregate") if signal.aggregate != "count(*)" else at, hint=hint)
        elif not counts_rows and last == len(words) - 1:
            yield from _unknown_fields(stats, signal, path)
    limits = [
        int(limit.group(1)) for command in commands if (limit := re.match(r"(?i)(?:limit|head|tail)\s+(\d+)", command))
    ]
    for tuning in dict.fromkeys(alarm.tunings()):
        most = tuning.threshold + (tuning.comparison == ">")
        if limits and counts_rows and tuning.comparison.startswith(">") and min(limits) < most:
            message = (
                f"the query returns at most {min(limits)} lines, so the threshold {tuning.threshold:g} is never crossed"
            )
            yield Finding(CODE, message, at, hint="remove `limit`: the alarm evaluates the count only")


def _named(stats: str) -> list[str]:
    return re.findall(r"(?i)\bas\s+`?([\w.@]+)", stats)


def _unknown_fields(stats: str, signal: LogSignal, path: Path) -> Iterator[Finding]:
    """Findings for fields that `stats` does not return: it returns its aliases and what it groups by."""
    _, _, groups = stats.partition(" by ")
    known = {*_named(stats), *_FIELD.findall(groups)}
    parts = re.split(r"(?i)\bby\b|\|", _QUOTED.sub("''", signal.aggregate))
    if "`" in signal.aggregate:
        return
    for field in dict.fromkeys(_FIELD.findall(parts[0])):
        if field not in known and field.lower() not in ("as", "and", "or", "not"):
            near = suggest(field, known, f"use {', '.join(sorted(known)) or 'an alias: stats … as name'}")
            yield Finding(CODE, f"`stats` of the query returns no field `{field}`", (*path, "aggregate"), hint=near)


def _aggregate(signal: LogSignal, path: Path) -> Iterator[Finding]:
    at = (*path, "aggregate")
    bare = _QUOTED.sub("''", signal.aggregate)
    functions = _CALL.findall(bare)
    if re.match(r"\s*stats\b", bare):
        yield Finding(CODE, "the aggregate begins with the command `stats`", at, hint="remove the word")
    elif not set(functions) & set(_AGGREGATES):
        near = next((hint for name in functions if (hint := did_you_mean(name, _AGGREGATES).strip())), "")
        message = f"`{signal.aggregate}` does not aggregate the rows to one number"
        yield Finding(CODE, message, at, hint=near or f"use one of {', '.join(_AGGREGATES)}")
    if re.search(r"\bby\b", bare):
        message = "`by` still creates one alarm and one ticket for all groups"
        hint = "add an alarm for each group that requires a ticket of its own"
        yield Finding(CODE, message, at, Severity.WARNING, hint)


def _actions(alarm: Alarm) -> Iterator[Finding]:
    for index, action in enumerate(alarm.actions):
        if any(word in action for word in _NO_ACTIONS):
            message = "an alarm on logs supports actions of SNS, Lambda and Systems Manager only"
            yield Finding(CODE, message, (*alarm.path, "actions", index), hint="use an alarm on a metric")


def _schedule(alarm: Alarm, signal: LogSignal, tuning: Tuning, path: Path) -> Iterator[Finding]:
    if tuning.period % _MINUTE:
        message = f"expected whole minutes as the period of a query, got {tuning.period} seconds"
        yield Finding(CODE, message, alarm.path, hint="set period: 5m", on="key")
    if tuning.evaluation_periods > _MOST_RESULTS:
        message = f"the alarm evaluates {tuning.evaluation_periods} results; the AWS limit is {_MOST_RESULTS}"
        yield Finding(CODE, message, alarm.path, hint=f"set datapoints: … of {_MOST_RESULTS}, or fewer", on="key")
    window = signal.seconds(tuning.period)
    if window + signal.delay > _FARTHEST:
        message = f"a run reads the last {window + signal.delay:,} seconds; the AWS limit is {_FARTHEST:,}"
        yield Finding(CODE, message, path, hint="use a window and a delay of at most 30d together", on="key")
    if window < tuning.period:
        message = f"each run reads {window} of {tuning.period} seconds; the other lines are never evaluated"
        yield Finding(CODE, message, (*path, "window"), Severity.WARNING, "remove it; the default is the period")
