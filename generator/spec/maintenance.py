"""The maintenance section: recurring windows in which some alarms send no notification."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import Field

from generator.evaluate.alarms.mute_schedule import Misread, read
from generator.findings import suggest
from generator.spec.quantities import Seconds
from generator.spec.scalars import KEY_LIMIT, RegexScalar, Scalar, show, wrong
from generator.spec.strict import Strict


def _timezone(value: object) -> str:
    """A name of the IANA's time zone table, which CloudWatch uses.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules.html
    """
    if isinstance(value, str) and value in time_zones():
        return value
    hint = suggest(str(value), time_zones(), "use a name such as Europe/Berlin, or UTC")
    raise wrong(f"expected the name of a time zone, got {show(value)}", hint)


@cache
def time_zones() -> frozenset[str]:
    """Every name of the table that comes with the package tzdata, so that all machines know the same."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="ascii").split())


Timezone = Annotated[
    str,
    Scalar(
        _timezone,
        type="string",
        pattern=r"^[A-Za-z0-9]+(?:[/_+-][A-Za-z0-9]+)*$",
        maxLength=50,
        examples=["Europe/Berlin", "UTC"],
    ),
]


def _schedule(value: object) -> str:
    """CloudWatch's own expression, one space between its fields."""
    if not isinstance(value, str):
        raise wrong(f"expected a schedule such as cron(0 2 * * *), got {show(value)}")
    text = " ".join(value.split())
    reading = read(text)
    if isinstance(reading, Misread):
        raise wrong(reading.message, reading.hint)
    return text


Schedule = Annotated[
    str,
    Scalar(_schedule, type="string", pattern=r"^\s*(cron|at)\(", examples=["cron(0 2 * * *)", "at(2027-03-01T02:00)"]),
]


# A key, or one with `*` for any characters and `?` for one.
AlarmKeys = Annotated[
    str,
    RegexScalar(r"[a-z0-9*?]+(?:-[a-z0-9*?]+)*", "the key of an alarm, or a pattern of keys", "ledger-*", KEY_LIMIT),
]


class MaintenanceSpec(Strict):
    """Windows in which the actions of some alarms are held."""

    alarms: list[AlarmKeys] = Field(description="keys of alarms and composites, or patterns: ledger-*", min_length=1)
    schedule: Schedule = Field(description="start of the window: cron(0 2 * * *), or once: at(2027-03-01T02:00)")
    duration: Seconds = Field(description="length of the window, such as 45m; at most 15d")
    timezone: Timezone = Field(default="UTC", description="time zone of the schedule, such as Europe/Berlin")
    reason: str = Field(default="", description="the reason; shown in the mute rule", max_length=1024)
