"""Templates with tag compliance, built once for each change, and events as AWS documents them."""

from __future__ import annotations

from functools import cache
from typing import Any

from generator.build import HUB_TEMPLATE, MEMBER_TEMPLATE, Built
from tests.policies import Caller, Place
from tests.support import built, spec

ORGANIZATION, UNIT = "o-a1b2c3d4e5", "ou-ab12-cdefgh34"
HUB_ACCOUNT, ALPHA, STRANGER = "111111111111", "222222222222", "999999999999"
USUAL = "compliance: {}\nregions: [us-east-1, eu-west-1]"
UNITS = f"{USUAL}\naccounts: null\norganizational_units: [{UNIT}]"
BOTH = f"{USUAL}\norganizational_units: [{UNIT}]"


@cache
def made(change: str = USUAL) -> Built:
    done = built(spec(change))
    assert done.artifacts, done.findings
    return done


def resources(change: str = USUAL, file: str = MEMBER_TEMPLATE) -> dict[str, dict[str, Any]]:
    """Those of tag compliance in a template, by logical id."""
    found = made(change).templates["prod"][file]["Resources"]
    return {
        key: one for key, one in found.items() if one.get("Metadata", {}).get("obsgen", {}).get("path") == "compliance"
    }


def member(change: str = USUAL, region: str = "us-east-1") -> Place:
    return Place(made(change).templates["prod"][MEMBER_TEMPLATE], ALPHA, region)


def hub(change: str = USUAL) -> Place:
    return Place(made(change).templates["prod"][HUB_TEMPLATE], HUB_ACCOUNT)


def event(source: str, kind: str, detail: dict[str, Any], account: str = ALPHA) -> dict[str, Any]:
    """An event as EventBridge delivers it."""
    return {"source": source, "detail-type": kind, "account": account, "region": "us-east-1", "detail": detail}


READER = f"arn:aws:iam::{HUB_ACCOUNT}:role/monitoring-reader-role-prod"


def person(principal: str = READER, external_id: str = "monitoring-prod", organization: str = ORGANIZATION) -> Caller:
    more = {"sts:ExternalId": external_id} if external_id else {}
    return Caller(principal=principal, organization=organization, more=more)
