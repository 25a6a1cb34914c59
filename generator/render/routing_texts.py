"""The texts of an entry in the routing table: summary, runbook, owner and service, those that are not empty."""

from __future__ import annotations

from generator.model.alarms import Alarm, Composite
from generator.model.event_rules import EventRule
from generator.render.routing_table import TextsEntry


def add_texts(entry: TextsEntry, item: Alarm | Composite | EventRule) -> None:
    """Add the texts of an alarm or an event rule to its entry."""
    if item.summary:
        entry["summary"] = item.summary
    if item.runbook:
        entry["runbook"] = item.runbook
    if item.owner:
        entry["owner"] = item.owner
    if item.service:
        entry["service"] = item.service
