"""Subscription filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from generator.findings import Path
from generator.model.accounts import Side
from generator.model.placement import Placement

Distribution = Literal["by-log-stream", "random"]
# Services whose streams CloudWatch Logs writes to with a role.
WITH_ROLE = ("firehose", "kinesis")


@dataclass(frozen=True, slots=True)
class SubscriptionFilter:
    """A subscription filter: which lines of a log group are sent where, as they arrive.

    destination: an ARN, and encryption_key the ARN of a KMS key or empty, both as generator.model.stack_values has them
    where they differ between accounts or Regions. service: kinesis, firehose, lambda or logs. match, ignore: example
    lines that the build tries. placement: the members that have it and its log group; None for all.
    """

    key: str
    name: str
    logical_id: str
    path: Path
    log_group: str
    side: Side
    pattern: str
    destination: str
    service: str
    distribution: Distribution | None = None
    encryption_key: str = ""
    match: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    placement: Placement | None = None

    @property
    def counts_lines(self) -> bool:
        """True: each line counts as one, as opposed to a value in it."""
        return True

    @property
    def is_nowhere(self) -> bool:
        """True if no account has it in this environment."""
        return self.placement is not None and self.placement.is_nowhere
