"""Event rules: each entry is one rule, or one for each event of its pack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, cast

from generator.aws.event_sources import GLOBAL_REGIONS, global_region
from generator.findings import Finding, Path, Severity, unknown_reference
from generator.model.event_rules import EventEnd, EventRule
from generator.model.placement import NOWHERE, Placement, intersection
from generator.resolve.event_patterns import account_faults, end_faults, fact_faults, json_text, pattern_faults
from generator.resolve.names import fill, logical_id
from generator.resolve.placement import (
    check_hub_placement,
    check_placement_names,
    effective_placement,
    in_region,
    placement,
)
from generator.resolve.scope import Scope
from generator.resolve.section import Section
from generator.spec.event_packs import EventPack, PackEvent
from generator.spec.event_rules import EventEndSpec, EventOverrideSpec, EventRuleSpec

SECTION = "event_rules"
# The incident function has the key in the names of its records.
LONGEST_KEY = 40
MESSAGE_SECONDS = 3600
# An end that does not arrive must not leave an incident open for good.
LOST_END_SECONDS = 7 * 86_400
_PACK_ONLY = ("events",)
_OWN_ONLY = ("pattern", "severity", "title", "action", "ends", "subject", "account_from", "facts", "summary")


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry with what its rules have in common. placed: in members. region: as in EventRule."""

    key: str
    path: Path
    spec: EventRuleSpec
    scope: Scope
    findings: list[Finding]


def event_rules(scope: Scope, findings: list[Finding]) -> tuple[EventRule, ...]:
    """Every rule of this environment, by key; R08 where two would have the same key."""
    rules: dict[str, EventRule] = {}
    by_key: dict[str, EventRule] = {}
    for key, spec in sorted(scope.document.event_rules.items()):
        path: Path = (SECTION, key)
        findings += check_placement_names(spec, scope.document, path)
        findings += check_hub_placement(spec, path) if spec.in_ == "hub" else ()
        for rule in _rules(_Entry(key, path, spec, scope, findings)):
            other = rules.get(rule.name) or by_key.get(rule.key)
            if other:
                same_name = rule.key if rule.key == other.key else rule.name
                message = f"its rule and another rule would both be called `{same_name}`"
                also = ((other.path, "the other"),)
                findings.append(Finding("R08", message, rule.path, hint="rename one", on="key", also=also))
            elif not rule.is_nowhere:
                rules[rule.name] = by_key[rule.key] = rule
    return tuple(sorted(rules.values(), key=attrgetter("key")))


def _rules(entry: _Entry) -> Iterator[EventRule]:
    spec, path = entry.spec, entry.path
    if (spec.pack is None) == (spec.pattern is None):
        message = "an event rule requires a `pattern` or a `pack`, but not both"
        entry.findings.append(
            Finding("R06", message, path, hint="set pattern: {source: […], detail-type: […]}", on="key")
        )
        return
    unused = _PACK_ONLY if spec.pack is None else _OWN_ONLY
    for name in (name for name in unused if name in spec.model_fields_set):
        message = f"`{name}` is for entries with a `pack`" if spec.pack is None else f"a pack has its own `{name}`"
        hint = "remove it" if spec.pack is None else "set it for one event: events: {…: {…}}"
        entry.findings.append(Finding("R07", message, (*path, name), hint=hint, on="key"))
    if spec.pack is None:
        yield from _own(entry)
    elif spec.pack in entry.scope.event_packs.packs:
        yield from _of_pack(entry, entry.scope.event_packs.packs[spec.pack])
    elif spec.pack not in entry.scope.event_packs.names:  # otherwise its file has the findings
        known = entry.scope.event_packs.names
        otherwise = "run `obsgen packs` to list packs, or add your own to event_packs/"
        entry.findings.append(unknown_reference("R02", "event pack", spec.pack, known, (*path, "pack"), otherwise))


def _own(entry: _Entry) -> Iterator[EventRule]:
    spec, path = entry.spec, entry.path
    assert spec.pattern is not None
    entry.findings.extend(pattern_faults(spec.pattern, (*path, "pattern")))
    entry.findings.extend(end_faults(spec.ends, (*path, "ends")))
    entry.findings.extend(fact_faults(spec.facts, path))
    entry.findings.extend(account_faults(spec.pattern, spec.account_from, path))
    if spec.severity is None:
        entry.findings.append(
            Finding("R06", "`severity` is missing", path, hint="add, for example, severity: high", on="key")
        )
        return
    yield _rule(
        entry,
        entry.key,
        path,
        pattern=json_text(spec.pattern),
        severity=spec.severity,
        title=spec.title or spec.summary or "{$.detail-type}",
        summary=spec.summary,
        action=spec.action or "",
        end=_end(spec.ends),
        subject=spec.subject or (),
        account_from=spec.account_from or "",
        facts=tuple(sorted(spec.facts.items())),
        **_examples(spec.examples, entry.scope),
        **_placed(entry, ""),
    )


def _of_pack(entry: _Entry, pack: EventPack) -> Iterator[EventRule]:
    for name in entry.spec.events:
        if name not in pack.events:
            at = (*entry.path, "events", name)
            entry.findings.append(unknown_reference("R02", "event", name, pack.events, at, on="key"))
    for name, event in sorted(pack.events.items()):
        own = entry.spec.events.get(name, EventOverrideSpec())
        if event.enabled if own.enabled is None else own.enabled:
            path: Path = (*entry.path, "events", name) if name in entry.spec.events else entry.path
            entry.findings.extend(end_faults(own.ends, (*path, "ends")))
            region = _only_region(event, entry.scope)
            if region and not _has_region(entry, region):
                # A pack with other events is of use without this one, but whoever wrote its name should know.
                is_asked_for = len(pack.events) == 1 or name in entry.spec.events
                entry.findings.append(_only_in(region, name, entry, is_asked_for=is_asked_for))
                continue
            yield _pack_rule(entry, name, event, own, path)


