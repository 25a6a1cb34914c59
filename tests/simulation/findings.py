"""Findings in these worlds: what a member's checker sends, and what of it people are shown.

Every finding is of one check, so all have its severity, and a build knows all of them or none. Each event carries the
number of its content; one that follows with the same number says the same again.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from typing import Any

from tests.simulation.world import MS

CHECK = "tag-compliance"
PREFIX = f"{CHECK}/"
OPEN, FIXED = "lacks tags", "has its tags"
_ABOUT = re.compile(rf"\b(f\d{{3,4}}) (?:{OPEN}|{FIXED})")
_CONTENT = re.compile(rf"\bf\d{{3,4}} {OPEN}, content (\d+)")
STATES = {"OPEN": "ALARM", "CHANGED": "ALARM", "UPDATED": "ALARM", "CLOSED": "OK"}
# Every so many contents only add to the one before.
ADDITIONS = 3


def is_finding(name: str) -> bool:
    """Whether something that changes its state is a finding and no alarm."""
    return name.startswith(PREFIX)


def name(number: int) -> str:
    """Of the number-th finding."""
    return f"{PREFIX}f{number:03}"


def about(text: str) -> str:
    """The finding that a text is about; empty for none."""
    found = _ABOUT.search(text)
    return f"{PREFIX}{found[1]}" if found else ""


def content(text: str) -> int:
    """The number of the content that a text tells of; 0 for none."""
    found = _CONTENT.search(text)
    return int(found[1]) if found else 0


def is_addition(number: int, before: str) -> bool:
    """Whether a content only adds to the one before, which people have if that was an ALARM."""
    return before == "ALARM" and number % ADDITIONS == 0


def event(name_: str, state: str, at: int, number: int, account: str, region: str, *, adds_to: int = 0) -> str:
    """As EventBridge delivers it. at, adds_to: microseconds since 1970; 0 where it adds to nothing."""
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


def routing(severities: Mapping[str, str]) -> dict[str, Any]:
    """The part of the routing table; empty where the build knows no check."""
    found = next((severity for name_, severity in severities.items() if is_finding(name_)), None)
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
        made.append({"t": round(moment, 3), "do": "state", "alarm": name_, "state": state, "content": number})
        moment += dice.choice((dice.uniform(1, 90), dice.uniform(60, 2 * window)))
    return made
