"""A part of an agent's window: its counts, what is new in it, and that the agent lives.

Every step may be done again, and is, when the function ends before the last one: counts are replaced; a summary is
written before what it stands for; what people are owed is written together with the error that it is about.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from handlers.common.deadline import Deadline
from handlers.events import agent_life, outbox
from handlers.events.conditions import close_condition, renew_condition
from handlers.events.errors import Novelty, novelty, observe_in
from handlers.events.finding_detail import AGENT, AGENT_SUBJECT, CHECK_OF_KIND, LAMBDA_ERROR, SERVICE_HEALTH, SUMMARY
from handlers.events.messages import FUNCTIONS, SERVICES, AgentWindow, Occurrence
from handlers.events.meter import ProcessingDelays
from handlers.events.observing import Observer, known_heads
from handlers.events.outputs import Outputs
from handlers.events.records import Agent, Condition, Count, Error, Status, Window
from handlers.events.saving import change_agent, change_condition
from handlers.events.wording import agent_well, many_new, over

logger = logging.getLogger(__name__)
# A summary is over when nothing was added to it for an hour.
SUMMARY_MS = 3_600_000


class OutOfTime(Exception):
    """A window takes longer than the function may; what is stored of it by now is not stored again."""


def handle(window: AgentWindow, outputs: Outputs, now: int, deadline: Deadline | None = None) -> ProcessingDelays:
    """Store a window and tell people what is new. now: milliseconds since 1970, for the heartbeat alone.

    Raises OutOfTime before the function is ended, which would hand out all of its batch again.
    """

    def check() -> None:
        if deadline and not deadline.left:
            raise OutOfTime(f"no time was left for the {len(window.errors):,} errors of a window")

    changed: list[Error | Condition] = []
    agent = _heartbeat(window, outputs, now, changed)
    learning = agent_life.is_learning(agent, window.end, outputs.settings)
    added = _count(window, outputs, check)
    heads = known_heads(window, outputs.store)
    new = _new(window, heads, learning, outputs)
    came = outputs.store.add_to_window(_came(window, frozenset() if learning else frozenset(new)))
    _replace_missing(came, window, outputs)
    is_many = not learning and len(came.new) > outputs.settings.most_new
    if new and is_many:
        changed.append(_summarise(window, new, len(came.new), outputs))
    observer = Observer(window, learning, frozenset(new) if is_many else frozenset(), outputs, heads, check)
    changed += observer.observe()
    _close_healthy(window, outputs, changed)
    outbox.send(changed, outputs)
    logger.info("window", extra=_log_fields(window, new))
    lateness = added if window.final else None
    return ProcessingDelays(window.sent_at, window.end, lateness, 0 if learning else len(new))


def _log_fields(window: AgentWindow, new: dict[str, Occurrence]) -> dict[str, object]:
    return {
        "correlation": window.correlation,
        "account": window.source.account,
        "source_region": window.source.region,
        "window": window.start,
        "pass": "final" if window.final else "first",
        "part": window.part,
        "errors": len(window.errors),
        "new": len(new),
    }


def _heartbeat(window: AgentWindow, outputs: Outputs, now: int, changed: list[Error | Condition]) -> Agent:
    """The agent after the window. Its incident is closed before it is written that it is well."""

    def change(agent: Agent | None) -> Agent:
        after = agent_life.heartbeat(agent, window, now, outputs.settings)
        if agent and agent.status is Status.SILENT and after.status is not Status.SILENT:
            content = agent_well(window.source, outputs.settings)
            changed.append(
                change_condition(
                    AGENT,
                    window.source,
                    AGENT_SUBJECT,
                    lambda condition: close_condition(
                        condition, max(window.end, condition.last_at), content, outputs.settings
                    ),
                    outputs.store,
                )
            )
        return after

    return change_agent(window.source, change, outputs.store)


def _count(window: AgentWindow, outputs: Outputs, check: Callable[[], None]) -> int:
    """Write the counts; how many more they are than those before them."""
    added = 0
    for occurrence in window.errors:
        check()
        count = Count(
            occurrence.fingerprint, window.start, window.source, occurrence.count, occurrence.exact, window.final
        )
        added += outputs.store.put_count(count) or 0
    return added


def _new(window: AgentWindow, heads: dict[str, Error], learning: bool, outputs: Outputs) -> dict[str, Occurrence]:
    return {
        occurrence.fingerprint: occurrence
        for occurrence in window.errors
        if novelty(heads.get(occurrence.fingerprint), observe_in(window, occurrence, learning), outputs.settings)
        is not Novelty.KNOWN
    }


def _came(window: AgentWindow, new: frozenset[str]) -> Window:
    """A final pass that could not read all is never complete: what it does not know may be where it could not look."""
    parts, errors = frozenset({window.part}), frozenset(occurrence.fingerprint for occurrence in window.errors)
    if window.final:
        whole = frozenset() if window.partial else parts
        return Window(
            window.source, window.start, final=whole, final_errors=errors, new=new, parts=frozenset({window.parts})
        )
    return Window(window.source, window.start, first=parts, first_errors=errors, new=new)


def _replace_missing(came: Window, window: AgentWindow, outputs: Outputs) -> None:
    """What only the first pass has found is none: a line that came late has made another error of it."""
    if not came.is_final:
        return
    for fingerprint in sorted(came.first_errors - came.final_errors):
        outputs.store.put_count(Count(fingerprint, window.start, window.source, 0, final=True))


def _summarise(window: AgentWindow, new: dict[str, Occurrence], count: int, outputs: Outputs) -> Condition:
    """One finding for all that is new, in place of one each.

    That of a late window is sent though the summary of a later one is over: nothing else names its errors.
    """
    checks = {CHECK_OF_KIND[error.kind] for error in new.values()}
    check = LAMBDA_ERROR if LAMBDA_ERROR in checks else min(checks)
    titles = [(error.title, error.count) for error in new.values()]
    content = many_new(check, window.source, count, titles, window.end, outputs.settings)
    return change_condition(
        check,
        window.source,
        SUMMARY,
        lambda known: renew_condition(known, _after_all(known, window.end), content, outputs.settings, SUMMARY_MS),
        outputs.store,
    )


def _after_all(known: Condition, at: int) -> int:
    return max(at, known.last_at, 0 if known.is_open else known.changed_at + 1)


def _close_healthy(window: AgentWindow, outputs: Outputs, changed: list[Error | Condition]) -> None:
    """Services that the window does not list as unhealthy any more."""
    if window.unhealthy is None or window.final or window.part > 1:
        return
    for condition in outputs.store.conditions(SERVICE_HEALTH, window.source):
        kind = SERVICES if "/" in condition.subject else FUNCTIONS
        is_well = condition.subject not in window.unhealthy and kind not in window.unknown
        if condition.is_open and is_well:
            title = str(condition.content.get("title", condition.subject))
            content = over(title, window.source, "it runs again", outputs.settings)
            changed.append(
                change_condition(
                    SERVICE_HEALTH,
                    window.source,
                    condition.subject,
                    lambda now, content=content: close_condition(now, window.end, content, outputs.settings),  # type: ignore[misc]
                    outputs.store,
                )
            )
        elif condition.owed:
            changed.append(condition)
