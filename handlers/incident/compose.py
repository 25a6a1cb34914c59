"""From what is to be said to the words: the report that every channel renders in its own form; pure."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from handlers.incident.events import Change, Key
from handlers.incident.history import History, Point
from handlers.incident.plan import Todo
from handlers.incident.report import Report, Step
from handlers.incident.routing import Routing

# How much of the log a link shows around the state change, in seconds.
BEFORE, AFTER = 900, 300


def report(todo: Todo, key: Key, history: History, routing: Routing) -> Report:
    """What is said in one step to one channel."""
    about = routing.about(key)
    span = todo.span
    point = span.last if span else history.points[-1]
    first = span.first if span and span.first else point
    if todo.step in (Step.OPEN, Step.REPEAT) and span and span.last_alarm:
        point = span.last_alarm
    recovered = todo.step is Step.RESOLVE
    return Report(
        step=todo.step,
        episode=todo.episode.id,
        alarm=key.alarm,
        state="OK" if recovered else point.state,
        severity=todo.episode.severity,
        account=key.account,
        account_name=routing.account_name(key),
        region=key.region,
        environment=routing.environment,
        project=routing.project,
        summary=str(about.get("summary") or key.alarm),
        reason=point.reason or "the event gave no reason",
        since=moment(first.at),
        at=moment(point.at),
        count=max(1, span.count) if span else 1,
        measured=_measured(point, str(about.get("condition", ""))),
        owner=str(about.get("owner", "")),
        runbook=str(about.get("runbook", "")),
        links=links(key, point.at, routing),
    )


def moment(at: int) -> str:
    """`2026-11-20T10:00:00Z`."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _measured(point: Point, condition: str) -> str:
    return "; ".join(part for part in (point.measured, f"fires when {condition}" if condition else "") if part)


def links(key: Key, at: int, routing: Routing) -> tuple[tuple[str, str], ...]:
    """The alarm, the dashboard, the log query; they open in whichever account the reader is signed in to."""
    made: list[tuple[str, str]] = []
    if routing.knows(key.alarm):
        made.append(("Alarm", f"{_console(key.region)}#alarmsV2:alarm/{quote(key.alarm, safe='')}"))
    dashboard = routing.dashboard()
    if dashboard:
        made.append(("Dashboard", f"{_console(routing.hub_region)}#dashboards/dashboard/{quote(dashboard, safe='')}"))
    query = routing.log_query(key)
    if query:
        source = query.log_group
        if query.readable:
            source = f"arn:aws:logs:{key.region}:{key.account}:log-group:{query.log_group}"
        made.append(("Log query", insights(key.region, source, query.query, at)))
    return tuple(made)


def _console(region: str) -> str:
    return f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"


def insights(region: str, source: str, query: str, at: int) -> str:
    """A Logs Insights query around a moment. The form of the address is the console's own; AWS documents none."""
    start, end = (moment(at + seconds * 1000)[:-1] + ".000Z" for seconds in (-BEFORE, AFTER))
    detail = (
        f"~(end~'{_starred(end)}~start~'{_starred(start)}~timeType~'ABSOLUTE~tz~'UTC"
        f"~editorString~'{_starred(query)}~source~(~'{_starred(source)}))"
    )
    return f"{_console(region)}#logsV2:logs-insights?queryDetail={detail}"


def _starred(text: str) -> str:
    """Percent encoding with stars for percent signs, which the console uses inside the fragment."""
    return quote(text, safe="").replace("~", "%7E").replace("%", "*")


def told_late(change: Change, now: int) -> int:
    """Milliseconds from the state change to now; never less than nothing, whatever the clocks say."""
    return max(0, now - change.at)
