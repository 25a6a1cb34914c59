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

    def bring(member_set: MemberSet, interim: Mapping[str, Any]) -> list[InstanceFailure]:
        chosen = interim.get(member_set.desired.members.file)
        return member_set.perform(plan.before, plan.report, member_set.parameters(outputs), plan.names, chosen)

    def bring_in_order(member_set: MemberSet) -> list[InstanceFailure]:
        interim_failures = (
            bring(member_set, between.declaring) if member_set.desired.members.file in between.declaring else []
        )
        return interim_failures or bring(member_set, between.keeping)

    failures = _leave(sets, plan)
    if failures:
        return failures
    for members in sets:
        failures = bring(members, between.moved) if members.desired.members.file in between.moved else []
        if failures:
            return failures
    done: set[str] = set()
    waiting = list(sets)
    while waiting:
        ready = _ready(waiting, between, done)
        with ThreadPoolExecutor(min(len(ready), plan.report.sets_at_once)) as pool:
            failures = [failure for failures_of_set in pool.map(bring_in_order, ready) for failure in failures_of_set]
        if failures:
            return failures
        done |= {member_set.desired.members.file for member_set in ready}
        waiting = [member_set for member_set in waiting if member_set not in ready]
    for members in sets[::-1]:
        failures = bring(members, {}) if members.desired.members.file in between.keeping else []
        if failures:
            return failures
    return []


def _leave(sets: list[MemberSet], plan: DeploymentPlan) -> list[InstanceFailure]:
    """Take the stacks in accounts and Regions that leave away, composites' first: there nothing has to change before.

    Of a single set they go with all else.
    """
    leaving = {
        set_plan.name for set_plan in plan.sets if any(operation.kind == "delete" for operation in set_plan.operations)
    }
    for member_set in sets[::-1] if len(sets) > 1 else ():
        is_going = member_set.desired.members.name in leaving
        failures = member_set.leave(plan.before, plan.report, plan.names) if is_going else []
        if failures:
            return failures
    return []


def _ready(waiting: list[MemberSet], between: Transition, done: set[str]) -> list[MemberSet]:
    """The sets that may be brought now: the first one alone, and composites' one by one, after all others."""
    first = waiting[0]
    if not done or first.desired.members.is_late:
        return [first]
    return [
        member_set
        for member_set in waiting
        if not member_set.desired.members.is_late
        and between.waits.get(member_set.desired.members.file, frozenset()) <= done
    ] or [first]
