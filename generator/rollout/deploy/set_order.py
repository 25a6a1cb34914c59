"""The members' stack sets, one after the other and side by side: what each of them waits for."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from generator.rollout.aws.stack_set import InstanceFailure
from generator.rollout.deploy.member_set import MemberSet
from generator.rollout.deploy.plan import DeploymentPlan
from generator.rollout.deploy.transition import Transition


def roll_out_sets(sets: list[MemberSet], plan: DeploymentPlan, outputs: Mapping[str, str]) -> list[InstanceFailure]:
    """The sets in their order, side by side where none waits for another, until one ends badly.

    outputs: of the hub's stacks. The instances that failed.
    """
    between = plan.between

    def bring(one: MemberSet, interim: Mapping[str, Any]) -> list[InstanceFailure]:
        chosen = interim.get(one.desired.members.file)
        return one.perform(plan.before, plan.report, one.parameters(outputs), plan.names, chosen)

    def turn(one: MemberSet) -> list[InstanceFailure]:
        told = bring(one, between.told) if one.desired.members.file in between.told else []
        return told or bring(one, between.kept)

    failures = _leave(sets, plan)
    if failures:
        return failures
    for one in sets:
        failures = bring(one, between.moved) if one.desired.members.file in between.moved else []
        if failures:
            return failures
    done: set[str] = set()
    waiting = list(sets)
    while waiting:
        ready = _ready(waiting, between, done)
        with ThreadPoolExecutor(min(len(ready), plan.report.sets_at_once)) as pool:
            failures = [each for some in pool.map(turn, ready) for each in some]
        if failures:
            return failures
        done |= {one.desired.members.file for one in ready}
        waiting = [one for one in waiting if one not in ready]
    for one in sets[::-1]:
        failures = bring(one, {}) if one.desired.members.file in between.kept else []
        if failures:
            return failures
    return []


def _leave(sets: list[MemberSet], plan: DeploymentPlan) -> list[InstanceFailure]:
    """Take the stacks in accounts and Regions that leave away, composites' first: there nothing has to change before.

    Of a single set they go with all else.
    """
    going = {one.name for one in plan.sets if any(each.kind == "delete" for each in one.operations)}
    for one in sets[::-1] if len(sets) > 1 else ():
        is_going = one.desired.members.name in going
        failures = one.leave(plan.before, plan.report, plan.names) if is_going else []
        if failures:
            return failures
    return []


def _ready(waiting: list[MemberSet], between: Transition, done: set[str]) -> list[MemberSet]:
    """The sets that may be brought now: the first one alone, and composites' one by one, after all others."""
    first = waiting[0]
    if not done or first.desired.members.is_late:
        return [first]
    return [
        one
        for one in waiting
        if not one.desired.members.is_late and between.waits.get(one.desired.members.file, frozenset()) <= done
    ] or [first]
