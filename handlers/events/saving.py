"""Records read, changed and written until nobody writes in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from handlers.events.conditions import none_yet
from handlers.events.records import Agent, Condition, Conflict, Pulse, Source
from handlers.events.store import Store

T = TypeVar("T", Agent, Condition, Pulse)
# Whoever writes the same record meanwhile is another invocation with the same subject; there are never many.
TRIES = 8


def change_condition(
    check: str, source: Source, subject: str, change: Callable[[Condition], Condition], store: Store
) -> Condition:
    """The condition after `change`, as it is written now. Raises Conflict where others keep writing."""
    none = none_yet(check, source, subject)

    def changed(condition: Condition | None) -> Condition:
        return change(condition or none)

    return _change(
        lambda: store.condition(check, source, subject) or none, changed, store.save_condition, f"{check}/{subject}"
    )


def change_agent(source: Source, change: Callable[[Agent | None], Agent], store: Store) -> Agent:
    """The agent after `change`, as it is written now. Raises Conflict where others keep writing."""
    what = f"agent of {source.account} in {source.region}"
    return _change(lambda: store.agent(source), change, store.save_agent, what)


def change_pulse(change: Callable[[Pulse | None], Pulse], store: Store) -> Pulse:
    """The hub's pulse after `change`, as it is written now. Raises Conflict where others keep writing."""
    return _change(store.pulse, change, store.save_pulse, "pulse")


def _change(load: Callable[[], T | None], change: Callable[[T | None], T], save: Callable[[T, int], T], what: str) -> T:
    """What `change` makes of the record that is there, written in place of that version unless it is the same."""
    for _ in range(TRIES):
        record = load()
        changed = change(record)
        if changed == record:
            return changed
        try:
            return save(changed, record.version if record else 0)
        except Conflict:
            # Somebody else was quicker: read again.
            continue
    raise Conflict(what)
