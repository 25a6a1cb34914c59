"""The section `incidents` of routing.json: grouping, storms, flapping, reminders, escalation and quiet hours."""

from __future__ import annotations

import base64

from generator.model.incidents import Flapping, Incidents, Quiet, Storm
from generator.model.time_zones import time_zone_rules
from generator.render.routing_table import FlappingEntry, IncidentsEntry, QuietEntry, StormEntry


def incidents_entry(incidents: Incidents) -> IncidentsEntry:
    """The grouping of alarms into incidents, as handlers/incident/grouping_policy.py reads it."""
    group = incidents.group
    entry: IncidentsEntry = {
        "group": {
            "by": list(group.by),
            "wait_seconds": dict(group.wait),
            "update_every_seconds": group.update_every,
            "collect_seconds": group.collect,
        },
        "storm": _storm(incidents.storm) if incidents.storm else None,
        "flapping": _flapping(incidents.flapping) if incidents.flapping else None,
        "remind_seconds": dict(incidents.remind),
        "escalate": {
            escalation.severity: {"after_seconds": escalation.after, "to": list(escalation.to)}
            for escalation in incidents.escalate
        },
        "acknowledge": list(incidents.acknowledge),
    }
    if incidents.quiet:
        entry["quiet"] = _quiet(incidents.quiet)
    return entry


def _storm(storm: Storm) -> StormEntry:
    return {
        "environment_per_minute": storm.above,
        "account_per_minute": storm.account,
        "own_pages": storm.own_pages,
        "calm_seconds": storm.calm,
        "split": storm.split,
        "severity": storm.severity,
    }


def _flapping(flapping: Flapping) -> FlappingEntry:
    return {
        "repeats": flapping.repeats,
        "within_seconds": flapping.within,
        "every_seconds": flapping.every,
        "page_every_seconds": flapping.page_every,
    }


def _quiet(quiet: Quiet) -> QuietEntry:
    """With the rules of the time zone, so that the function has those that the build had."""
    entry: QuietEntry = {
        "severities": list(quiet.severities),
        "begins_minute": quiet.begins,
        "ends_minute": quiet.ends,
        "time_zone": quiet.time_zone,
    }
    if quiet.time_zone != "UTC":
        entry["zone_rules"] = base64.b64encode(time_zone_rules(quiet.time_zone)).decode()
    return entry
