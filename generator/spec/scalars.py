"""Scalars of the language: names, identifiers, dates, words of closed lists; each reports what it expects.

Every scalar lowers to a plain value and carries a JSON Schema for editors.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from generator.aws.action_arns import KINDS, PLACEHOLDERS, kind_of
from generator.aws.action_arns import LONGEST as LONGEST_ACTION
from generator.aws.regions import REGIONS
from generator.findings import suggest
from generator.model.alarms import MissingData
from generator.model.routing import SEVERITIES, AlarmSeverity
from generator.spec import suggestions as near

SHOWN = 60
ACCOUNT_DIGITS = 12
_NOTHING: Mapping[str, str] = MappingProxyType({})


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
    raise wrong(f"expected {what} such as {example}, got {show(value)}", f'quote it: "{value}"' if value else "")


def account_id(value: object) -> str:
    """Twelve digits, as text: without quotes YAML makes a number of it and eats leading zeros."""
    if isinstance(value, int) and not isinstance(value, bool):
        whole = len(str(value)) == ACCOUNT_DIGITS
        hint = f'write "{value}"' if whole else "write all twelve digits, in quotes"
        raise wrong("the account ID has no quotes, so YAML reads a number and drops leading zeros", hint)
    text = _text(value, "an account ID", '"222222222222"')
    if not re.fullmatch(r"\d{12}", text):
        raise wrong(f"expected an account ID of twelve digits, got {show(value)}", 'use an ID such as "222222222222"')
    return text


def matching(
    pattern: str, what: str, hint: str, longest: int, suggest: Callable[[str], str] = lambda _: ""
) -> Callable[[object], str]:
    """A parser of text that matches a pattern, of at most `longest` characters. suggest: a hint for other text."""

    def validate(value: object) -> str:
        text = _text(value, what, hint)
        if len(text) > longest or not re.fullmatch(pattern, text, re.ASCII):
            raise wrong(f"expected {what}, got {show(value)}", suggest(text) or f"use a value such as {hint}")
        return text

    return validate


def one_of(words: tuple[str, ...], what: str, short: Mapping[str, str] = _NOTHING) -> Callable[[object], str]:
    """A parser of the words of a closed list, with a did-you-mean. short: abbreviations in lower case, to their
    words.
    """

    def validate(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        word = short.get(value.lower(), value) if isinstance(value, str) else ""
        raise wrong(f"expected {what}, got {show(value)}", suggest(word, words))

    return validate


def region(value: object) -> str:
    """A Region of any partition, with a did-you-mean."""
    text = _text(value, "an AWS Region", "us-east-1")
    if text not in REGIONS:
        raise wrong(
            f"expected an AWS Region, got {show(value)}", suggest(text, REGIONS, "use a Region such as us-east-1")
        )
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
        hint = f"use opsitem, or the ARN of {', '.join(KINDS)}"
        raise wrong(f"{show(text)} is not a supported alarm action", hint)
    return text


def _date(value: object) -> datetime.date:
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError:
        raise wrong(f"expected a date, got {show(value)}", "use a date such as 2027-06-30") from None


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


Date = Annotated[datetime.date, Scalar(_date, type="string", format="date")]
AccountId = Annotated[str, Scalar(account_id, type="string", pattern=r"^\d{12}$")]

KEY = r"[a-z0-9]+(?:-[a-z0-9]+)*"
KEY_LIMIT = 64
Key = Annotated[
    str,
    RegexScalar(
        KEY,
        f"a name of at most {KEY_LIMIT} lower-case letters, digits and single dashes",
        "application-errors",
        KEY_LIMIT,
    ),
]
# Every name ends in the environment, role names included, and IAM gives those 64 characters.
EnvironmentName = Annotated[
    str,
    RegexScalar(
        r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*",
        "a name of at most 20 lower-case letters, digits and single dashes that begins with a letter",
        "prod",
        20,
    ),
]
RegionName = Annotated[str, Scalar(region, type="string", enum=list(REGIONS))]
OrganizationId = Annotated[str, RegexScalar(r"o-[a-z0-9]{10,32}", "an organization ID", "o-a1b2c3d4e5")]
UnitId = Annotated[
    str,
    RegexScalar(
        r"ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32}", "the ID of an organizational unit", "ou-ab12-cdefgh34"
    ),
]
URL = r"https?://[^\s/$.?#][^\s]*"
Url = Annotated[str, RegexScalar(URL, "a URL", "https://runbooks.example.com/payments")]
SecureUrl = Annotated[
    str, RegexScalar(r"https://[^\s/$.?#][^\s]*", "an https URL", "https://itsm.example.com/hooks/aws")
]
Email = Annotated[str, RegexScalar(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+", "an e-mail address", "ops@example.com")]
RoleName = Annotated[str, RegexScalar(r"[\w+=,.@-]{1,64}", "the name of an IAM role", "sre-on-call")]
ExternalId = Annotated[str, RegexScalar(r"[\w+=,.@:/-]{2,256}", "an external ID", "monitoring-prod")]
JiraProject = Annotated[str, RegexScalar(r"[A-Z](?:[A-Z0-9_]|\{[a-z]+\})+", "the key of a Jira project", "OPS")]
LogGroupName = Annotated[
    str, RegexScalar(r"[\w./#{}-]{1,512}", "the name of a log group", '"/aws/application/{environment}"')
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
    MissingData, EnumScalar("a treatment of missing data", "breaching", "not-breaching", "ignore", "missing")
]
SideName = Annotated[Literal["members", "hub"], EnumScalar("a side (hub or members)", "members", "hub")]
