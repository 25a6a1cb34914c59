"""Taking a stack set away: every stack of it, then the set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from generator.rollout.aws.operations import ActualStackSet, StackSetOperation
from generator.rollout.aws.stack_set import InstanceFailure, StackSet
from generator.rollout.deploy.leaving_accounts import everything
from generator.rollout.deploy.members import in_words
from generator.rollout.progress import ProgressReporter

Absent = Callable[[ActualStackSet], frozenset[str]]


def delete_set(
    members: StackSet, names: Mapping[str, str], absent: Absent, progress: ProgressReporter
) -> list[InstanceFailure]:
    """Every stack of a set, and the set; instances that stay, where the set does too.

    names: account id to name. absent: the accounts that nothing gets into, of a set as it is seen.
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


def _deletions(members: StackSet, absent: Absent) -> Iterator[StackSetOperation]:
    seen = members.describe()
    yield from everything(seen, absent(seen)) if seen else ()


def _more_deletions(members: StackSet, absent: Absent) -> Iterator[StackSetOperation]:
    seen = members.describe()
    yield from everything(replace(seen, units=()), absent(seen)) if seen else ()
