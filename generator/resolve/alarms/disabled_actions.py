"""The states in which CloudWatch invokes actions, and alarms of which it invokes none.

EventBridge has the state changes all the same, so no channel may be called for alarms without actions: their severity
is none. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DisableAlarmActions.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from generator.findings import Finding, Path
from generator.model.actions import only_in_alarm
from generator.model.alarms import Alarm
from generator.model.routing import AlarmSeverity
from generator.spec.alarm_states import ActionEntry, runs

_NONE = "none"
_USUAL = {"alarm", "ok"}
_OPSITEM = "opsitem"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
_MOST_ACTIONS = 5


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
    states: Sequence[str] | None, actions: Sequence[ActionEntry], path: Path, findings: list[Finding]
) -> tuple[str, ...]:
    """The states in which actions are invoked, sorted; empty for ALARM and OK. R07 if there are no actions."""
    if states and not actions:
        message = "`actions_in` has no effect without `actions`"
        findings.append(Finding("R07", message, (*path, "actions_in"), hint="add the actions, or remove it", on="key"))
    chosen = {*(states or _USUAL)}
    return () if chosen == _USUAL else tuple(sorted(chosen))


def action_states(
    actions: Sequence[ActionEntry], usual: Sequence[str] | None, path: Path, findings: list[Finding]
) -> tuple[tuple[str, ...], ...]:
    """The states that each action has of its own, sorted; empty if none has any. R07 for more actions of a state than
    an alarm can have, for one that is listed twice, and for one that is invoked in ALARM only.
    """
    arns = runs([*actions])
    own = [() if isinstance(action, str) else tuple(sorted({*action.states})) for action in actions]
    for index, arn in enumerate(arns):
        at = (*path, "actions", index)
        if arn in arns[:index]:
            findings.append(Finding("R07", "the action is listed twice", at, hint="list all of its states once"))
        elif (arn == _OPSITEM or only_in_alarm(arn)) and {*own[index]} - {"alarm"}:
            message = "CloudWatch invokes this action in ALARM only"
            findings.append(Finding("R07", message, (*at, "states"), hint="set states: [alarm]", on="key"))
    for state in ("alarm", "ok", "no-data"):
        count = sum(state in (states or usual or _USUAL) for states in own)
        if count > _MOST_ACTIONS:
            message = f"CloudWatch invokes at most {_MOST_ACTIONS} actions in a state, but here {count} in {state}"
            findings.append(Finding("R07", message, (*path, "actions"), hint="remove some, or set `states`", on="key"))
            break
    return tuple(own) if any(own) else ()
