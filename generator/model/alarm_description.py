"""The description of an alarm in CloudWatch."""

from __future__ import annotations

from generator.model.alarms import Alarm, Composite


def description(alarm: Alarm | Composite) -> str:
    """The description in the alarm itself, for readers in the console."""
    lines = [alarm.summary or alarm.key]
    lines += [f"Runbook: {alarm.runbook}"] if alarm.runbook else []
    lines += [f"Owner: {alarm.owner}"] if alarm.owner else []
    return "\n".join(lines)
