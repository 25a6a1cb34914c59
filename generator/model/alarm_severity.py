"""Order of severities, and the severities of an alarm in its accounts."""

from __future__ import annotations

from collections.abc import Sequence

from generator.model.accounts import Account, Side
from generator.model.alarms import Alarm
from generator.model.routing import SEVERITIES, AlarmSeverity


def is_less_severe(severity: AlarmSeverity, other: AlarmSeverity) -> bool:
    """True if the first is less severe than the second."""
    return SEVERITIES.index(severity) > SEVERITIES.index(other)


def loudest(alarm: Alarm, accounts: Sequence[Account], more_join: bool) -> AlarmSeverity | None:
    """The worst severity that an alarm has in some account; None where no account has it.

    more_join: whether accounts join later, which get what no variant names.
    """
    everywhere = alarm.side is Side.HUB or more_join or len(alarm.variants) < len(accounts)
    tunings = [variant.tuning for variant in alarm.variants] + ([alarm.tuning] if everywhere else [])
    return min((tuning.severity for tuning in tunings if tuning.enabled), key=SEVERITIES.index, default=None)
