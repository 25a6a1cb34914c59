"""Event rules in words: in a diff, in the catalogue, and for `obsgen explain`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from generator.findings import Path
from generator.model.alarm_locations import RouteTable, event_rule_locations, route_table
from generator.model.estate import Estate
from generator.model.event_rules import EventRule
from generator.render.explain_source import LocatedText, placement_keys_at
from generator.render.placement_changes import placement_difference
from generator.render.route_words import channels_in_words
from generator.render.section_words import Kind
from generator.render.words import members_in_words
from generator.wording import duration_in_words, list_in_words

Data = Mapping[str, Any]


def catalogued(estate: Estate) -> Iterator[str]:
    """The catalogue's section; nothing without event rules."""
    if not estate.event_rules:
        return
    routes = route_table(estate)
    yield from ("", "## Event rules: AWS events that become incidents", "")
    for rule in estate.event_rules:
        what = rule.summary or rule.title
        channels = list_in_words(list(dict.fromkeys(_recipients(rule, estate, routes))), "or")
        ends = ends_in_words(rule.end.by, rule.end.after_seconds)
        yield f"- **{rule.key}** ({rule.severity}): {what}; {ends}; {channels}"


def _recipients(rule: EventRule, estate: Estate, routes: RouteTable) -> Iterator[str]:
    for recipients in routes.of(rule.severity, event_rule_locations(rule, estate), rule.owner, rule.service):
        yield channels_in_words(recipients)


def ends_in_words(by: str, after: int) -> str:
    """`ends with an event`, `ends 1 hour after its last event`, `a message without an end`."""
    silence = f"{duration_in_words(after)} after its last event"
    if by == "event":
        return f"ends with an event, or {silence}"
    return f"ends {silence}" if by == "quiet" else "a message without an end"


def side_in_words(in_members: bool, in_hub: bool) -> str:
    """The accounts whose events a rule takes, before its placement is said."""
    return "members and the hub" if in_members and in_hub else "the hub" if in_hub else "members"


def changes(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    """Kind, the rule's key, and a sentence for each difference of two estates' data."""
    old, new = ({_name(entry): entry for entry in side.get("event_rules", ())} for side in (before, after))
    for name in sorted({*old, *new}):
        key = new.get(name, old.get(name, {}))["key"]
        if name not in old:
            entry = new[name]
            sides = side_in_words(entry["in_members"], entry["in_hub"])
            yield "added", key, f"new: {entry['severity']} for {_types(entry['pattern'])} in {sides}"
        elif name not in new:
            yield "removed", key, f"no longer takes {_types(old[name]['pattern'])}"
        elif _without_keys(old[name]) != _without_keys(new[name]):
            sentences = [*_changed(old[name], new[name]), *placement_difference(old[name], new[name], before, after)]
            yield from (("changed", key, sentence) for sentence in sentences or ["has other texts"])


def _name(entry: Data) -> str:
    return str(entry.get("former") or entry["key"])


def _without_keys(entry: Data) -> Data:
    """What a move does not change."""
    return {field: value for field, value in entry.items() if field not in ("former", "key", "path")}


def _changed(was: Data, now: Data) -> Iterator[str]:
    if was["severity"] != now["severity"]:
        yield f"is {now['severity']} (was {was['severity']})"
    if was["pattern"] != now["pattern"]:
        yield f"takes events of the pattern {now['pattern']} (was {was['pattern']})"
    if was["end"] != now["end"]:
        old, new = (ends_in_words(side["end"]["by"], side["end"]["after_seconds"]) for side in (was, now))
        yield f"now: {new} (was: {old})" if old != new else "ends with other events"
    if was["subject"] != now["subject"]:
        yield f"makes one incident for each {_subject(now)} (was: {_subject(was)})"
    if was["account_from"] != now["account_from"]:
        yield f"is about the account of {_account(now)} (was: {_account(was)})"
    sides = [side_in_words(side["in_members"], side["in_hub"]) for side in (was, now)]
    if sides[0] != sides[1]:
        yield f"takes events of {sides[1]} (was: {sides[0]})"


def _subject(entry: Data) -> str:
    return list_in_words(list(entry["subject"])) or "account and Region"


def _account(entry: Data) -> str:
    return entry["account_from"] or "the event"


def _types(pattern: str) -> str:
    """The detail-types of a pattern, or its sources where it names none."""
    data = json.loads(pattern)
    alternatives = [data, *data.get("$or", [])]
    for field in ("detail-type", "source"):
        if words := [str(value) for alternative in alternatives for value in alternative.get(field, [])]:
            return list_in_words(sorted(set(words)), "or")
    return "events"


def explained(path: Path, estate: Estate, source: LocatedText) -> Iterator[str]:
    """Lines about each rule at or in a path."""
    routes = route_table(estate)
    for rule in estate.event_rules:
        if path[: len(rule.path)] == rule.path or (len(path) > 1 and rule.path[: len(path)] == path):
            yield from _rule(rule, estate, source, routes)


def _rule(rule: EventRule, estate: Estate, source: LocatedText, routes: RouteTable) -> Iterator[str]:
    yield f"  {rule.key}{f' (pack {rule.pack})' if rule.pack else ''}"
    yield f"    takes events of the pattern {rule.pattern}"
    yield f"    one incident for each {list_in_words(list(rule.subject)) or 'account and Region'}"
    if rule.account_from:
        yield f"    the account is that of {rule.account_from}, if the file has it"
    yield f"    {ends_in_words(rule.end.by, rule.end.after_seconds)}"
    places = [members_in_words(rule.placement, estate)] if rule.is_forwarded else []
    places += [f"the hub, {estate.hub.region}"] if rule.in_hub else []
    yield f"    deployed to {' and '.join(places)}{placement_keys_at(rule.path[:2], source)}"
    for recipients in routes.of(rule.severity, event_rule_locations(rule, estate), rule.owner, rule.service):
        yield f"    {rule.severity} in {list_in_words(recipients.places)}: {channels_in_words(recipients)}"
