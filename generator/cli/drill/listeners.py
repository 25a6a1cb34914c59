"""The channels that a drill of a deployed alarm notifies, and what each receives at this time of the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from generator.cli.drill.subject import channels_of
from generator.cli.drill.words import moment
from generator.drill.alarm_event import DrillSubject
from generator.drill.vendors.kit.registry import vendor_class
from generator.model.alarm_rules import children
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.incidents import Quiet
from generator.model.quiet_hours import quiet_from, quiet_until
from generator.model.routing import SEVERITIES, AlarmSeverity
from generator.rollout.drill.calls import DrilledChannel

QUIET_HOURS = "quiet hours"


@dataclass(frozen=True, slots=True)
class Hours:
    """Quiet hours during a drill. when: until or from when; empty for none. alarm_waits: whether ALARM may be delayed,
    and not OK alone.
    """

    when: str = ""
    alarm_waits: bool = False


def drilled_channels(
    estate: Estate, alarm: Alarm, subject: DrillSubject, now: float, wait_seconds: int
) -> tuple[DrilledChannel, ...]:
    """The channels of an alarm in an account. now: seconds since 1970. wait_seconds: for each of the two changes."""
    severity = cast(AlarmSeverity, subject.severity)
    hours = _hours(estate.incidents.quiet, severity, now, wait_seconds)
    silent = subject.silent_end or _worse_ends_silently(estate, alarm, subject)
    return tuple(
        DrilledChannel(
            channel.name,
            channel.type,
            vendor_class(channel.type).reference_link(dict(channel.settings), estate.hub.region),
            *_states(channel.type, hours, ends_silently=silent),
        )
        for channel in channels_of(estate, alarm, severity, subject.account_name)
    )


def above(estate: Estate, alarm: Alarm) -> list[Composite]:
    """The composites whose rule contains the alarm, directly or through other composites."""
    above_it: list[Composite] = []
    names = {alarm.ref}
    while True:
        added = [
            composite
            for composite in estate.composites_in(alarm.side)
            if composite not in above_it and names & set(children(composite.rule))
        ]
        if not added:
            return above_it
        above_it += added
        names |= {composite.key for composite in added}


def _worse_ends_silently(estate: Estate, alarm: Alarm, subject: DrillSubject) -> bool:
    """Whether a composite with `ok: false` may fire; of one incident the most severe alarm decides."""
    own = SEVERITIES.index(cast(AlarmSeverity, subject.severity))
    silent = [composite for composite in above(estate, alarm) if composite.silent_end]
    return any(SEVERITIES.index(composite.severity_in(subject.account_name)) <= own for composite in silent)


def _hours(quiet: Quiet | None, severity: AlarmSeverity, now: float, wait: int) -> Hours:
    """now: seconds since 1970. wait: seconds that the drill waits for each of two changes."""
    until = quiet_until(quiet, severity, now)
    if until:
        return Hours(f"until {moment(until)}", alarm_waits=True)
    soon = quiet_from(quiet, severity, now, now + 2 * wait)
    return Hours(f"from {moment(soon)} on", alarm_waits=soon <= now + wait) if soon else Hours()


def _states(channel_type: str, hours: Hours, *, ends_silently: bool) -> tuple[tuple[str, ...], str, str]:
    """The states that a type of channel receives now, the reason for less than both, and the hours of that reason.

    Pages are resolved at any time; tickets and webhooks are never delayed.
    """
    vendor = vendor_class(channel_type)
    if (vendor.is_read or vendor.kind == "page") and hours.alarm_waits:
        return (), QUIET_HOURS, hours.when
    if vendor.is_read and ends_silently:
        return ("ALARM",), "`ok: false`", ""
    if vendor.is_read and hours.when:
        return ("ALARM",), QUIET_HOURS, hours.when
    return ("ALARM", "OK"), "", ""
