"""An agent's stack instance changed: the agent is written down, and people are told where that failed."""

from __future__ import annotations

from handlers.events import agent_life, outbox
from handlers.events.agent_life import StackChange
from handlers.events.conditions import close_condition, open_condition
from handlers.events.finding_detail import AGENT, AGENT_SUBJECT, SERVICE_HEALTH
from handlers.events.outputs import Outputs
from handlers.events.records import Agent, Condition, Error, Status
from handlers.events.saving import change_agent, change_condition
from handlers.events.wording import agent_failed, agent_well, over


def stack_changed(change: StackChange, outputs: Outputs) -> Agent:
    """The agent as it is now. An older change than the latest one does nothing.

    Its incident is written before the agent, so that what ends in between is done again.
    """
    known = outputs.store.agent(change.source)
    after = agent_life.stack_changed(known, change)
    if known == after and change.at < after.stack_at:
        return after
    changed: list[Error | Condition] = [_condition(change, after, outputs)]
    if change.status is Status.REMOVED:
        changed += _health(change, outputs)
    agent = change_agent(change.source, lambda now: agent_life.stack_changed(now, change), outputs.store)
    outbox.send(changed, outputs)
    return agent


def _condition(change: StackChange, agent: Agent, outputs: Outputs) -> Condition:
    settings = outputs.settings

    def changed(condition: Condition) -> Condition:
        if change.status is Status.FAILED:
            return open_condition(condition, change.at, agent_failed(agent, settings), settings)
        return close_condition(
            condition, max(change.at, condition.last_at), agent_well(change.source, settings), settings
        )

    return change_condition(AGENT, change.source, AGENT_SUBJECT, changed, outputs.store)


def _health(change: StackChange, outputs: Outputs) -> list[Condition]:
    """Nobody watches the services of an account any more whose agent was taken out."""
    closed = []
    for known in outputs.store.conditions(SERVICE_HEALTH, change.source):
        title = str(known.content.get("title", known.subject))
        said = over(title, change.source, "its agent was removed", outputs.settings)
        closed.append(
            change_condition(
                SERVICE_HEALTH,
                change.source,
                known.subject,
                lambda now, said=said: close_condition(now, max(change.at, now.last_at), said, outputs.settings),  # type: ignore[misc]
                outputs.store,
            )
        )
    return closed
