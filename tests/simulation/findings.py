"""Findings in these worlds: what a member's checker sends, and what of it people are shown; and so events of AWS.

Those with numbers from 900 on are subjects of an event rule: their events come raw, each begins something, goes on with
it or ends it, and each that goes on with it only adds to what people know. Every other finding is of one check, so all
have its severity, and a build knows all of them or none. Each event carries the number of its content; one that follows
with the same number says the same again.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.simulation.world import MS

CHECK, RULE = "tag-compliance", "deployment"
PREFIX, EVENT_PREFIX = f"{CHECK}/", f"event/{RULE}/"
FIRST_EVENT, SECOND = 900, 1_000 * MS
OPEN, FIXED = "lacks tags", "has its tags"
_ABOUT = re.compile(rf"\b(f\d{{3,4}}) (?:{OPEN}|{FIXED})")
_CONTENT = re.compile(rf"\bf\d{{3,4}} {OPEN}, content (\d+)")
STATES = {"OPEN": "ALARM", "CHANGED": "ALARM", "UPDATED": "ALARM", "CLOSED": "OK"}
# Every so many contents only add to the one before.
ADDITIONS = 3


def is_finding(name: str) -> bool:
    """Whether something that changes its state is a finding and no alarm."""
    return name.startswith((PREFIX, EVENT_PREFIX))


def is_event(name: str) -> bool:
    """Whether it is a subject of the event rule."""
    return name.startswith(EVENT_PREFIX)


def name(number: int) -> str:
    """Of the number-th finding."""
    return f"{EVENT_PREFIX if number in range(FIRST_EVENT, 1_000) else PREFIX}f{number:03}"


def about(text: str) -> str:
    """The finding that a text is about; empty for none."""
    found = _ABOUT.search(text)
    return name(int(found[1][1:])) if found else ""


def content(text: str) -> int:
    """The number of the content that a text tells of; 0 for none."""
    found = _CONTENT.search(text)
    return int(found[1]) if found else 0


def is_addition(name_: str, number: int, before: str) -> bool:
    """Whether a content only adds to the one before, which people have if that was an ALARM."""
    return before == "ALARM" and (is_event(name_) or number % ADDITIONS == 0)


def place_in_time(name_: str, state: str, at: int) -> int:
    """When something of a finding is, in microseconds: of an event in the second before, by its id and what it does."""
    if not is_event(name_):
        return at
    second = at - at % SECOND - SECOND
    digits = hashlib.sha256(_id(name_, second).encode()).hexdigest()[:16]
    return second + (int(digits, 16) % 500 + (500 if state == "ALARM" else 0)) * MS


def _id(name_: str, second: int) -> str:
    """Of the event of a second; there is one at most."""
    return f"{name_.removeprefix(EVENT_PREFIX)}-{second}"


def event(name_: str, state: str, at: int, number: int, account: str, region: str, *, adds_to: int = 0) -> str:
    """As EventBridge delivers it. at, adds_to: microseconds since 1970; 0 where it adds to nothing."""
    if is_event(name_):
        return _raw_event(name_, state, at, number, account, region)
    subject = name_.removeprefix(PREFIX)
    said = f"{subject} {OPEN if state == 'ALARM' else FIXED}, content {number}"
    detail = {
        **{"version": 1, "environment": "prod", "check": CHECK, "subject": subject, "region": region},
        **{"state": state, "at": at // MS, "title": said, "facts": [["Missing", f"tag {number}"]], "action": "Set it."},
        "link": f"https://{region}.console.aws.amazon.com/ec2/home#{subject}",
        **({"adds_to": adds_to // MS} if adds_to else {}),
    }
    head = {"source": "obsgen.compliance", "detail-type": "Tag Compliance Finding", "account": account}
    return json.dumps({**head, "region": region, "detail": detail})


def _raw_event(name_: str, state: str, at: int, number: int, account: str, region: str) -> str:
    second = at - at % SECOND
    detail = {"subject": name_.removeprefix(EVENT_PREFIX), "number": number, "now": OPEN if state == "ALARM" else FIXED}
    raw = {
        **{"version": "0", "id": _id(name_, second), "source": "aws.ecs", "detail-type": "ECS Deployment State Change"},
        **{"account": account, "region": region, "resources": [], "detail": detail},
        "time": f"{datetime.fromtimestamp(second / 1_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    edge = "begin" if state == "ALARM" else "end"
    return json.dumps({"source": "obsgen.event-rules", "version": 1, "rule": RULE, "edge": edge, "event": raw})


def event_rules(severities: Mapping[str, str]) -> dict[str, Any]:
    """The event rules of the routing table; none where the build knows none."""
    severity = next((severity for name_, severity in severities.items() if is_event(name_)), None)
    rule = {
        **{"severity": severity, "owner": "shop", "subject": ["$.detail.subject"]},
        "title": "{$.detail.subject} {$.detail.now}, content {$.detail.number}",
        "facts": [["Number", "$.detail.number"]],
        "ends": {"by": "event", "after_seconds": None},
    }
    return {RULE: rule} if severity else {}


def routing(severities: Mapping[str, str]) -> dict[str, Any]:
    """The part of the routing table; empty where the build knows no check."""
    found = next((severity for name_, severity in severities.items() if name_.startswith(PREFIX)), None)
    return {CHECK: {"severity": found, "owner": "shop", "runbook": ""}} if found else {}


def states(dice: random.Random, name_: str, window: int, duration: float) -> list[dict[str, Any]]:
    """Opened, changed, said again, closed, opened again; as a checker that looks now and then finds it."""
    made: list[dict[str, Any]] = []
    state, number, moment = "OK", 0, dice.uniform(0, duration / 2)
    while moment < duration and len(made) < 12:
        roll = dice.random()
        if state == "ALARM" and roll < 0.45:
            state = "OK"
        elif state == "OK" or roll < 0.85:
            state = "ALARM"
            number += 1
        at = round(moment, 3)
        if is_event(name_):
            # One within a second.
            at = float(max(round(moment), made[-1]["t"] + 2 if made else 1))
        made.append({"t": at, "do": "state", "alarm": name_, "state": state, "content": number})
        moment += dice.choice((dice.uniform(1, 90), dice.uniform(60, 2 * window)))
    return made
