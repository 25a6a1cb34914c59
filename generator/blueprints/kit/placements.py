"""Conditions for resources that only some members have: on account and Region, and on parameters of one alarm.

A stack knows its account and Region, so that a placement needs no parameter: accounts with different
placements have the same parameters, and StackSets reach them in one operation.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from troposphere import Ref

from generator.aws.regions import in_logical_ids
from generator.blueprints.kit.member_parameters import member_parameters
from generator.blueprints.kit.stack import TemplateCondition
from generator.model.accounts import Side
from generator.model.alarms import Alarm, Composite
from generator.model.compliance import Compliance
from generator.model.error_logs import ErrorLogs
from generator.model.estate import Estate
from generator.model.event_rules import EventRule
from generator.model.logs import LogGroup
from generator.model.placement import Placement, is_within, union_of
from generator.model.signals import AnomalySignal
from generator.model.stack_values import ACCOUNT, by_value, differing

# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
_MOST = 10
# Of the 255 characters that a logical id may have, what the accounts leave.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
_LONGEST = 200
NOT_HUB = "IsNotHub"


def conditions(estate: Estate) -> Iterator[TemplateCondition]:
    """The conditions of the member template's resources, each once; those of Regions first."""
    alarms = list(estate.alarms_in(Side.MEMBERS))
    placements = {placed for alarm in alarms if (placed := _of_alarm(alarm))}
    placements |= {placed for item in _placed_items(estate) if (placed := item.placement) and not placed.is_nowhere}
    placements |= set(_of_names(estate))
    placements |= {group.existing for group in _partly_theirs(estate) if group.existing}
    archive = archive_placement(estate)
    placements |= {archive} if archive and not archive.is_nowhere else set()
    regions = {region for placed in placements for region in placed.regions}
    regions |= {regional.region for alarm in alarms for regional in alarm.regional}
    regions |= set(estate.sharing.other_regions if estate.sharing and estate.sharing.make else ())
    for region in sorted(regions):
        yield TemplateCondition(region_condition(region), {"Fn::Equals": [Ref("AWS::Region"), region]})
    tests_by_name: dict[str, Any] = {}
    for placed in sorted(placements, key=lambda placed: condition(placed, estate)):
        tests_by_name |= _tests(placed, estate)
    yield from (TemplateCondition(name, test) for name, test in sorted(tests_by_name.items()))
    for group in _partly_theirs(estate):
        tests = [{"Condition": name} for name in [condition(group.placement, estate)] if name]
        theirs: dict[str, Any] = {"Fn::Not": [{"Condition": condition(group.existing, estate)}]}
        yield TemplateCondition(created_condition(group), {"Fn::And": [*tests, theirs]} if tests else theirs)
    for section in _not_of_hub(estate):
        name, whole = (
            condition(section.placement, estate),
            member_condition_attribute(section.placement, estate).get("Condition", ""),
        )
        if name and name != whole:
            yield TemplateCondition(whole, {"Fn::And": [{"Condition": NOT_HUB}, {"Condition": name}]})


def _placed_items(estate: Estate) -> Iterator[Any]:
    """Everything with a placement, except alarms."""
    yield from (group for group in estate.log_groups if group.side is Side.MEMBERS)
    yield from (metric_filter for metric_filter in estate.metric_filters if metric_filter.side is Side.MEMBERS)
    yield from (subscription for subscription in estate.subscription_filters if subscription.side is Side.MEMBERS)
    yield from estate.composites_in(Side.MEMBERS)
    yield from (estate.agent,) if estate.agent else ()
    yield from _not_of_hub(estate)


def _not_of_hub(estate: Estate) -> Iterable[Compliance | ErrorLogs | EventRule]:
    """What the hub's account does not get as a member, even if a unit contains it; one for each condition."""
    sections = [section for section in (estate.compliance, estate.error_logs) if section is not None]
    rules = [rule for rule in estate.event_rules if rule.is_forwarded]
    by_placement: dict[Placement | None, Compliance | ErrorLogs | EventRule] = {}
    for item in (*sections, *rules):
        by_placement.setdefault(item.placement, item)
    return by_placement.values()


