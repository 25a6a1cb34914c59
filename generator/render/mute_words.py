"""Mutes in words; pure. Times are milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from generator.rollout.operate.mute_items import StoredMute
from generator.wording import first_lines, format_utc, list_in_words, pluralize

SHOWN = 20


def moment_in_words(at: int, reader_zone: tzinfo | None = None) -> str:
    """`Sunday 29 November 2026, 16:05 UTC (17:05 CET here)`. here: the reader's time zone; the machine's without it."""
    utc = datetime.fromtimestamp(at / 1000, UTC)
    local = utc.astimezone(reader_zone)
    text = f"{utc:%A} {utc.day} {utc:%B %Y}, {utc:%H:%M} UTC"
    if local.utcoffset() == utc.utcoffset():
        return text
    day = "" if local.date() == utc.date() else f"{local:%A} "
    return f"{text} ({day}{local:%H:%M} {local.tzname()} here)"


def one_line(mute: StoredMute, names: Mapping[str, str], reader_zone: tzinfo | None = None) -> str:
    """`3f9a1c2d: 3 alarms in checkout until Sunday …, by ana: load test`. names: account id to name."""
    text = f"{mute.id}: {pluralize(len(mute.alarms), 'alarm')} {where(mute, names)}"
    text += f" until {moment_in_words(mute.until, reader_zone)}, by {_who(mute)}: {_plain(mute.reason)}"
    if mute.ended_at and mute.ended_at < mute.until:
        text += f"; ended {moment_in_words(mute.ended_at, reader_zone)} by {_plain(_caller_name(mute.ended_by))}"
    return text


def where(mute: StoredMute, names: Mapping[str, str]) -> str:
    """`in every account`, or `in checkout and ledger`."""
    listed = sorted(names.get(account, account) for account in mute.accounts)
    if not listed:
        return "in every account"
    return f"in {list_in_words(listed)}"


def lines(mute: StoredMute, names: Mapping[str, str], reader_zone: tzinfo | None = None) -> Iterator[str]:
    """A mute with its alarms, as lines."""
    yield one_line(mute, names, reader_zone)
    yield from alarm_lines(mute.alarms)


def section(mutes: Iterable[StoredMute], names: Mapping[str, str], reader_zone: tzinfo | None = None) -> Iterator[str]:
    """A list of those in force; nothing where there are none."""
    for number, mute in enumerate(mutes):
        if not number:
            yield "  Muted: no notification before the end; `obsgen mute --list` names the alarms"
        yield f"    {one_line(mute, names, reader_zone)}"


def alarm_lines(alarms: tuple[str, ...]) -> Iterator[str]:
    """The first of them, and how many there are more."""
    yield from first_lines([f"  {_plain(name)}" for name in alarms], SHOWN, "  ")


def as_data(mute: StoredMute, names: Mapping[str, str], now: int) -> dict[str, Any]:
    """The same as data."""
    return {
        "id": mute.id,
        "by": mute.by,
        "caller": mute.caller,
        "at": format_utc(mute.at),
        "until": format_utc(mute.until),
        "reason": mute.reason,
        "in_force": mute.is_in_force(now),
        "accounts": [names.get(account, account) for account in mute.accounts] or None,
        "alarms": list(mute.alarms),
        "ended": format_utc(mute.ended_at) if mute.ended_at else None,
        "ended_by": mute.ended_by or None,
    }


def _who(mute: StoredMute) -> str:
    """As they say, and as AWS knows them where that is another name."""
    caller = _caller_name(mute.caller)
    return _plain(mute.by) if caller in ("", mute.by) else f"{_plain(mute.by)} ({_plain(caller)})"


def _caller_name(arn: str) -> str:
    """The short name of a caller: the name of a user or of a session, without the rest of the ARN."""
    return arn.rpartition("/")[2]


def _plain(text: str) -> str:
    """The text without control characters: text of the table must not move a terminal's cursor."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
