"""A change of one resource: found, judged, remembered, recorded, counted, and told to people.

An event only says where to look: what counts is what the describe call shows. Any part may be done twice; the ledger
takes the newer observation, and lets each change be counted, and each finding be sent, as one. The order is:

1. the row is saved with what is owed to people, in one conditional write;
2. the record is written; where that fails, it is logged and counted, and the verdict goes on;
3. the metrics, for a change that was counted by this write: a crash loses one and doubles none;
4. what is owed is sent; where that fails, the message is handed out again.

Instances get their tags late: up to a minute after launch, and later where auto-scaling, EKS, EMR or spot launch them.
Tags that are still missing are therefore no fault until `wait`, or `slow_wait`, after the launch.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

from handlers.compliance import ec2, outbox
from handlers.compliance.ledger import Conflict, Status, StoredResource
from handlers.compliance.messages import Change
from handlers.compliance.observation import New, Observation, apply_observation, is_counted
from handlers.compliance.observing import EvaluatedResource, evaluate_now, settling_s, vanished
from handlers.compliance.outputs import COMPLIANT, LONGEST_DELAY_S, NON_COMPLIANT, Point, World
from handlers.compliance.record import line, record, record_key
from handlers.compliance.remediation import remediate
from handlers.compliance.remedy import as_json
from handlers.compliance.rules import AccountRules
from handlers.compliance.verdict_log import log_verdict

logger = logging.getLogger(__name__)
# How often a row is read again because another invocation wrote it meanwhile.
TRIES = 8
NOT_FOUND = 404
FOUND = 200
NEW = {"each": New.EACH, "summary": New.SUMMARY, "none": New.HOLD}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change. code: 200, or 404 where the resource was not found. result: a status, or why none.

    is_recorded: whether the record was written; True where none had to be.
    """

    code: int
    result: str
    is_recorded: bool = True
    is_counted: bool = False
    sent: int = 0


def handle(change: Change, world: World) -> Outcome:
    """Look at what changed. Raises whatever AWS raises, but for records and metrics; then do all of it again."""
    why = _ignored(change, world)
    if why:
        logger.info("ignored", extra={"resource": change.key.id, "why": why})
        return Outcome(FOUND, why)
    observed_at = world.now()
    resource = next(iter(world.resources.find(change.key.type, [change.key.id])), None)
    if resource is None or ec2.is_gone(resource):
        return _deleted(change, world, observed_at, exists=resource is not None)
    before = world.ledger.load([change.key]).get(change.key)
    evaluated = evaluate_now(resource, world, observed_at)
    delay_s = min(settling_s(evaluated, before, world), LONGEST_DELAY_S)
    if delay_s:
        world.messages.send(change.to_check(), delay_s)
        logger.info("check scheduled again", extra={"resource": change.key.id, "delay_s": delay_s})
        return Outcome(FOUND, "is checked again later")
    return _decide(change, remediate([evaluated], world)[0], before, world)


def _decide(change: Change, evaluated: EvaluatedResource, before: StoredResource | None, world: World) -> Outcome:
    observation = replace(evaluated.observation, event_at=change.event_at, tag_version=change.tag_version)
    before, after = _save(before, observation, world)
    log_verdict(evaluated, "change")
    is_recorded = _record(evaluated, world)
    is_new = is_counted(before, after)
    if is_new:
        _count(observation, world)
    sent = outbox.send_findings([after], world)
    return Outcome(FOUND, observation.status, is_recorded, is_new, sent)


def _deleted(change: Change, world: World, observed_at: int, *, exists: bool) -> Outcome:
    """Terminated, or not there at all: what was open is closed. That nobody knows it is no failure."""
    before = world.ledger.load([change.key]).get(change.key)
    code = FOUND if exists else NOT_FOUND
    extra = {"resource": change.key.id, "type": change.key.type, "code": code, "known": before is not None}
    logger.info("gone" if exists else "not found", extra=extra)
    sent = 0
    if before is not None:
        _, after = _save(before, vanished(before, world, observed_at), world)
        sent = outbox.send_findings([after], world)
    return Outcome(code, Status.GONE, sent=sent)


def _save(
    before: StoredResource | None, observation: Observation, world: World
) -> tuple[StoredResource | None, StoredResource]:
    """What was remembered before, and what is now."""
    new = NEW[world.rules.notify.changes]
    for _ in range(TRIES):
        after = apply_observation(before, observation, world.environment, new)
        if after == before:
            return before, after
        try:
            return before, world.ledger.save(after, world.now())
        except Conflict:
            before = world.ledger.load([observation.key]).get(observation.key)
    raise Conflict(f"{observation.key.id} was changed concurrently {TRIES} times in a row")


def _record(evaluated: EvaluatedResource, world: World) -> bool:
    """Whether the record was written. A gap in the audit trail is no reason to keep a verdict from people."""
    at = evaluated.observation.observed_at
    remedies = as_json(evaluated.remedies)
    data = record(evaluated.resource, evaluated.verdict, world.rules.rules_version, at, "change", remedies)
    try:
        world.records.put(record_key(evaluated.resource, at), line(data))
    except Exception as error:
        extra = {"error": type(error).__name__, "missing_records": 1, "resource": evaluated.resource.id}
        logger.error("records not written", extra=extra)
        return False
    return True


def _count(observation: Observation, world: World) -> None:
    """1 for what it is and 0 for what it is not; both are 0 where it is exempt."""
    values = {
        COMPLIANT: float(observation.status is Status.COMPLIANT),
        NON_COMPLIANT: float(observation.status is Status.NON_COMPLIANT),
    }
    points = [Point(name, value, observation.observed_at) for name, value in values.items()]
    try:
        world.metrics.put(points)
    except Exception as error:
        # It is marked as counted: the message would not count it when it comes again, and people would wait for it.
        logger.error("change not counted", extra={"error": type(error).__name__, "resource": observation.key.id})


def _ignored(change: Change, world: World) -> str:
    """Why the change is not looked at; empty where it is."""
    if change.key.type not in world.rules.resources:
        return f"{change.key.type} is not checked"
    on_change = world.rules.on_change
    if change.is_of_tags:
        keys = set(_keys(world.rules.of(world.account)))
        changed = change.tag_keys
        if changed is not None and keys.isdisjoint(key.casefold() for key in changed):
            return "no checked tag has changed"
    elif change.state and change.state not in ec2.GONE and (not on_change or change.state not in on_change.states):
        return f"instances in state {change.state} are not checked"
    return ""


def _keys(rules: AccountRules) -> Iterator[str]:
    """Every key that a verdict may depend on, in lower case."""
    for rule in rules.tags:
        yield from (key.casefold() for key in rule.keys)
        yield from (key.casefold() for key, _ in rule.when)
    for exemption in rules.exemptions:
        yield from (key.casefold() for key, _ in exemption.tags)