def _of_names(estate: Estate) -> Iterator[Placement]:
    """The accounts with one name, or one value of a label, that a text of the member template distinguishes."""
    groups = [group for group in estate.log_groups if group.side is Side.MEMBERS]
    texts = {(text, group.placement) for group in groups for text in (group.name, group.key_arn)}
    for subscription in estate.subscription_filters:
        if subscription.side is Side.MEMBERS:
            arns = (subscription.destination, subscription.encryption_key)
            texts |= {(arn, subscription.placement) for arn in arns}
    for alarm in estate.alarms_in(Side.MEMBERS):
        dimensions = (value for measured in alarm.measured() for _, value in measured.metric.dimensions)
        texts |= {(text, placed) for text in dimensions for placed in _of_metrics(alarm)}
    for text, placed in texts:
        for word in differing(text):
            values = by_value(word, estate.accounts, placed)
            # Of a label the last value is what is left.
            yield from (Placement(names, later=False) for _, names in (values if word == ACCOUNT else values[:-1]))


def _of_metrics(alarm: Alarm) -> Iterator[Placement | None]:
    """The placements in which an alarm's metric is named: the alarm's, and that of a shared anomaly detector."""
    yield alarm.placement
    if isinstance(alarm.signal, AnomalySignal):
        yield None


def archive_placement(estate: Estate) -> Placement | None:
    """The placement of the resources that all archives share; None for every account and Region."""
    placed = union_of(group.placement for group in estate.archived_log_groups())
    if placed is None or not all(placed.has(account.name) for account in estate.accounts):
        return placed
    every = placed.later or not estate.organizational_units
    return (Placement(regions=placed.regions) if placed.regions else None) if every else placed


def _of_alarm(alarm: Alarm) -> Placement | None:
    """The placement of an alarm, apart from its own parameter; None for every account and Region."""
    placed = alarm.placement
    if placed is None and not alarm.regions:
        return None
    return Placement(placed.accounts if placed else None, placed.later if placed else True, alarm.regions)


def _tests(placed: Placement, estate: Estate) -> dict[str, Any]:
    """The condition of a placement, and the conditions that it consists of."""
    parts: dict[str, Any] = {}
    if placed.accounts is not None:
        parts[_accounts_name(placed, estate)] = _account_test(placed, estate)
    if len(placed.regions) > 1:
        parts[_regions_name(placed)] = any_of([{"Condition": region_condition(region)} for region in placed.regions])
    if placed.accounts is not None and placed.regions:
        conditions = [{"Condition": _accounts_name(placed, estate)}, {"Condition": _regions_name(placed)}]
        parts[condition(placed, estate)] = {"Fn::And": conditions}
    return parts


def region_condition(region: str) -> str:
    """The condition of a Region, such as `IsInUsEast1`."""
    return f"IsIn{in_logical_ids(region)}"


def condition(placed: Placement | None, estate: Estate) -> str:
    """The condition of a placement; empty for every account and Region."""
    if placed is None:
        return ""
    accounts = _accounts_name(placed, estate) if placed.accounts is not None else ""
    regions = _regions_name(placed) if placed.regions else ""
    return f"{accounts}And{regions}" if accounts and regions else accounts or regions


def condition_attribute(placed: Placement | None, estate: Estate) -> dict[str, str]:
    """The Condition attribute of a resource with a placement; empty for every account and Region."""
    name = condition(placed, estate)
    return {"Condition": name} if name else {}


def created_condition_attribute(group: LogGroup, estate: Estate) -> dict[str, str]:
    """The Condition attribute of a log group that obsgen does not create in every member."""
    return {"Condition": created_condition(group)} if group.existing else condition_attribute(group.placement, estate)


def _partly_theirs(estate: Estate) -> Iterator[LogGroup]:
    yield from (group for group in estate.log_groups if group.existing and group.create and not group.is_nowhere)


