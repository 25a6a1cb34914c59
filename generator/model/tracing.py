"""X-Ray in the members: sampling, and groups of traces."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path


@dataclass(frozen=True, slots=True)
class SamplingRule:
    """The requests that are recorded. The first rule that matches decides, the lowest priority first.

    rate: share of the requests beyond the reservoir. reservoir: requests a second. The texts may have * and ?.
    attributes: names and values that a request has to have, all of them.
    """

    key: str
    name: str
    logical_id: str
    path: Path
    rate: float
    reservoir: int
    priority: int
    service: str
    service_type: str
    host: str
    method: str
    url_path: str
    resource: str
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def patterns(self) -> tuple[str, ...]:
        """The conditions that a request has to meet, all of them, and its attributes besides."""
        return self.service, self.service_type, self.host, self.method, self.url_path, self.resource


@dataclass(frozen=True, slots=True)
class TraceGroup:
    """Traces that match a filter expression; insights: whether X-Ray looks for anomalies in them."""

    key: str
    name: str
    logical_id: str
    path: Path
    filter: str
    insights: bool


@dataclass(frozen=True, slots=True)
class Tracing:
    """Rules and groups of every member."""

    sampling: tuple[SamplingRule, ...] = ()
    groups: tuple[TraceGroup, ...] = ()
