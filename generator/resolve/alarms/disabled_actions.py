"""Alarms whose actions CloudWatch does not invoke, or only in some states. EventBridge has the state changes all the
same, so no channel may be called for alarms without actions: their severity is none.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DisableAlarmActions.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from generator.findings import Finding, Path
from generator.model.alarms import Alarm
from generator.model.routing import AlarmSeverity

_NONE = "none"
_USUAL = {"alarm", "ok"}


def disabled_actions(alarms: Iterable[Alarm]) -> Iterator[Finding]:
    """R07 for each entry whose actions are disabled, and whose severity is not none everywhere."""
    paths: set[Path] = set()
    for alarm in alarms:
        if alarm.actions_disabled and alarm.path not in paths:
            paths.add(alarm.path)
            yield from must_be_silent({tuning.severity for tuning in alarm.tunings()}, alarm.path)


def must_be_silent(severities: Collection[AlarmSeverity], path: Path) -> Iterator[Finding]:
    """R07 unless an alarm has no severity. path: of the entry."""
    if {*severities} != {_NONE}:
        message = "an alarm without actions calls no channel, but this one has a severity"
        yield Finding("R07", message, (*path, "actions_enabled"), hint="set severity: none", on="key")


def states_of_actions(
    states: Sequence[str] | None, actions: Sequence[str], path: Path, findings: list[Finding]
) -> tuple[str, ...]:
    """The states in which actions are invoked, sorted; empty for ALARM and OK. R07 if there are no actions."""
    if states and not actions:
        message = "`actions_in` has no effect without `actions`"
        findings.append(Finding("R07", message, (*path, "actions_in"), hint="add the actions, or remove it", on="key"))
    chosen = {*(states or _USUAL)}
    return () if chosen == _USUAL else tuple(sorted(chosen))
