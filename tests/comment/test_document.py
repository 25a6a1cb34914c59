"""The results document is what a stranger's run wrote: it is small and of one shape, or it is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.comment.data import MOST_LONG_TEXT, MOST_ROWS, Rows, first_rows
from generator.comment.document import MOST_BYTES, InvalidDocument, ResultsDocument, read_document, write_document
from generator.comment.sections.build import BuildResults
from generator.comment.sections.test import AlarmTestResults, FailedTest

BUILD = {"files": {"rows": ["prod/manifest.yaml"], "omitted": 0}, "problem": ""}


def content(**changes: Any) -> bytes:
    data = {"obsgen_results": 1, "obsgen": "0.1.0", "file": "observability.yaml", "sections": {"build": BUILD}}
    return json.dumps(data | changes).encode()


def test_what_is_written_is_read() -> None:
    failure = FailedTest(title="a test (prod)", report="expected ALARM\nactual   OK")
    document = ResultsDocument(
        "0.1.0",
        "services/é/observability.yaml",
        {
            "build": BuildResults(files=first_rows(["prod/manifest.yaml"])),
            "test": AlarmTestResults(passed=3, failed=1, failures=first_rows([failure])),
        },
    )
    assert read_document(write_document(document)) == document
    assert write_document(document) == write_document(read_document(write_document(document)))


def test_a_large_document_has_fewer_rows_and_says_so() -> None:
    failures = [FailedTest(title=f"test {n}", report="é" * MOST_LONG_TEXT) for n in range(300)]
    tests = AlarmTestResults(passed=0, failed=300, failures=Rows[FailedTest](rows=tuple(failures)))
    written = write_document(ResultsDocument("0.1.0", "x", {"test": tests}))
    assert len(written) <= MOST_BYTES
    kept: Any = read_document(written).sections["test"]
    assert (len(kept.failures.rows), kept.failures.omitted) == (3, 297)


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"\xff\xfe",
        b"[" * 500_000,
        b'{"obsgen_results": 1' + b" " * MOST_BYTES + b"}",
        b"null",
        b'{"obsgen_results": 1}',
        content(obsgen_results=2),
        content(obsgen_results=True),
        content(obsgen_results="1"),
        content(pull_request=1),
        content(file=["observability.yaml"]),
        content(file="x" * 1001),
        content(obsgen="x" * 51),
        content(sections=[]),
        content(sections={"../check": {}}),
        content(sections={f"s{n}": {} for n in range(31)}),
        content(sections={"build": BUILD | {"path": "/etc/passwd"}}),
        content(sections={"build": BUILD | {"files": {"rows": ["x"] * (MOST_ROWS + 1), "omitted": 0}}}),
        content(sections={"build": BUILD | {"files": {"rows": [1], "omitted": 0}}}),
        content(sections={"build": BUILD | {"files": {"rows": [], "omitted": -1}}}),
        content(sections={"build": BUILD | {"files": {"rows": [], "omitted": 10**400}}}),
        content(sections={"build": BUILD | {"files": {"rows": [], "omitted": float("nan")}}}),
        content(sections={"build": BUILD | {"problem": {"rows": []}}}),
        content(sections={"backtest": {"environments": [{"firings": {"before": 1e300, "after": 0}}], "problem": ""}}),
        content(sections={"backtest": {"environments": [], "problem": "", "capture": "/etc/passwd"}}),
        content(sections={"build": "\ud800"}),
        content(sections={"build": None}),
    ],
    ids=range(27),
)
def test_anything_else_is_refused_in_a_sentence_without_its_content(hostile: bytes) -> None:
    with pytest.raises(InvalidDocument) as refused:
        read_document(hostile)
    assert len(str(refused.value)) < 200 and "passwd" not in str(refused.value)


def test_a_section_of_a_later_version_is_left_out() -> None:
    later = read_document(content(sections={"build": BUILD, "weather": {"rain": [1, 2, {"x": None}]}}))
    assert (list(later.sections), later.unknown) == (["build"], 1)
