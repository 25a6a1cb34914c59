"""Whether an alarm calls people: by topics among its actions, or, if obsgen built it, by its severity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.importer.compare.metric_alarms import is_topic
from generator.importer.compare.sides import SideResource
from generator.importer.resources import ALARMS

_NO_ONE = "no one"
_STATES = (("AlarmActions", "ALARM"), ("InsufficientDataActions", "INSUFFICIENT_DATA"), ("OKActions", "OK"))


def call_difference(old: SideResource, new: SideResource, sides: tuple[str, str]) -> tuple[str, ...]:
    """A sentence if one of both calls people and the other one does not; what is not known is no difference.

    Who is called is a matter of routes, which an import guesses. sides: where each is, in words.
    """
    if old.id.type not in ALARMS:
        return ()
    was, now = _called(old), _called(new)
    if not was or not now or (was == _NO_ONE) == (now == _NO_ONE):
        return ()
    return (f"calls people: {was} {sides[0]}, {now} {sides[1]}",)


def _called(resource: SideResource) -> str:
    """When people are called; empty where the resource does not say it."""
    properties = resource.properties
    if not resource.has_known_actions:
        return ""
    if str(properties.get("ActionsEnabled", True)).lower() == "false":
        return _NO_ONE
    states = [state for name, state in _STATES if any(map(_is_of_people, _texts(properties.get(name))))]
    if states:
        return "in ALARM" if "ALARM" in states else f"only in {' and '.join(states)}"
    severity = _severity(properties.get("Tags"))
    if severity:
        # Rules of EventBridge may read the tag of an alarm that obsgen did not build.
        return (_NO_ONE if severity == "none" else "in ALARM") if resource.path else ""
    return "" if resource.path else _NO_ONE


def _is_of_people(action: str) -> bool:
    """A topic, or what is not known, which is most probably a parameter with one."""
    return is_topic(action) or not action.startswith("arn:")


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value if item] if isinstance(value, list) else []


def _severity(tags: Any) -> str:
    pairs = [pair for pair in tags if isinstance(pair, Mapping)] if isinstance(tags, list) else []
    return next((str(pair.get("Value")) for pair in pairs if str(pair.get("Key")).lower() == "severity"), "")
