"""What an experiment is, and what it reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from generator.rollout.selftest.context import SelftestContext

Verdict = Literal["as expected", "differs", "could not be tried"]
EXPECTED: Verdict = "as expected"
DIFFERS: Verdict = "differs"
UNTRIED: Verdict = "could not be tried"
# An experiment runs until it yields how many seconds it has to wait, and returns whether AWS did what obsgen expects.
ExperimentSteps = Iterator[float]
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Experiment:
    """One question to AWS.

    doubt: the beginning of a bullet of docs/limits.md. question: the doubt in one sentence. expected: what obsgen
    relies on. otherwise: what changes in obsgen if AWS differs. actions: IAM actions, without those that remove and
    list. monthly_usd: the price of a month of what it creates, if nothing removed it. minutes: its longest time.
    """

    name: str
    title: str
    doubt: str
    question: str
    expected: str
    otherwise: str
    actions: tuple[str, ...]
    creates: tuple[str, ...]
    monthly_usd: float
    minutes: int
    run: Callable[[SelftestContext], ExperimentSteps]


@dataclass(frozen=True, slots=True)
class SelftestResource:
    """Something that an experiment creates. kind: a key of `kinds.KINDS`."""

    experiment: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class ExperimentOutcome:
    """The report of an experiment, without names of accounts and callers."""

    experiment: str
    verdict: Verdict
    started_ms: int
    ended_ms: int
    observations: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


class CallRefused(Exception):
    """A call that AWS refused, or that could not be made."""

    def __init__(self, action: str, code: str, message: str, status: int = 0) -> None:
        super().__init__(f"{action}: {code}: {message}" if message else f"{action}: {code}")
        self.action, self.code, self.message, self.status = action, code, message, status

    @property
    def changed_nothing(self) -> bool:
        """True if AWS certainly did nothing: it read the request and refused it."""
        return 400 <= self.status < 500 and "Exist" not in self.code


class NotTried(Exception):
    """What an experiment needs did not come about, so that it has no answer. The message says what is missing."""


class ForeignName(Exception):
    """A call that would change something without the prefix of the run. It is never made."""
