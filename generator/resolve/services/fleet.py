"""Fleets: an entry without the names of its resources, whose alarms are on all of them by a query.

Each resource is a contributor of the alarm, with incidents of its own. A query has one metric and five functions, and
finds the resources again at every evaluation.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from generator.findings import Finding, Path, Severity, unknown_reference
from generator.resolve.names import unescaped
from generator.resolve.services.packs import PLACES
from generator.resolve.services.service_metrics import ServiceEntry, metric_of
from generator.spec.alarms import AlarmSpec
from generator.spec.contributors import ContributorsSpec
from generator.spec.fleet import FleetSpec
from generator.spec.packs import PackAlarm, PackMetric, filled, parameters_in
from generator.spec.services import ServiceAlarmSpec

_FUNCTIONS = {"Sum": "SUM", "Average": "AVG", "Maximum": "MAX", "Minimum": "MIN", "SampleCount": "COUNT"}
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# A placeholder that is filled in with something else in each account; a query is the same in all of them.
_OF_ACCOUNT = re.compile(r"(?<!\{)\{(?!\{|(?:environment|project)\})")
# Seconds that an alarm on a query can look back, and the shortest period of its data.
_LONGEST, _MINUTE = 10_800, 60
SILENCE = "a resource of a fleet that sends no data is no series of its query any more"


def is_fleet(entry: ServiceEntry) -> bool:
    """True if the entry is about all resources of its type."""
    return bool(entry.spec.fleet)


def unnamed(entry: ServiceEntry) -> frozenset[str]:
    """The parameters whose values are those of all resources; empty for an entry that is no fleet."""
    if not is_fleet(entry):
        return frozenset()
    return frozenset(_required(entry) - entry.spec.given.keys())


def _required(entry: ServiceEntry) -> set[str]:
    return {
        name
        for name, parameter in entry.pack.parameters.items()
        if not parameter.optional and parameter.default is None
    }


def check_fleet(entry: ServiceEntry) -> Iterator[Finding]:
    """Findings for a fleet that is one resource, one in the hub, and alarms of the entry that no query can be."""
    if not is_fleet(entry):
        return
    path = (*entry.path, "fleet")
    if entry.pack.filters:
        message = "the alarms of this pack count lines of one log group, so it has no fleets"
        yield Finding("R07", message, path, hint="remove `fleet`, and name the log group", on="key")
        return
    yield from _exclusions_faults(entry, path)
    if not _required(entry):
        message = "the alarms of this pack are about an account, so it has no fleets"
        yield Finding("R07", message, path, hint="remove `fleet`", on="key")
    elif not unnamed(entry):
        message = "this entry names its resource, so it is no fleet"
        yield Finding("R07", message, path, hint="remove `fleet`, or the name of the resource", on="key")
    if entry.spec.in_ == "hub" or entry.spec.accounts == ["hub"]:
        yield Finding("R07", "a fleet is in members, each with a query of its own", path, hint="write `in: members`")
    for name, own in entry.spec.alarms.items():
        chosen = entry.pack.alarms.get(name) if own is not False else None
        reason = _obstacle(entry, chosen, _statistic(chosen, [own])) if chosen else ""
        if reason:
            message = f"a fleet cannot have the alarm `{name}`: {reason}"
            hint = "write `false`, or name each resource that requires it in an entry of its own"
            yield Finding("R07", message, (*path[:-1], "alarms", name), hint=hint, on="key")


def covered(entry: ServiceEntry, findings: list[Finding]) -> dict[str, PackAlarm]:
    """The alarms of the pack that the entry can have; a remark lists the others."""
    if not is_fleet(entry):
        return dict(entry.pack.alarms)
    impossible = {
        name: reason
        for name, alarm in entry.pack.alarms.items()
        if alarm.enabled and entry.spec.alarms.get(name) is not False
        if (reason := _obstacle(entry, alarm, _statistic(alarm, [entry.spec.alarms.get(name)])))
    }
    if impossible:
        listed = ", ".join(f"{name} ({reason})" for name, reason in impossible.items())
        message = f"a fleet has no alarm {listed}"
        hint = "name each resource that requires them in an entry of its own"
        findings.append(Finding("R12", message, (*entry.path, "fleet"), Severity.INFO, hint=hint, on="key"))
    return {
        name: alarm
        for name, alarm in entry.pack.alarms.items()
        if not _obstacle(entry, alarm, _statistic(alarm, [entry.spec.alarms.get(name)]))
    }


def as_fleet(entry: ServiceEntry, alarm: PackAlarm, spec: AlarmSpec) -> AlarmSpec:
    """The alarm on a query over all resources; one whose metric is of no resource stays as it is."""
    metric = alarm.metric
    labels = _labels(entry, metric) if metric and is_fleet(entry) else ()
    if not metric or not labels:
        return spec
    function = _FUNCTIONS[spec.statistic or ""]
    measured = metric_of(entry, metric)
    dimensions = measured["dimensions"]
    schema = ", ".join(map(_quoted, (measured["namespace"], *sorted({*labels, *dimensions}))))
    conditions = [f"{_quoted(name)} = {_text(value)}" for name, value in _conditions(entry, metric)]
    fleet = entry.spec.fleet if isinstance(entry.spec.fleet, FleetSpec) else FleetSpec()
    conditions += [f"tag.{_name(key)} = {_text(value)}" for key, value in sorted(fleet.tags.items())]
    conditions += _exclusions(entry, metric)
    order = "ASC" if spec.threshold and spec.threshold.comparison.startswith("<") else "DESC"
    clauses = [
        f"SELECT {function}({_quoted(measured['name'])})",
        f"FROM SCHEMA({schema})",
        f"WHERE {' AND '.join(conditions)}" if conditions else "",
        f"GROUP BY {', '.join(map(_name, labels))}",
        f"ORDER BY {function}() {order}",
    ]
    contributors = ContributorsSpec(incidents="each", most=fleet.most)
    query = " ".join(clause for clause in clauses if clause)
    changed = {"metric": None, "statistic": None, "query": query, "contributors": contributors}
    return spec.model_copy(update=changed)


def _excluded(entry: ServiceEntry) -> dict[str, list[str]]:
    """The names to exclude, by parameter; those of a list have the only one that is not given, or an empty one."""
    names = entry.spec.fleet.except_ if isinstance(entry.spec.fleet, FleetSpec) else None
    if isinstance(names, dict):
        return names
    free = sorted(unnamed(entry))
    return {free[0] if len(free) == 1 else "": names} if names else {}


def _exclusions_faults(entry: ServiceEntry, path: Path) -> Iterator[Finding]:
    """R02 and R07 for names that no query can exclude."""
    free, at = unnamed(entry), (*path, "except")
    for name, values in _excluded(entry).items():
        listed = ", ".join(sorted(free))
        if not name and free:
            message = f"the resources of this entry differ by {listed}"
            yield Finding("R07", message, at, hint=f"write except: {{{sorted(free)[-1]}: [{values[0]}]}}")
        elif name and name not in free:
            yield unknown_reference("R02", "parameter", name, free, (*at, name), on="key")
        elif any(_OF_ACCOUNT.search(value) for value in values):
            yield Finding("R07", "a query is the same in every account", at, hint="write the name without placeholders")
        elif name and not any(_exclusions(entry, alarm.metric) for alarm in entry.pack.alarms.values() if alarm.metric):
            message = f"CloudWatch has `{name}` in an ARN only, which differs between accounts"
            yield Finding("R07", message, at, hint="remove it, and name each resource in an entry of its own")


def _exclusions(entry: ServiceEntry, metric: PackMetric) -> list[str]:
    """The conditions of a metric that exclude resources; Metrics Insights has `!=` for text alone, and no patterns.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
    """
    excluded = _excluded(entry)
    return [
        f"{_quoted(label)} != {_text(value)}"
        for label, text in sorted(metric.dimensions.items())
        for name, values in sorted(excluded.items())
        for value in sorted(set(values))
        if text == f"{{{name}}}"
    ]


def summary_of(entry: ServiceEntry, alarm: PackAlarm) -> str:
    """The summary of the pack with the entry's values; of what is not named it says `the function`.

    A name that each account has its own of is the key of the entry: a summary is the same text in all of them.
    """
    nouns = {name: name.replace("_", " ") for name in unnamed(entry)}
    words = {name: f"the {noun}" for name, noun in nouns.items()}
    values = {name: entry.key if _OF_ACCOUNT.search(value) else value for name, value in entry.values.items()}
    text = unescaped(filled(alarm.summary, {"entry": entry.key, **words, **values}))
    for noun in nouns.values():
        text = re.sub(rf"\b({noun}) the {noun}\b", r"\1", text)  # `the domain {domain}` says it already
    return text[:1].upper() + text[1:] if words and alarm.summary.startswith("{") else text


def _statistic(alarm: PackAlarm | None, own: Sequence[object]) -> str:
    """The statistic of an alarm, as the entry has it."""
    chosen = [
        settings.statistic
        for settings in own
        if isinstance(settings, ServiceAlarmSpec) and settings.statistic is not None
    ]
    return chosen[-1] if chosen else (alarm.statistic if alarm and alarm.statistic else "")


def _obstacle(entry: ServiceEntry, alarm: PackAlarm, statistic: str) -> str:
    """Why no query is that alarm; empty where one is, or where its metric is of no resource."""
    if alarm.metric is None or alarm.minimum_traffic:
        return "a query has one metric and no expression"
    template = (alarm.metric.namespace, alarm.metric.name)
    if any(word in unnamed(entry) for text in template for word in parameters_in(text)):
        return "the name of its metric has the resource in it"
    labels = _labels(entry, alarm.metric)
    if labels is None:
        return "one of its dimensions has more than the name of the resource in it"
    if not labels:
        return ""
    if any(_OF_ACCOUNT.search(value) for _, value in _conditions(entry, alarm.metric)):
        return "one of its dimensions differs between accounts"
    if statistic not in _FUNCTIONS:
        return f"a query has no statistic {statistic}"
    if alarm.period % _MINUTE or alarm.period * alarm.datapoints.of > _LONGEST:
        return "a query covers at most three hours, in minutes"
    return ""


def _labels(entry: ServiceEntry, metric: PackMetric) -> tuple[str, ...] | None:
    """The dimensions that differ between the resources; None where one of them cannot stand for its resource."""
    free, labels = unnamed(entry), []
    known = {*entry.values, "entry", "environment", "project"}
    for name, text in sorted(metric.dimensions.items()):
        words = set(parameters_in(text))
        if not words & free:
            continue
        if words - free - known - PLACES.keys():
            continue  # an optional parameter that the entry does not set: there is no such dimension
        # An ARN has the place of the resource before its name, which is the same for all of the account.
        if text != f"{{{next(iter(words & free))}}}" and not words & PLACES.keys():
            return None
        labels.append(name)
    return tuple(labels)


def _conditions(entry: ServiceEntry, metric: PackMetric) -> Iterator[tuple[str, str]]:
    """The dimensions that the entry or the pack knows; what the account itself decides is the same for all of it."""
    for name, value in sorted(metric_of(entry, metric)["dimensions"].items()):
        words = set(parameters_in(metric.dimensions[name]))
        if not words or not words <= PLACES.keys():
            yield name, value


def _name(label: str) -> str:
    return label if _WORD.fullmatch(label) else _quoted(label)


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
