"""What CloudWatch does itself: ARNs as they were written, and the word `opsitem` with the severity it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from generator.findings import Finding, Path
from generator.model.actions import OPSITEM
from generator.model.alarms import Alarm
from generator.model.people import AlarmSeverity

WORD = "opsitem"
# https://docs.aws.amazon.com/systems-manager/latest/userguide/OpsCenter-create-OpsItems-from-CloudWatch-Alarms.html
NUMBERS = {"critical": 1, "high": 2, "medium": 3, "low": 4}


def with_actions(alarm: Alarm, news: list[Finding]) -> Alarm:
    """The alarm with the OpsItems that it opens written out."""
    severities = [tuning.severity for tuning in alarm.tunings() if tuning.enabled]
    # A metric alarm says the category too; of composites the API takes the severity alone.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    written = actions(alarm.actions, severities, alarm.path, news, "#CATEGORY=Availability")
    return replace(alarm, actions=written) if written != alarm.actions else alarm


def actions(
    words: Iterable[str], severities: Sequence[AlarmSeverity], path: Path, news: list[Finding], more: str = ""
) -> tuple[str, ...]:
    """`opsitem` as `opsitem:<number>`, for one severity (R07 for several, or for none)."""
    made = []
    for index, word in enumerate(words):
        if word != WORD:
            made.append(word)
            continue
        numbers = sorted({NUMBERS.get(severity, 0) for severity in severities})
        if 0 in numbers:
            message = "an OpsItem has a severity, and this alarm has none"
            news.append(Finding("R07", message, (*path, "actions", index), hint="give it a severity, or leave it out"))
        elif len(numbers) > 1:
            message = "CloudWatch opens OpsItems of one severity, and accounts differ in that of this alarm"
            hint = "route its severities to a channel `{type: opsitem}`"
            news.append(Finding("R07", message, (*path, "actions", index), hint=hint))
        elif numbers:
            made.append(f"{OPSITEM}{numbers[0]}{more}")
    return tuple(made)
