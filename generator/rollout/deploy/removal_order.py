"""The order in which stacks are deleted together, whichever commit created them: the reverse of their creation.

CloudWatch deletes no alarm that a composite names, and what has composites may have any number: so they go first.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from generator.rollout.deploy.deployed import number_in
from generator.rollout.deploy.desired import is_late

_One = TypeVar("_One")


def in_order(
    stacks: Iterable[_One], name_and_body: Callable[[_One], tuple[str, str]], first: str, environment: str
) -> list[_One]:
    """Stacks of one side in the order of their deletion; those without a number come last, in their given order.

    named: a stack's name and its template. first: the name of the side's first stack.
    """

    def rank(stack: _One) -> tuple[bool, int]:
        name, body = name_and_body(stack)
        return is_late(body), number_in(name, first, environment) or 0

    return sorted(stacks, key=rank, reverse=True)
