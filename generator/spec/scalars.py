"""The small words of the language: durations, thresholds, M of N, identifiers; each says what it wants when it fails.

Every scalar lowers to a plain value (seconds, a pair, a string) and carries a JSON Schema for editors.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from generator.aws.action_arns import KINDS, PLACEHOLDERS, kind_of
from generator.aws.action_arns import LONGEST as LONGEST_ACTION
from generator.aws.regions import REGIONS
from generator.findings import suggest
from generator.model.alarms import Comparison, MissingData
from generator.model.rollout import Share
from generator.model.routing import SEVERITIES, AlarmSeverity
from generator.spec import suggestions as near

SHOWN = 60
ACCOUNT_DIGITS = 12
PERCENT = 100
LONGEST_WARM_UP = 2 * 86_400
_NOTHING: Mapping[str, str] = MappingProxyType({})
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class Threshold(NamedTuple):
    """`> 5`: the comparison that breaches, and the number it compares with."""

    comparison: Comparison
    value: float


class Datapoints(NamedTuple):
    """`2 of 3`: breaching periods needed, out of periods looked at."""

    needed: int
    of: int


def wrong(message: str, hint: str = "") -> PydanticCustomError:
    """An error about a scalar; `hint` is what to type instead."""
    return PydanticCustomError("scalar", "{message}", {"message": message, "hint": hint})


def show(value: object) -> str:
    """A value as the reader of a message knows it from the YAML."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    text = str(value)
    return "a list" if isinstance(value, list) else f"`{text if len(text) <= SHOWN else text[:SHOWN] + '…'}`"


def _text(value: object, what: str, example: str) -> str:
    if isinstance(value, str):
        return value.strip()
    raise wrong(f"{what} is text such as {example}, not {show(value)}", f'quote it: "{value}"' if value else "")


def duration(value: object) -> int:
    """Seconds in `90s`, `1m`, `5m`, `1h`, `30d`, `2w`."""
    match = re.fullmatch(r"(\d+)\s*([smhdw])", value.strip()) if isinstance(value, str) else None
    if match and int(match.group(1)) > 0:
        return int(match.group(1)) * _UNITS[match.group(2)]
    if match:
        raise wrong(f"a duration is longer than nothing, not {show(value)}", "such as 1m, 5m or 30d")
    raise wrong(f"a duration is a number with a unit, such as 1m, 5m or 30d, not {show(value)}", near.duration(value))


def warm_up(value: object) -> int:
    """Seconds in `30m`; 0 for `none` and `0m`.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html
    """
    text = value.strip() if isinstance(value, str) else ""
    if text == "none" or re.fullmatch(r"0+\s*[smhdw]", text):
        return 0
    if isinstance(value, int) and not isinstance(value, bool):
        raise wrong(f"a warm-up has a unit, such as 30m, not {show(value)}", f"write {value}m" if value else "none")
    seconds = duration(value)
    if seconds % 60 or seconds > LONGEST_WARM_UP:
        raise wrong(f"a warm-up is a whole number of minutes, from 1m to 2d, not {show(value)}", "such as 30m, or none")
    return seconds


def threshold(value: object) -> Threshold:
    """`> 5`, `>= 0.5`, `< 10`, `<= -1`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise wrong(f"{value} compared how?", f'write "> {value}" (or >=, <, <=)')
    match = (
        re.fullmatch(r"(>=|<=|>|<)\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)", value.strip())
        if isinstance(value, str)
        else None
    )
    if not match:
        raise wrong(
            f'a threshold is a comparison and a number, such as "> 5", not {show(value)}', _equality_hint(value)
        )
    if not math.isfinite(float(match.group(2))):
        raise wrong(f"{show(value)} is more than a number can be here", 'such as "> 5"')
    comparison: Comparison = match.group(1)  # type: ignore[assignment]  # the regular expression admits nothing else
    return Threshold(comparison, float(match.group(2)))


def _equality_hint(value: object) -> str:
    equality = isinstance(value, str) and re.match(r"\s*(==?|!=)", value)
    return "CloudWatch compares with >, >=, < or <= only" if equality else 'one of > >= < <=, then a number: "> 5"'


def datapoints(value: object) -> Datapoints:
    """`2 of 3`: M of N, 1 ≤ M ≤ N."""
    match = re.fullmatch(r"(\d+)\s+of\s+(\d+)", value.strip()) if isinstance(value, str) else None
    if not match:
        raise wrong(f"datapoints are written `M of N`, such as 2 of 3, not {show(value)}", near.datapoints(value))
    needed, of = int(match.group(1)), int(match.group(2))
    if not 1 <= needed <= of:
        raise wrong(
            f"{needed} of {of} can never be: M is at least 1 and at most N",
            f"{min(max(needed, 1), of or 1)} of {of or 1}",
        )
    return Datapoints(needed, of)


def share(value: object) -> Share:
    """`10%`, or a count such as 3."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Share(value, False)
    match = re.fullmatch(r"(\d{1,3})\s*%", value.strip()) if isinstance(value, str) else None
    if not match or int(match.group(1)) > PERCENT:
        raise wrong(f"a count of accounts, or a percentage of them, not {show(value)}", "such as 3 or 10%")
    return Share(int(match.group(1)), True)


