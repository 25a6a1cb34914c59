"""The report of a storm or an outage, for a terminal of 120 columns; pure."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from generator.drill.incident_process import Notification, Result
from generator.drill.storm import ChannelSummary, Firing, StormDrill, first_known, milliseconds, problems, summaries
from generator.wording import pluralize

COLUMNS = 120
SEVERITIES = ("critical", "high", "medium", "low")
NOTHING = "-"


def story(storm: StormDrill, result: Result, channels: Mapping[str, Mapping[str, Any]]) -> str:
    """The alarms, the delays of an outage, the deliveries by channel, and the verdict."""
    return "\n".join(line.rstrip() for line in _lines(storm, result, channels))


def _lines(storm: StormDrill, result: Result, channels: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield from _what_happens(storm)
    # For alarms that fire at the same time, the table of channels is enough.
    if storm.down and len({firing.fires_at for firing in storm.firings}) > 1:
        yield ""
        yield from _waiting(storm, result)
    yield ""
    yield from _became(result)
    yield ""
    yield from _known(result)
    yield ""
    yield from _table([_HEADER, *(_row(summary) for summary in summaries(result, channels))])
    yield ""
    yield from textwrap.wrap(verdict(storm, result), COLUMNS, break_long_words=False, break_on_hyphens=False)


def verdict(storm: StormDrill, result: Result) -> str:
    """One line: whether every incident was delivered, or what is wrong."""
    failures = problems(storm, result)
    if failures:
        return f"FAILED: {'; '.join(failures)}"
    alarms, incidents = pluralize(len(storm.firings), "alarm"), pluralize(len(result.incidents), "incident")
    text = f"{alarms}, {incidents}, each delivered; no call over a limit, no dead letter, no delivery given up"
    return "; ".join([text, *_after_outage(storm, result)])


def _after_outage(storm: StormDrill, result: Result) -> Iterator[str]:
    own = {notification.incident for notification in result.notifications if notification.channel == storm.down}
    unsent = {notification.incident for notification in result.unsent if notification.channel == storm.down} - own
    if unsent:
        yield f"{storm.down} was not sent {len(unsent):,} that ended before its outage did"
    delays = [notification.delivered_at - milliseconds(storm.down_s) for notification in _first_at(storm, result)]
    if delays and max(delays) > 0:
        yield f"{storm.down} had received everything {duration(max(delays))} after its outage"


def as_data(storm: StormDrill, result: Result, channels: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """For `--json`. Times are milliseconds since the start, delays milliseconds."""
    start = milliseconds(0)
    return {
        "environment": storm.environment,
        "down": storm.down or None,
        "down_seconds": storm.down_s,
        "alarms": [
            {"alarm": one.subject.alarm, "account": one.subject.account, "severity": one.subject.severity}
            | {"fires_at": 1000 * one.fires_at, "ok_at": 1000 * one.ok_at}
            for one in storm.firings
        ],
        "incidents": [{**asdict(one), "at": one.at - start} for one in result.incidents],
        "channels": [asdict(one) for one in summaries(result, channels)],
        "notifications": [
            {**asdict(one), "at": one.at - start, "delivered_at": one.delivered_at - start}
            for one in result.notifications
        ],
        "unsent": [asdict(one) for one in result.unsent],
        "dead_letters": list(result.failed),
        "problems": problems(storm, result),
        "verdict": verdict(storm, result),
    }


def _what_happens(storm: StormDrill) -> Iterator[str]:
    number, firings = len(storm.firings), storm.firings
    counts = Counter(firing.subject.severity for firing in firings)
    severities = ", ".join(f"{counts[severity]:,} {severity}" for severity in SEVERITIES if counts[severity])
    if storm.down:
        yield f"{storm.down} does not answer for {duration(1000 * storm.down_s)}, from 0s on"
    if len({firing.fires_at for firing in firings}) == 1:
        lasts = duration(1000 * (firings[0].ok_at - firings[0].fires_at))
        yield f"{number:,} alarms at once in {storm.environment}, and OK again after {lasts}: {severities}"
    else:
        yield f"{number:,} alarms meanwhile in {storm.environment}: {severities}"
    if storm.copies:
        yield f"{number - storm.copies:,} of them are of this build, {storm.copies:,} are copies under other names"


def _became(result: Result) -> Iterator[str]:
    """The number of incidents by kind: storm, group, alone."""
    sizes: dict[str, list[int]] = {}
    for incident in result.incidents:
        sizes.setdefault("alone" if incident.alarms == 1 else incident.kind, []).append(incident.alarms)
    yield f"{pluralize(len(result.incidents), 'incident')}:"
    if storms := sizes.get("storm"):
        yield f"  {pluralize(len(storms), 'storm')} of {_sizes(storms)} alarms"
    if groups := sizes.get("group"):
        of = f"{_sizes(groups)} alarms of a composite, an objective or a service"
        yield f"  {pluralize(len(groups), 'group')} of {of}"
    if alone := sizes.get("alone"):
        yield f"  {pluralize(len(alone), 'alarm')} alone"


def _sizes(numbers: Sequence[int]) -> str:
    first, last = min(numbers), max(numbers)
    return f"{first:,}" if first == last else f"{first:,} to {last:,}"


def _waiting(storm: StormDrill, result: Result) -> Iterator[str]:
    """Alarm by alarm: when it fired, when the channel of the outage was notified, and the delay of the others."""
    rows = [["ALARM", "OK", "", f"{storm.down} notified", "others notified after"]]
    by_alarm: dict[tuple[str, str], list[Notification]] = {}
    for notification in result.notifications:
        by_alarm.setdefault((notification.alarm, notification.account), []).append(notification)
    unsent = {notification.incident for notification in result.unsent if notification.channel == storm.down}
    for firing in storm.firings:
        notifications = by_alarm.get((firing.subject.name, firing.subject.account), [])
        rows.append(_waited(storm, firing, notifications, unsent))
    yield from _table(rows, left=(2, 3, 4))


def _waited(storm: StormDrill, firing: Firing, notifications: Sequence[Notification], unsent: set[str]) -> list[str]:
    subject = firing.subject
    own = [notification for notification in notifications if notification.channel == storm.down]
    of_others = [
        notification
        for notification in notifications
        if notification.channel != storm.down and notification.step == "open"
    ]
    known = (
        "never: it ended before"
        if {notification.incident for notification in notifications} & unsent
        else "not in its route"
    )
    if own:
        first = min(own, key=lambda notification: notification.delivered_at)
        reference = f", {first.reference}" if first.reference.rpartition("-")[2].isdigit() else ""
        known = f"at {duration(first.delivered_at - milliseconds(0))}{', in a digest' if first.listed else reference}"
    delays = [notification.delivered_at - notification.at for notification in of_others]
    return [
        duration(1000 * firing.fires_at),
        duration(1000 * firing.ok_at),
        f"{subject.alarm} in {subject.account_name}, {subject.severity}",
        known,
        _span(delays),
    ]


def _known(result: Result) -> Iterator[str]:
    rows = [["", "first", "median", "last"]]
    known = first_known(result)
    for severity in SEVERITIES:
        if delays := known.get(severity):
            middle = delays[len(delays) // 2]
            rows.append([f"{severity}: first notified after", *map(duration, (delays[0], middle, delays[-1]))])
    yield from _table(rows)


_HEADER = [
    *("", "incidents", "ALARM sent after", "OK sent after", "pages", "tickets", "messages", "digests", "updates"),
    "429",
]


def _row(summary: ChannelSummary) -> list[str]:
    counts = (summary.pages, summary.tickets, summary.messages, summary.digests, summary.updates)
    incidents = f"{summary.incidents:,}" + (f" of {summary.incidents + summary.unsent:,}" if summary.unsent else "")
    return [
        f"{summary.name} ({summary.type})",
        incidents,
        _span(summary.alarm_delays),
        _span(summary.ok_delays),
        *(f"{number:,}" if number else NOTHING for number in counts),
        f"{summary.too_many:,}",
    ]


def _span(delays: Sequence[int]) -> str:
    if not delays:
        return NOTHING
    first, last = duration(min(delays)), duration(max(delays))
    return first if first == last else f"{first} to {last}"


def _first_at(storm: StormDrill, result: Result) -> list[Notification]:
    """For each incident the first notification of the channel of the outage."""
    first: dict[str, Notification] = {}
    for notification in sorted(result.notifications, key=lambda notification: notification.delivered_at):
        if notification.channel == storm.down:
            first.setdefault(notification.incident, notification)
    return list(first.values())


def _table(rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> Iterator[str]:
    """In columns, two spaces apart; numbers to the right, and what is in `left` to the left."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    for row in rows:
        cells = [
            f"{cell:<{width}}" if i in left else f"{cell:>{width}}"
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells)


def duration(milliseconds_: int) -> str:
    """`0.8s`, `2m 5s`, `5h 45m`."""
    seconds = milliseconds_ / 1000
    if seconds < 60:
        return f"{seconds:.1f}s".replace(".0s", "s")
    whole = round(seconds)
    parts = [(whole // 86_400, "d"), (whole % 86_400 // 3600, "h"), (whole % 3600 // 60, "m"), (whole % 60, "s")]
    return " ".join(f"{number}{unit}" for number, unit in parts if number)
