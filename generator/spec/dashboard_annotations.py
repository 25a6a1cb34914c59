"""Annotations of graphs: values, times, and the bands between two of them."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import Field

from generator.model.dashboard_style import AxisSide, Shade, TimeShade
from generator.spec.scalars import EnumScalar, RegexScalar, Scalar, show, wrong
from generator.spec.strict import Strict

_EXAMPLE = "2026-05-04T10:30:00Z"


def _time(value: object) -> str:
    """The time in UTC, to the second."""
    try:
        read = datetime.datetime.fromisoformat(value) if isinstance(value, str) else None
        utc = read.astimezone(datetime.UTC) if read and read.tzinfo else None
    except (OverflowError, ValueError):
        # Midnight of the year 1 in Tokyo is no date in UTC.
        read = utc = None
    if read is None:
        raise wrong(f"expected a date and time in ISO 8601, got {show(value)}", _EXAMPLE)
    if utc is None:
        raise wrong(f"{show(value)} has no time zone", f"write {value}Z for UTC, or an offset such as +02:00")
    return utc.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


Time = Annotated[str, Scalar(_time, type="string", format="date-time", examples=[_EXAMPLE])]
Color = Annotated[str, RegexScalar("#[0-9A-Fa-f]{6}", "a color of six hexadecimal digits", '"#d62728"', 7)]
_Label = Annotated[str, Field(min_length=1, max_length=200)]


class AnnotationSpec(Strict):
    """The keys of every annotation."""

    label: _Label | None = Field(default=None, description="text beside it")
    color: Color | None = Field(default=None, description='its color, such as "#d62728"')


class HorizontalSpec(AnnotationSpec):
    """A value, or a band between two."""

    value: float | None = Field(default=None, description="the value of a line")
    from_: float | None = Field(default=None, alias="from", description="the lower end of a band, instead of `value`")
    to: float | None = Field(default=None, description="the upper end of a band")
    fill: Annotated[Shade, EnumScalar("a shade", "above", "below")] | None = Field(
        default=None, description="shade above or below the line"
    )
    axis: Annotated[AxisSide, EnumScalar("an axis", "left", "right")] = Field(
        default="left", description="the axis of the value: left or right"
    )


class VerticalSpec(AnnotationSpec):
    """A time, such as that of a deployment, or a band between two."""

    at: Time | None = Field(default=None, description="the time of a line, such as 2026-05-04T10:30:00Z")
    from_: Time | None = Field(default=None, alias="from", description="the begin of a band, instead of `at`")
    to: Time | None = Field(default=None, description="the end of a band")
    fill: Annotated[TimeShade, EnumScalar("a shade", "before", "after")] | None = Field(
        default=None, description="shade before or after the line"
    )


class AnnotationsSpec(Strict):
    """The annotations of a graph."""

    horizontal: list[HorizontalSpec] = Field(default_factory=list, description="values")
    vertical: list[VerticalSpec] = Field(default_factory=list, description="times")
