"""Permissions of functions that put events on the hub's bus: their own source and detail-types only.

Both keys are documented for PutEvents. The source is a key of several values, for which AWS's own example has
ForAllValues; that holds where a key is missing, and Null does not.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-example-policy-cross-account-custom-bus-source.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from awacs.aws import Condition as When
from awacs.aws import ForAllValuesStringEquals as AllEqual
from awacs.aws import Null

from generator.blueprints.kit.policies import allow


def only(source: str, detail_types: Sequence[str]) -> tuple[Any, ...]:
    """The condition operators that allow only such events."""
    return (
        AllEqual({"events:source": source, "events:detail-type": _one_or_more(detail_types)}),
        Null({"events:source": "false", "events:detail-type": "false"}),
    )


def _one_or_more(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def puts(bus: Any, source: str, detail_types: Sequence[str], *, sid: str) -> Any:
    """The statement of a role that puts such events on `bus`, an ARN."""
    return allow(["events:PutEvents"], [bus], sid=sid, condition=When(list(only(source, detail_types))))
