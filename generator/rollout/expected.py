"""Which alarms should stand where, as out/ says it; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.manifest import ESTATE
from generator.rollout.wanted import NotWhatWasBuilt, Wanted, estate_of


def hub_alarms(wanted: Wanted) -> frozenset[str]:
    """The names of those in the hub. Raises NotWhatWasBuilt."""
    return frozenset(name for side, name, tunings, _ in _alarms(wanted) if side == "hub" and tunings(""))


def member_alarms(wanted: Wanted, account: str, region: str) -> frozenset[str]:
    """The names of those in one Region of a member, by its name. Raises NotWhatWasBuilt."""
    return frozenset(
        name
        for side, name, tunings, only in _alarms(wanted)
        if side == "members" and tunings(account) and only in ("", region)
    )


def _alarms(wanted: Wanted) -> Iterator[tuple[str, str, Any, str]]:
    """Side, name, account to whether it is on there, and the only Region that has it, if it is one alone."""
    data = estate_of(wanted.files)
    try:
        for one in data["alarms"]:
            yield one["side"], one["name"], _switch(one), str(one.get("region") or "")
        for one in data["composites"]:
            yield one["side"], one["name"], lambda _account: True, ""
    except (KeyError, TypeError, AttributeError):
        raise NotWhatWasBuilt(f"{ESTATE} is not as a build writes it") from None


def _switch(alarm: Mapping[str, Any]) -> Any:
    usual = bool(alarm["tuning"]["enabled"])
    own = {one["account"]: bool(one["tuning"]["enabled"]) for one in alarm["variants"]}
    return lambda account: own.get(account, usual)
