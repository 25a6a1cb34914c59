"""Errors in logs, the event store and reports in words: for the catalogue, `explain` and `diff`.

Works on the data of estate.json, so that both sides of a difference read alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.findings import Path
from generator.render.section_words import Kind
from generator.wording import duration_in_words, list_in_words, pluralize

Data = Mapping[str, Any]
# Title, the keys of the section that it is about, and words.
Row = tuple[str, tuple[str, ...], str]
SECTIONS = ("error_logs", "events", "reports")


def catalogued(estate: Data) -> Iterator[str]:
    """The catalogue's sections; nothing of what there is not. estate: as estate.json has it."""
    titles = {"error_logs": "Errors in logs", "events": "What the hub keeps", "reports": "Reports"}
    for section in SECTIONS:
        data = estate.get(section)
        if data:
            yield from ("", f"## {titles[section]}", "")
            yield from (f"- **{title}** {words}" for title, _, words in _rows(section, data))


def explained(path: Path, estate: Data) -> Iterator[str]:
    """The effects of a path of these sections in an environment; none where it has none there."""
    section, part = str(path[0]) if path else "", str(path[1]) if len(path) > 1 else ""
    data = estate.get(section) if section in SECTIONS else None
    if data:
        yield from (f"{title.lower()}: {words}" for title, keys, words in _rows(section, data) if part in ("", *keys))


def settings(estate: Data) -> frozenset[Path]:
    """The sections that there are and their keys, also those that have their default."""
    sections = [section for section in SECTIONS if estate.get(section)]
    rows = {(section, key) for section in sections for _, keys, _ in _rows(section, estate[section]) for key in keys}
    return frozenset([*((section,) for section in sections), *rows])


def differences(before: Data, after: Data) -> Iterator[tuple[Kind, str]]:
    """Of two estates' JSON: added, removed or changed, and a sentence."""
    started = {
        "error_logs": "logs are searched for errors from now on",
        "events": "events are kept in the hub from now on",
        "reports": "reports are sent from now on",
    }
    ended = {
        "error_logs": "logs are no longer searched for errors, and open incidents about them stay open",
        "events": "events are no longer kept: all that is kept of errors and events is DELETED",
        "reports": "reports are no longer sent, and pages of earlier ones are DELETED",
    }
    for section in SECTIONS:
        was, now = before.get(section), after.get(section)
        if was is None and now is not None:
            yield "added", started[section]
        elif now is None and was is not None:
            yield "removed", ended[section]
        elif was is not None and now is not None:
            yield from _changes([*_rows(section, was)], [*_rows(section, now)])


def _changes(was: list[Row], now: list[Row]) -> Iterator[tuple[Kind, str]]:
    old, new = ({title: words for title, _, words in rows} for rows in (was, now))
    for title in dict.fromkeys([*new, *old]):
        if title not in old:
            yield "added", f"{title.lower()}: {new[title]}"
        elif title not in new:
            yield "removed", f"{title.lower()}: no longer {old[title]}"
        elif old[title] != new[title]:
            yield "changed", f"{title.lower()}: {new[title]} (was: {old[title]})"


def _rows(section: str, data: Data) -> Iterator[Row]:
    match section:
        case "error_logs":
            yield from _error_logs(data)
        case "events":
            yield from _events(data)
        case _:
            yield from _reports(data)


def _error_logs(data: Data) -> Iterator[Row]:
    every, latency = duration_in_words(data["every"]), duration_in_words(data["delivery_latency"])
    yield "Reads", ("groups",), groups_in_words(data["groups"])
    yield "Every", ("every", "delivery_latency"), f"{every}, {latency} after a window has ended"
    yield "Looks for", ("query",), f"`{' '.join(data['query'].split())}`"
    yield "Queries at once", ("concurrent_queries",), f"{data['concurrent_queries']} of an account and Region's 100"
    also = [what for what in ("tasks", "deployments", "health") if data[what]]
    if also:
        yield "Also", ("tasks", "deployments", "health"), ", ".join(also)
    redacted = [
        *data["redact_optional"],
        *(f"{pattern['name']} (`{pattern['pattern']}`)" for pattern in data["redact_patterns"]),
    ]
    yield "Redacts", ("redact",), ", ".join(["the usual kinds", *redacted])
    for rule in data["same"]:
        yield f"Is one error {rule['name']}", ("same",), f"`{rule['pattern']}`"
    for rule in data["ignore"]:
        where = f" in {rule['log_group']}" if rule["log_group"] else ""
        until = f", until {rule['until']}" if rule["until"] else ""
        yield f"Ignores `{rule['pattern']}`{where}", ("ignore",), f"{rule['reason']}{until}"
    yield from _what_becomes_of_them(data)


