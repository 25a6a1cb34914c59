"""What `obsgen selftest` prints: the list, the plan and the result."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from generator.rollout.selftest.permissions import actions_of
from generator.rollout.selftest.types import DIFFERS, EXPECTED, UNTRIED

if TYPE_CHECKING:
    from generator.cli.selftest_target import SelftestTarget
    from generator.rollout.selftest.clean_up import Leftovers
    from generator.rollout.selftest.types import Experiment

HOURS_OF_A_MONTH = 730
# Twice what a run takes at most, and some requests.
HOURS, REQUESTS_USD = 2, 0.05


def list_lines(experiments: Sequence[Experiment]) -> Iterator[str]:
    """Each experiment with its question and what its answers mean."""
    for experiment in experiments:
        yield f"{experiment.name}  ({_minutes(experiment.minutes)})"
        yield f"  {experiment.question}"
        yield f"  expected: {experiment.expected}"
        yield f"  otherwise: {experiment.otherwise}"


def plan_lines(target: SelftestTarget, run: str, experiments: Sequence[Experiment], done: int) -> Iterator[str]:
    """What a run creates, calls and costs. done: experiments that an interrupted run has finished."""
    yield f"Selftest {run} in account {target.account}, {target.region}: {_experiments(len(experiments))}"
    width = max(len(experiment.name) for experiment in experiments)
    for experiment in experiments:
        yield f"  {experiment.name:{width}}  {_minutes(experiment.minutes):>6}  {experiment.title}"
    if done:
        yield f"Continues    {_experiments(done)} of this run ended before"
    kinds = sorted({f"{kind}s" for experiment in experiments for kind in experiment.creates}, key=str.lower)
    yield from _wrapped("Creates      ", kinds or ["nothing"])
    yield f"             all named obsgen-selftest-{run}-…, with the tag obsgen-selftest where AWS allows tags"
    if any("cloudwatch:PutMetricData" in experiment.actions for experiment in experiments):
        yield "             values of metrics cannot be deleted; CloudWatch lists them for two weeks"
    actions: dict[str, list[str]] = {}
    for action in actions_of(experiments):
        service, _, name = action.partition(":")
        actions.setdefault(service, []).append(name)
    yield "IAM          `obsgen policy --selftest` prints the policy of these actions:"
    for service, names in actions.items():
        yield from _wrapped(f"{'':13}{service}: ", names)
    yield f"Cost         less than {cost_usd(experiments):.2f} USD if all is deleted within two hours"
    yield f"             {sum(experiment.monthly_usd for experiment in experiments):.2f} USD a month if it were not"
    yield f"Duration     at most {_minutes(max(experiment.minutes for experiment in experiments))}, side by side"
    yield "Notifies     no one: alarms have no actions, and their events go to queues of the selftest"
    yield f"State        {target.state_path(run)}"
    yield f"             after a crash: obsgen selftest {target.words} --clean-up {run}"


def cost_usd(experiments: Sequence[Experiment]) -> float:
    """An upper bound of what a run costs, in cents that are rounded up. CloudWatch bills its resources by the hour."""
    monthly = sum(experiment.monthly_usd for experiment in experiments)
    return math.ceil(100 * (HOURS * monthly / HOURS_OF_A_MONTH + REQUESTS_USD)) / 100


def result_lines(data: Mapping[str, Any]) -> Iterator[str]:
    """The verdicts, those as expected last."""
    rows = sorted(data["experiments"], key=lambda row: (row["verdict"] == EXPECTED, row["verdict"], row["name"]))
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        detail = row["errors"][0] if row["errors"] else "" if row["verdict"] == EXPECTED else row["question"]
        yield f"{row['verdict']:18}  {row['name']:{width}}  {_cut(detail)}".rstrip()
    counts = Counter(row["verdict"] for row in rows)
    yield ", ".join(f"{counts[verdict]} {verdict}" for verdict in (EXPECTED, DIFFERS, UNTRIED) if counts[verdict])


def clean_up_lines(leftovers: Leftovers, errors: Sequence[str], prefix: str) -> Iterator[str]:
    """What was verified after the deletion, or remains."""
    for error in errors:
        yield f"not deleted: {error}"
    for resource in leftovers.resources:
        yield f"remains: {resource.kind} {resource.name}"
    for reason in leftovers.unknown:
        yield f"not verified: {reason}"
    if not errors and not leftovers.resources:
        rest = " of what could be listed" if leftovers.unknown else ""
        yield f"Nothing that begins with {prefix} remains{rest}."


def _experiments(count: int) -> str:
    return f"{count} experiment{'' if count == 1 else 's'}"


def _minutes(count: int) -> str:
    return f"{count} min"


def _cut(text: str, most: int = 90) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _wrapped(beginning: str, names: Sequence[str], width: int = 110) -> Iterator[str]:
    line, indent = beginning, " " * len(beginning)
    for index, name in enumerate(names):
        word = f"{name}, " if index < len(names) - 1 else name
        if len(line) + len(word) > width:
            yield line.rstrip()
            line = indent
        line += word
    yield line.rstrip()
