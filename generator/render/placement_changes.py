"""What changed in where things stand, on the data of estate.json; accounts of alarms are compared with their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from generator.model.alarms import Tuning
from generator.render.words import window_in_words

Data = Mapping[str, Any]
_USUAL = "as elsewhere"
# What may differ from Region to Region, in words.
_VALUES: Mapping[str, Callable[[Tuning], str]] = {
    "threshold": lambda tuning: f"{tuning.comparison} {tuning.threshold:g}",
    "window": lambda tuning: window_in_words(tuning).removeprefix("in "),
    "missing_data": lambda tuning: tuning.missing_data,
}


def regions_changed(was: Data, now: Data, before: Data, after: Data) -> Iterator[str]:
    """Of an alarm of the members."""
    if was["side"] == "hub" or now["side"] == "hub":
        return
    old, new = _regions(was), _regions(now)
    if old != new and (old or new):
        yield (
            f"is deployed to {_every(new, after)} only (was: {_every(old, before)})"
            if new
            else (f"is deployed to {_every(new, after)} (was: {_every(old, before)})")
        )


def values_changed(was: Data, now: Data) -> Iterator[str]:
    """Of an alarm that has other values in some Region."""
    for what, words in _VALUES.items():
        old, new = (
            {regional["region"]: _in_region(alarm, regional, words) for regional in alarm.get("regional", ())}
            for alarm in (was, now)
        )
        for region in sorted({*old, *new}):
            current, before = (side.get(region, _USUAL) for side in (new, old))
            if current != before:
                yield f"in {region} its {what} is now {current} (was {before})"


def _in_region(alarm: Data, regional: Data, words: Callable[[Tuning], str]) -> str:
    own, usual = _values(regional, words), _values(alarm, words)
    return _USUAL if own == usual else own


def _values(settings: Data, words: Callable[[Tuning], str]) -> str:
    usual = words(Tuning(**settings["tuning"]))
    by_account = ((variant["account"], words(Tuning(**variant["tuning"]))) for variant in settings["variants"])
    return ", ".join([usual, *(f"in {account} {own}" for account, own in by_account if own != usual)])


def placement_difference(was: Data, now: Data, before: Data, after: Data) -> Iterator[str]:
    """Of a composite, a metric filter or a log group."""
    old, new = _places(was, before), _places(now, after)
    if was.get("placement") != now.get("placement") and old != new:
        yield f"is deployed to {new} (was: {old})"


def section_moved(
    section: str, does: str, before: Data, after: Data, ends: str = ""
) -> Iterator[tuple[Literal["changed"], str, str]]:
    """Other accounts or Regions of a section that a member has once. does: its work there. ends: what moving ends."""
    was, now = before.get(section), after.get(section)
    if was and now and was.get("placement") != now.get("placement"):
        old, new = _places(was, before), _places(now, after)
        if old != new:
            yield "changed", "", f"{does} in {new} (was: {old}){ends}"


def makers_changed(before: Data, after: Data) -> Iterator[tuple[str, str]]:
    """Log groups that are created outside the stack in other members than before, by name."""
    old = {group["name"]: group for group in before["log_groups"]}
    for group in after["log_groups"]:
        was = old.get(group["name"], {})
        if was and was.get("existing") != group.get("existing"):
            yield group["name"], f"is {_theirs(group, after)} (was: {_theirs(was, before)})"


def _theirs(group: Data, estate: Data) -> str:
    if not group.get("existing"):
        return "created by the stack" if group["create"] else "created outside the stack"
    return f"created outside the stack in {_places({'placement': group['existing']}, estate)}"


def deployed_in(entry: Data, estate: Data) -> str:
    """`, in ledger; eu-west-1`; nothing where every member has it."""
    return f", in {_places(entry, estate)}" if entry.get("placement") else ""


def _regions(alarm: Data) -> list[str]:
    own: list[str] = (alarm.get("placement") or {}).get("regions", [])
    return [alarm["region"]] if alarm.get("region") else own


def _every(regions: list[str], estate: Data) -> str:
    return " and ".join(regions) or ("every Region" if len(estate["regions"]) > 1 else estate["regions"][0])


def _places(entry: Data, estate: Data) -> str:
    placed = entry.get("placement") or {"accounts": None, "later": True, "regions": []}
    names = (
        [account["name"] for account in estate["accounts"]] if placed["accounts"] is None else list(placed["accounts"])
    )
    later = ["accounts that join later"] if estate["organizational_units"] and placed["later"] else []
    return f"{', '.join([*names, *later]) or 'no account'}; {', '.join(placed['regions'] or estate['regions'])}"
