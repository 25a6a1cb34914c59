"""Rules for alarms with names of their own. Others are matched by the end of their names, which these do not have, so
each of these is named in a pattern; a pattern has room for some, so there may be several rules.

A rule is called after its names. Otherwise a name that is added would move others from one rule to the next: while both
are updated, neither may match them, and their events would be lost. So a rule is never changed: CloudFormation creates
the new ones first, and deletes the old ones when the rest of the stack is updated. An event that both match is the same
event twice.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-monitor-stack.html
"""

from __future__ import annotations

import hashlib
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
_DIGITS = 8


def named_alarms(estate: Estate, side: Side | None = None) -> list[str]:
    """The names that do not end as those of this environment do, of a side or of both."""
    ending = f"-alarm-{estate.environment}"
    alarms: list[Alarm | Composite] = [alarm for alarm in estate.alarms if not alarm.everywhere_disabled]
    alarms += estate.composites
    return sorted({alarm.name for alarm in alarms if side in (None, alarm.side) and not alarm.name.endswith(ending)})


def named_rules(estate: Estate, side: Side | None = None) -> Iterator[tuple[str, list[str]]]:
    """The ID of each rule, some digits that other names do not have, and the names that its pattern has."""
    names, length = list[str](), 0
    for name in named_alarms(estate, side):
        more = len(json.dumps(name)) + 1
        if names and length + more > _ROOM:
            yield _id(names), names
            names, length = [], 0
        names.append(name)
        length += more
    if names:
        yield _id(names), names


def _id(names: list[str]) -> str:
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()[:_DIGITS]


def named_kind(kind: str, id_: str) -> str:
    """The kind of a rule's name: `incident-named-1f8a0c2e-rule` beside `incident-rule`; with `*` for the ID all."""
    return f"{kind.removesuffix('-rule')}-named-{id_}-rule"


def named_title(title: str, id_: str) -> str:
    """The logical ID of a rule, beside that of the rule for all others."""
    return f"{title}Named{id_}"


def named_titles(estate: Estate, title: str, side: Side | None = None) -> list[str]:
    """The logical IDs of all of them."""
    return [named_title(title, id_) for id_, _ in named_rules(estate, side)]


def named_kinds(estate: Estate, kind: str, side: Side | None = None) -> list[str]:
    """The kinds of the names of all of them."""
    return [named_kind(kind, id_) for id_, _ in named_rules(estate, side)]


def named_pattern(pattern: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """The pattern of this environment's alarms, for those of these names. Accounts are left out where there are many:
    the bus's policy admits no others.
    """
    limited = {**pattern, "detail": {"alarmName": names}}
    if len(json.dumps(limited.get("account", []))) > _ROOM_OF_ACCOUNTS:
        del limited["account"]
    return limited
