"""Cards of event rules: AWS events that become incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generator.findings import dotted
from generator.model.alarm_locations import RouteTable, event_rule_locations
from generator.model.event_rules import EventRule
from generator.preview.card import Card, short_places
from generator.preview.markup import link, text
from generator.preview.recipients import notified
from generator.preview.types import EnvironmentPreview
from generator.render.event_rule_words import ends_in_words, side_in_words
from generator.render.words import members_in_words


def event_rule_card(
    rule: EventRule,
    environment: EnvironmentPreview,
    routes: RouteTable,
    marks: Mapping[str, Sequence[tuple[str, str]]],
) -> Card:
    """The card of an event rule."""
    estate = environment.estate
    locations = event_rule_locations(rule, estate)
    recipients = routes.of(rule.severity, locations, rule.owner, rule.service)
    where = side_in_words(rule.in_members, rule.in_hub)
    members = f": {members_in_words(rule.placement, estate)}" if rule.in_members else ""
    rows = [
        ("Runbook", link(rule.runbook) if rule.runbook else ""),
        ("Pattern", f"<code>{text(rule.pattern)}</code>"),
        ("Ends", text(ends_in_words(rule.end.by, rule.end.after_seconds))),
        ("Action", text(rule.action)),
        ("Notifies", notified(recipients, estate)),
        ("Events of", text(where + members)),
    ]
    further = [
        ("Pack", text(rule.pack)),
        ("Owner", text(rule.owner)),
        ("In the file", f"<code>{text(dotted(rule.path))}</code>"),
    ]
    return Card(
        environment=estate.environment,
        section="event-rules",
        key=rule.key,
        title=rule.key,
        severities=(rule.severity,),
        condition=f"<b>{text(rule.title)}</b>",
        summary=rule.summary,
        rows=rows,
        further=further,
        marks=marks.get(rule.key, ()),
        words=(("owner", rule.owner), ("service", rule.service)),
        accounts=short_places(locations, estate.account_names),
    )
