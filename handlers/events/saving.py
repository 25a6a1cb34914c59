"""Records read, changed and written until nobody writes in between."""

from __future__ import annotations

from collections.abc import Callable

from handlers.events.conditions import none_yet
from handlers.events.records import Agent, Condition, Conflict, Pulse, Source
from handlers.events.store import Store

# Whoever writes the same record meanwhile is another invocation with the same subject; there are never many.
TRIES = 8


def change_condition(
    check: str, source: Source, subject: str, change: Callable[[Condition], Condition], store: Store
) -> Condition:
    """The condition after `change`, as it is written now. Raises Conflict where others keep writing."""
    for _ in range(TRIES):
        condition = store.condition(check, source, subject) or none_yet(check, source, subject)
        changed = change(condition)
        if changed == condition:
            return condition
        try:
            return store.save_condition(changed, condition.version)
        except Conflict:
            continue
    raise Conflict(f"{check}/{subject}")


def change_agent(source: Source, change: Callable[[Agent | None], Agent], store: Store) -> Agent:
    """The agent after `change`, as it is written now. Raises Conflict where others keep writing."""
    for _ in range(TRIES):
        agent = store.agent(source)
        changed = change(agent)
        if changed == agent:
            return changed
        try:
            return store.save_agent(changed, agent.version if agent else 0)
        except Conflict:
            continue
    raise Conflict(f"agent of {source.account} in {source.region}")


def change_pulse(change: Callable[[Pulse | None], Pulse], store: Store) -> Pulse:
    """The hub's pulse after `change`, as it is written now. Raises Conflict where others keep writing."""
    for _ in range(TRIES):
        pulse = store.pulse()
        changed = change(pulse)
        if changed == pulse:
            return changed
        try:
            return store.save_pulse(changed, pulse.version if pulse else 0)
        except Conflict:
            continue
    raise Conflict("pulse")
