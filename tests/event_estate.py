"""Templates with agents, event store, reports and API, built once for each change, and events as AWS documents them."""

from __future__ import annotations

from functools import cache
from typing import Any

from generator.build import HUB_TEMPLATE, MEMBER_TEMPLATE, Built
from tests.policies import Place
from tests.support import built, spec

ORGANIZATION, UNIT = "o-a1b2c3d4e5", "ou-ab12-cdefgh34"
HUB_ACCOUNT, ALPHA, STRANGER = "111111111111", "222222222222", "999999999999"
USUAL = "error_logs: true\nregions: [us-east-1, eu-west-1]"
UNITS = f"{USUAL}\naccounts: null\norganizational_units: [{UNIT}]"
REPORTS = f"{USUAL}\nreports: {{daily: {{to: [mail]}}, weekly: {{to: [mail]}}}}"
CHECKERS = f"{USUAL}\ncompliance: {{}}"
SECTIONS = ("error_logs", "events", "reports")


@cache
def made(change: str = USUAL) -> Built:
    done = built(spec(change))
    assert done.artifacts, done.findings
    return done


def resources(change: str = USUAL, file: str = HUB_TEMPLATE) -> dict[str, dict[str, Any]]:
    """Those of the three sections in a template, by logical id."""
    found = made(change).templates["prod"][file]["Resources"]
    paths = {key: str(one.get("Metadata", {}).get("obsgen", {}).get("path", "")) for key, one in found.items()}
    return {key: one for key, one in found.items() if paths[key].split(".")[0] in SECTIONS}


def of_type(kind: str, change: str = USUAL, file: str = HUB_TEMPLATE) -> dict[str, dict[str, Any]]:
    """Of these the ones of one type."""
    return {key: one for key, one in resources(change, file).items() if one["Type"] == kind}


def member(change: str = USUAL, region: str = "us-east-1") -> Place:
    return Place(made(change).templates["prod"][MEMBER_TEMPLATE], ALPHA, region)


def hub(change: str = USUAL) -> Place:
    return Place(made(change).templates["prod"][HUB_TEMPLATE], HUB_ACCOUNT)


def event(source: str, kind: str, detail: dict[str, Any], account: str = ALPHA) -> dict[str, Any]:
    """An event as EventBridge delivers it."""
    return {"source": source, "detail-type": kind, "account": account, "region": "us-east-1", "detail": detail}


def grants(place: Place, role: str) -> dict[str, set[str]]:
    """What a role may, and on what."""
    found: dict[str, set[str]] = {}
    for title, action, on in place.grants():
        if title == role:
            found.setdefault(action, set()).add(on)
    return found
