"""Results as JUnit XML: what Jenkins' and GitLab's readers ask of it, with names that XML does not like."""

from __future__ import annotations

import xml.etree.ElementTree as Tree
from pathlib import Path

from click.testing import CliRunner

from generator.cli.main import group
from tests.support import spec

ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped"},
    "testcase": {"name", "classname", "file", "line"},
    "failure": {"message", "type"},
}
INSIDE = {"testsuites": {"testsuite"}, "testsuite": {"testcase"}, "testcase": {"failure"}, "failure": set()}


def results(tmp_path: Path) -> Tree.Element:
    (tmp_path / "observability.yaml").write_text(
        spec("environments: [dev, prod]\naccess: {owned_by: prod}\nalarms: {errors: {severity: high}}"),
        encoding="utf-8",
    )
    expect = "[{at: 1m, alarm: errors, account: alpha, state: %s}]"
    (tmp_path / "tests.yaml").write_text(
        "version: 1\ntests:\n"
        f'  - {{name: "<a> & \\"b\\" ]]> \\e[31m ü", expect: {expect % "ALARM"}}}\n'
        f"  - {{name: calm, expect: {expect % 'OK'}}}\n"
        f"  - {{name: only here, environment: dev, expect: {expect % 'OK'}}}\n",
        encoding="utf-8",
    )
    words = ["test", "-f", str(tmp_path / "observability.yaml"), "--junit", str(tmp_path / "results.xml")]
    done = CliRunner().invoke(group, words)
    assert done.exit_code == 1, done.output
    return Tree.fromstring((tmp_path / "results.xml").read_bytes())


def test_it_is_of_the_form_that_readers_know(tmp_path: Path) -> None:
    root = results(tmp_path)
    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) == ATTRIBUTES[element.tag]
        assert {one.tag for one in element} <= INSIDE[element.tag]
        for name in {"tests", "failures", "errors", "skipped", "line"} & set(element.attrib):
            assert element.attrib[name].isdigit()


def test_the_numbers_are_those_of_the_cases(tmp_path: Path) -> None:
    root = results(tmp_path)
    for suite in [root, *root]:
        assert int(suite.attrib["tests"]) == len(list(suite.iter("testcase")))
        assert int(suite.attrib["failures"]) == len(list(suite.iter("failure")))
    assert {suite.attrib["name"]: suite.attrib["tests"] for suite in root} == {"dev": "3", "prod": "2"}
    cases = [(one.attrib["classname"], one.attrib["name"]) for one in root.iter("testcase")]
    assert len(set(cases)) == len(cases) == 5
    assert ("prod", '<a> & "b" ]]> ?[31m ü') in cases
