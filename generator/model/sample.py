"""The sample workload: a small shop that members run in order to be watched."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path


@dataclass(frozen=True, slots=True)
class SampleWorkload:
    """accounts: names of those that have it; None where every account has it, those that join later too."""

    path: Path
    accounts: tuple[str, ...] | None


FUNCTIONS = ("payment-handler", "order-processor")
PARAMETER = "SampleWorkload"


def log_group(function: str, environment: str) -> str:
    """The log group of one of its functions."""
    return f"/aws/lambda/{function}-{environment}"