def account_id(value: object) -> str:
    """Twelve digits, as text: without quotes YAML makes a number of it and eats leading zeros."""
    if isinstance(value, int) and not isinstance(value, bool):
        whole = len(str(value)) == ACCOUNT_DIGITS
        hint = f'write "{value}"' if whole else "write all twelve digits, in quotes"
        raise wrong("an account id needs quotes: without them YAML reads a number and a leading zero is lost", hint)
    text = _text(value, "an account id", '"222222222222"')
    if not re.fullmatch(r"\d{12}", text):
        raise wrong(f"an account id has twelve digits, {show(value)} does not", 'such as "222222222222"')
    return text


def matching(
    pattern: str, what: str, hint: str, longest: int, suggest: Callable[[str], str] = lambda _: ""
) -> Callable[[object], str]:
    """A scalar that is text of one form, of at most so many characters; meant: what another text stands for."""

    def validate(value: object) -> str:
        text = _text(value, what, hint)
        if len(text) > longest or not re.fullmatch(pattern, text, re.ASCII):
            raise wrong(f"{show(value)} is not {what}", suggest(text) or f"such as {hint}")
        return text

    return validate


def one_of(words: tuple[str, ...], what: str, short: Mapping[str, str] = _NOTHING) -> Callable[[object], str]:
    """A scalar from a closed list, with a did-you-mean; short: abbreviations in lower case, and what they stand for."""

    def validate(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        word = short.get(value.lower(), value) if isinstance(value, str) else ""
        raise wrong(f"{show(value)} is not {what}", suggest(word, words))

    return validate


def region(value: object) -> str:
    """A Region of any partition, with a did-you-mean."""
    text = _text(value, "an AWS Region", "us-east-1")
    if text not in REGIONS:
        raise wrong(f"{show(value)} is not an AWS Region", suggest(text, REGIONS, "use a Region such as us-east-1"))
    return text


def action(value: object) -> str:
    """The word opsitem, or the ARN of something that CloudWatch calls itself."""
    text = _text(value, "an action", "arn:aws:lambda:us-east-1:111111111111:function:x")
    if text != "opsitem" and (len(text) > LONGEST_ACTION or not kind_of(text)):
        known = (*PLACEHOLDERS, "environment", "project")
        unknown = next((name for name in re.findall(r"\{([A-Za-z_-]+)\}", text) if name not in known), "")
        if unknown:
            hint = suggest(unknown, known, f"use one of {', '.join(f'{{{name}}}' for name in known)}")
            raise wrong(f"unknown placeholder `{{{unknown}}}`", hint)
        hint = f"opsitem, or the ARN of {', '.join(KINDS)}"
        raise wrong(f"{show(text)} is no action that an alarm can have", hint)
    return text


def _date(value: object) -> datetime.date:
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError:
        raise wrong(f"{show(value)} is not a date", "such as 2027-06-30") from None


class Scalar:
    """Marks an `Annotated` type: how a YAML value is read, and how an editor knows it."""

    def __init__(self, parse: Callable[[object], Any], **schema: Any) -> None:
        self.parse = parse
        self.schema = schema

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)


class EnumScalar(Scalar):
    """One of a few words."""

    def __init__(self, what: str, *words: str, short: Mapping[str, str] | None = None) -> None:
        super().__init__(one_of(words, what, short or _NOTHING), type="string", enum=list(words))


