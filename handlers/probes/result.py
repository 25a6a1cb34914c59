"""The result of a probe, and the one log line from which CloudWatch takes its metrics; pure."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.common import emf
from handlers.common.printable import printable
from handlers.common.redact import redact

NAMESPACE = "Obsgen/Probes"
LONGEST_REASON = 300


class ProbeFailure(Exception):
    """What was not as expected. kind: one word for tables. days_left: of a certificate that was seen all the same."""

    def __init__(self, kind: str, reason: str, *, days_left: float | None = None) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.days_left = days_left


@dataclass(frozen=True, slots=True)
class Result:
    """One run of a probe. kind, reason: of a failure; empty for success. days_left: of the certificate, if one was
    seen.
    """

    probe: str
    duration_ms: int
    kind: str = ""
    reason: str = ""
    days_left: float | None = None

    @property
    def is_up(self) -> bool:
        """True if everything was as expected."""
        return not self.kind

    def line(self, at_ms: int) -> str:
        """The metrics and the reason. A failure has no duration: how long a time-out took says nothing about speed."""
        metrics: dict[str, tuple[float, str]] = {"Up": (int(self.is_up), "None")}
        if self.is_up:
            metrics["DurationMs"] = (self.duration_ms, "Milliseconds")
        if self.days_left is not None:
            metrics["CertificateDaysLeft"] = (round(self.days_left, 2), "None")
        text = {} if self.is_up else {"Failure": self.kind, "Reason": safe_text(self.reason)}
        return emf.line(NAMESPACE, at_ms, {"Probe": self.probe}, metrics, text)


def safe_text(reason: str) -> str:
    """A reason without credentials, personal data and control characters, of a bounded length."""
    return redact(printable(reason)).replace("\n", " ")[:LONGEST_REASON]


def run_line(runner: str, at_ms: int, *, run: int, skipped: int) -> str:
    """The line of one run of all probes. run, skipped: how many of the probes that were due."""
    metrics: dict[str, tuple[float, str]] = {"ProbesRun": (run, "Count"), "ProbesNotRun": (skipped, "Count")}
    return emf.line(NAMESPACE, at_ms, {"Runner": runner}, metrics)
