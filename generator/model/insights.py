"""Lambda Insights in the members."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path


@dataclass(frozen=True, slots=True)
class LambdaInsights:
    """arm64, x86_64: Region and ARN of the layer there."""

    arm64: tuple[tuple[str, str], ...]
    x86_64: tuple[tuple[str, str], ...]
    path: Path
