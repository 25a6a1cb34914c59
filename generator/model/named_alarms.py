"""Rules for alarms with names of their own. Others are matched by the end of their names, which these do not have, so
each of these is named in a pattern; a pattern has room for some, so there may be several rules.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from generator.model.accounts import Side
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate

# Characters of names in a pattern. The longest name has 255, six each where it is not ASCII, and the rest of a pattern
# fewer than 500.
_ROOM = 1_540
_ROOM_OF_ACCOUNTS = 300


def named_alarms(estate: Estate, side: Side | None = None) -> list[str]:
    """The names that do not end as those of this environment do, of a side or of both."""
    ending = f"-alarm-{estate.environment}"
    alarms: list[Alarm | Composite] = [alarm for alarm in estate.alarms if not alarm.everywhere_disabled]
    alarms += estate.composites
    return sorted({alarm.name for alarm in alarms if side in (None, alarm.side) and not alarm.name.endswith(ending)})


def named_rules(estate: Estate, side: Side | None = None) -> Iterator[tuple[int, list[str]]]:
    """The number of each rule, from 1, and the names that its pattern has."""
    number, names, length = 1, list[str](), 0
    for name in named_alarms(estate, side):
        more = len(json.dumps(name)) + 1
        if names and length + more > _ROOM:
            yield number, names
            number, names, length = number + 1, [], 0
        names.append(name)
        length += more
    if names:
        yield number, names


def named_kind(kind: str, number: int) -> str:
    """The kind of a rule's name: `incident-named-1-rule` beside `incident-rule`."""
    return f"{kind.removesuffix('-rule')}-named-{number}-rule"


def named_title(title: str, number: int) -> str:
    """The logical ID of a rule, beside that of the rule for all others."""
    return f"{title}Named{number}"


def named_titles(estate: Estate, title: str, side: Side | None = None) -> list[str]:
    """The logical IDs of all of them."""
    return [named_title(title, number) for number, _ in named_rules(estate, side)]


def named_kinds(estate: Estate, kind: str, side: Side | None = None) -> list[str]:
    """The kinds of the names of all of them."""
    return [named_kind(kind, number) for number, _ in named_rules(estate, side)]


def named_pattern(pattern: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """The pattern of this environment's alarms, for those of these names. Accounts are left out where there are many:
    the bus's policy admits no others.
    """
    limited = {**pattern, "detail": {"alarmName": names}}
    if len(json.dumps(limited.get("account", []))) > _ROOM_OF_ACCOUNTS:
        del limited["account"]
    return limited
