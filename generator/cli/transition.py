"""Interim templates of a rollout of several stacks, from the templates of the last rollout and of this one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from generator.rollout.aws.errors import AwsError
from generator.rollout.deploy import records
from generator.rollout.deploy.desired import DesiredState
from generator.rollout.deploy.management_record import written_down
from generator.rollout.deploy.transition import InterimTemplate, Transition, TransitionReader
from generator.shards.spread import stack_of

if TYPE_CHECKING:
    from generator.shards import steps
    from generator.shards.presence import ParameterValues

Template = Mapping[str, Any]
SIDES = ("hub", "member")
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MOST_RESOURCES, MOST_PARAMETERS = 500, 200


def reading(templates: Mapping[str, Template], desired: DesiredState) -> TransitionReader:
    """A reader of the interim templates. templates: those of this rollout, by file, each side's in its order."""

    def read(before: Mapping[str, bytes], deployed: Mapping[str, str]) -> Transition:
        was, now = ([file for file in files if stack_of(file)] for files in (before, templates))
        if max(len(now), len(was), len(deployed)) <= len(SIDES):
            return Transition()
        from generator.render.yaml_text import parse_template
        from generator.shards.steps import (
            DeployedShards,
            cannot_leave,
            changing,
            declared_first,
            keeping_named,
            removed_with_named,
            rollout_order,
            without_moved_resources,
        )

        recorded = {file: parse_template(before[file].decode()) for file in was}
        stand = {file: parse_template(text) for file, text in deployed.items() if text}
        values = _values(desired, before)
        moved, first, announced = (
            dict[str, InterimTemplate](),
            dict[str, InterimTemplate](),
            dict[str, InterimTemplate](),
        )
        order: dict[str, frozenset[str]] = {}
        last: set[str] = set()
        moves: list[str] = []
        bound: list[tuple[str, str]] = []
        for side in SIDES:
            former, new = DeployedShards(_of(recorded, side), _of(stand, side)), _of(templates, side)
            bound += cannot_leave(former, new)
            for chosen, work in ((moved, without_moved_resources), (first, keeping_named), (announced, declared_first)):
                interims = work(former, new, values)
                chosen |= {
                    file: _interim(interim, stand, deployed, file) for file, interim in interims.items() if file in new
                }
            order |= rollout_order(new)
            last |= removed_with_named(former, new)
            moves += changing({**former.recorded, **former.there}, new)
        return Transition(moved, first, announced, order, frozenset(last), len(moves), tuple(bound))

    return read


def _of(templates: Mapping[str, Template], side: str) -> dict[str, Template]:
    return {file: template for file, template in templates.items() if (stack_of(file) or ("",))[0] == side}


def _values(desired: DesiredState, before: Mapping[str, bytes]) -> dict[str, ParameterValues]:
    """The accounts' own parameters, by the file of their stack set."""
    from generator.shards.presence import ParameterValues

    recorded = records.members(desired.environment, before)
    doubtful = recorded.unsettled if recorded else frozenset[str]()
    values, management = {}, desired.management
    known = written_down(desired.environment, before)
    if management and known.doubtful:
        doubtful |= {management.account}
    for stack_set in desired.sets:
        was, now = recorded.overrides_of(desired.of_set(stack_set)) if recorded else None, stack_set.overrides
        if management:
            now = {**now, management.account: management.parameters[stack_set.name]}
        if management and stack_set.name in known.parameters:
            was = {**(was or {}), management.account: known.parameters[stack_set.name]}
        values[stack_set.file] = ParameterValues(_own(was), _own(now), doubtful)
    return values


def _own(overrides: Mapping[str, Iterable[tuple[str, str]]] | None) -> dict[str, dict[str, str]]:
    return {account: dict(rows) for account, rows in (overrides or {}).items()}


def _interim(
    interim: steps.InterimShard, stand: Mapping[str, Template], deployed: Mapping[str, str], file: str
) -> InterimTemplate:
    """The intermediate template. Raises AwsError where CloudFormation rejects it."""
    from generator.render.yaml_text import template_text

    counts = len(interim.template["Resources"]), len(interim.template.get("Parameters", {}))
    if counts[0] > MOST_RESOURCES or counts[1] > MOST_PARAMETERS:
        raise AwsError(
            f"{file} would have {counts[0]} resources and {counts[1]} parameters in between: it keeps what composites"
            f" of other stacks name until these have changed, and CloudFormation takes {MOST_RESOURCES} and"
            f" {MOST_PARAMETERS}",
            "deploy in two steps: what the composites name and what else is new first, what goes afterwards",
        )
    body = deployed[file] if interim.template == stand.get(file) else template_text(dict(interim.template))
    return InterimTemplate(
        body, interim.template, {account: tuple(sorted(own.items())) for account, own in interim.values.items()}
    )
