"""Inventory and coverage as lines for a terminal, from their data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from generator.inventory.numbers import KINDS
from generator.wording import first_of, pluralize, printable

MOST_ROWS = 20
MOST_NAMES = 8
_WIDTH = 20
_COLUMNS = (
    ("total", "resources"),
    ("watched", "watched"),
    ("partial", "in part"),
    ("no_data", "no data"),
    ("silent", "calls no one"),
    ("unwatched", "not watched"),
    ("unknown", "cannot say"),
)
# These are shown with zeros, too.
_ALWAYS = ("total", "watched", "unwatched")
Data = Mapping[str, Any]
_MORE = "; --format json lists all"


def discovery_lines(data: Data) -> Iterator[str]:
    """What there is, what nothing watches, and what cannot be known."""
    yield headline(data, "Resources")
    yield from _table("type", data["by_type"])
    yield from _unwatched(data["resources"], "unwatched", "Not watched")
    yield from _unwatched(data["resources"], "silent", "Watched, but calls no one")
    yield from _unwatched(data["resources"], "no_data", "Watched, but no metric of its alarms had data in two weeks")
    yield from _partial(data["resources"])
    yield from remarks(data)


def coverage_lines(data: Data) -> Iterator[str]:
    """The numbers by account, type and owner; with `resources`, those without some alarms of their pack."""
    yield headline(data, "Coverage")
    if "check" in data:
        yield ""
        yield from check_lines(data["check"])
    for kind in KINDS:
        yield from _table(kind, data[f"by_{kind}"])
    if "resources" in data:
        yield from _partial(data["resources"])
    elif data["all"]["partial"]:
        yield ""
        yield "In part: by some of the pack's alarms; --verbose lists what is missing"
    yield from remarks(data)


def headline(data: Data, noun: str) -> str:
    """`Coverage of prod, 2026-11-30: 412 resources of 14 types in 3 accounts, 252 watched (61 %)`"""
    numbers = data["all"]
    name = f"{noun} of {printable(data['environment'])}" if data["environment"] else noun
    types = pluralize(len(data["by_type"]), "type")
    share = "" if numbers["percent"] is None else f" ({numbers['percent']} %)"
    text = f"{name}, {data['at'][:10]}: {pluralize(numbers['total'], 'resource')} of {types} in "
    text += f"{pluralize(data['accounts'], 'account')}, {numbers['watched']:,} watched{share}"
    if numbers["planned"]:
        text += f", {numbers['planned']:,} of them by alarms that are not deployed yet"
    return text if data["complete"] else f"{text}; the capture is not complete"


def _table(kind: str, rows: Data) -> Iterator[str]:
    names = {name: printable(name) or "?" for name in rows}
    width = max([_WIDTH, *(len(name) for name in names.values())])
    columns = columns_of(rows.values())
    yield ""
    yield f"{'By ' + kind:<{width}}" + "".join(f"{title:>14}" for _, title in columns) + f"{'%':>6}"
    ordered = ordered_rows(rows)
    for name, row in ordered[:MOST_ROWS]:
        counts = "".join(f"{row[key]:>14,}" for key, _ in columns)
        yield f"{names[name]:<{width}}{counts}{'-' if row['percent'] is None else row['percent']:>6}"
    if len(ordered) > MOST_ROWS:
        yield f"and {len(ordered) - MOST_ROWS:,} more{_MORE}"


def columns_of(rows: Collection[Data]) -> list[tuple[str, str]]:
    """The columns of a table, key and title, without those that have nothing but zeros."""
    return [column for column in _COLUMNS if column[0] in _ALWAYS or any(row[column[0]] for row in rows)]


def ordered_rows(rows: Data) -> list[tuple[str, Data]]:
    """The rows of a table, those with the most to do first."""
    return sorted(
        rows.items(), key=lambda item: (-item[1]["unwatched"] - item[1]["silent"] - item[1]["no_data"], item[0])
    )


def _unwatched(resources: Sequence[Data], status: str, title: str) -> Iterator[str]:
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for row in resources:
        if row["status"] == status:
            place = (row["type"], row["account_name"], row["region"], row["owner"])
            groups.setdefault(place, []).append(_resource_text(row))
    if groups:
        yield ""
        yield f"{title}:"
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    for (type_, account, region, owner), names in ordered[:MOST_ROWS]:
        where = printable(f"{account} {region}, {owner}")
        yield f"  {len(names):>5,} {type_} ({where}): {first_of(names, MOST_NAMES)}"
    if len(ordered) > MOST_ROWS:
        rest = sum(len(names) for _, names in ordered[MOST_ROWS:])
        yield f"  and {rest:,} in {len(ordered) - MOST_ROWS:,} more groups{_MORE}"


def _resource_text(row: Data) -> str:
    notes = [f"{row['parts']:,} parts"] if row["parts"] else []
    notes += [] if row["has_data"] else ["no data in two weeks"]
    return printable(row["name"]) + (f" ({', '.join(notes)})" if notes else "")


def _partial(resources: Sequence[Data]) -> Iterator[str]:
    rows = [row for row in resources if row["status"] == "watched" and row["pack"] == "partial"]
    if rows:
        yield ""
        yield "Watched by a part of the pack's alarms:"
    by_missing: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for row in rows:
        by_missing.setdefault((row["type"], tuple(row["missing"])), []).append(printable(row["name"]))
    ordered = sorted(by_missing.items(), key=lambda item: (-len(item[1]), item[0]))
    for (type_, missing), names in ordered[:MOST_ROWS]:
        without = first_of(missing, MOST_NAMES)
        yield f"  {len(names):>5,} {type_} without {without}: {first_of(_with_counts(names), MOST_NAMES)}"
    if len(ordered) > MOST_ROWS:
        yield f"  and {len(ordered) - MOST_ROWS:,} more groups{_MORE}"


def _with_counts(names: Sequence[str]) -> list[str]:
    """Each name once; one that several accounts or Regions have with their number."""
    return [name if count == 1 else f"{name} ({count:,} times)" for name, count in Counter(names).items()]


def check_lines(check: Data) -> Iterator[str]:
    """What is worse than in the lock, and what is better."""
    findings = check["findings"]
    yield f"{len(findings):,} worse than the lock:" if findings else "Nothing is worse than the lock."
    for row in findings:
        place = printable(
            " ".join(filter(None, (row["type"], "in" if row["account"] else "", row["account"], row["region"])))
        )
        names = f": {first_of([printable(name) for name in row['names']], MOST_NAMES)}" if row["names"] else ""
        yield f"  {place}{': ' if place else ''}{printable(row['message'])}{names}"
    if findings:
        yield "  = help: watch them (`obsgen discover` has entries), waive them until a day, or accept them by --update"
    if check["better"]:
        yield f"{pluralize(check['better'], 'resource')} of the lock watched now, or deleted; --update records it"
    if check["new_places"]:
        yield f"{pluralize(check['new_places'], 'account and Region', 'accounts and Regions')} not in the lock yet"
    if check["waived"]:
        yield f"{pluralize(check['waived'], 'resource')} waived"
    for waiver in check["unused_waivers"]:
        yield f"The waiver of {printable(waiver)} has no resource; remove it"


def remarks(data: Data) -> Iterator[str]:
    """What the numbers do not say."""
    lines = [f"Cannot say for {pluralize(count, 'resource')}: {reason}" for reason, count in data["cannot_say"].items()]
    unread = [printable(f"{place['account_name']} {place['region']}") for place in data["not_listed"]]
    if unread:
        lines.append(f"Resources not read: {first_of(unread, MOST_NAMES)}")
    of_no_pack = data["of_no_pack"]
    for noun, key in (("metrics", "metrics"), ("resources", "resources")):
        counts = sorted(of_no_pack[key].items(), key=lambda item: (-item[1], item[0]))
        if counts:
            text = first_of([f"{printable(name)} {count:,}" for name, count in counts], MOST_NAMES)
            lines.append(f"Of no pack, by {'sets of dimensions of metrics' if noun == 'metrics' else 'ARN'}: {text}")
    if data["alarms_of_no_resource"]:
        lines.append(f"Alarms on metrics of no listed resource: {data['alarms_of_no_resource']:,}")
    if data["alarms_not_readable"]:
        lines.append(f"Alarms whose metrics cannot be known (PromQL, logs): {data['alarms_not_readable']:,}")
    if data["problems"]:
        lines.append(f"Not captured: {pluralize(data['problems'], 'call')}; problems.jsonl of the capture lists them")
    if lines:
        yield ""
        yield from lines
