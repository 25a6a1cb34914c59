"""The deletion of a stack set: all its stacks, then the set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from generator.rollout.aws.operations import ActualStackSet, StackSetOperation
from generator.rollout.aws.stack_set import InstanceFailure, StackSetClient
from generator.rollout.deploy.leaving_accounts import everything
from generator.rollout.deploy.members import in_words
from generator.rollout.progress import ProgressReporter

Absent = Callable[[ActualStackSet], frozenset[str]]


def delete_set(
    members: StackSetClient, names: Mapping[str, str], absent: Absent, progress: ProgressReporter
) -> list[InstanceFailure]:
    """Delete every stack of a set, and the set; the instances that failed, where the set remains. Raises AwsError.

    names: account id to name. absent: the accounts of a set that cannot be reached.
    """
    name = members.desired.members.name
    # Once whole units have gone, there may be accounts of none of them.
    for operation in chain(_deletions(members, absent), _more_deletions(members, absent)):
        progress.line(f"{name}: {in_words(operation, names)}")
        ended = members.perform(operation, "")
        if ended.failures:
            return list(ended.failures)
    progress.line(f"{name}: deleting the stack set")
    members.delete()
    return []


def _deletions(members: StackSetClient, absent: Absent) -> Iterator[StackSetOperation]:
    actual = members.describe()
    yield from everything(actual, absent(actual)) if actual else ()


def _more_deletions(members: StackSetClient, absent: Absent) -> Iterator[StackSetOperation]:
    actual = members.describe()
    yield from everything(replace(actual, units=()), absent(actual)) if actual else ()
