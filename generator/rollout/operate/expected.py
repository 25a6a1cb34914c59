"""Which alarms should stand where, as out/ says it; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from generator.manifest import ESTATE_FILE
from generator.rollout.deploy.desired import DesiredState, NotWhatWasBuilt, estate_of


def hub_alarms(desired: DesiredState) -> frozenset[str]:
    """The names of those in the hub. Raises NotWhatWasBuilt."""
    return frozenset(name for side, name, stands in _alarms(desired) if side == "hub" and stands("", ""))


def member_alarms(desired: DesiredState, account: str, region: str) -> frozenset[str]:
    """The names of those in one Region of a member, by its name. Raises NotWhatWasBuilt."""
    return frozenset(name for side, name, stands in _alarms(desired) if side == "members" and stands(account, region))


def _alarms(desired: DesiredState) -> Iterator[tuple[str, str, Callable[[str, str], bool]]]:
    """Side, name, and whether it stands in an account and a Region."""
    data = estate_of(desired.files)
    try:
        for one in (*data["alarms"], *data["composites"]):
            yield one["side"], one["name"], _stands(one)
    except (KeyError, TypeError, AttributeError):
        raise NotWhatWasBuilt(f"{ESTATE_FILE} is not as a build writes it") from None


def _stands(alarm: Mapping[str, Any]) -> Callable[[str, str], bool]:
    """Where an alarm is on, has its metric and is placed; a composite is on wherever it is placed."""
    tuning, variants = alarm.get("tuning") or {"enabled": True}, alarm.get("variants") or ()
    usual, own = bool(tuning["enabled"]), {one["account"]: bool(one["tuning"]["enabled"]) for one in variants}
    placement = alarm.get("placement") or {}
    accounts, regions = placement.get("accounts"), [*(placement.get("regions") or ())]
    regions = [str(alarm["region"])] if alarm.get("region") else regions

    def stands(account: str, region: str) -> bool:
        is_there = accounts is None or not account or account in accounts
        return own.get(account, usual) and is_there and (not region or not regions or region in regions)

    return stands
