"""Agents, their windows, deployments and conditions to items of the table and back; pure. See store_items.py."""

from __future__ import annotations

import json
from typing import Any

from handlers.events.records import Agent, Condition, Deployment, Error, Pulse, Source, Status, Window
from handlers.events.store_items import ERROR_PK, HEAD, error_of
from handlers.events.store_values import (
    DAYS_HEAD,
    Item,
    Row,
    digits,
    due_index,
    dumped,
    expiry,
    notified_item,
    notified_of,
    number,
    number_of,
    numbers_of,
    owed_item,
    owed_of,
    source_of,
    text,
    text_of,
)

WINDOW, DEPLOYMENT = "WINDOW#", "DEPLOYMENT#"
AGENT_PK, CONDITION_PK = "AGENT#", "CONDITION#"
# A partition of the index `recent`.
AGENTS = "AGENTS"
DAYS_WINDOW = 30
_SETS, _NUMBER_SETS = ("first_errors", "final_errors", "new"), ("first", "final", "parts")


def agent_pk(source: Source) -> str:
    """The partition of an agent, its windows and the deployments of its account and Region."""
    return f"{AGENT_PK}{source.account}#{source.region}"


def agent_key(source: Source) -> Item:
    """The key of an agent's head."""
    return {"pk": text(agent_pk(source)), "sk": text(HEAD)}


_AGENT_NUMBERS = ("status_at", "registered_at", "heartbeat_at", "window_end", "stack_at", "learned", "version")


def agent_item(agent: Agent) -> Item:
    """An agent's head; it does not expire."""
    return {
        **agent_key(agent.source),
        "status": text(agent.status),
        "agent_version": text(agent.agent_version),
        "reason": text(agent.reason),
        **{name: number(getattr(agent, name)) for name in _AGENT_NUMBERS},
        "body": text(dumped(agent.body)),
        "recent_pk": text(AGENTS),
        "recent_sk": text(f"{agent.source.account}#{agent.source.region}"),
    }


def agent_of(row: Row) -> Agent:
    """The reverse."""
    return Agent(
        source=source_of(row, AGENT_PK),
        status=Status(row["status"]["S"]),
        agent_version=text_of(row, "agent_version"),
        reason=text_of(row, "reason"),
        **numbers_of(row, _AGENT_NUMBERS),
        body=json.loads(row["body"]["S"]),
    )


def window_key(source: Source, start: int) -> Item:
    """The key of what came of a window."""
    return {"pk": text(agent_pk(source)), "sk": text(f"{WINDOW}{digits(start)}")}


def window_addition(window: Window) -> dict[str, Any]:
    """An update that adds what came to what had come. A set in DynamoDB is never empty."""
    sets: dict[str, Any] = {name: {"NS": sorted(map(str, getattr(window, name)))} for name in _NUMBER_SETS}
    sets |= {name: {"SS": sorted(getattr(window, name))} for name in _SETS}
    present = {name: value for name, value in sets.items() if any(value.values())}
    added = ", ".join(f"#{name} :{name}" for name in present)
    return {
        "UpdateExpression": f"SET expires = :expires{f' ADD {added}' if added else ''}",
        "ExpressionAttributeValues": {
            ":expires": expiry(window.start, DAYS_WINDOW),
            **{f":{name}": value for name, value in present.items()},
        },
        **({"ExpressionAttributeNames": {f"#{name}": name for name in present}} if present else {}),
    }


def window_of(source: Source, start: int, row: Row) -> Window:
    """What came of a window; an empty row is none."""
    sets: dict[str, Any] = {name: frozenset(row.get(name, {}).get("SS", ())) for name in _SETS}
    sets |= {name: frozenset(map(int, row.get(name, {}).get("NS", ()))) for name in _NUMBER_SETS}
    return Window(source, start, **sets)


def deployment_item(deployment: Deployment, days: int) -> Item:
    """A marker."""
    return {
        "pk": text(agent_pk(deployment.source)),
        "sk": text(f"{DEPLOYMENT}{digits(deployment.at)}#{deployment.subject}"),
        "title": text(deployment.title),
        "service": text(deployment.service),
        "expires": expiry(deployment.at, days),
    }


def deployment_of(row: Row) -> Deployment:
    """The reverse."""
    _, at, subject = str(row["sk"]["S"]).split("#", 2)
    return Deployment(source_of(row, AGENT_PK), int(at), subject, text_of(row, "title"), text_of(row, "service"))


# -- the hub's own life

PULSE_KEY: Item = {"pk": text("PULSE"), "sk": text(HEAD)}
_PULSE_NUMBERS = ("at", "since", "version")


def pulse_item(pulse: Pulse) -> Item:
    """The one item of it; it does not expire."""
    return {**PULSE_KEY, **{name: number(getattr(pulse, name)) for name in _PULSE_NUMBERS}}


def pulse_of(row: Row) -> Pulse:
    """The reverse."""
    return Pulse(**numbers_of(row, _PULSE_NUMBERS))


# -- conditions


def conditions_pk(source: Source) -> str:
    """The partition with the conditions of an account and Region."""
    return f"{CONDITION_PK}{source.account}#{source.region}"


def condition_key(check: str, source: Source, subject: str) -> Item:
    """The key of a condition."""
    return {"pk": text(conditions_pk(source)), "sk": text(f"{check}/{subject}")}


def condition_item(condition: Condition) -> Item:
    """A condition, at most some KB."""
    return {
        **condition_key(condition.check, condition.source, condition.subject),
        "version": number(condition.version),
        "open": number(int(condition.is_open)),
        **{name: number(getattr(condition, name)) for name in ("last_at", "changed_at", "closes_at")},
        "content": text(dumped(condition.content)),
        "expires": expiry(condition.last_at, DAYS_HEAD),
        **notified_item(condition.notified),
        **owed_item(condition.owed),
        **due_index(condition.due, f"{condition.check}/{condition.subject}"),
    }


def condition_of(row: Row) -> Condition:
    """The reverse."""
    check, _, subject = str(row["sk"]["S"]).partition("/")
    return Condition(
        check=check,
        subject=subject,
        source=source_of(row, CONDITION_PK),
        is_open=number_of(row, "open") == 1,
        **numbers_of(row, ("last_at", "changed_at", "closes_at")),
        content=json.loads(row["content"]["S"]),
        notified=notified_of(row),
        owed=owed_of(row),
        due=number_of(row, "due"),
        version=number_of(row, "version"),
    )


def error_or_condition_of(row: Row) -> Error | Condition:
    """A row of the index `due`."""
    return error_of(row) if str(row["pk"]["S"]).startswith(ERROR_PK) else condition_of(row)
