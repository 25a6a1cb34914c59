"""The log groups that the file lists, and which of them others make in an account and Region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from generator.manifest import ESTATE_FILE
from generator.rollout.deploy.desired import DesiredState, NotWhatWasBuilt, estate_of
from generator.rollout.operate.compliance_state import AccountRegion

HUB_NAME = "hub"


def listed_groups(desired: DesiredState) -> list[Any]:
    """The log groups of the file. Raises NotWhatWasBuilt."""
    listed = estate_of(desired.files).get("log_groups") if ESTATE_FILE in desired.files else []
    if not isinstance(listed, list):
        raise NotWhatWasBuilt(f"{ESTATE_FILE} is not as a build writes it")
    return listed


def externally_created(groups: Iterable[Any], place: AccountRegion) -> set[str]:
    """The log groups of the file that somebody else makes in a place. Raises NotWhatWasBuilt."""
    side = "hub" if place.name == HUB_NAME else "members"
    found = set()
    try:
        for one in groups:
            where = one.get("placement") if not one["create"] else one.get("existing")
            if one["side"] == side and (where or not one["create"]) and _holds(where or {}, place):
                found.add(str(one["name"]))
    except (AttributeError, KeyError, TypeError):
        raise NotWhatWasBuilt(f"{ESTATE_FILE} is not as a build writes it") from None
    return found


def _holds(where: Mapping[str, Any], place: AccountRegion) -> bool:
    accounts, regions = where.get("accounts"), where.get("regions")
    return (accounts is None or place.name in accounts) and (not regions or place.region in regions)