def created_condition(group: LogGroup) -> str:
    """The condition of members in which obsgen creates a log group that exists already in others."""
    return f"{group.logical_id}IsOurs"


def member_condition_attribute(placed: Placement | None, estate: Estate) -> dict[str, str]:
    """The Condition attribute of a resource that the hub's account does not get, even if a unit contains it."""
    name = condition(placed, estate)
    if not estate.organizational_units or (placed is not None and not placed.later):
        return {"Condition": name} if name else {}
    return {"Condition": f"{NOT_HUB}And{name}" if name else NOT_HUB}


def alarm_condition(alarm: Alarm | Composite, estate: Estate) -> str:
    """The condition of an alarm or composite of the members: its parameter's, or its placement's; empty for none."""
    if isinstance(alarm, Composite):
        return condition(alarm.placement, estate)
    if any(parameter.field == "Enabled" for parameter in member_parameters(alarm)):
        return f"{alarm.logical_id}IsOn"
    return condition(_of_alarm(alarm), estate)


def exists_with(child: Alarm | Composite, composite: Composite, estate: Estate) -> bool:
    """Whether a child of a composite exists wherever the composite does.

    cfn-lint warns (W1028) of a branch for those without the child that no stack can choose.
    """
    test = alarm_condition(child, estate)
    if not test or test == condition(composite.placement, estate):
        return True
    placed = child.placement if isinstance(child, Composite) else _of_alarm(child)
    # What a parameter decides is not in a placement.
    return test == condition(placed, estate) and is_within(composite.placement, placed)


def alarm_conditions(alarm: Alarm, estate: Estate) -> Iterator[TemplateCondition]:
    """The condition of an alarm whose parameter selects its accounts."""
    switch = next((parameter for parameter in member_parameters(alarm) if parameter.field == "Enabled"), None)
    if switch is None:
        return
    is_on: dict[str, Any] = {"Fn::Equals": [Ref(switch.name), "true"]}
    where = condition(_of_alarm(alarm), estate)
    yield TemplateCondition(f"{alarm.logical_id}IsOn", {"Fn::And": [{"Condition": where}, is_on]} if where else is_on)


def any_of(tests: Sequence[Any]) -> Any:
    """Fn::Or over any number of tests; CloudFormation allows two to ten, so that more are nested."""
    if len(tests) == 1:
        return tests[0]
    if len(tests) <= _MOST:
        return {"Fn::Or": list(tests)}
    size = -(-len(tests) // _MOST)
    return any_of([any_of(tests[start : start + size]) for start in range(0, len(tests), size)])


def _account_test(placed: Placement, estate: Estate) -> Any:
    in_accounts = any_of([{"Fn::Equals": [Ref("AWS::AccountId"), number]} for number in _named(placed, estate)])
    return {"Fn::Not": [in_accounts]} if placed.later else in_accounts


def _named(placed: Placement, estate: Estate) -> list[str]:
    """The IDs of the accounts in a placement; if it includes accounts that join later, of those not in it."""
    return [account.id for account in estate.accounts if placed.has(account.name) is not placed.later]


def _accounts_name(placed: Placement, estate: Estate) -> str:
    """Such as `IsInAccount222222222222`; of several, with a digest of their ids."""
    numbers = _named(placed, estate)
    stem = "IsNotInAccount" if placed.later else "IsInAccount"
    return f"{stem}{numbers[0]}" if len(numbers) == 1 else f"{stem}s{_digest(numbers)}"


def _regions_name(placed: Placement) -> str:
    """Such as `IsInEuWest1OrIsInUsEast1`; of many, with a digest, since logical IDs have a maximum length."""
    name = "Or".join(region_condition(region) for region in placed.regions)
    return name if len(name) <= _LONGEST else f"IsInRegions{_digest(placed.regions)}"


def _digest(names: Sequence[str]) -> str:
    return hashlib.sha256(",".join(names).encode()).hexdigest()[:8].upper()
