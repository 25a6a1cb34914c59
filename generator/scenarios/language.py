"""tests.yaml as typed values: what is given, what is expected, when; `read` turns a text into a Suite and findings.

Everything has its place in the text by its path: `tests[2].expect[0]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from pydantic import Field, ValidationError

from generator.findings import Finding, Path, has_errors
from generator.scenarios.entries import Expect, Given
from generator.scenarios.entry_findings import conflict, expectation_findings, given_findings
from generator.scenarios.parametrized import at_place, repeated, unique
from generator.scenarios.scalars import LONGEST, Names, ParameterText
from generator.spec.load import Source, load
from generator.spec.other_files import of_another_file
from generator.spec.quantities import Seconds
from generator.spec.scalars import AccountId, RegionName
from generator.spec.strict import Strict, findings_of

VERSION = 1


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


_PROPOSED = "`obsgen test --generate` proposes tests to start from"


class ParsedTests(NamedTuple):
    """What a text says. tests: those that can be understood, by a number; at: their place in the file, by the same."""

    source: Source
    tests: dict[int, Test]
    findings: list[Finding]
    at: Mapping[int, int]


def read(content: bytes, name: str) -> ParsedTests:
    """The tests of a file. Never raises for what the text contains."""
    loaded = load(content, name)
    findings = [of_another_file(finding, "`version: 1` and `tests:`", _PROPOSED) for finding in loaded.findings]
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
        findings += given_findings(given, (*path, "given", index))
    for index, expect in enumerate(test.expect):
        findings += expectation_findings(expect, (*path, "expect", index))
    if test.template is None:
        for key in sorted({"account", "imports", "parameters", "region", "ssm"} & test.model_fields_set):
            findings.append(Finding("R07", f"`{key}` requires `template`", (*path, key), on="key"))
    elif test.environment:
        findings.append(conflict("environment", "`template`", path))
    return findings


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
