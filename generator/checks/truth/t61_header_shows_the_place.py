"""T61: the header of a Slack message has room for the account and the Region of its alarm."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Severity
from generator.model.accounts import HUB_ACCOUNT
from generator.model.alarm_locations import HUB, LATER, AnyAlarm, route_table
from generator.model.alarms import Alarm
from generator.model.estate import Estate

CODE = "T61"
NAME = "header-shows-the-place"
TITLE = "The title of an alarm that a Slack channel receives has at most 150 characters, with its account and Region."
SUMMARY = "The title of an alarm fits into the header of a Slack message."
WHY = (
    "The header of a Slack message has at most 150 characters. The title begins with state, severity and alarm, and"
    " ends with account and Region, so a longer one is cut where it says which account is affected: the same alarm in"
    " two accounts becomes two headers that look alike."
)
SOURCE = "https://docs.slack.dev/reference/block-kit/blocks/header-block/"
_ACCOUNT = "payments-of-the-european-subsidiaries-and-their-partners"
_LONG = "a-deposit-that-was-accepted-and-not-booked-within-the-hour"
BAD = f"""\
accounts: {{{_ACCOUNT}: {{id: "555555555555", labels: {{tier: standard}}}}}}
channels: {{chat: {{type: slack, secret: shop/slack, channel: "#ops"}}}}
routes: {{medium: [chat, mail]}}
alarms:
  errors: null
  {_LONG}: {{metric: {{filter: errors}}, statistic: Sum, threshold: "> 5"}}
"""
GOOD = f"""\
accounts: {{{_ACCOUNT}: {{id: "555555555555", labels: {{tier: standard}}}}}}
channels: {{chat: {{type: slack, secret: shop/slack, channel: "#ops"}}}}
routes: {{medium: [chat, mail]}}
"""
_HEADER = 150


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each alarm whose title, in the account with the longest name, is longer than a header."""
    estate = subject.estate
    if all(channel.type != "slack" for channel in estate.channels):
        return
    routes = route_table(estate)
    alarms: tuple[AnyAlarm, ...] = (*estate.alarms, *estate.composites)
    for alarm in alarms:
        titles = [
            _longest_title(alarm, recipient.severity, recipient.places, estate)
            for recipient in routes.recipients(alarm)
            if any(channel.type == "slack" for channel in recipient.channels)
        ]
        longest = max(titles, key=len, default="")
        if len(longest) > _HEADER:
            length, more = len(longest), len(longest) - _HEADER
            message = f"the title of `{alarm.key}` has {length} characters, a Slack header at most {_HEADER}"
            hint = f"shorten the name of the alarm or of the account, by {more} in all"
            yield Finding(CODE, message, alarm.path, Severity.WARNING, hint, on="key")


def _longest_title(alarm: AnyAlarm, severity: str, places: tuple[str, ...], estate: Estate) -> str:
    """As handlers/incident/message/report.py writes it. An account that joins later is named by its ID."""
    names = [{LATER: "0" * 12, HUB: HUB_ACCOUNT}.get(place, place) for place in places]
    regions = (alarm.regions if isinstance(alarm, Alarm) else ()) or estate.regions
    place, region = max(names, key=len), max(regions, key=len)
    return f"ALARM {severity}: {alarm.name} in {place} ({region})"
