"""Maintenance: windows in which some alarms send no notification."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path
from generator.model.accounts import Side


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A mute rule of one side. alarms: by `ref`, composites by key. expression: CloudWatch's. duration: seconds."""

    key: str
    name: str
    logical_id: str
    path: Path
    side: Side
    alarms: tuple[str, ...]
    expression: str
    duration: int
    timezone: str
    reason: str = ""
