"""The request of `obsgen mute`: alarms, end and reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import click

from generator.cli.exit import usage_error
from generator.wording import format_utc

SHORTEST_MS = 60_000
REASON_LIMIT, BY_LIMIT = 200, 80


@dataclass(frozen=True, slots=True)
class MuteRequest:
    """The options of the command line. now: milliseconds since 1970."""

    globs: tuple[str, ...]
    services: tuple[str, ...]
    owners: tuple[str, ...]
    accounts: tuple[str, ...]
    lasts: str | None
    until: str | None
    reason: str
    by: str
    listing: bool
    everything: bool
    form: str
    dry_run: bool
    region: str | None
    profile: str | None
    now: int

    @property
    def names_alarms(self) -> bool:
        """True if any option selects alarms."""
        return bool(self.globs or self.services or self.owners or self.accounts)

    def end(self, *, names_alarms: bool) -> int:
        """When the mute ends, in milliseconds since 1970; ends the command where alarms, end or reason are missing.

        names_alarms: whether the options that this kind of mute reads name any.
        """
        if not names_alarms or not (self.lasts or self.until) or not self.reason:
            raise usage_error(
                "a mute requires alarms, an end (--for or --until) and --reason",
                "use a command like `obsgen mute 'errors*' --for 2h --reason 'load test'`",
            )
        return _end(self.lasts, self.until, self.now)


def one_line(text: str, limit: int) -> str:
    """The text on one line, without characters that a terminal or a ticket cannot show."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:limit]


def _end(lasts: str | None, until: str | None, now: int) -> int:
    """When a mute that begins now ends; ends the command where that cannot be."""
    if lasts and until:
        raise click.UsageError("--for and --until cannot be combined")
    from generator.rollout.operate.mute_items import LONGEST_MS

    name, end = ("--for", now + 1000 * _seconds(lasts)) if lasts else ("--until", _parse_time(until or "", now))
    if not SHORTEST_MS <= end - now <= LONGEST_MS:
        raise usage_error(
            f"{name}: a mute lasts from one minute to 15 days",
            f"use --for 2h, or a time within 15 days; the current time is {format_utc(now)}",
        )
    return end


def _seconds(text: str) -> int:
    from pydantic_core import PydanticCustomError

    from generator.spec.quantities import duration

    try:
        return duration(text)
    except PydanticCustomError as error:
        context = error.context or {}
        raise usage_error(f"--for: {context.get('message', error)}", str(context.get("hint", ""))) from None


def _parse_time(text: str, now: int) -> int:
    """Milliseconds since 1970 of a time that has an offset."""
    example = format_utc(now + 3_600_000)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise usage_error(
            f"--until: `{text}` is not a time", f"use a time such as {example}, or 2026-11-30T08:00+01:00"
        ) from None
    if parsed.tzinfo is None:
        hint = f"add Z for UTC, or an offset: {text}Z, {text}+01:00"
        raise usage_error(f"--until: `{text}` has no time zone", hint)
    return round(1000 * parsed.timestamp())
