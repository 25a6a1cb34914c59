"""Numbers, durations and times as a report says them; pure."""

from __future__ import annotations

from datetime import datetime, tzinfo


def number(value: int, *, exact: bool = True) -> str:
    """`1,204`, or `≈ 1,204` where it is an estimate."""
    return f"{value:,}" if exact else f"≈ {value:,}"


def pluralize(value: int, one: str, many: str = "") -> str:
    """`1 incident`, `2 incidents`."""
    return f"{value:,} {one if value == 1 else many or f'{one}s'}"


def duration(seconds: int) -> str:
    """`40 s`, `12 min`, `3 h 10 min`, `2 d 4 h`."""
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def format_time(at: int, zone: tzinfo | None) -> str:
    """`2026-11-28 14:02`, of milliseconds since 1970."""
    return f"{datetime.fromtimestamp(at / 1000, zone):%Y-%m-%d %H:%M}"


def change(now: int, before: int, than: str) -> str:
    """How a count compares with the one of the period before. than: such as `the day before`."""
    if now == before:
        return f"as {than}"
    if not before:
        return f"none {than}"
    more = now - before
    if before >= 20:
        share = round(100 * abs(more) / before)
        return f"{share:,} % {'more' if more > 0 else 'fewer'} than {than}" if share else f"as {than}"
    return f"{abs(more):,} {'more' if more > 0 else 'fewer'} than {than}"
