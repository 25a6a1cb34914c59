"""The section `reports`: what people get each day and each week, when, and in which channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from generator.spec.maintenance import Timezone
from generator.spec.quantities import Seconds
from generator.spec.scalars import Email, Key, Scalar, wrong
from generator.spec.schedules import time_or_cron
from generator.spec.strict import Strict

DailyTime = Annotated[str, Scalar(time_or_cron, type="string", examples=["08:00", "cron(0 8 ? * MON-FRI *)"])]


def _weekly(value: object) -> str:
    """A time without a day is Monday's; a cron has to choose days."""
    expression = time_or_cron(value)
    minute, hour, day, month, week_day, year = expression.removeprefix("cron(").removesuffix(")").split()
    if not str(value).strip().startswith("cron("):
        return f"cron({minute} {hour} ? {month} MON {year})"
    if (day, week_day) in (("*", "?"), ("?", "*")):
        raise wrong(f"the weekly report has a daily schedule: `{expression}`", f"cron({minute} {hour} ? * MON *)")
    return expression


WeeklyTime = Annotated[str, Scalar(_weekly, type="string", examples=["08:00", "cron(0 8 ? * MON *)"])]


class DailyReportSpec(Strict):
    """The report of the last 24 hours."""

    elsewhere: ClassVar[Mapping[str, str]] = {"channels": "`to`", "schedule": "`at`", "time": "`at`"}

    at: DailyTime = Field(
        default="cron(0 8 * * ? *)", description='time of day, such as "08:00", or cron(0 8 ? * MON-FRI *)'
    )
    timezone: Timezone = Field(default="UTC", description="time zone, such as Europe/Berlin")
    to: list[Key] = Field(description="chat or e-mail channels, such as [ops-slack]", min_length=1)


class WeeklyReportSpec(Strict):
    """The report of the last seven days."""

    elsewhere: ClassVar[Mapping[str, str]] = DailyReportSpec.elsewhere

    at: WeeklyTime = Field(
        default="cron(0 8 ? * MON *)", description='time on Mondays, such as "08:00", or cron(0 8 ? * FRI *)'
    )
    timezone: Timezone = Field(default="UTC", description="time zone, such as Europe/Berlin")
    to: list[Key] = Field(description="chat or e-mail channels, such as [ops-email]", min_length=1)


class ReportsSpec(Strict):
    """The reports that are sent on a schedule."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "at": "`daily: {at: …}`",
        "to": "`daily: {to: […]}`",
        "timezone": "`daily: {timezone: …}`",
        "retain": "`keep`",
        "from": "`sender`",
        "monthly": "use `daily` or `weekly`",
    }
    forms: ClassVar[Mapping[str, str]] = {
        "": "{daily: {to: [ops-email]}}",
        "daily": "{to: [ops-email]}",
        "weekly": "{to: [ops-email]}",
    }

    daily: DailyReportSpec | None = Field(default=None, description="daily report: {at, timezone, to}")
    weekly: WeeklyReportSpec | None = Field(default=None, description="weekly report: {at, timezone, to}")
    sender: Email | None = Field(
        default=None, description="sender address for HTML through Amazon SES; without it, text through SNS"
    )
    keep: Seconds = Field(default=400 * 86_400, description="retention of report pages, in whole days")
    environments: list[str] = Field(default_factory=list, description="environments with reports (default: all)")
