"""What a rule says of an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Scalar = str | int | float | bool | None


class FindingLevel(StrEnum):
    """problem: the alarm misleads the people that it calls, or calls no one. notice: something to look into."""

    PROBLEM = "problem"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting of an alarm that would end the finding, as the YAML has it. field: such as `datapoints`.

    value: as it is written in the YAML, such as `3 of 3`.
    """

    field: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """A rule does not hold for an alarm.

    message: one sentence with the numbers of the evidence. evidence: the same as values; times are texts, units are in
    the keys. advice: what to do where there is no patch. change: what to set, where one setting ends it.
    """

    message: str
    evidence: Mapping[str, Any]
    advice: str
    change: SettingChange | None = None


@dataclass(frozen=True, slots=True)
class NotJudged:
    """A rule cannot say anything about an alarm; reason: why, as the end of a sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on a rule reports.

    days: how long an alarm has to be there, unchanged, to be judged by its history. firing_share: of that time, in
    ALARM, from which it always fires. flaps: transitions into ALARM within 24 hours. missing_share: of that time, in
    INSUFFICIENT_DATA.
    """

    days: float = 14
    firing_share: float = 0.9
    flaps: int = 6
    missing_share: float = 0.5


@dataclass(frozen=True, slots=True)
class AlarmRef:
    """An alarm of AWS."""

    account: str
    account_name: str
    region: str
    name: str

    @property
    def place(self) -> str:
        """`checkout eu-west-1`"""
        return f"{self.account_name} {self.region}"


@dataclass(frozen=True, slots=True)
class HygieneFinding:
    """A verdict on an alarm. path: the entry in the YAML, as text; severity: there. Empty for an alarm of others."""

    rule: str
    level: FindingLevel
    alarm: AlarmRef
    owner: str
    verdict: RuleVerdict
    path: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class HygieneReport:
    """All findings. unjudged: rule and reason, to the alarms. alarms: how many were judged by any rule."""

    findings: tuple[HygieneFinding, ...]
    unjudged: Mapping[tuple[str, str], tuple[AlarmRef, ...]]
    alarms: int
    scores: tuple[Score, ...] = ()
    weeks: tuple[Week, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """Alarms of an account or an owner. kind: `account` or `owner`. sound: alarms without a problem."""

    kind: str
    name: str
    alarms: int
    sound: int
    findings: Mapping[str, int] = field(default_factory=dict)

    @property
    def percent(self) -> int:
        """The share of sound alarms, rounded down: 100 only if all are."""
        return 100 * self.sound // self.alarms if self.alarms else 100


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of the history. start, end: ISO dates and times. firings: transitions into ALARM.

    short: those that ended within five minutes. flapping, firing: alarms that flapped, or were in ALARM all the time.
    """

    start: str
    end: str
    alarms: int
    firings: int
    short: int
    flapping: int
    firing: int

    @property
    def percent(self) -> int:
        """The share of alarms that neither flapped nor fired all the time, rounded down."""
        return 100 * (self.alarms - self.flapping - self.firing) // self.alarms if self.alarms else 100
