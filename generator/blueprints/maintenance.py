"""Mute rules, in the stack of their alarms. CloudWatch mutes the alarms' actions, and obsgen their incidents.

Alarms are referred to by `Ref`, so that CloudFormation creates them first. An alarm that an account does not have is
left out there. Without any alarm there is no rule: AWS does not document what it would mute.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarmmuterule.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from troposphere import If, NoValue, Ref, Tags
from troposphere.cloudwatch import AlarmMuteRule, MuteTargets, Rule
from troposphere.cloudwatch import Schedule as MuteSchedule

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.placements import alarm_condition, region_condition
from generator.blueprints.kit.stack import Part, TemplateCondition, origin
from generator.model.accounts import Side
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.maintenance import Maintenance

_MINUTE = 60
# Fn::Or accepts ten.
_MOST_OR = 10


def resources(estate: Estate, side: Side) -> Iterator[Part]:
    """The mute rules of one side."""
    known: dict[str, Alarm | Composite] = {alarm.ref: alarm for alarm in estate.alarms_in(side)}
    known.update({composite.key: composite for composite in estate.composites_in(side)})
    for maintenance in estate.maintenance:
        if maintenance.side is side:
            yield from _rule(maintenance, [known[ref] for ref in maintenance.alarms], estate)


def _rule(maintenance: Maintenance, alarms: Sequence[Alarm | Composite], estate: Estate) -> Iterator[Part]:
    conditions = {alarm.logical_id: alarm_condition(alarm, estate) for alarm in alarms}
    rule_condition = ""
    if all(conditions.values()):
        alternatives = _alternatives(alarms, conditions)
        rule_condition = alternatives[0]
        if len(alternatives) > 1:
            rule_condition = f"{maintenance.logical_id}IsOn"
            yield TemplateCondition(rule_condition, _any([{"Condition": name} for name in alternatives]))
    schedule = MuteSchedule(
        Expression=maintenance.expression,
        Duration=f"PT{maintenance.duration // _MINUTE}M",
        Timezone=maintenance.timezone,
    )
    mute_rule = AlarmMuteRule(
        maintenance.logical_id,
        Name=maintenance.name,
        Rule=Rule(Schedule=schedule),
        MuteTargets=MuteTargets(AlarmNames=_names(conditions, rule_condition)),
        Metadata=origin(maintenance.path),
        **({"Description": maintenance.reason} if maintenance.reason else {}),
        **({"Condition": rule_condition} if rule_condition else {}),
    )
    mute_rule.Tags = Tags()
    yield mute_rule


def _alternatives(alarms: Sequence[Alarm | Composite], conditions: Mapping[str, str]) -> list[str]:
    """The conditions any of which is enough for an alarm to exist, without those that another one includes.

    An alarm of one Region that only some accounts have is in that Region: beside an alarm that every account has there,
    its condition adds nothing. So `IsInUsEast1` and `AlarmErrorsIsOn` (which is `IsInUsEast1` and a parameter) are
    `IsInUsEast1` alone.
    """
    used = set(conditions.values()) - {""}
    regions = {_region(alarm) for alarm in alarms}
    included = {conditions[alarm.logical_id] for alarm in alarms if _region(alarm) in used} - regions
    return sorted(used - included)


def _names(conditions: Mapping[str, str], rule_condition: str) -> list[Any]:
    """References to the alarms; one that an account does not have is left out, unless the rule is not there either."""
    return [
        If(condition, Ref(logical_id), NoValue) if condition and condition != rule_condition else Ref(logical_id)
        for logical_id, condition in conditions.items()
    ]


def _region(alarm: Alarm | Composite) -> str:
    """The condition of the one Region that an alarm is in; empty for an alarm of every Region."""
    return region_condition(alarm.region) if isinstance(alarm, Alarm) and alarm.region else ""


def _any(tests: list[Any]) -> Any:
    """Fn::Or over any number of tests."""
    while len(tests) > 1:
        groups = [tests[start : start + _MOST_OR] for start in range(0, len(tests), _MOST_OR)]
        tests = [{"Fn::Or": part} if len(part) > 1 else part[0] for part in groups]
    return tests[0]


CONCERN = Concern(
    hub=lambda inputs: resources(inputs.estate, Side.HUB),
    member=lambda inputs: resources(inputs.estate, Side.MEMBERS),
)
