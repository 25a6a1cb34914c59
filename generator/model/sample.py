"""The sample workload: a small shop that members run in order to be watched."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path

FUNCTIONS = ("payment-handler", "order-processor")
FAILURE_RATE = 0.05
SETTLEMENT = "sample-settlement"
PARAMETER = "SampleWorkload"


@dataclass(frozen=True, slots=True)
class SampleWorkload:
    """accounts: names of those that have it; None where every account has it, those that join later too.

    log_group: the key of the members' log group in which it writes what it settles; empty for none.
    failure_rate: the share, 0 to 1, of calls with payments and of orders that fail.
    """

    path: Path
    accounts: tuple[str, ...] | None
    log_group: str = ""
    failure_rate: float = FAILURE_RATE


def log_group(function: str, environment: str) -> str:
    """The log group of one of its functions."""
    return f"/aws/lambda/{function}-{environment}"
