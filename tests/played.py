"""Templates of a small spec, deployed offline in their accounts and played: what alarms do over a piece of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from generator.blueprints.kit.member_parameters import overrides
from generator.build import Built
from generator.evaluate.simulate import simulate
from generator.evaluate.types import AlarmId, Deployed, MetricId, Published, SimulationResult, State
from generator.manifest import HUB_TEMPLATE, MEMBER_TEMPLATE
from tests.support import built, spec

HUB_ACCOUNT, ALPHA, BETA = "111111111111", "222222222222", "333333333333"
REGION = "us-east-1"
# A full hour, so that an alarm that is looked at once an hour is looked at there.
START = 1_800_000_000
MINUTE, HOUR, DAY = 60, 3600, 86_400


@cache
def deployed(change: str) -> tuple[Deployed, ...]:
    """The hub and every member, with the parameters that the stack set gives each; built once for each change."""
    made: Built = built(spec(change))
    assert made.artifacts, made.findings
    estate, templates = made.estates["prod"], made.templates["prod"]
    own = overrides(estate)
    members = [
        Deployed(templates[MEMBER_TEMPLATE], one.id, REGION, one.name, tuple(sorted(own[one.name].items())))
        for one in estate.accounts
    ]
    return (Deployed(templates[HUB_TEMPLATE], HUB_ACCOUNT, REGION, "hub"), *members)


def published(
    name: str, values: Iterable[float | None], account: str = ALPHA, *, start: int = 0, period: int = MINUTE
) -> Published:
    """One value a period of a metric of the shop, from so many seconds after the start."""
    given = tuple(None if value is None else (value,) for value in values)
    return Published(MetricId(account, REGION, "Shop", name), START + start, period, given)


def played(stacks: Sequence[Deployed], *given: Published, lasts: int) -> SimulationResult:
    """What comes of it in so many seconds."""
    return simulate(stacks, given, (), START, START + lasts)


def changes(found: SimulationResult, name: str, account: str = ALPHA) -> list[tuple[int, State]]:
    """After how many seconds an alarm changed, and to what; it has to be one that could be evaluated."""
    alarm = AlarmId(account, REGION, name)
    assert alarm in found.states, found.unknown.get(alarm, "there is no such alarm")
    return [(one.at - START, one.after) for one in found.transitions if one.alarm == alarm]


def alarmed(found: SimulationResult, name: str, account: str = ALPHA) -> bool:
    """Whether an alarm was ever in ALARM."""
    return any(after == "ALARM" for _, after in changes(found, name, account))
