"""Every five minutes: what is owed is sent, what was quiet is over, agents that are silent are found.

Everything is judged by the time for which the tick was scheduled; one that comes twice, or late, changes nothing.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from handlers.common.deadline import Deadline
from handlers.events import agent_life, outbox
from handlers.events.conditions import bad, good, renewed, rescheduled
from handlers.events.errors import aged, closed, scheduled
from handlers.events.finding_detail import AGENT, AGENT_SUBJECT, LOG_ERROR, SUMMARY
from handlers.events.meter import Measured
from handlers.events.outputs import Outputs
from handlers.events.records import Agent, Condition, Conflict, Error, State, Status
from handlers.events.saving import change_agent, change_condition
from handlers.events.wording import agent_silent, duration, error_closed, learned, over

logger = logging.getLogger(__name__)
BATCH = 50
# What a batch may take, and agents after it.
RESERVE_SECONDS = 10.0
SUMMARY_MS = 3_600_000
SILENT_PERIODS = 3


def handle(at: int, outputs: Outputs, deadline: Deadline) -> Measured:
    """Look at agents and at everything that is due at that time. What there is no time for, the next tick does.

    Raises outbox.NotSent where findings were not taken, when everything else is done.
    """
    failures = _agents(at, outputs)
    done: set[object] = set()
    while not done or deadline.earlier(RESERVE_SECONDS).left:
        due = [one for one in outputs.store.due(at + 1, BATCH + len(done)) if _name(one) not in done][:BATCH]
        if not due:
            break
        done |= {_name(one) for one in due}
        failures += _send([_looked_at(one, at, outputs) for one in due], outputs)
    logger.info("tick", extra={"at": at, "due": len(done)})
    if failures:
        raise outbox.NotSent("; ".join(failures))
    return Measured()


def _name(one: Error | Condition) -> object:
    return one.fingerprint if isinstance(one, Error) else (one.check, one.source, one.subject)


def _send(records: list[Error | Condition], outputs: Outputs) -> list[str]:
    """Send what they owe; what went wrong."""
    try:
        outbox.send(records, outputs)
    except outbox.NotSent as failure:
        return [str(failure)]
    return []


def _looked_at(one: Error | Condition, at: int, outputs: Outputs) -> Error | Condition:
    """The record after what time alone has changed; as it was where somebody else writes it just now."""
    after = _error(one, at, outputs) if isinstance(one, Error) else _condition(one, at, outputs)
    if after == one:
        return one
    try:
        if isinstance(after, Error):
            return outputs.store.save(after, one.version)
        return outputs.store.save_condition(after, one.version)
    except Conflict:
        return one


def _error(error: Error, at: int, outputs: Outputs) -> Error:
    after, why = aged(error, at, outputs.settings)
    if error.state is not State.IGNORED and why:
        why = f"it did not occur for {duration(outputs.settings.quiet_after)}"
        return closed(after, at, error_closed(after, why, outputs.settings), outputs.settings)
    return scheduled(after, outputs.settings)


def _condition(condition: Condition, at: int, outputs: Outputs) -> Condition:
    if condition.is_open and 0 < condition.closes_at <= at:
        title = str(condition.content.get("title", condition.subject))
        said = over(title, condition.source, "nothing more came", outputs.settings)
        return good(condition, condition.closes_at, said, outputs.settings)
    return rescheduled(condition)


# -- agents


def _agents(at: int, outputs: Outputs) -> list[str]:
    """Find those that are silent, and those that have learned; what went wrong."""
    changed: list[Error | Condition] = []
    for agent in outputs.store.agents():
        if agent_life.is_silent(agent, at, outputs.settings):
            changed.append(_silent(agent, at, outputs))
        if agent_life.has_learned(agent, at, outputs.settings):
            changed += _learned(agent, at, outputs)
    return _send(changed, outputs)


def _silent(agent: Agent, at: int, outputs: Outputs) -> Condition:
    """Said again by every tick, and over by itself when none has said it for a while: an agent that sends again at the
    very moment closes nothing that is not open yet.
    """
    said = agent_silent(agent, outputs.settings)
    condition = change_condition(
        AGENT,
        agent.source,
        AGENT_SUBJECT,
        lambda known: bad(known, at, said, outputs.settings, SILENT_PERIODS * outputs.settings.every),
        outputs.store,
    )

    def change(known: Agent | None) -> Agent:
        known = known or agent
        is_newly = known.status is not Status.SILENT and agent_life.is_silent(known, at, outputs.settings)
        return replace(known, status=Status.SILENT, status_at=at) if is_newly else known

    change_agent(agent.source, change, outputs.store)
    return condition


def _learned(agent: Agent, at: int, outputs: Outputs) -> list[Condition]:
    """One summary of what an account and Region has brought while it was learned; none of nothing."""
    titles = _titles(agent, outputs)
    found: list[Condition] = []
    if titles:
        said = learned(agent, titles, len(titles), outputs.settings)
        found.append(
            change_condition(
                LOG_ERROR,
                agent.source,
                SUMMARY,
                lambda known: renewed(known, max(at, known.changed_at + 1), said, outputs.settings, SUMMARY_MS),
                outputs.store,
            )
        )
    change_agent(agent.source, lambda known: replace(known or agent, learned=at), outputs.store)
    return found


def _titles(agent: Agent, outputs: Outputs) -> list[str]:
    """Of the errors that were learned there, the latest hour's first."""
    titles: list[str] = []
    start_after = ""
    while True:
        page = outputs.store.recent_errors(agent.registered_at, start_after, 100)
        titles += [one.title for one in page.items if one.learned and agent.source in one.sources]
        start_after = page.next
        if not start_after:
            return titles
