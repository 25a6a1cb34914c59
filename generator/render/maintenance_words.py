"""Maintenance windows in words: which alarms are muted, when and for how long; and changes of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.model.estate import Estate
from generator.model.maintenance import Maintenance
from generator.render.section_words import Kind
from generator.wording import duration_in_words

Data = Mapping[str, Any]


def catalogued(estate: Estate) -> Iterator[str]:
    """The catalogue's section; nothing where there is no maintenance window."""
    if estate.maintenance:
        yield from ("", "## Maintenance: no notification", "")
        for window in estate.maintenance:
            yield f"- **{window.name}** {window_in_words(_plain(window))}: {', '.join(window.alarms)}"


def window_in_words(window: Data) -> str:
    """`cron(0 2 * * *) in Europe/Berlin for 45 minutes, in members`."""
    duration = duration_in_words(window["duration"])
    return f"{window['expression']} in {window['timezone']} for {duration}, in {window['side']}"


def differences(before: Data, after: Data) -> Iterator[tuple[Kind, str]]:
    """Of two estates' JSON: added, removed or changed, and a sentence."""
    old, new = _by_location(before), _by_location(after)
    for key in sorted({*old, *new}):
        was, now = old.get(key), new.get(key)
        if was is None and now is not None:
            yield "added", f"{now['name']} mutes {_list(now)} at {window_in_words(now)}"
        elif now is None and was is not None:
            yield "removed", f"{was['name']} no longer mutes {_list(was)}"
        elif was is not None and now is not None and was != now:
            yield "changed", f"{now['name']} {'; '.join(_changed(was, now)) or 'has another reason'}"


def _changed(was: Data, now: Data) -> Iterator[str]:
    if window_in_words(was) != window_in_words(now):
        yield f"is at {window_in_words(now)} (was {window_in_words(was)})"
    also = sorted({*now["alarms"]} - {*was["alarms"]})
    removed = sorted({*was["alarms"]} - {*now["alarms"]})
    if also:
        yield f"also mutes {', '.join(also)}"
    if removed:
        yield f"no longer mutes {', '.join(removed)}"


def _by_location(estate: Data) -> dict[tuple[str, str], Data]:
    return {(window["name"], window["side"]): window for window in estate.get("maintenance", ())}


def _list(window: Data) -> str:
    return ", ".join(window["alarms"])


def _plain(window: Maintenance) -> Data:
    words = {"expression": window.expression, "timezone": window.timezone, "duration": window.duration}
    return {**words, "side": window.side.value}
