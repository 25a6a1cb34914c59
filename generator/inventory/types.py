"""What accounts have and what watches it, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ShapeMetric:
    """A metric of a pack. dimensions: names to templates such as `{function}`."""

    namespace: str
    name: str
    dimensions: Pairs


@dataclass(frozen=True, slots=True)
class ShapeAlarm:
    """An alarm of a pack. metrics: namespaces and names. is_default: whether an entry without more has it.

    breaches_when_missing: whether it fires without data.
    """

    name: str
    metrics: tuple[tuple[str, str], ...]
    is_default: bool
    breaches_when_missing: bool = False


@dataclass(frozen=True)
class PackShape:
    """What an inventory needs of a pack. required: the parameters that an entry must set. forms: by parameter.

    region: the only one that has its metrics, else empty. fleet: whether an entry of all its resources has alarms.
    """

    type: str
    required: tuple[str, ...]
    parameters: tuple[str, ...]
    forms: Mapping[str, str]
    region: str
    metrics: tuple[ShapeMetric, ...]
    alarms: tuple[ShapeAlarm, ...]
    fleet: bool

    @cached_property
    def default_alarms(self) -> tuple[ShapeAlarm, ...]:
        """The alarms of an entry that sets nothing but the required parameters."""
        return tuple(alarm for alarm in self.alarms if alarm.is_default)

    @cached_property
    def needed_metrics(self) -> frozenset[tuple[str, str]]:
        """The metrics without which an entry fires at once."""
        return frozenset(
            metric for alarm in self.default_alarms if alarm.breaches_when_missing for metric in alarm.metrics
        )


# Tuples, of which there are hundreds of thousands: hash and order of a dataclass cost several times as much.
class ResourceIdentity(NamedTuple):
    """A resource of an account. type: of its pack. values: the parameters that identify it, in the pack's order."""

    account: str
    region: str
    type: str
    values: Pairs

    @property
    def name(self) -> str:
        """Its name; of a resource within another one, with the other's."""
        return "/".join(value for _, value in self.values)


@dataclass(slots=True)
class InventoryResource:
    """What is known of a resource. sources: the parts of the capture that list it; `metrics` in the last two weeks.

    tags: None where they were not read. parts: how many resources are counted with it, such as instances of a group.
    facets: values of other parameters, such as the stages of an API. pairs: other dimensions of its metrics.
    published: which metrics that its pack needs it has.
    """

    id: ResourceIdentity
    sources: set[str] = field(default_factory=set)
    tags: Mapping[str, str] | None = None
    arn: str = ""
    host: str = ""
    parts: int = 0
    facets: set[Pairs] = field(default_factory=set)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    published: set[tuple[str, str]] = field(default_factory=set)

    @property
    def owner(self) -> str:
        """The team by its tags; empty where there is none."""
        if not self.tags:
            return ""
        tags = {key.lower().replace("_", "-"): value for key, value in self.tags.items()}
        return tags.get("owner") or tags.get("team") or ""

    @property
    def is_active(self) -> bool:
        """Whether a metric of it had data in the two weeks before the capture."""
        return "metrics" in self.sources


class Status(StrEnum):
    """How well a resource is watched. no_data: by alarms without data. unknown: what could say so was not read."""

    WATCHED = "watched"
    NO_DATA = "no_data"
    SILENT = "silent"
    UNWATCHED = "unwatched"
    UNKNOWN = "unknown"


WORDS: Mapping[Status, str] = {
    Status.WATCHED: "watched",
    Status.NO_DATA: "watched, but the alarm has no data",
    Status.SILENT: "watched, but calls no one",
    Status.UNWATCHED: "not watched",
    Status.UNKNOWN: "cannot say",
}


class WatchingAlarm(NamedTuple):
    """An alarm that watches a resource. account, region, name: its own. by: metric, math, query or logs.

    metrics: namespaces and names of the resource. calls: whether it calls anyone. is_deployed: whether AWS has it.
    has_data: whether a metric of it had data in the two weeks before the capture, or nothing says that none had.
    """

    account: str
    region: str
    name: str
    by: str
    metrics: frozenset[tuple[str, str]]
    calls: bool
    is_deployed: bool
    has_data: bool = True


class CoveredResource(NamedTuple):
    """A resource, what watches it, and the alarms of its pack that it lacks; reason: why the status is unknown."""

    resource: InventoryResource
    status: Status
    alarms: tuple[WatchingAlarm, ...]
    missing: tuple[str, ...]
    reason: str = ""

    @property
    def id(self) -> ResourceIdentity:
        """The resource's."""
        return self.resource.id

    @property
    def is_planned(self) -> bool:
        """Whether only alarms that are not deployed yet watch it."""
        return bool(self.alarms) and not any(alarm.is_deployed for alarm in self.alarms)

    @property
    def is_idle(self) -> bool:
        """Whether no alarm has data because nothing about the resource had any for two weeks."""
        return self.status is Status.NO_DATA and not self.resource.is_active


@dataclass(frozen=True, slots=True)
class ProbedHost:
    """A canary or probe of the file. host: in lower case. calls: whether an alarm of it calls anyone."""

    name: str
    host: str
    calls: bool
