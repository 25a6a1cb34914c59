"""The sample workload: a small shop that members run in order to be watched."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path


@dataclass(frozen=True, slots=True)
class SampleWorkload:
    """accounts: names of those that have it; None where every account has it, those that join later too.

    log_group: the key of the members' log group in which it writes what it settles; empty for none.
    """

    path: Path
    accounts: tuple[str, ...] | None
    log_group: str = ""


FUNCTIONS = ("payment-handler", "order-processor")
SETTLEMENT = "sample-settlement"
PARAMETER = "SampleWorkload"


def log_group(function: str, environment: str) -> str:
    """The log group of one of its functions."""
    return f"/aws/lambda/{function}-{environment}"
