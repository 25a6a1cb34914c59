"""docs/on-aws.md, docs/limits.md and the experiments: each doubt has an experiment, or a reason why it has none."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from generator.rollout.selftest.registry import registry
from generator.rollout.selftest.types import Experiment
from tests.support import ROOT
from tests.update_docs import ON_AWS, SELFTEST_SCHEMA, on_aws_page, selftest_schema

LIMITS = ROOT / "docs" / "limits.md"
# A section in which every line is a doubt, and what lines of other sections say of one.
UNTRIED = "What was not tried on AWS itself"
DOUBT = re.compile(
    r"not tried|never tried|(?:was|were|have|has) never|not (?:been )?seen on|untested|not verified|was not measured"
    r"|does not document|not published|have not run",
    re.IGNORECASE,
)


def lines() -> Iterator[tuple[str, str]]:
    """Each list item of limits.md on one line, with its section."""
    section, item = "", ""
    for line in [*LIMITS.read_text(encoding="utf-8").splitlines(), "#"]:
        if item and not line.startswith("  "):
            yield section, item
            item = ""
        if line.startswith("#"):
            section = line.strip("# ")
        elif line.startswith("- "):
            item = line[2:]
        elif item:
            item += f" {line.strip()}"


def reasons() -> list[str]:
    """The doubts of the second table, as they begin."""
    table = ON_AWS.read_text(encoding="utf-8").partition("## Doubts without an experiment")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")]
    assert all(len(row) == 3 for row in rows)
    return [row[0].removeprefix("| ") for row in rows[2:]]


@pytest.mark.parametrize("experiment", registry(), ids=lambda experiment: experiment.name)
def test_the_doubt_of_an_experiment_is_a_line_that_links_it(experiment: Experiment) -> None:
    of_doubt = [line for _, line in lines() if line.startswith(experiment.doubt)]
    assert len(of_doubt) == 1
    assert f"[`{experiment.name}`](on-aws.md)" in of_doubt[0]
    assert experiment.question.endswith("?")
    assert experiment.expected.endswith(".")
    assert experiment.otherwise.endswith(".")


def test_every_doubt_has_an_experiment_or_a_reason() -> None:
    beginnings = tuple([experiment.doubt for experiment in registry()] + reasons())
    doubts = [line for section, line in lines() if section == UNTRIED or DOUBT.search(line)]
    unclassified = [line[:80] for line in doubts if not line.startswith(beginnings)]
    assert not unclassified, "docs/on-aws.md: add an experiment, or a row that says why there is none"


def test_every_reason_is_about_a_line_that_exists() -> None:
    every = [line for _, line in lines()]
    assert [doubt for doubt in reasons() if not any(line.startswith(doubt) for line in every)] == []


def test_links_of_limits_name_experiments_that_exist() -> None:
    names = {experiment.name for experiment in registry()}
    assert set(re.findall(r"\[`([a-z-]+)`\]\(on-aws\.md\)", LIMITS.read_text(encoding="utf-8"))) == names


def test_the_page_and_the_schema_are_those_of_the_code() -> None:
    assert ON_AWS.read_text(encoding="utf-8") == on_aws_page(), "python -m tests.update_docs"
    assert SELFTEST_SCHEMA.read_text(encoding="utf-8") == selftest_schema(), "python -m tests.update_docs"
