"""Who is to hear of a drill of a deployed alarm, and what of it at this time of the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from generator.aws.regions import console_of
from generator.cli.drill.subject import channels_of
from generator.cli.drill.words import moment
from generator.drill.alarm_event import Subject
from generator.model.alarm_rules import children
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.incidents import Quiet
from generator.model.quiet_hours import quiet_from, quiet_until
from generator.model.routing import SEVERITIES, AlarmSeverity, Channel
from generator.rollout.drill.calls import Listener

# Kinds of channels whose messages wait in quiet hours, and those of them that are only read.
_READ = ("slack", "email")
_LOUD = (*_READ, "pagerduty")
QUIET_HOURS = "quiet hours"


@dataclass(frozen=True, slots=True)
class Hours:
    """Quiet hours while a drill runs. when: until or from when; empty for none. alarm_waits: whether ALARM may wait for
    their end, and not the end of it alone.
    """

    when: str = ""
    alarm_waits: bool = False


def listeners(estate: Estate, alarm: Alarm, subject: Subject, now: float, wait_seconds: int) -> tuple[Listener, ...]:
    """The channels of an alarm in an account. now: seconds since 1970. wait_seconds: for each of the two changes."""
    severity = cast(AlarmSeverity, subject.severity)
    hours = _hours(estate.incidents.quiet, severity, now, wait_seconds)
    silent = subject.silent_end or _worse_ends_silently(estate, alarm, subject)
    return tuple(
        Listener(one.name, one.type, _link(one, estate.hub.region), *_heard_of(one.type, hours, ends_silently=silent))
        for one in channels_of(estate, alarm, severity, subject.account_name)
    )


def above(estate: Estate, alarm: Alarm) -> list[Composite]:
    """The composites that have the alarm in their rule, or a composite that has."""
    found: list[Composite] = []
    names = {alarm.ref}
    while True:
        more = [one for one in estate.composites_in(alarm.side) if one not in found and names & set(children(one.rule))]
        if not more:
            return found
        found += more
        names |= {one.key for one in more}


def _worse_ends_silently(estate: Estate, alarm: Alarm, subject: Subject) -> bool:
    """Whether a composite may fire of whose end nobody reads; of one incident the worst alarm decides."""
    own = SEVERITIES.index(cast(AlarmSeverity, subject.severity))
    silent = [one for one in above(estate, alarm) if one.silent_end]
    return any(SEVERITIES.index(one.severity_in(subject.account_name)) <= own for one in silent)


def _link(channel: Channel, region: str) -> str:
    """Where a ticket is looked at; Atlassian's own API gateway has no pages."""
    if channel.type == "opsitem":
        root = console_of(region)
        return f"{root}/systems-manager/opsitems/{{}}?region={region}" if root else ""
    url = str(dict(channel.settings).get("url", "")).rstrip("/")
    if channel.type != "jira" or urlsplit(url).hostname == "api.atlassian.com":
        return ""
    return f"{url}/browse/{{}}"


def _hours(quiet: Quiet | None, severity: AlarmSeverity, now: float, wait: int) -> Hours:
    """now: seconds since 1970. wait: seconds that the drill looks for each of two changes."""
    until = quiet_until(quiet, severity, now)
    if until:
        return Hours(f"until {moment(until)}", alarm_waits=True)
    soon = quiet_from(quiet, severity, now, now + 2 * wait)
    return Hours(f"from {moment(soon)} on", alarm_waits=soon <= now + wait) if soon else Hours()


def _heard_of(kind: str, hours: Hours, *, ends_silently: bool) -> tuple[tuple[str, ...], str, str]:
    """The states that a kind of channel hears of now, why not of both, and when the hours are for which it does not.

    A page is taken back at any time; tickets and webhooks wait for nothing.
    """
    if kind in _LOUD and hours.alarm_waits:
        return (), QUIET_HOURS, hours.when
    if kind in _READ and ends_silently:
        return ("ALARM",), "`ok: false`", ""
    if kind in _READ and hours.when:
        return ("ALARM",), QUIET_HOURS, hours.when
    return ("ALARM", "OK"), "", ""
