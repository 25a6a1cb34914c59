"""How well alarms watch the resources of accounts, by the numbers that the build has from its lock; pure.

The function reads no capture: the numbers are those of the last `obsgen coverage --update`, and get old.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.reports.report import Figure, Row, Section
from handlers.reports.words import number, pluralize

# Numbers that are older are called so.
FRESH_DAYS = 30
# A waiver is in the headline and marked so many days before its end.
SOON_DAYS = 14
UPDATE = "run `obsgen coverage FOLDER --update` with a new capture, build and deploy"
_COLUMNS = (
    ("unwatched", "Not watched"),
    ("silent", "Call no one"),
    ("no_data", "Without data"),
    ("waived", "Waived"),
    ("unknown", "Not judged"),
)


@dataclass(frozen=True, slots=True)
class Counts:
    """Resources, each in `resources` and in one of the others. no_data: watched by alarms without data. silent: by
    alarms that call no one. unknown: those that the capture could not judge.
    """

    resources: int = 0
    watched: int = 0
    no_data: int = 0
    silent: int = 0
    unwatched: int = 0
    waived: int = 0
    unknown: int = 0

    @property
    def known(self) -> int:
        """The resources that the capture could judge."""
        return self.resources - self.unknown

    @property
    def todo(self) -> int:
        """The resources that should be watched, and are not."""
        return self.unwatched + self.silent + self.no_data


@dataclass(frozen=True, slots=True)
class AccountCounts:
    """An account. day: of the capture of its numbers."""

    name: str
    day: date
    counts: Counts


@dataclass(frozen=True, slots=True)
class Waiver:
    """Resources that need no alarm for a while. resources: type and pattern. until: the last day."""

    resources: str
    accounts: tuple[str, ...]
    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class Coverage:
    """All of it. day: of the capture; oldest: that of the oldest number. accounts: the worst of account_count, all of
    which have something to do. before: an earlier capture. waivers: the first of waiver_count that
    end. unread: accounts and Regions whose resources no number has.
    """

    day: date
    oldest: date
    counts: Counts
    accounts: tuple[AccountCounts, ...] = ()
    account_count: int = 0
    before: AccountCounts | None = None
    waivers: tuple[Waiver, ...] = ()
    waiver_count: int = 0
    unread: int = 0


def coverage_of(data: Mapping[str, Any]) -> Coverage:
    """From the parsed settings."""
    before = data.get("before")
    return Coverage(
        date.fromisoformat(data["day"]),
        date.fromisoformat(data["oldest"]),
        _counts(data),
        tuple(_account(row) for row in data["accounts"]),
        data["account_count"],
        _account({"name": "", **before}) if before else None,
        tuple(
            Waiver(row["resources"], tuple(row.get("accounts", ())), row["reason"], date.fromisoformat(row["until"]))
            for row in data["waivers"]
        ),
        data["waiver_count"],
        data.get("unread", 0),
    )


def _account(data: Mapping[str, Any]) -> AccountCounts:
    return AccountCounts(data["name"], date.fromisoformat(data["day"]), _counts(data))


def _counts(data: Mapping[str, Any]) -> Counts:
    return Counts(**{name: data.get(name, 0) for name in Counts.__slots__})


def share(counts: Counts) -> str:
    """`812 of 900 (90 %)`."""
    percent = _percent(counts)
    return f"{number(counts.watched)} of {number(counts.known)}{f' ({percent})' if percent else ''}"


def _percent(counts: Counts) -> str:
    """Rounded down, so that 100 means all; empty where the capture could judge no resource."""
    return f"{100 * counts.watched // counts.known} %" if counts.known else ""


def headline_parts(coverage: Coverage, today: date) -> Iterator[str]:
    """What there is to do about waivers."""
    ended = [waiver for waiver in coverage.waivers if waiver.until < today]
    if ended:
        # The others end later than all that the build has: some of them may have ended, too.
        at_least = "at least " if len(ended) == len(coverage.waivers) < coverage.waiver_count else ""
        yield at_least + pluralize(len(ended), "waiver of coverage has ended", "waivers of coverage have ended")


def note(coverage: Coverage, today: date) -> str:
    """A clause of what the report does not have, as its numbers are old; empty while they are not.

    The day of a capture may be the one after a report's, which ends earlier; a later one is a mistake in the lock, with
    which no number would ever get old.
    """
    if (coverage.day - today).days > 1:
        return f"coverage of today, because its lock says that it is of {coverage.day}; {UPDATE}"
    age = (today - coverage.oldest).days
    if age <= FRESH_DAYS:
        return ""
    return f"coverage of the last {age} days, because its numbers are of {coverage.oldest}; {UPDATE}"


def figure(coverage: Coverage, today: date) -> Figure:
    """The share that is watched, and what changed since the numbers before."""
    before = coverage.before
    change = f"{number(coverage.counts.watched)} of {number(coverage.counts.known)} on {coverage.day}{_gaps(coverage)}"
    if before:
        more = coverage.counts.watched - before.counts.watched
        left = coverage.counts.todo - before.counts.todo
        since = f"since {before.day}"
        words = [_more(more, "watched"), _more(left, "not watched")]
        changes = ", ".join(filter(None, words))
        change += f"; {changes} {since}" if changes else f"; as on {before.day}"
    return Figure("resources that alarms watch", _percent(coverage.counts) or "–", change, bool(note(coverage, today)))  # noqa: RUF001


def _more(value: int, what: str) -> str:
    if not value:
        return ""
    return f"{number(abs(value))} {'more' if value > 0 else 'fewer'} {what}"


def accounts(coverage: Coverage, most: int) -> Section:
    """The accounts, those with the most to do first. Columns of zeros are left out."""
    counts = coverage.counts
    columns = [(key, title) for key, title in _COLUMNS if any(getattr(row.counts, key) for row in coverage.accounts)]
    rows = [_account_row(row, coverage.day, [key for key, _ in columns]) for row in coverage.accounts[:most]]
    headings = ("Account", *(title for _, title in columns), "Watched")
    title = f"Coverage on {coverage.day}: {_in_words(counts)}{_gaps(coverage)}"
    return Section(title, headings, tuple(rows), coverage.account_count, _all_watched(coverage), has_bars=True)


def _in_words(counts: Counts) -> str:
    """`812 of 900 resources are watched (90 %), 34 are waived`."""
    percent = f" ({_percent(counts)})" if counts.known else ""
    waived = f", {number(counts.waived)} {'is' if counts.waived == 1 else 'are'} waived" if counts.waived else ""
    resources = "resource is" if counts.known == 1 else "resources are"
    return f"{number(counts.watched)} of {number(counts.known)} {resources} watched{percent}{waived}"


def _gaps(coverage: Coverage) -> str:
    """What the share says nothing about: of one resource that is watched and nine that were not judged, it is 100 %."""
    unknown = f", {number(coverage.counts.unknown)} not judged" if coverage.counts.unknown else ""
    places = pluralize(coverage.unread, "account and Region", "accounts and Regions")
    return unknown + (f", {places} not read" if coverage.unread else "")


def _all_watched(coverage: Coverage) -> str:
    counts = coverage.counts
    if not counts.known:
        return "The capture could judge no resource."
    if counts.unknown or coverage.unread:
        return f"All {'other ' if counts.waived else ''}resources that the capture could judge are watched."
    return "All other resources are watched." if counts.waived else "All resources are watched."


def _account_row(row: AccountCounts, day: date, keys: Sequence[str]) -> Row:
    name = row.name if row.day == day else f"{row.name} ({row.day})"
    values = [number(getattr(row.counts, key)) for key in keys]
    return Row((name, *values, share(row.counts)), row.counts.todo)


def waivers(coverage: Coverage, today: date, most: int) -> Section:
    """What was accepted, by its end; what ended is marked."""
    rows = [
        Row(
            (waiver.resources, _end(waiver.until, today), ", ".join(waiver.accounts) or "all", waiver.reason),
            is_bad=waiver.until < today,
        )
        for waiver in coverage.waivers
    ]
    columns = ("Resources", "Accepted", "Accounts", "Reason")
    return Section("Waivers of coverage", columns, tuple(rows[:most]), coverage.waiver_count, "There is none.")


def _end(until: date, today: date) -> str:
    days = (until - today).days
    if days < 0:
        return f"until {until}: ended, the resources count as not watched from the next update on"
    if days <= SOON_DAYS:
        return f"until {until}: {pluralize(days, 'day')} left"
    return f"until {until}"
