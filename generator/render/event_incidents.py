"""Incidents of event rules: `obsgen explain incident RULE`, and their part of the wake-up page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from generator.model.alarm_locations import RouteTable, event_rule_locations, route_table
from generator.model.estate import Estate
from generator.model.event_rules import EventRule
from generator.model.routing import SEVERITIES, AlarmSeverity, Channel
from generator.render.estate_json import plain
from generator.render.event_rule_words import ends_in_words
from generator.render.explain_incident import where
from generator.render.incident_policy_words import acknowledged, policy_of, quiet_hours, storm
from generator.render.route_words import reason_in_words
from generator.wording import duration_in_words, list_in_words

_SILENT = "none"


def explain_event_incident(rule: EventRule, estate: Estate) -> list[str]:
    """Lines: the notified channels, what is one incident, and what happens until it ends."""
    lines = [f"{rule.key} in {estate.environment}{f': {rule.summary}' if rule.summary else ''}"]
    places = event_rule_locations(rule, estate)
    if rule.severity == _SILENT or not places:
        off = "has severity none" if places else "is disabled"
        return [*lines, f"  {off}: it opens no incident and notifies no channel"]
    lines += ["  notified channels", *(f"    {row}" for row in _recipients(rule, places, estate))]
    lines += ["  one incident with", f"    the events of one {_subject(rule)}, in one account and Region"]
    lines += ["  while it is open", *(f"    {row}" for row in _open(rule, estate))]
    lines += ["  in a storm", f"    {storm(plain(estate.incidents.storm))}"]
    return lines


def _recipients(rule: EventRule, places: Sequence[str], estate: Estate) -> Iterator[str]:
    for recipient in route_table(estate).of(rule.severity, places, rule.owner, rule.service):
        channels = list_in_words([f"{channel.name} ({channel.type})" for channel in recipient.channels])
        who = f"{channels}, at once" if channels else "no channel"
        yield f"{rule.severity} in {where(recipient.places, estate)}: {who}{reason_in_words(recipient.route)}"
    quiet = estate.incidents.quiet
    if quiet and rule.severity in quiet.severities:
        yield quiet_hours(plain(quiet))


def _subject(rule: EventRule) -> str:
    return list_in_words(list(rule.subject)) or "rule"


def _open(rule: EventRule, estate: Estate) -> Iterator[str]:
    incidents = estate.incidents
    every = duration_in_words(incidents.group.update_every)
    yield f"further events are counted; a comment or message every {every} at most, and no page"
    end = rule.end
    if end.by == "none":
        yield f"it ends {duration_in_words(end.after_seconds or 0)} after its last event; only tickets and pages close"
    else:
        yield f"it {ends_in_words(end.by, end.after_seconds)}"
    again = duration_in_words(incidents.reopen_within)
    yield f"an event within {again} of its end belongs to the same incident and ticket"
    seconds = dict(incidents.remind).get(rule.severity)
    yield f"{rule.severity}: {f'a reminder every {duration_in_words(seconds)}' if seconds else 'no reminders'}"
    for escalation in incidents.escalate:
        if escalation.severity == rule.severity:
            after = duration_in_words(escalation.after)
            yield f"{rule.severity}: {list_in_words(escalation.to)} too, if it is not acknowledged within {after}"
    yield f"acknowledged {acknowledged(policy_of(estate)['acknowledge'])}"


def events(routes: RouteTable, effect: Callable[[AlarmSeverity, Sequence[Channel]], str]) -> Iterator[str]:
    """A section; nothing without event rules. effect: what a severity does to the people of channels."""
    rules = [rule for rule in routes.estate.event_rules if rule.severity != _SILENT]
    if not rules:
        return
    yield from ("", "## Events of AWS", "")
    yield "Each subject of an event rule is an incident of its own; a storm includes them, too."
    yield from ("", "| event rule | severity | where | effect |", "| --- | --- | --- | --- |")
    for rule in sorted(rules, key=lambda rule_: (SEVERITIES.index(rule_.severity), rule_.key)):
        what = f"{rule.summary} (`{rule.key}`)" if rule.summary else f"`{rule.key}`"
        places = event_rule_locations(rule, routes.estate)
        for recipient in routes.of(rule.severity, places, rule.owner, rule.service):
            place = where(recipient.places, routes.estate)
            yield f"| {what} | {rule.severity} | {place} | {effect(rule.severity, recipient.channels)} |"
