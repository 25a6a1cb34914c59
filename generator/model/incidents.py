"""How alarms become incidents."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Incidents:
    """reopen_within: seconds after an OK in which an ALARM reopens the incident. evidence: whether logs are quoted."""

    reopen_within: int
    evidence: bool
