"""The alarms that a composite depends on, and the order in which composites are evaluated: children first.

A child is referenced by name or ARN and is in the composite's own account and Region, in any stack.
Composites that depend on each other are never evaluated, as CloudWatch stops evaluating them too.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from graphlib import CycleError, TopologicalSorter

from generator.evaluate.template.intrinsic_values import Unknown
from generator.evaluate.types import AlarmId
from generator.wording import list_in_words

_ARN_PARTS = 7


def referenced_alarm(reference: str, beside: AlarmId) -> AlarmId | Unknown:
    """The alarm that a composite means by a name or an ARN."""
    if not reference.startswith("arn:"):
        return AlarmId(beside.account, beside.region, reference)
    parts = reference.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS or parts[2] != "cloudwatch" or parts[5] != "alarm":
        return Unknown(f"{reference} is not the ARN of an alarm")
    alarm = AlarmId(parts[4], parts[3], parts[6])
    is_beside = (alarm.account, alarm.region) == (beside.account, beside.region)
    return alarm if is_beside else Unknown(f"{reference} is in another account or Region")


def evaluation_order(
    stands_on: Mapping[AlarmId, tuple[AlarmId, ...]],
    known_states: Container[AlarmId],
    missing: Callable[[AlarmId], str],
) -> tuple[list[AlarmId], dict[AlarmId, str]]:
    """The composites that can be evaluated, each after those it depends on; the others with the reason.

    stands_on: of each composite, its children and suppressor. given: alarms of which a state is known whatever they
    stand on. missing: why an alarm that is no composite of these has no state, or nothing if it has one.
    """
    unknown: dict[AlarmId, str] = {}
    ordered: list[AlarmId] | None = None
    while ordered is None:
        open_ = {alarm: [child for child in below if child in stands_on] for alarm, below in stands_on.items()}
        sorter = TopologicalSorter({alarm: [] if alarm in unknown else below for alarm, below in open_.items()})
        try:
            ordered = list(sorter.static_order())
        except CycleError as error:
            circle: list[AlarmId] = error.args[1]
            names = sorted({child.name for child in circle})
            reason = (
                f"{list_in_words(names)} depend on each other" if len(names) > 1 else f"{names[0]} depends on itself"
            )
            unknown |= dict.fromkeys(circle, reason)
    for alarm in ordered:
        for child in stands_on[alarm]:
            reason = unknown.get(child, "") if child in stands_on else missing(child)
            if reason and child not in known_states:
                unknown.setdefault(alarm, f"it depends on {child.name}: {reason}")
    return [alarm for alarm in ordered if alarm not in unknown], unknown
