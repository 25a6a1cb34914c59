"""Every five minutes: what is owed is sent, what was quiet is over, agents that are silent are found.

Everything is judged by the time for which the tick was scheduled; one that comes twice, or late, changes nothing. What
cannot be done to one record does not keep the others waiting; the message fails when all the rest is done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from handlers.common.deadline import Deadline
from handlers.events import agent_life, outbox
from handlers.events.conditions import close_condition, open_condition, renew_condition, with_next_check
from handlers.events.errors import after_time, with_closed_finding, with_next_due
from handlers.events.finding_detail import AGENT, AGENT_SUBJECT, LOG_ERROR, SUMMARY
from handlers.events.meter import ProcessingDelays
from handlers.events.outputs import Outputs
from handlers.events.records import Agent, Condition, Conflict, Error, Pulse, Source, State, Status
from handlers.events.saving import change_agent, change_condition, change_pulse
from handlers.events.wording import agent_silent, agents_silent, duration, error_closed, learned, over

logger = logging.getLogger(__name__)
BATCH = 50
# What a batch may take, and agents after it.
RESERVE_SECONDS = 10.0
SUMMARY_MS = 3_600_000
SILENT_PERIODS = 3


class Failed(Exception):
    """Some records could not be looked at, or some findings were not taken; the next try does them."""


def handle(at: int, outputs: Outputs, deadline: Deadline) -> ProcessingDelays:
    """Look at agents and at everything that is due at that time. What there is no time for, the next tick does.

    Raises Failed where something could not be done, when everything else is.
    """
    pulse = change_pulse(lambda known: agent_life.beat(known, at), outputs.store)
    agents = outputs.store.agents()
    failures = _silent_ones(agents, at, pulse, outputs, deadline)
    done: set[object] = set()
    while not done or deadline.earlier(RESERVE_SECONDS).left:
        due = [record for record in outputs.store.due(at + 1, BATCH + len(done)) if _name(record) not in done][:BATCH]
        if not due:
            break
        done |= {_name(record) for record in due}
        checked: list[Error | Condition] = []
        for record in due:
            checked += _tried(_name(record), partial(_after_time, record, at, outputs), failures)
        failures += _send(checked, outputs, deadline)
    failures += _learned_ones(agents, at, outputs, deadline.earlier(RESERVE_SECONDS))
    logger.info("tick", extra={"at": at, "due": len(done)})
    if failures:
        raise Failed("; ".join(failures))
    return ProcessingDelays()


def _tried(name: object, change: Callable[[], list[Error | Condition]], failures: list[str]) -> list[Error | Condition]:
    """What has changed; nothing where that failed, which is written down: one record never keeps the others waiting."""
    try:
        return change()
    except Exception as error:
        logger.exception("not checked", extra={"record": str(name)})
        failures.append(f"{name}: {type(error).__name__}: {error}")
        return []


def _name(record: Error | Condition) -> object:
    return record.fingerprint if isinstance(record, Error) else (record.check, record.source, record.subject)


def _send(records: list[Error | Condition], outputs: Outputs, deadline: Deadline) -> list[str]:
    """Send what they owe; what went wrong. Where all of them fail together, each is tried alone."""
    try:
        outbox.send(records, outputs)
    except outbox.NotSent as failure:
        return [str(failure)]
    except Exception as failure:
        if len(records) == 1 or not deadline.left:
            return [f"{type(failure).__name__}: {failure}"]
        return [
            failure_text for record in records if deadline.left for failure_text in _send([record], outputs, deadline)
        ]
    return []


def _after_time(record: Error | Condition, at: int, outputs: Outputs) -> list[Error | Condition]:
    """The record after what time alone has changed; as it was where somebody else writes it just now."""
    after = _error(record, at, outputs) if isinstance(record, Error) else _condition(record, at, outputs)
    if after == record:
        return [record]
    try:
        if isinstance(after, Error):
            return [outputs.store.save(after, record.version)]
        return [outputs.store.save_condition(after, record.version)]
    except Conflict:
        return [record]


def _error(error: Error, at: int, outputs: Outputs) -> Error:
    after, why = after_time(error, at, outputs.settings)
    if error.state is not State.IGNORED and why:
        why = f"it did not occur for {duration(outputs.settings.quiet_after)}"
        return with_closed_finding(after, at, error_closed(after, why, outputs.settings), outputs.settings)
    return with_next_due(after, outputs.settings)


def _condition(condition: Condition, at: int, outputs: Outputs) -> Condition:
    if condition.is_open and 0 < condition.closes_at <= at:
        title = str(condition.content.get("title", condition.subject))
        closing = over(title, condition.source, "no further event was received", outputs.settings)
        return close_condition(condition, condition.closes_at, closing, outputs.settings)
    return with_next_check(condition)


# -- agents


def _silent_ones(agents: list[Agent], at: int, pulse: Pulse, outputs: Outputs, deadline: Deadline) -> list[str]:
    """Find agents that are silent; what went wrong. Very many at once have one cause, and are one finding."""
    failures: list[str] = []
    changed: list[Error | Condition] = []
    silent = [agent for agent in agents if agent_life.is_silent(agent, at, outputs.settings, pulse.since)]
    are_many = len(silent) > outputs.settings.most_new
    if are_many:
        changed += _tried(SUMMARY, partial(_many_silent, silent, at, outputs), failures)
    for agent in silent:
        changed += _tried(agent.source, partial(_silent, agent, at, pulse, outputs, are_many), failures)
    return failures + _send(changed, outputs, deadline)


def _many_silent(silent: list[Agent], at: int, outputs: Outputs) -> list[Error | Condition]:
    settings = outputs.settings
    content, lasts = agents_silent(silent, settings), SILENT_PERIODS * settings.every
    hub = Source(settings.hub_account, settings.hub_region)
    return [
        change_condition(
            AGENT, hub, SUMMARY, lambda known: open_condition(known, at, content, settings, lasts), outputs.store
        )
    ]


def _learned_ones(agents: list[Agent], at: int, outputs: Outputs, deadline: Deadline) -> list[str]:
    """Tell of those that have learned; what went wrong. The errors are read once for all of them."""
    learned_ones = [agent for agent in agents if agent_life.has_learned(agent, at, outputs.settings)]
    if not learned_ones:
        return []
    failures: list[str] = []
    changed: list[Error | Condition] = []
    titles = _titles(min(agent.registered_at for agent in learned_ones), outputs, deadline)
    for agent in learned_ones:
        if not deadline.left:
            break
        known_titles = titles.get(agent.source, [])
        changed += _tried(agent.source, partial(_learned, agent, known_titles, at, outputs), failures)
    return failures + _send(changed, outputs, deadline)


def _silent(agent: Agent, at: int, pulse: Pulse, outputs: Outputs, is_one_of_many: bool) -> list[Error | Condition]:
    """Said again by every tick, and over by itself when none has said it for a while: an agent that sends again at the
    very moment closes nothing that is not open yet. One of many is in their summary, unless it was told before.
    """
    content, lasts = agent_silent(agent, outputs.settings), SILENT_PERIODS * outputs.settings.every

    def changed(known: Condition) -> Condition:
        return (
            known
            if is_one_of_many and not known.is_open
            else open_condition(known, at, content, outputs.settings, lasts)
        )

    condition = change_condition(AGENT, agent.source, AGENT_SUBJECT, changed, outputs.store)

    def change(known: Agent | None) -> Agent:
        known = known or agent
        is_newly = known.status is not Status.SILENT and agent_life.is_silent(known, at, outputs.settings, pulse.since)
        return replace(known, status=Status.SILENT, status_at=at) if is_newly else known

    change_agent(agent.source, change, outputs.store)
    return [condition]


def _learned(agent: Agent, titles: list[str], at: int, outputs: Outputs) -> list[Error | Condition]:
    """One summary of what an account and Region has brought while it was learned; none of nothing."""
    conditions: list[Error | Condition] = []
    if titles:
        content = learned(agent, titles, len(titles), outputs.settings)
        conditions.append(
            change_condition(
                LOG_ERROR,
                agent.source,
                SUMMARY,
                lambda known: renew_condition(
                    known, max(at, known.changed_at + 1), content, outputs.settings, SUMMARY_MS
                ),
                outputs.store,
            )
        )
    change_agent(agent.source, lambda known: replace(known or agent, learned=at), outputs.store)
    return conditions


def _titles(since: int, outputs: Outputs, deadline: Deadline) -> dict[Source, list[str]]:
    """Of the errors that were learned, by place, the latest hour's first; as many as there is time to read."""
    titles: dict[Source, list[str]] = {}
    start_after = ""
    while True:
        page = outputs.store.recent_errors(since, start_after, 100)
        for error in page.items:
            for source in error.sources if error.learned else ():
                titles.setdefault(source, []).append(error.title)
        start_after = page.next
        if not start_after or not deadline.left:
            return titles
