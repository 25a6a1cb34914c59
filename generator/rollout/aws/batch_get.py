"""Rows of a table by their keys, by consistent reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from generator.rollout.aws.errors import AwsError

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
AT_ONCE = 100
# How often keys are asked for again that a throttled table has left out, and the first pause in seconds.
TRIES, PAUSE = 8, 0.05
Item = Mapping[str, Any]


def batch_get(
    client: Any, table: str, where: str, keys: Sequence[Item], plainly: Callable[[str], AbstractContextManager[None]]
) -> Iterator[Item]:
    """Those of the rows that are there, in any order. Raises Refused.

    where: of the table, for the message, such as ` in checkout us-east-1`. plainly: turns an error of an action of AWS
    into Refused.
    """
    for start in range(0, len(keys), AT_ONCE):
        asked: Any = {table: {"Keys": keys[start : start + AT_ONCE], "ConsistentRead": True}}
        for attempt in range(TRIES):
            with plainly("dynamodb:BatchGetItem"):
                answer = client.batch_get_item(RequestItems=asked)
            yield from answer["Responses"].get(table, [])
            asked = answer.get("UnprocessedKeys")
            if not asked:
                break
            time.sleep(PAUSE * 2**attempt)
        else:
            raise AwsError(f"the table {table}{where} is throttled", "run it again in a minute")
