"""Mutes that operators have set for a while: whose alarms people are not notified of, until when, and why.

`obsgen mute` writes each into the functions' table, with an end (see mute_items.py); no mute is ever set here. Whoever
decides or delivers reads the list at most once in READ_EVERY, so a storm of alarms costs no more reads than one alarm.
A list that cannot be read mutes nothing that was not muted before: rather a message too many than an outage of which
nobody hears.

Times are milliseconds since 1970.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from handlers.incident.contributor import alarm_of
from handlers.incident.events import Key

logger = logging.getLogger(__name__)
READ_EVERY = 5_000
# Mutes that are over are remembered for so long: an alarm that was over before they were may be decided on later.
REMEMBERED = 86_400_000
# So long after a mute was ended early, a function may still act on the list as it was, and clocks may differ.
SETTLES = 600_000


@dataclass(frozen=True, slots=True)
class Mute:
    """Nobody is notified of these alarms before `until`, or before `ended_at` where somebody ended it earlier.

    id: its key in the table. at: when it was set. alarms: full names. accounts: ids of the accounts that the alarms are
    about; empty for all. by, reason, ended_by: one line each. released_at: when the alarms of a mute that was ended
    early had all been looked at, long enough after that; 0 for not yet.
    """

    id: str
    by: str
    at: int
    until: int
    reason: str
    alarms: frozenset[str]
    accounts: frozenset[str] = frozenset()
    ended_at: int = 0
    ended_by: str = ""
    released_at: int = 0

    @property
    def end(self) -> int:
        """When it is over."""
        return min(self.until, self.ended_at) if self.ended_at else self.until

    def holds(self, alarm: str, account: str) -> bool:
        """Whether it is about that alarm, or the alarm of that contributor. account: the id of the one that the alarm
        is about.
        """
        return alarm_of(alarm) in self.alarms and (not self.accounts or account in self.accounts)

    def is_to_release(self, now: int) -> bool:
        """Whether its alarms have to be looked at before their time, because somebody ended it."""
        return bool(self.ended_at) and self.ended_at <= now and not self.released_at

    def in_words(self) -> str:
        """`Muted by ana until Sun 29 Nov 2026 14:00 UTC: load test. Ended by bob at Sun 29 Nov 2026 13:10 UTC.`"""
        text = f"Muted by {self.by} until {_utc_text(self.until)}: {self.reason.rstrip('.')}."
        if self.ended_at and self.ended_at < self.until:
            text += f" Ended by {self.ended_by} at {_utc_text(self.ended_at)}."
        return text


def covering(mutes: Iterable[Mute], at: int) -> Mute | None:
    """Of those that were in force at a time the one that lasts longest; None where there was none."""
    of_then = [mute for mute in mutes if mute.at <= at < mute.end]
    return max(of_then, key=lambda mute: (mute.end, mute.id), default=None)


class Lists(Protocol):
    """What the table gives: see table.Decisions."""

    def mutes(self, since: int) -> list[Mute]:
        """The mutes whose `until` is later than that."""


@dataclass(slots=True)
class Mutes:
    """The list as it was read last. now: milliseconds since 1970."""

    table: Lists
    now: Callable[[], int]
    _read: tuple[Mute, ...] = ()
    _read_at: int | None = field(default=None)

    def all(self) -> tuple[Mute, ...]:
        """All that are in force, and those that were within REMEMBERED. Never raises."""
        now = self.now()
        if self._read_at is None or not 0 <= now - self._read_at < READ_EVERY:
            self._read_at = now
            try:
                self._read = tuple(self.table.mutes(now - REMEMBERED))
            except Exception as error:
                logger.error("mutes not read", extra={"because": f"{type(error).__name__}: {error}"})
        return self._read

    def of(self, alarm: str, account: str) -> tuple[Mute, ...]:
        """Those about an alarm. account: the id of the one that the alarm is about."""
        return tuple(mute for mute in self.all() if mute.holds(alarm, account))

    def until(self, keys: Iterable[Key], locate: Callable[[Key], Key]) -> int:
        """When the first of these alarms is muted no longer; 0 where one of them is not muted, or there is none."""
        now, ends = self.now(), []
        for key in keys:
            mute = covering(self.of(key.alarm, locate(key).account), now)
            if mute is None:
                return 0
            ends.append(mute.end)
        return min(ends, default=0)


def _utc_text(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%a %d %b %Y %H:%M UTC")