class RegexScalar(Scalar):
    """Text of one form."""

    def __init__(
        self, pattern: str, what: str, example: str, longest: int = 2048, suggest: Callable[[str], str] = lambda _: ""
    ) -> None:
        parse = matching(pattern, what, example, longest, suggest)
        super().__init__(parse, type="string", pattern=f"^(?:{pattern})$", maxLength=longest)


Seconds = Annotated[int, Scalar(duration, type="string", pattern=r"^\d+\s*[smhdw]$", examples=["1m", "5m", "30d"])]
WarmUpText = Annotated[
    int, Scalar(warm_up, type="string", pattern=r"^(none|\d+\s*[smhdw])$", examples=["30m", "2h", "none"])
]
ThresholdText = Annotated[
    Threshold, Scalar(threshold, type="string", pattern=r"^(>=|<=|>|<)\s*[-+]?\d", examples=["> 5", ">= 0.5"])
]
DatapointsText = Annotated[
    Datapoints, Scalar(datapoints, type="string", pattern=r"^\d+\s+of\s+\d+$", examples=["1 of 1", "2 of 3"])
]
ShareText = Annotated[
    Share,
    Scalar(
        share,
        oneOf=[{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\d{1,3}\s*%$"}],
        examples=["10%", 3],
    ),
]
Date = Annotated[datetime.date, Scalar(_date, type="string", format="date")]
AccountId = Annotated[str, Scalar(account_id, type="string", pattern=r"^\d{12}$")]

KEY = r"[a-z0-9]+(?:-[a-z0-9]+)*"
KEY_LIMIT = 64
Key = Annotated[
    str,
    RegexScalar(
        KEY, f"a name of at most {KEY_LIMIT} in lower case, digits and single dashes", "application-errors", KEY_LIMIT
    ),
]
# Every name ends in the environment, role names included, and IAM gives those 64 characters.
EnvironmentName = Annotated[
    str, RegexScalar(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", "an environment's name of at most 20 characters", "prod", 20)
]
RegionName = Annotated[str, Scalar(region, type="string", enum=list(REGIONS))]
OrganizationId = Annotated[str, RegexScalar(r"o-[a-z0-9]{10,32}", "an organization id", "o-a1b2c3d4e5")]
UnitId = Annotated[
    str,
    RegexScalar(
        r"ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32}", "an organizational unit's id", "ou-ab12-cdefgh34"
    ),
]
URL = r"https?://[^\s/$.?#][^\s]*"
Url = Annotated[str, RegexScalar(URL, "a web address", "https://runbooks.example.com/payments")]
SecureUrl = Annotated[
    str, RegexScalar(r"https://[^\s/$.?#][^\s]*", "an https address", "https://itsm.example.com/hooks/aws")
]
Email = Annotated[str, RegexScalar(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+", "an e-mail address", "ops@example.com")]
RoleName = Annotated[str, RegexScalar(r"[\w+=,.@-]{1,64}", "the name of an IAM role", "sre-on-call")]
ExternalId = Annotated[str, RegexScalar(r"[\w+=,.@:/-]{2,256}", "an external id", "monitoring-prod")]
JiraProject = Annotated[str, RegexScalar(r"[A-Z](?:[A-Z0-9_]|\{[a-z]+\})+", "the key of a Jira project", "OPS")]
LogGroupName = Annotated[
    str, RegexScalar(r"[\w./#{}-]{1,512}", "a log group's name", '"/aws/application/{environment}"')
]
Action = Annotated[
    str,
    Scalar(
        action,
        type="string",
        pattern=r"^(?:opsitem|arn:(?:aws[a-z-]*|\{partition\}):[^\s]+)$",
        maxLength=LONGEST_ACTION,
    ),
]
Statistic = Annotated[
    str,
    RegexScalar(
        r"Sum|Average|Minimum|Maximum|SampleCount|IQM|(?:p|tm|wm|tc|ts)(?:100|\d{1,2}(?:\.\d{1,10})?)"
        r"|(?:PR|TM|WM|TC|TS)\([^()]+\)",
        "a CloudWatch statistic",
        "Sum, Average, Minimum, Maximum, SampleCount, p99 or tm95",
        suggest=near.statistic,
    ),
]
SeverityName = Annotated[AlarmSeverity, EnumScalar("a severity", *SEVERITIES)]
MissingDataName = Annotated[
    MissingData, EnumScalar("a way to treat missing data", "breaching", "not-breaching", "ignore", "missing")
]
SideName = Annotated[Literal["members", "hub"], EnumScalar("a place", "members", "hub")]
