"""The contents of a preview, before they are HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from generator.cost.estimate import Estimate
from generator.findings import Severity
from generator.model.estate import Estate
from generator.render.diff import EnvironmentDiff


@dataclass(frozen=True, slots=True)
class PreviewFinding:
    """A finding of the build. place: file, line and column. code: of the check."""

    severity: Severity
    code: str
    place: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class AlarmHistory:
    """What an alarm would have done over the data of a capture, in all accounts together.

    judged: in how many places its data is there. at_night: firings that began at night. longest: in seconds.
    accounts: in which it fired. not_judged: the reasons where its data is not there.
    """

    judged: int
    firings: int
    at_night: int
    longest: int
    a_month: float
    accounts: tuple[str, ...]
    not_judged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaptureWords:
    """The capture that histories and charts are from: its window, and the hours that count as night."""

    window: str
    night: str


@dataclass(frozen=True, slots=True)
class EnvironmentPreview:
    """One environment.

    dashboards: name in CloudWatch to the fragment that draws it. charts: the figure of an alarm, by its name there.
    tests: names of the tests that mention an alarm, by `ref`. history: by name in CloudWatch. difference: None where
    nothing is compared. capture: None where charts show sample data.
    """

    estate: Estate
    cost: Estimate
    dashboards: Mapping[str, str] = field(default_factory=dict)
    charts: Mapping[str, str] = field(default_factory=dict)
    tests: Mapping[str, Sequence[str]] = field(default_factory=dict)
    history: Mapping[str, AlarmHistory] = field(default_factory=dict)
    difference: EnvironmentDiff | None = None
    capture: CaptureWords | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """A page.

    revision: what it is compared with; empty where it is not. removed: sentences about environments that only the
    revision has. own_style: CSS of this page only, which places widgets and names the hours below charts.
    """

    project: str
    environments: Sequence[EnvironmentPreview]
    findings: Sequence[PreviewFinding] = ()
    revision: str = ""
    removed: Sequence[str] = ()
    own_style: str = ""
