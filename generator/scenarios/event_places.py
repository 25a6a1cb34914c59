"""Where incidents of an event rule are expected, and which of them a test can be about: its own events decide both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from generator.evaluate.events.paths import value_at
from generator.evaluate.events.pattern import KIND, EventPattern, parse
from generator.findings import Finding, Path, suggest
from generator.model.event_rules import EventRule
from generator.model.placement import has
from generator.scenarios.entries import IncidentText
from generator.scenarios.environment import HUB, SimulatedEnvironment
from generator.scenarios.mentions import one_of
from generator.scenarios.notified_names import glob

Place = tuple[str, str]
# What the incident function has where a path of the subject leads to nothing: handlers/incident/event_paths.py.
_MISSING = "unknown"


def usual_places(
    environment: SimulatedEnvironment, rule: EventRule, events: Sequence[Mapping[str, Any]]
) -> list[Place]:
    """Where a test expects incidents without an account: where it gives events of the rule's kind, and the file has the
    rule; otherwise wherever it gives any. Which events the templates take is what is tested.
    """
    kinds = [kind for kind in map(_kind, rule.patterns) if kind]
    of_kind = [_place(event) for event in events if any(kind.matches(event) for kind in kinds)]
    of_rule = [place for place in of_kind if _is_in(environment, rule, *place)]
    return list(dict.fromkeys(of_rule or map(_place, events)))


def without_event(
    environment: SimulatedEnvironment,
    expected: Sequence[Place],
    incident: IncidentText,
    events: Iterable[Place],
    path: Path,
) -> Finding | None:
    """R02 for accounts and a Region of which the test gives no event, so that there is no incident in any case."""
    with_events = set(events)
    names = {number: name for name, number in environment.accounts.items()}
    if not incident.account:
        if with_events.isdisjoint(expected):
            hint = one_of(region for _number, region in with_events)
            return Finding("R02", f"the test gives no event in {incident.region}", (*path, "region"), hint=hint)
        return None
    for account in dict.fromkeys(account for account, _region in expected):
        if not any(place in with_events for place in expected if place[0] == account):
            regions = {region for number, region in with_events if number == account}
            where = names.get(account, account) + (f", {incident.region}" if incident.region else "")
            hint = one_of(regions or {names.get(number, number) for number, _region in with_events})
            at = (*path, "region" if regions else "account")
            return Finding("R02", f"the test gives no event in {where}", at, hint=hint)
    return None


def without_subject(
    rule: EventRule, subjects: Sequence[str], events: Sequence[Mapping[str, Any]], path: Path
) -> Finding | None:
    """R02 for a subject that no event of the test has: it never has an incident, whatever the rules are. subjects: the
    same in each place.
    """
    known = list(dict.fromkeys(text for event in events for text in _subjects(rule, event)))
    if any(glob(subject).fullmatch(text) for subject in subjects for text in known):
        return None
    hint = suggest(subjects[0], known, one_of(known))
    return Finding("R02", f"the test gives no event about `{subjects[0]}`", (*path, "subject"), hint=hint)


def _subjects(rule: EventRule, event: Mapping[str, Any]) -> Iterator[str]:
    """What an event would be about as a begin, and as an end."""
    for paths in dict.fromkeys((rule.subject, rule.end.subject or rule.subject)):
        yield "/".join(_text(value_at(event, path)) for path in paths) or "all"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return " ".join(value.split()) or _MISSING
    return _MISSING if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _kind(pattern: str) -> EventPattern | None:
    parsed = parse(json.loads(pattern))
    return parsed.within(KIND) if isinstance(parsed, EventPattern) else None


def _place(event: Mapping[str, Any]) -> Place:
    return event["account"], event["region"]


def _is_in(environment: SimulatedEnvironment, rule: EventRule, number: str, region: str) -> bool:
    """Whether the file has a rule in an account, by its ID, and a Region."""
    if rule.in_hub and (number, region) == (environment.accounts[HUB], environment.stacks[0].region):
        return True
    account = environment.accounts_by_id.get(number)
    if not rule.is_forwarded or (account is None and number == environment.accounts[HUB]):
        return False
    regions = rule.placement.regions if rule.placement else ()
    return has(rule.placement, account.name if account else None) and (not regions or region in regions)
