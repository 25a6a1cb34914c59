"""What is wrong with an entry of a test by itself: incomplete or contradictory keys (R06, R07)."""

from __future__ import annotations

from generator.findings import Finding, Path
from generator.scenarios.entries import COUNTS, Expect, Given, IncidentText

_PAIRS = frozenset({("log_group", "lines"), ("event", "at")})
_STATE, _RESULT = ("alarm", "state"), ("alarm", "series")


def given_findings(entry: Given, path: Path) -> list[Finding]:
    """What is wrong with an entry of `given`."""
    keys = entry.model_fields_set
    if entry.created is not None:
        hint = "use a separate entry; an alarm that is created has no `state`: it is INSUFFICIENT_DATA"
        other_keys = keys & {"metric", "series", "quota", "log_group", "lines", "state", "event", "at", "contributor"}
        return [conflict(key, "`created`", path, hint) for key in sorted(other_keys)]
    metric = ("metric", "quota" if "quota" in keys and "series" not in keys else "series")
    if "alarm" in keys and keys & {"series", "contributor"}:
        if "state" in keys:
            return [conflict("state", "`series`", path, "the result of a query says when its alarm fires")]
        pairs = {_RESULT} if "metric" not in keys else {_RESULT, metric}
        return _one_pair(entry, path, {*pairs, *_PAIRS})
    if "contributor" in keys:
        hint = "it is of the result of an alarm on PromQL; a metric has `dimensions`"
        return [Finding("R07", "`contributor` requires `alarm`", (*path, "contributor"), hint=hint, on="key")]
    return _one_pair(entry, path, {*_PAIRS, metric, _STATE})


def conflict(key: str, other: str, path: Path, hint: str = "") -> Finding:
    """The finding about a key that another excludes (R07)."""
    return Finding("R07", f"`{key}` cannot be combined with {other}", (*path, key), hint=hint, on="key")


def expectation_findings(expect: Expect, path: Path) -> list[Finding]:
    """What is wrong with an entry of `expect`."""
    keys = set(expect.model_fields_set)
    counts = [f"`{name}`" for name in COUNTS if name in keys]
    findings: list[Finding] = []
    if "at" not in keys and not counts:
        hint = "add when, such as `at: 5m` or `at: 2m to 10m`"
        findings.append(Finding("R06", "the expectation has no `at`", path, hint=hint))
    if counts:
        hint = "use a separate expectation"
        for key in sorted(keys - {"at", *COUNTS}):
            findings.append(conflict(key, counts[0], path, hint))
    elif "incident" in keys:
        for key in sorted(keys - {"at", "incident"}):
            hint = "use a separate expectation, or move it into `incident`"
            findings.append(conflict(key, "`incident`", path, hint))
        findings += _incident(expect.incident, (*path, "incident")) if expect.incident else []
    elif "value" in keys and "state" not in keys:
        findings += _one_pair(expect, path, {("alarm", "value")})
        for key in sorted(keys & {"reason", "actions"}):
            findings.append(Finding("R06", f"`{key}` requires `state`", (*path, key), hint="add `state`", on="key"))
    else:
        findings += _one_pair(expect, path, {("alarm", "state")}, ", or `incident: {alarm: …, is: opened}`")
    return findings


def _incident(incident: IncidentText, path: Path) -> list[Finding]:
    """An incident is of an alarm or of an event rule, and each has keys of its own."""
    keys = incident.model_fields_set
    if not keys & {"alarm", "event"}:
        hint = "add `alarm`, or `event` with the key of an event rule"
        return [Finding("R06", "the incident has no `alarm`", path, hint=hint)]
    if {"alarm", "event"} <= keys:
        return [conflict("event", "`alarm`", path, "use a separate expectation for each")]
    own, other = ("contributor", "subject") if "alarm" in keys else ("subject", "contributor")
    if other in keys:
        of = "event" if other == "subject" else "alarm"
        hint = f"use `{own}`"
        return [Finding("R07", f"`{other}` requires `{of}`", (*path, other), hint=hint, on="key")]
    return []


def _one_pair(entry: Given | Expect, path: Path, pairs: set[tuple[str, str]], other: str = "") -> list[Finding]:
    keys = entry.model_fields_set
    started = sorted(pair for pair in pairs if keys & set(pair))
    if not started:
        words = sorted(f"`{first}` and `{second}`" for first, second in pairs)
        return [Finding("R06", "the entry is empty", path, hint="add " + " or ".join(words) + other)]
    if len(started) > 1:
        words = sorted(f"`{first}`" for first, _ in started)
        return [Finding("R06", f"{' and '.join(words)} in one entry", path, hint="use a separate entry for each")]
    missing = [key for key in started[0] if key not in keys]
    present = ", ".join(f"`{key}`" for key in started[0] if key in keys)
    fields = type(entry).model_fields
    return [
        Finding("R06", f"{present} without `{key}`", path, hint=f"add `{key}`: {fields[key].description}")
        for key in missing
    ]
