"""Events, errors and agents as the API gives them, for people; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.wording import printable

Data = Mapping[str, Any]
# Wider texts are cut, except in the last column.
WIDEST = 44
BARS = " ▁▂▃▄▅▆▇█"
MOST_TITLE = 120


def error_lines(data: Data) -> Iterator[str]:
    """The list of errors."""
    rows = [
        (
            error["fingerprint"],
            error["state"],
            _minute(error["last_seen"]),
            _account_regions(error["sources"]),
            error["service"] or "-",
        )
        + (_one_line(error["title"], MOST_TITLE),)
        for error in data["errors"]
    ]
    yield from _table(("ERROR", "STATE", "LAST SEEN", "WHERE", "SERVICE", "TITLE"), rows, "no errors")


def error_details(data: Data) -> Iterator[str]:
    """The lines about one error."""
    yield f"{data['fingerprint']} ({data['kind']}): {_one_line(data['title'])}"
    rows = [
        ("state", _state(data) + _ignored(data)),
        ("merged into", data["merged_into"] or ""),
        ("first seen", _minute(data["first_seen"])),
        ("last seen", _minute(data["last_seen"])),
        ("where", ", ".join(_account_region(source) for source in data["sources"])),
        ("service", data["service"]),
        ("source", data["source_path"]),
        ("owner", data["owner"]),
        ("log groups", ", ".join(data["log_groups"])),
        ("counts as this", ", ".join(data["merged"])),
        ("made of", _one_line(data["shape"])),
    ]
    yield from _pairs(rows)
    approximate = "" if data["exact"] else "≈ "
    yield f"  last 24 hours  {approximate}{data['count']:,}  {bars([hour['count'] for hour in data['hours']])}"
    yield from _block("sample", data["sample"].splitlines())
    yield from (f"  {_one_line(link['title'])}: {_one_line(link['url'])}" for link in data["links"])


def event_lines(data: Data) -> Iterator[str]:
    """The list of events."""
    rows = [
        (_minute(event["at"]), event["id"], event["type"], event["severity"], event["state"], _account_region(event))
        + (_one_line(event["title"], MOST_TITLE),)
        for event in data["events"]
    ]
    yield from _table(("TIME", "EVENT", "TYPE", "SEVERITY", "STATE", "WHERE", "TITLE"), rows, "no events")


def event_details(data: Data) -> Iterator[str]:
    """The lines about one event."""
    yield f"{data['id']} ({data['type']}, {data['severity']}): {_one_line(data['title'])}"
    until = f", ignored until {_minute(data['ignored_until'])}" if data["ignored_until"] else ""
    rows = [
        ("state", _state(data) + until),
        ("time", _minute(data["at"])),
        ("where", _account_region(data)),
        ("about", data["subject"]),
        ("service", data["service"]),
        ("owner", data["owner"]),
        ("runbook", data["runbook"]),
        ("link", data["link"]),
        *((fact["name"], fact["value"]) for fact in data["facts"]),
    ]
    yield from _pairs(rows)
    yield from _block("log lines", data["lines"])


def agent_lines(data: Data) -> Iterator[str]:
    """The list of agents, and what each of them says is wrong."""
    rows = [
        (
            _account_region(agent),
            agent["status"],
            _minute(agent["heartbeat_at"]),
            _minute(agent["window_end"]),
            str(agent["log_groups"]),
            agent["version"] or "-",
        )
        for agent in data["agents"]
    ]
    headings = ("AGENT", "STATUS", "HEARTBEAT", "READ UP TO", "LOG GROUPS", "VERSION")
    yield from _table(headings, rows, "no agents")
    for agent in data["agents"]:
        details = [agent["reason"]] if agent["reason"] else []
        details += [f"not queried: {text}" for text in (*agent["failed"], *agent["unavailable"])]
        details += [f"does not run: {text}" for text in agent["unhealthy"]]
        yield from (f"{_account_region(agent)}: {_one_line(text)}" for text in details)


def are_well(data: Data) -> bool:
    """True if every agent works."""
    return all(agent["status"] not in ("failed", "silent") for agent in data["agents"])


def bars(counts: Sequence[int]) -> str:
    """A bar for each number, as high as it is compared with the highest; nothing where all are 0."""
    highest = max(counts, default=0)
    if not highest:
        return ""
    # What occurred at all is seen.
    return "".join(BARS[max(1, round(count / highest * 8))] if count else BARS[0] for count in counts)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> Iterator[str]:
    if not rows:
        yield nothing
        return
    cut = [[_one_line(cell, WIDEST) for cell in row[:-1]] + [row[-1]] for row in (headings, *rows)]
    widths = [max(len(row[column]) for row in cut) for column in range(len(headings))]
    for row in cut:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _pairs(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    pairs = [(_one_line(name), _one_line(value)) for name, value in rows if value]
    width = max((len(name) for name, _ in pairs), default=0)
    yield from (f"  {name.ljust(width)}  {value}" for name, value in pairs)


def _block(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"  {title}:"
        yield from (f"    {printable(line.expandtabs(4))}" for line in lines)


def _state(data: Data) -> str:
    by = f" by {data['state_by']}" if data["state_by"] else ""
    at = f", {_minute(data['state_at'])}" if data["state_at"] else ""
    return f"{data['state']}{by}{at}"


def _ignored(data: Data) -> str:
    ignored = data["ignored"]
    if not ignored:
        return ""
    if ignored["until"]:
        return f", until {_minute(ignored['until'])}"
    return f", until {ignored['until_count']:,} occur in {ignored['within_seconds']:,} seconds"


def _minute(timestamp: str | None) -> str:
    """`2026-11-20 10:00` of the API's UTC times."""
    return timestamp[:16].replace("T", " ") if timestamp else "never"


def _account_region(row: Data) -> str:
    return f"{row['account_name'] or row['account']} {row['region']}"


def _account_regions(sources: Sequence[Data]) -> str:
    if not sources:
        return "-"
    more = f" +{len(sources) - 1}" if len(sources) > 1 else ""
    return f"{_account_region(sources[0])}{more}"


def _one_line(text: str, most: int = 0) -> str:
    line = printable(" ".join(str(text).split()))
    return f"{line[: most - 1]}…" if most and len(line) > most else line
