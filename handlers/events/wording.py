"""What people read of errors, spikes, summaries and agents; pure."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from handlers.events import links
from handlers.events.finding_detail import LAMBDA_ERROR, Content, content
from handlers.events.messages import Occurrence
from handlers.events.records import Agent, Deployment, Error, Event, Source
from handlers.events.settings import Settings

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
# Titles in a summary.
LISTED = 5
# Names of facts that the incident function has itself (handlers/incident/finding.py).
RESERVED = frozenset(
    ("Why", "State", "Status", "Severity", "Where", "Location", "Episode", "Owner", "Runbook", "Note", "To do")
)


def error_opened(
    error: Error,
    why: str,
    window: tuple[int, int],
    occurrence: Occurrence,
    deployment: Deployment | None,
    settings: Settings,
) -> Content:
    """A new error, or one that is back. why: `New`, `Back` or what made it one. window: its start and end."""
    what = "failure" if error.kind == "lambda" else "error"
    origin = error.service or (occurrence.groups[0] if occurrence.groups else "")
    approximately = "" if occurrence.exact else "≈ "
    facts = [
        ("Account", account(error.home.account, settings)),
        ("Region", error.home.region),
        ("Log group", ", ".join(occurrence.groups[:3])),
        ("Service", error.service),
        ("Occurrences", f"{approximately}{occurrence.count:,} in {duration(window[1] - window[0])}"),
        ("First seen", links.iso(error.first_seen)),
        ("Since", since(deployment, occurrence.first)),
        ("Source", error.source_path),
        ("Request", occurrence.request),
        *_ownership(error.owner, error.runbook, settings),
        ("Line", occurrence.sample or error.sample),
    ]
    title = f"{why} {what}{f' in {origin}' if origin else ''}: {error.title}"
    link = links.insights(
        error.home,
        occurrence.groups[0] if occurrence.groups else "",
        links.query_of(occurrence.request, occurrence.literal),
        occurrence.first,
        occurrence.last,
    )
    return content(title, facts, _show(error.fingerprint, settings), link)


def error_closed(error: Error, why: str, settings: Settings) -> Content:
    """An error that is over. why: such as `did not occur for 7 days`."""
    facts = [
        ("Account", account(error.home.account, settings)),
        ("Region", error.home.region),
        ("Last seen", links.iso(error.last_seen)),
        ("Resolved because", why),
    ]
    return content(f"Resolved: {error.title}", facts)


def since(deployment: Deployment | None, at: int) -> str:
    """`the deployment of payments at 2026-11-20T14:02:00Z, 3 minutes before`."""
    if deployment is None:
        return ""
    what = deployment.service or deployment.subject
    return f"the deployment of {what} at {links.iso(deployment.at)}, {duration(at - deployment.at)} before"


def many_new(
    check: str, source: Source, count: int, titles: Sequence[tuple[str, int]], end: int, settings: Settings
) -> Content:
    """More new errors of one window than are told one by one. titles: with their occurrences, some of them."""
    what = "new errors" if check != LAMBDA_ERROR else "new errors, Lambda failures among them,"
    most = sorted(titles, key=lambda pair: (-pair[1], pair[0]))[:LISTED]
    facts = [
        ("Account", account(source.account, settings)),
        ("Region", source.region),
        ("Until", links.iso(end)),
        *((f"Error {number}", f"{occurrences:,} × {title}") for number, (title, occurrences) in enumerate(most, 1)),
    ]
    title = f"{count:,} {what} in one window in {settings.account(source.account)} ({source.region})"
    return content(title, facts, _list(source, settings))


def learned(agent: Agent, titles: Sequence[str], count: int, settings: Settings) -> Content:
    """What the first day of an account brought, without a notification."""
    source = agent.source
    facts = [
        ("Account", account(source.account, settings)),
        ("Region", source.region),
        ("Known since", links.iso(agent.registered_at)),
        *((f"Error {number}", title) for number, title in enumerate(titles[:LISTED], 1)),
    ]
    errors = "1 error is known" if count == 1 else f"{count:,} errors are known"
    title = f"{errors} in {settings.account(source.account)} ({source.region}); from now on new ones are notified"
    return content(title, facts, _list(source, settings) if count else "")


def spike(error: Error, total: int, median: float, start: int, settings: Settings) -> Content:
    """An error far above its usual rate."""
    facts = [
        ("Account", account(error.home.account, settings)),
        ("Region", error.home.region),
        ("Service", error.service),
        ("Occurrences", f"{total:,} in {duration(settings.every)} from {links.iso(start)}"),
        ("Usual", f"{median:g} in {duration(settings.every)}, the median of the day before"),
        ("Accounts", ", ".join(dict.fromkeys(settings.account(source.account) for source in error.sources[:LISTED]))),
        *_ownership(error.owner, error.runbook, settings),
        ("Line", error.sample),
    ]
    return content(
        f"{total:,} times in {duration(settings.every)}: {error.title}", facts, _show(error.fingerprint, settings)
    )


def agent_silent(agent: Agent, settings: Settings) -> Content:
    """An agent that sends nothing any more."""
    facts = [*_location(agent.source, settings), ("Last window until", links.iso(agent.window_end))]
    action = (
        f"Check the log of query-error-logs-{settings.environment} and its dead letters in that account; "
        f"recover lost windows with: obsgen redrive -e {shlex.quote(settings.environment)}"
    )
    return content(f"The agent in {_where(agent.source, settings)} is silent", facts, action)


def agents_silent(agents: Sequence[Agent], settings: Settings) -> Content:
    """Many agents at once: what all of them need is more likely the cause than each of them."""
    facts = [(f"Agent {number}", _where(agent.source, settings)) for number, agent in enumerate(agents[:LISTED], 1)]
    action = (
        "Check the hub's event bus and its policy first, then run: "
        f"obsgen agents -e {shlex.quote(settings.environment)}; "
        f"recover lost windows with: obsgen redrive -e {shlex.quote(settings.environment)}"
    )
    return content("Many agents are silent", [("Agents", f"{len(agents):,} at first"), *facts], action)


def agent_failed(agent: Agent, settings: Settings) -> Content:
    """An agent whose stack instance failed."""
    facts = [*_location(agent.source, settings), ("Reason", agent.reason)]
    return content(f"The agent in {_where(agent.source, settings)} was not deployed", facts)


def agent_well(source: Source, settings: Settings) -> Content:
    """An agent that sends again, or that was deployed, or taken out."""
    return content(f"The agent in {_where(source, settings)} has recovered or was removed", _location(source, settings))


def happening(event: Event, settings: Settings) -> Content:
    """A task that failed, or a service that does not run, as its agent says it."""
    body = event.body
    facts = [(f"{name} in the source" if name in RESERVED else name, value) for name, value in body.get("facts", ())]
    known = dict([*_location(event.source, settings), *facts])
    group, service = str(body.get("log_group", "")), str(body.get("service", ""))
    known |= {"Service": service, "Log group": group}
    known |= dict(_ownership(str(body.get("owner", "")), str(body.get("runbook", "")), settings))
    known |= {"Last lines": " ⏎ ".join(body.get("lines", ()))}
    link = links.insights(event.source, group, links.query_of("", ""), event.at, event.at)
    return content(event.title, list(known.items()), "", link)


def over(title: str, source: Source, why: str, settings: Settings) -> Content:
    """A condition that is over. title: of what opened it."""
    return content(f"Resolved: {title}", [*_location(source, settings), ("Resolved because", why)])


def account(account_id: str, settings: Settings) -> str:
    """`checkout (222222222222)`."""
    name = settings.account(account_id)
    return f"{name} ({account_id})" if name != account_id else account_id


def duration(milliseconds: int) -> str:
    """`5 minutes`, `2 hours` or `7 days`: rounded down, never less than no seconds."""
    seconds = max(0, milliseconds) // 1000
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 2 * size or seconds == size:
            number = seconds // size
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def _ownership(owner: str, runbook: str, settings: Settings) -> list[tuple[str, str]]:
    """Those that are not the usual ones, which the incident function names itself."""
    return [
        ("Owned by", owner if owner != settings.owner else ""),
        ("How to handle", runbook if runbook != settings.runbook else ""),
    ]


def _location(source: Source, settings: Settings) -> list[tuple[str, str]]:
    return [("Account", account(source.account, settings)), ("Region", source.region)]


def _where(source: Source, settings: Settings) -> str:
    return f"{settings.account(source.account)} ({source.region})"


def _show(fingerprint: str, settings: Settings) -> str:
    return f"obsgen errors show {fingerprint} -e {shlex.quote(settings.environment)}"


def _list(source: Source, settings: Settings) -> str:
    return f"List them with: obsgen errors list -e {shlex.quote(settings.environment)} --account {source.account}"