def _only_region(event: PackEvent, scope: Scope) -> str:
    """The only Region with the events, in the partition of the file; packs name that of `aws`. Empty for all."""
    if event.region == GLOBAL_REGIONS["aws"]:
        return global_region(scope.hub.region)
    return event.region or ""


def _pack_rule(entry: _Entry, name: str, event: PackEvent, own: EventOverrideSpec, path: Path) -> EventRule:
    return _rule(
        entry,
        f"{entry.key}-{name}",
        path,
        pattern=json_text(event.pattern),
        severity=own.severity or event.severity,
        title=own.title or event.title,
        summary=own.summary or event.summary,
        action=own.action or event.action or "",
        end=_end(own.ends or event.ends),
        subject=event.subject or (),
        account_from=event.account_from or "",
        facts=tuple(sorted(event.facts.items())),
        pack=str(entry.spec.pack),
        region=_only_region(event, entry.scope),
        **{"runbook": own.runbook, "owner": own.owner},
        **_examples(event.examples, entry.scope),
        **_placed(entry, _only_region(event, entry.scope)),
    )


def _rule(entry: _Entry, key: str, path: Path, **parts: Any) -> EventRule:
    """A rule with what every entry may say, and the runbook of its owner where it has none."""
    spec, scope = entry.spec, entry.scope
    stem = scope.former.get((SECTION, entry.key))
    former = stem + key.removeprefix(entry.key) if stem else ""
    if len(former or key) > LONGEST_KEY:
        message = f"expected a name of at most {LONGEST_KEY} characters, got `{former or key}`"
        entry.findings.append(Finding("R05", message, entry.path, hint="use a shorter key", on="key"))
    usual = scope.document.defaults.alarms
    owner = parts.pop("owner", None) or spec.owner or usual.owner or ""
    runbook = parts.pop("runbook", None) or spec.runbook or _runbook(key, owner, scope) or usual.runbook or ""
    service = spec.service or ""
    return EventRule(
        key=key,
        logical_id=logical_id("EventRule", former or key),
        path=path,
        owner=owner,
        runbook=runbook,
        service=service,
        former=former,
        **parts,
    )


def _runbook(key: str, owner: str, scope: Scope) -> str:
    """The runbook of an owner that has one for each alarm; a placeholder that is not known is reported for alarms."""
    spec = scope.document.owners.get(owner)
    values = {"alarm": key, "environment": scope.environment, "project": scope.document.project}
    return fill(spec.runbooks, values, (), []) if spec and spec.runbooks else ""


def _placed(entry: _Entry, region: str) -> Mapping[str, Any]:
    """The accounts of a rule. region: the only one that has its events; empty where all have."""
    spec, scope = entry.spec, entry.scope
    selects = spec.accounts is not None or spec.units is not None or bool(spec.labels) or spec.later is not None
    side = spec.in_ or ("members" if selects else "all")
    if side == "hub":
        return {"in_members": False, "in_hub": not region or region == scope.hub.region}
    where = placement(spec, scope)
    if region and len(scope.regions) > 1:
        where = effective_placement(intersection(where, Placement(regions=(region,))), scope)
    elif region and region not in scope.regions:
        where = NOWHERE
    in_hub = side == "all" and region in ("", scope.hub.region) and in_region(spec, scope.hub.region)
    return {"in_members": True, "in_hub": in_hub, "placement": where}


def _has_region(entry: _Entry, region: str) -> bool:
    where = _placed(entry, region)
    return EventRule("", "", (), "", "none", "", EventEnd("none", 0), **where).is_nowhere is False


def _only_in(region: str, event: str, entry: _Entry, *, is_asked_for: bool) -> Finding:
    message = f"events of `{event}` are only in {region}, so its rule would match none"
    at = (*entry.path, "regions") if entry.spec.regions is not None else (*entry.path, "pack")
    hint = f"add {region} to regions, or disable it: events: {{{event}: {{enabled: false}}}}"
    return Finding("R07", message, at, Severity.ERROR if is_asked_for else Severity.WARNING, hint, on="key")


def _end(spec: EventEndSpec | None) -> EventEnd:
    if spec is None:
        return EventEnd("none", MESSAGE_SECONDS)
    if spec.pattern is None:
        return EventEnd("quiet", spec.after or MESSAGE_SECONDS)
    return EventEnd("event", spec.after or LOST_END_SECONDS, json_text(spec.pattern), spec.subject or ())


def _examples(spec: Any, scope: Scope) -> Mapping[str, tuple[str, ...]]:
    account = scope.accounts[0].id if scope.accounts else scope.hub.account
    envelope = {
        "version": "0",
        "id": "6f8c2c1e-0000-4000-8000-000000000000",
        "time": "2026-01-01T00:00:00Z",
        "account": account,
        "region": scope.hub.region,
        "resources": cast("list[str]", []),
        "detail": {},
    }
    examples = {"match": spec.match, "ignore": spec.ignore, "end_match": spec.end}
    return {name: tuple(json_text({**envelope, **event}) for event in events) for name, events in examples.items()}


SECTIONS = (Section(SECTION, {"event_rules": lambda resolved: event_rules(resolved.scope, resolved.findings)}),)
