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
        raise NotWhatWasBuilt(f"{ESTATE_FILE} is not the output of a build")
    return listed


def externally_created(groups: Iterable[Any], location: AccountRegion) -> set[str]:
    """The log groups of the file that others create in an account and Region. Raises NotWhatWasBuilt."""
    side = "hub" if location.name == HUB_NAME else "members"
    names = set()
    try:
        for group in groups:
            where = group.get("placement") if not group["create"] else group.get("existing")
            if group["side"] == side and (where or not group["create"]) and _holds(where or {}, location):
                names.add(str(group["name"]))
    except (AttributeError, KeyError, TypeError):
        raise NotWhatWasBuilt(f"{ESTATE_FILE} is not the output of a build") from None
    return names


def _holds(where: Mapping[str, Any], location: AccountRegion) -> bool:
    accounts, regions = where.get("accounts"), where.get("regions")
    return (accounts is None or location.name in accounts) and (not regions or location.region in regions)
