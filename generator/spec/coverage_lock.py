"""coverage.lock.yaml: what nothing watched when it was last reviewed, numbers for reports, and waivers that end."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from generator.findings import Finding
from generator.model.coverage import CoverageCounts
from generator.spec.scalars import Date, wrong
from generator.spec.strict import Strict

LOCK = "coverage.lock.yaml"
# A year, and the weeks in which the next one is agreed.
MOST_WAIVER_DAYS = 400
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Name = Annotated[str, Field(min_length=1, max_length=2_048)]
LockedNames = Annotated[
    Annotated[list[Name], Tag("names")] | Annotated[Count, Tag("number")],
    Discriminator(lambda value: "number" if isinstance(value, int) else "names"),
]


class CoverageWaiverSpec(Strict):
    """Resources that need no alarm until a day."""

    type: Name = Field(description="type of the resources, such as sqs; * for all")
    name: Name = Field(description="their name; * is any text")
    accounts: list[Name] = Field(default_factory=list, description="accounts, by name or ID (default: all)")
    regions: list[Name] = Field(default_factory=list, description="Regions (default: all)")
    reason: str = Field(description="the reason, for reviewers", min_length=10)
    until: Date = Field(description="last day of validity")


class LockedTypeSpec(Strict):
    """Resources of a type: names, or how many there are."""

    unwatched: LockedNames = Field(default_factory=list, description="resources that no alarm watches")
    silent: LockedNames = Field(default_factory=list, description="resources whose alarms call no one")
    no_data: LockedNames = Field(default_factory=list, description="resources whose alarms have no data")


class CoverageCountsSpec(Strict):
    """Resources of an account by how well alarms watch them."""

    resources: Count = Field(description="all of them")
    watched: Count = Field(default=0, description="watched by alarms that call someone")
    no_data: Count = Field(default=0, description="watched, but the metrics of the alarms have no data")
    silent: Count = Field(default=0, description="watched by alarms that call no one")
    unwatched: Count = Field(default=0, description="not watched")
    waived: Count = Field(default=0, description="accepted by a waiver")
    unknown: Count = Field(default=0, description="not judged by the capture")

    @property
    def counts(self) -> CoverageCounts:
        """The same numbers, as the model has them."""
        return CoverageCounts(
            self.resources, self.watched, self.no_data, self.silent, self.unwatched, self.waived, self.unknown
        )

    @model_validator(mode="after")
    def _is_a_sum(self) -> CoverageCountsSpec:
        if self.counts.parts != self.resources:
            raise wrong(
                f"the parts are {self.counts.parts:,} resources together, and `resources` is {self.resources:,}",
                "remove `numbers` and run `obsgen coverage --update`, which writes them",
            )
        return self


class AccountCountsSpec(CoverageCountsSpec):
    """An account's numbers. day: where they are of an earlier capture than the others."""

    day: Date | None = Field(default=None, description="day of the capture (default: that of the environment)")
    unread: Count = Field(default=0, description="Regions whose resources the capture does not have")


class PastCountsSpec(CoverageCountsSpec):
    """The numbers of all accounts before the last update."""

    day: Date = Field(description="day of the capture")


class EnvironmentNumbersSpec(Strict):
    """The numbers of an environment for reports."""

    before: PastCountsSpec | None = Field(default=None, description="the numbers of an earlier capture")
    accounts: dict[Name, AccountCountsSpec] = Field(description="numbers by account")


class CoverageLockSpec(Strict):
    """The lock. accounts: by name, Region and type."""

    version: Literal[1] = Field(description="version of the format")
    captures: dict[Name, Date] = Field(default_factory=dict, description="by environment, the day of its capture")
    waivers: list[CoverageWaiverSpec] = Field(default_factory=list, description="resources that need no alarm for now")
    numbers: dict[Name, EnvironmentNumbersSpec] = Field(default_factory=dict, description="numbers for reports")
    accounts: dict[Name, dict[Name, dict[Name, LockedTypeSpec]]] = Field(description="what nothing watches")


def lock_faults(lock: CoverageLockSpec, day: datetime.date | None = None) -> Iterator[Finding]:
    """What each key alone does not say. day: of the capture that is compared; None in a build, which has none.

    A waiver until the year 9999 would be no waiver that ends.
    """
    days = [*lock.captures.values(), *([day] if day else [])]
    for environment, numbers in lock.numbers.items():
        yield from _day_faults(("numbers", environment), numbers, lock.captures.get(environment))
    last = max(days, default=datetime.date.max)
    for index, waiver in enumerate(lock.waivers):
        if (waiver.until - last).days > MOST_WAIVER_DAYS:
            latest = last + datetime.timedelta(days=MOST_WAIVER_DAYS)
            message = f"a waiver ends at most {MOST_WAIVER_DAYS} days after the latest capture, which is of {last}"
            hint = f"use {latest} or an earlier day, and extend it after the next review"
            yield Finding("S03", message, ("waivers", index, "until"), hint=hint)


def _day_faults(path: tuple[str, str], numbers: EnvironmentNumbersSpec, day: datetime.date | None) -> Iterator[Finding]:
    """Numbers without a day, or of a later one than the latest capture: a report would call old ones new."""
    hint = "remove `numbers` and run `obsgen coverage --update`, which writes them"
    if day is None:
        yield Finding("S02", f"`captures` has no day of `{path[1]}`", path, hint=hint, on="key")
        return
    days: list[tuple[tuple[str, ...], datetime.date]] = [
        (("accounts", name), spec.day) for name, spec in numbers.accounts.items() if spec.day
    ]
    days += [(("before",), numbers.before.day)] if numbers.before else []
    for keys, of_numbers in days:
        if of_numbers > day:
            message = f"{of_numbers} is after the day of the capture of `{path[1]}`, {day}"
            yield Finding("S03", message, (*path, *keys, "day"), hint=hint)
