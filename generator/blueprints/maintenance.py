"""Mute rules, beside the alarms that they are about. CloudWatch holds their actions, and the function their incidents.

Alarms are referred to by `Ref`, so that they are there first. One that an account does not have is left out there, and
a rule of none is not made: nobody says what it would mute.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarmmuterule.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from troposphere import If, NoValue, Ref, Tags
from troposphere.cloudwatch import AlarmMuteRule, MuteTargets, Rule
from troposphere.cloudwatch import Schedule as MuteSchedule

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.placements import alarm_condition, condition, region_condition
from generator.blueprints.kit.stack import Part, TemplateCondition, origin
from generator.model.accounts import Side
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.maintenance import Maintenance

_MINUTE = 60
# Fn::Or takes ten.
_MOST_OR = 10


def resources(estate: Estate, side: Side) -> Iterator[Part]:
    """The mute rules of one side."""
    known: dict[str, Alarm | Composite] = {alarm.ref: alarm for alarm in estate.alarms_in(side)}
    known.update({composite.key: composite for composite in estate.composites_in(side)})
    for maintenance in estate.maintenance:
        if maintenance.side is side:
            yield from _rule(maintenance, [known[ref] for ref in maintenance.alarms], estate)


def _rule(maintenance: Maintenance, alarms: Sequence[Alarm | Composite], estate: Estate) -> Iterator[Part]:
    conditions = {alarm.logical_id: _condition(alarm, estate) for alarm in alarms}
    given = {there for there in conditions.values() if there}
    # Whoever has an alarm of one Region by its account is in that Region, and so has what all have there.
    narrower = {conditions[alarm.logical_id] for alarm in alarms if _region(alarm) in given}
    switched = sorted(given - (narrower - {_region(alarm) for alarm in alarms}))
    behind = ""
    if all(conditions.values()):
        behind = switched[0]
        if len(switched) > 1:
            behind = f"{maintenance.logical_id}IsOn"
            yield TemplateCondition(behind, _any([{"Condition": name} for name in switched]))
    names = [
        If(there, Ref(key), NoValue) if there and there != behind else Ref(key) for key, there in conditions.items()
    ]
    schedule = MuteSchedule(
        Expression=maintenance.expression,
        Duration=f"PT{maintenance.duration // _MINUTE}M",
        Timezone=maintenance.timezone,
    )
    made = AlarmMuteRule(
        maintenance.logical_id,
        Name=maintenance.name,
        Rule=Rule(Schedule=schedule),
        MuteTargets=MuteTargets(AlarmNames=names),
        Metadata=origin(maintenance.path),
        **({"Description": maintenance.reason} if maintenance.reason else {}),
        **({"Condition": behind} if behind else {}),
    )
    made.Tags = Tags()
    yield made


def _condition(alarm: Alarm | Composite, estate: Estate) -> str:
    """The condition that an alarm stands behind, if it does."""
    return alarm_condition(alarm, estate) if isinstance(alarm, Alarm) else condition(alarm.placement, estate)


def _region(alarm: Alarm | Composite) -> str:
    """The condition of being in the one Region that an alarm is for."""
    return region_condition(alarm.region) if isinstance(alarm, Alarm) and alarm.region else ""


def _any(tests: list[Any]) -> Any:
    """Whether any of them holds, however many they are."""
    while len(tests) > 1:
        some = [tests[start : start + _MOST_OR] for start in range(0, len(tests), _MOST_OR)]
        tests = [{"Fn::Or": part} if len(part) > 1 else part[0] for part in some]
    return tests[0]


CONCERN = Concern(
    hub=lambda inputs: resources(inputs.estate, Side.HUB),
    member=lambda inputs: resources(inputs.estate, Side.MEMBERS),
)
