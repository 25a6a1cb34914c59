"""Maintenance in words: who is not told, when, for how long; and what changed in that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.model.estate import Estate
from generator.model.maintenance import Maintenance
from generator.render.section_words import Kind
from generator.wording import duration_in_words

Data = Mapping[str, Any]


def catalogued(estate: Estate) -> Iterator[str]:
    """The catalogue's section; nothing where nobody is ever left alone."""
    if estate.maintenance:
        yield from ("", "## Maintenance: nobody is told", "")
        for one in estate.maintenance:
            yield f"- **{one.name}** {window_in_words(_plain(one))}: {', '.join(one.alarms)}"


def window_in_words(one: Data) -> str:
    """`cron(0 2 * * *) in Europe/Berlin for 45 minutes, in members`."""
    return f"{one['expression']} in {one['timezone']} for {duration_in_words(one['duration'])}, in {one['side']}"


def differences(before: Data, after: Data) -> Iterator[tuple[Kind, str]]:
    """Of two estates' JSON: added, removed or changed, and a sentence."""
    old, new = _by_place(before), _by_place(after)
    for place in sorted({*old, *new}):
        was, now = old.get(place), new.get(place)
        if was is None and now is not None:
            yield "added", f"{now['name']} mutes {_list(now)} at {window_in_words(now)}"
        elif now is None and was is not None:
            yield "removed", f"{was['name']} mutes {_list(was)} no longer"
        elif was is not None and now is not None and was != now:
            yield "changed", f"{now['name']} {'; '.join(_changed(was, now)) or 'has another reason'}"


def _changed(was: Data, now: Data) -> Iterator[str]:
    if window_in_words(was) != window_in_words(now):
        yield f"is at {window_in_words(now)} (was {window_in_words(was)})"
    also = sorted({*now["alarms"]} - {*was["alarms"]})
    gone = sorted({*was["alarms"]} - {*now["alarms"]})
    if also:
        yield f"also mutes {', '.join(also)}"
    if gone:
        yield f"no longer mutes {', '.join(gone)}"


def _by_place(estate: Data) -> dict[tuple[str, str], Data]:
    return {(one["name"], one["side"]): one for one in estate.get("maintenance", ())}


def _list(one: Data) -> str:
    return ", ".join(one["alarms"])


def _plain(one: Maintenance) -> Data:
    words = {"expression": one.expression, "timezone": one.timezone, "duration": one.duration}
    return {**words, "side": one.side.value}
