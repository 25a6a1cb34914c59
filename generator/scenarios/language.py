"""tests.yaml as typed values: what is given, what is expected, when; `read` turns a text into a Suite and findings.

Everything has its place in the text by its path: `tests[2].expect[0]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from pydantic import Field, ValidationError

from generator.evaluate.types import State
from generator.findings import Finding, Path, has_errors
from generator.scenarios.count import CountText, ExpectedCount, ValueText
from generator.scenarios.parametrized import at_place, repeated, unique
from generator.scenarios.scalars import LONGEST, Moment, Names, ParameterText, SeriesText, WindowText
from generator.spec.load import Source, load
from generator.spec.quantities import Seconds
from generator.spec.scalars import AccountId, RegionName, SeverityName
from generator.spec.strict import Strict, findings_of

VERSION = 1
COUNTS = ("incidents", "pages", "tickets", "messages")
MOST_LINES = 100_000


class MetricText(Strict):
    """A metric, as CloudWatch names it."""

    namespace: str = Field(description="such as AWS/Lambda")
    name: str = Field(description="such as Errors")
    dimensions: dict[str, str] = Field(default_factory=dict, description="such as {FunctionName: x}")
    unit: str | None = Field(default=None, description="the one that the alarm asks for unless given")


class LinesText(Strict):
    """The same line once, or several times."""

    at: Moment = Field(description="when it is written, such as 2m")
    text: str = Field(description="the log line")
    times: int = Field(default=1, ge=1, le=MOST_LINES, description="how often")
    every: Seconds | None = Field(default=None, description="how long after each other; all at once unless given")


class Given(Strict):
    """A metric's series and quota, lines in a log group, an alarm's first state, or a new alarm."""

    account: Names | None = Field(default=None, description="an account's name, `hub`, or a list; all members")
    region: RegionName | None = Field(default=None, description="every Region that is watched unless given")
    metric: MetricText | None = Field(default=None, description="the metric that is published")
    series: SeriesText | None = Field(default=None, description='its values, such as "0x5 10+10x3 _"')
    quota: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="the service quota of the metric, for SERVICE_QUOTA"
    )
    log_group: str | None = Field(default=None, description="key or name of the log group")
    lines: list[LinesText] | None = Field(default=None, min_length=1, description="what is written into it")
    alarm: str | None = Field(default=None, description="key or name of the alarm")
    state: State | None = Field(default=None, description="the state that it is in from the start")
    created: Moment | None = Field(
        default=None, description="or when it is made; without `alarm`, when all of them are, such as 0m"
    )


class IncidentText(Strict):
    """The expected incident of an alarm."""

    alarm: str = Field(description="key or name of the alarm")
    account: Names | None = Field(default=None, description="account of the alarm, or the account that it is about")
    region: RegionName | None = Field(
        default=None, description="Region of the alarm (default: every Region it is deployed in)"
    )
    is_: Literal["opened", "commented", "resolved", "none"] = Field(
        alias="is", description="opened, commented, resolved or none"
    )
    channels: list[str] | None = Field(default=None, description="exactly the channels that were notified")
    priority: str | None = Field(default=None, description="of the Jira issue")
    severity: SeverityName | None = Field(default=None, description="critical, high, medium or low")
    text: str | None = Field(default=None, description="text that a channel received, with * for any text")


class Expect(Strict):
    """What is expected at a time, or throughout a window."""

    at: WindowText | None = Field(
        default=None, description="when, such as 5m or 2m to 10m; for numbers, the whole test unless given"
    )
    alarm: str | None = Field(default=None, description="key or name of the alarm or composite")
    account: Names | None = Field(default=None, description="account of the alarm, or the account that it is about")
    region: RegionName | None = Field(
        default=None, description="Region of the alarm (default: every Region it is deployed in)"
    )
    state: State | None = Field(default=None, description="OK, ALARM or INSUFFICIENT_DATA")
    value: ValueText | None = Field(
        default=None, description='the value that it compares, such as 2.5, "> 5" or no data'
    )
    reason: str | None = Field(default=None, description="the reason of the state, with * for any text")
    actions: Literal["executed", "held"] | None = Field(
        default=None,
        description="whether the actions of that state are executed, or held by suppressor or mute",
    )
    incident: IncidentText | None = Field(default=None, description="the expected incident of the alarm")
    incidents: CountText | None = Field(default=None, description='number of opened incidents, such as 1 or "<= 4"')
    pages: CountText | None = Field(default=None, description="number of pages")
    tickets: CountText | None = Field(
        default=None, description="number of created Jira issues, ServiceNow records and OpsItems"
    )
    messages: CountText | None = Field(default=None, description="number of messages to chats, by mail and to webhooks")

    @property
    def counts(self) -> dict[str, ExpectedCount]:
        """The numbers that are expected, by what is counted."""
        return {name: count for name in COUNTS if (count := getattr(self, name)) is not None}


class Test(Strict):
    """One test: input and expectations."""

    name: str = Field(min_length=1, description="a sentence that says what the test expects")
    each: list[dict[str, ParameterText]] | None = Field(
        default=None, min_length=1, description="the test once for each of these, with its values in place of {names}"
    )
    environment: Names | None = Field(default=None, description="where; all environments that have the alarms")
    interval: Seconds = Field(default=60, description="between the values of a series")
    template: str | None = Field(default=None, description="a template to test instead, beside this file")
    parameters: dict[str, ParameterText] = Field(default_factory=dict, description="of the template")
    account: AccountId | None = Field(default=None, description="account ID of the template (default: 000000000000)")
    region: RegionName | None = Field(default=None, description="Region of the template (default: us-east-1)")
    imports: dict[str, ParameterText] = Field(default_factory=dict, description="what other stacks export, by name")
    ssm: dict[str, ParameterText] = Field(default_factory=dict, description="values of the Parameter Store, by name")
    given: list[Given] = Field(default_factory=list, description="what happens")
    expect: list[Expect] = Field(min_length=1, description="the expectations")


class Suite(Strict):
    """A file of tests."""

    version: Literal[1] = Field(description="the version of this language: 1")
    tests: list[Test] = Field(min_length=1, description="the tests")


def schema() -> dict[str, Any]:
    """JSON Schema of the file, for editors."""
    schema_ = Suite.model_json_schema(by_alias=True)
    schema_["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema_["title"] = "tests.yaml"
    return schema_


class ParsedTests(NamedTuple):
    """What a text says. tests: those that can be understood, by a number; at: their place in the file, by the same."""

    source: Source
    tests: dict[int, Test]
    findings: list[Finding]
    at: Mapping[int, int]


def read(content: bytes, name: str) -> ParsedTests:
    """The tests of a file. Never raises for what the text contains."""
    loaded = load(content, name)
    findings = [_of_tests(finding) for finding in loaded.findings]
    if loaded.data is None or has_errors(findings):
        return ParsedTests(loaded.source, {}, findings, {})
    data, at, wrong = repeated(loaded.data)
    findings += wrong
    try:
        tests = dict(enumerate(Suite.model_validate(data).tests))
    except ValidationError as error:
        findings += unique(at_place(finding, at) for finding in findings_of(error, Suite, data))
        tests = dict(_understood(data))
    for index, test in tests.items():
        findings += [finding for finding in _whole(test, ("tests", at.get(index, index))) if finding not in findings]
    return ParsedTests(loaded.source, tests, findings + [at_place(finding, at) for finding in _twice(tests)], at)


def _of_tests(finding: Finding) -> Finding:
    """The loader speaks of the spec where a file is empty or no mapping."""
    if finding.code != "Y04":
        return finding
    message = finding.message.replace("a mapping of sections (`version: 1`, `project: …`)", "`version: 1` and `tests:`")
    return replace(finding, message=message, hint="`obsgen test --generate` proposes tests to start from")


def _understood(data: dict[str, Any]) -> list[tuple[int, Test]]:
    """The valid tests, so that findings about all tests are reported at once."""
    tests = data.get("tests")
    tests_ = []
    for index, test in enumerate(tests if isinstance(tests, list) else ()):
        try:
            tests_.append((index, Test.model_validate(test)))
        except ValidationError:
            continue
    return tests_


def _whole(test: Test, path: Path) -> list[Finding]:
    """Findings about incomplete and contradictory entries."""
    findings: list[Finding] = []
    if test.interval > LONGEST:
        findings.append(Finding("R05", "the interval is above the limit of 100 days", (*path, "interval")))
    for index, given in enumerate(test.given):
        where = (*path, "given", index)
        is_quota_alone = given.quota is not None and given.series is None
        pairs = {("metric", "quota" if is_quota_alone else "series"), ("log_group", "lines"), ("alarm", "state")}
        findings += _made_alone(given, where) if given.created is not None else _one_pair(given, where, pairs)
    for index, expect in enumerate(test.expect):
        where = (*path, "expect", index)
        findings += _expectation(expect, where)
    if test.template is None:
        for key in sorted({"account", "imports", "parameters", "region", "ssm"} & test.model_fields_set):
            findings.append(Finding("R07", f"`{key}` requires `template`", (*path, key), on="key"))
    elif test.environment:
        findings.append(_conflict("environment", "`template`", path))
    return findings


def _made_alone(given: Given, path: Path) -> list[Finding]:
    """A new alarm begins in no state, and nothing else happens in its entry."""
    hint = "use a separate entry; an alarm that is created has no `state`: it is INSUFFICIENT_DATA"
    other_keys = sorted(given.model_fields_set & {"metric", "series", "quota", "log_group", "lines", "state"})
    return [_conflict(key, "`created`", path, hint) for key in other_keys]


def _conflict(key: str, other: str, path: Path, hint: str = "") -> Finding:
    return Finding("R07", f"`{key}` cannot be combined with {other}", (*path, key), hint=hint, on="key")


def _expectation(expect: Expect, path: Path) -> list[Finding]:
    keys = set(expect.model_fields_set)
    counts = [f"`{name}`" for name in COUNTS if name in keys]
    findings: list[Finding] = []
    if "at" not in keys and not counts:
        hint = "add when, such as `at: 5m` or `at: 2m to 10m`"
        findings.append(Finding("R06", "the expectation has no `at`", path, hint=hint))
    if counts:
        hint = "use a separate expectation"
        for key in sorted(keys - {"at", *COUNTS}):
            findings.append(_conflict(key, counts[0], path, hint))
    elif "incident" in keys:
        for key in sorted(keys & {"alarm", "account", "region", "state", "value", "reason", "actions"}):
            hint = "use a separate expectation, or move it into `incident`"
            findings.append(_conflict(key, "`incident`", path, hint))
    elif "value" in keys and "state" not in keys:
        findings += _one_pair(expect, path, {("alarm", "value")})
        for key in sorted(keys & {"reason", "actions"}):
            findings.append(Finding("R06", f"`{key}` requires `state`", (*path, key), hint="add `state`", on="key"))
    else:
        findings += _one_pair(expect, path, {("alarm", "state")}, ", or `incident: {alarm: …, is: opened}`")
    return findings


def _one_pair(entry: Given | Expect, path: Path, pairs: set[tuple[str, str]], other: str = "") -> list[Finding]:
    keys = entry.model_fields_set
    started = sorted(pair for pair in pairs if keys & set(pair))
    if not started:
        words = sorted(f"`{first}` and `{second}`" for first, second in pairs)
        return [Finding("R06", "the entry is empty", path, hint="add " + " or ".join(words) + other)]
    if len(started) > 1:
        words = sorted(f"`{first}`" for first, _ in started)
        return [Finding("R06", f"{' and '.join(words)} in one entry", path, hint="use a separate entry for each")]
    missing = [key for key in started[0] if key not in keys]
    present = ", ".join(f"`{key}`" for key in started[0] if key in keys)
    fields = type(entry).model_fields
    return [
        Finding("R06", f"{present} without `{key}`", path, hint=f"add `{key}`: {fields[key].description}")
        for key in missing
    ]


def _twice(tests: dict[int, Test]) -> list[Finding]:
    first: dict[str, int] = {}
    findings = []
    for index, test in tests.items():
        if test.name in first:
            also = ((("tests", first[test.name], "name"), "the first"),)
            path = ("tests", index, "name")
            findings.append(Finding("R11", f"two tests have the name `{test.name}`", path, also=also))
        first.setdefault(test.name, index)
    return findings
