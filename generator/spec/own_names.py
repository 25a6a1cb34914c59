"""Physical names that people choose themselves, instead of `<key>-<resource type>-<environment>`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.spec.scalars import RegexScalar, Scalar, matching

ALARM_NAME_LIMIT = 255
# Names of findings and of the subjects of event rules begin like this in the incident function's table, and
# ` of ` separates an alarm from its contributor there.
OTHER_NAMES = (
    "agent",
    "error-spike",
    "event",
    "lambda-error",
    "log-error",
    "service-health",
    "tag-compliance",
    "task-failure",
)
_CHARACTER = r'(?!\$\{)[^"\\\x00-\x1f\x7f-\x9f]'
ALARM_NAME = rf"(?!(?:{'|'.join(OTHER_NAMES)})/)(?!.* of )(?:{_CHARACTER}){{1,{ALARM_NAME_LIMIT}}}"


def _correction(text: str) -> str:
    """What is wrong with an alarm's name."""
    first, slash, _ = text.partition("/")
    if slash and first in OTHER_NAMES:
        return f"findings have names that begin with `{first}/`: use another name"
    if " of " in text:
        return "` of ` separates an alarm from its contributor: use another word"
    if len(text) > ALARM_NAME_LIMIT:
        return f"shorten it by {len(text) - ALARM_NAME_LIMIT} characters"
    return "use a name without quotation marks, backslashes, control characters and `${`" if text else ""


AlarmName = Annotated[
    str,
    # The text is longer than the name where placeholders are; Q05 measures the name.
    RegexScalar(ALARM_NAME, "an alarm name", '"{project} 5xx {environment}"', ALARM_NAME_LIMIT, _correction),
    Field(description="the alarm's own name in CloudWatch, instead of <key>-alarm-<environment>"),
]
DashboardName = Annotated[
    str,
    RegexScalar(r"[\w{}-]{1,255}", "a dashboard name of letters, digits, - and _", '"orders-{environment}"', 255),
    Field(description="the dashboard's own name, instead of <key>-dashboard-<environment>"),
]
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
FilterName = Annotated[
    str,
    Scalar(
        matching(r"[^:*\x00-\x1f\x7f]{1,512}", "a filter name without : and *", '"errors-{environment}"', 512),
        type="string",
        pattern=r"^[^:*]{1,512}$",
    ),
    Field(description="the filter's own name, instead of <key>-filter-<environment>"),
]
