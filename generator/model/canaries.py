"""Canaries: addresses that CloudWatch Synthetics asks on a schedule."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path


@dataclass(frozen=True, slots=True)
class Canary:
    """A canary of the hub. every, timeout, within: seconds. alarm: the key of the alarm on its runs."""

    key: str
    name: str
    logical_id: str
    path: Path
    url: str
    every: int
    timeout: int
    status: int
    contains: str | None
    within: int | None
    alarm: str
