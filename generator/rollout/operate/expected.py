"""The alarms expected in each account and Region, from out/; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from generator.manifest import ESTATE_FILE
from generator.rollout.deploy.desired import DesiredState, NotWhatWasBuilt, estate_of


def hub_alarms(desired: DesiredState) -> frozenset[str]:
    """The names of those in the hub. Raises NotWhatWasBuilt."""
    return frozenset(name for side, name, is_expected in _alarms(desired) if side == "hub" and is_expected("", ""))


def member_alarms(desired: DesiredState, account: str, region: str) -> frozenset[str]:
    """The names of those in one Region of a member, by its name. Raises NotWhatWasBuilt."""
    return frozenset(
        name for side, name, is_expected in _alarms(desired) if side == "members" and is_expected(account, region)
    )


def _alarms(desired: DesiredState) -> Iterator[tuple[str, str, Callable[[str, str], bool]]]:
    """Side, name, and whether it is_expected in an account and a Region."""
    data = estate_of(desired.files)
    try:
        for alarm in (*data["alarms"], *data["composites"]):
            yield alarm["side"], alarm["name"], _expectation(alarm)
    except (KeyError, TypeError, AttributeError):
        raise NotWhatWasBuilt(f"{ESTATE_FILE} is not the output of a build") from None


def _expectation(alarm: Mapping[str, Any]) -> Callable[[str, str], bool]:
    """A function that is true if an alarm is enabled and placed in an account and Region; a composite is enabled where
    it is placed.
    """
    tuning, variants = alarm.get("tuning") or {"enabled": True}, alarm.get("variants") or ()
    usual, own = (
        bool(tuning["enabled"]),
        {variant["account"]: bool(variant["tuning"]["enabled"]) for variant in variants},
    )
    placement = alarm.get("placement") or {}
    accounts, regions = placement.get("accounts"), [*(placement.get("regions") or ())]
    regions = [str(alarm["region"])] if alarm.get("region") else regions

    def is_expected(account: str, region: str) -> bool:
        is_there = accounts is None or not account or account in accounts
        return own.get(account, usual) and is_there and (not region or not regions or region in regions)

    return is_expected