def _what_becomes_of_them(data: Data) -> Iterator[Row]:
    yield "Severity", ("severities",), ", ".join(f"{kind} {severity}" for kind, severity in data["severity"])
    learn = f"only recorded for {duration_in_words(data['learn'])} in a new account"
    quiet = f"resolved after {duration_in_words(data['quiet_after'])} without one"
    yield "New errors", ("learn", "most_new"), f"one by one, above {data['most_new']} in a summary; {learn}"
    yield "Known errors", ("quiet_after",), quiet
    spike = data["spike"]
    yield "Spike", ("spike",), f"{spike['factor']} times the median of a day, and {spike['floor']} in a window"
    for rule in data["owners"]:
        places = (("log group", "log_group"), ("service", "service"), ("path", "source_path"))
        where = " and ".join(f"{word} {rule[key]}" for word, key in places if rule[key]) or "everything"
        runbook = f", {rule['runbook']}" if rule["runbook"] else ""
        yield f"Owner of {where}", ("owners",), f"{rule['owner']}{runbook}"
    for name in ("owner", "runbook"):
        if data[name]:
            yield name.capitalize(), (name,), data[name]


def groups_in_words(groups: Data) -> str:
    """`log groups of Lambda functions and of ECS services, /ecs/… and /aws/app, but not *-debug, 10 in a query`."""
    of = [word for key, word in (("functions", "of Lambda functions"), ("services", "of ECS services")) if groups[key]]
    of += [f"{prefix}…" for prefix in groups["prefixes"]] + list(groups["names"])
    tags = " and ".join(f"{key} {' or '.join(values) or 'of any value'}" for key, values in groups["tags"])
    of += [f"tagged {tags}"] if tags else []
    but = f", but not {', '.join(groups['exclude'])}" if groups["exclude"] else ""
    where = list_in_words(of)
    return f"log groups {where}{but}, {groups['chunk']} in a query"


def _events(data: Data) -> Iterator[Row]:
    yield "Events", ("keep",), f"kept for {pluralize(data['keep_days'], 'day')}"
    api = data["api"]
    if api:
        yield "API", ("api",), f"{api['rate']} requests a second, {api['burst']} at once, by IAM"
    yield "Backup", ("backup",), "point-in-time recovery" if data["backup"] else "none"
    yield "Encryption", ("encryption",), "with a key of the stack" if data["customer_key"] else "with a key of AWS"
    if data["vpc"]:
        subnets, groups = ", ".join(data["vpc"]["subnets"]), ", ".join(data["vpc"]["security_groups"])
        yield "VPC", ("vpc",), f"{subnets}, with {groups}"
    yield "Dashboard", ("dashboard",), "made" if data["dashboard"] else "not made"


def _reports(data: Data) -> Iterator[Row]:
    for report in data["reports"]:
        when = f"at {report['expression']} in {report['time_zone']}"
        yield report["name"].capitalize(), (report["name"],), f"{when}, to {' and '.join(report['channels'])}"
    sender = f"HTML from {data['sender']}" if data["sender"] else "text by SNS"
    yield "E-mail", ("sender",), sender
    yield "Pages", ("keep",), f"kept for {pluralize(data['keep_days'], 'day')}"
    if coverage := data.get("coverage"):
        counts = coverage["counts"]
        known = counts["resources"] - counts["unknown"]
        words = f"{counts['watched']:,} of {pluralize(known, 'resource')} watched on {coverage['day']}"
        unknown = f", {counts['unknown']:,} not judged" if counts["unknown"] else ""
        unread = pluralize(coverage.get("unread", 0), "account and Region", "accounts and Regions")
        yield "Coverage", (), f"{words}{unknown}{f', {unread} not read' if coverage.get('unread') else ''}"
