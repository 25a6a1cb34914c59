"""Results as a comment: what is short, what is cut, and what a later run recognizes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from generator.comment.data import Rows, first_rows
from generator.comment.document import ResultsDocument, read_document
from generator.comment.markdown import MOST_COMMENT_BYTES, MOST_SUMMARY_BYTES, render_comment
from generator.comment.marker import RunInfo, comment_id, run_of
from generator.comment.sections.backtest import (
    BacktestResults,
    BeforeAndAfter,
    ChangedFirings,
    EnvironmentFirings,
    NotJudgedChange,
)
from generator.comment.sections.build import BuildResults
from generator.comment.sections.check import CheckFinding, CheckResults
from generator.comment.sections.diff import DiffArea, DiffChange, DiffResults, EnvironmentChanges
from generator.comment.sections.test import AlarmTestResults, FailedTest
from tests.comment.test_text import NAMES
from tests.support import ROOT

RUN = RunInfo("observability.yaml", 7, 1, "a" * 40, "https://github.example.com/shop/payments/actions/runs/7")


def checked(errors: int = 0, omitted: int = 0) -> CheckResults:
    finding = CheckFinding(
        code="R01", severity="error", file="observability.yaml", line=3, path="alarms.x", message="wrong", hint="right"
    )
    findings = Rows[CheckFinding](rows=(finding,) * errors, omitted=omitted)
    return CheckResults(errors=errors + omitted, warnings=0, notes=0, findings=findings, not_run=first_rows([]))


def changed(sentences: Sequence[str], resources: Sequence[str] = ()) -> DiffResults:
    areas = tuple(
        DiffArea(
            title=title,
            is_detail=title == "Resources",
            changes=first_rows([DiffChange(kind="changed", sentence=s) for s in lines]),
        )
        for title, lines in (("Alarms", sentences), ("Resources", resources))
        if lines
    )
    environment = EnvironmentChanges(environment="prod", headline="", areas=areas)
    return DiffResults(base="main", environments=(environment,) if areas else ())


def fired(names: Sequence[str], compared: int = 1, not_compared: int = 1, not_judged: int = 2) -> EnvironmentFirings:
    """An environment over a capture, with the first three names in the places of the spec's names."""
    alarm, where, other = names[:3]
    sides = BeforeAndAfter(before=72, after=2)
    change = ChangedFirings(
        alarm=alarm,
        kind="changed",
        where=where,
        firings=sides,
        at_night=sides,
        seconds=sides,
        periods=0.6,
        is_approximate=True,
    )
    unknown = NotJudgedChange(alarm=alarm, where=where, reason=other)
    return EnvironmentFirings(
        environment=other,
        first_day=where,
        seconds=15 * 86_400,
        night=other,
        judged=6,
        not_judged=not_judged,
        complete=5,
        compared=compared,
        not_compared=not_compared,
        firings=sides,
        at_night=sides,
        changes=first_rows([change] * bool(compared)),
        unknown=first_rows([unknown] * bool(not_compared)),
    )


def document(**sections: object) -> ResultsDocument:
    return ResultsDocument("0.1.0", "observability.yaml", sections)  # type: ignore[arg-type]


GREEN = document(
    check=checked(),
    build=BuildResults(files=first_rows([])),
    test=AlarmTestResults(passed=46, failed=0, failures=first_rows([])),
    diff=changed([]),
)


def test_a_comment_without_anything_to_read_is_one_line() -> None:
    comment = render_comment(GREEN, RUN)
    assert comment.is_quiet and not comment.is_failed
    marker, line, empty, footer = comment.markdown.splitlines()
    assert marker == f"<!-- obsgen:comment id=observability.yaml run=7.1 commit={'a' * 40} -->"
    assert line == "✅ `observability.yaml`: nothing changes; no findings; `out/` is up to date; 46 passed"
    assert empty == "" and footer.startswith("<sub>Commit `aaaaaaa`. [Run](https://github.example.com/")


def test_changes_come_first_and_failures_are_named_in_the_list() -> None:
    comment = render_comment(document(check=checked(2), diff=changed(["a fires"], ["A (AWS::CloudWatch::Alarm)"])), RUN)
    assert comment.is_failed and not comment.is_quiet
    lines = comment.markdown.splitlines()
    assert lines[3:5] == [
        "- ℹ️ **What this changes**: 1 change in 1 environment",
        "- ❌ **Check**: 2 errors; nothing else was run",
    ]
    assert "- `~` a fires" in lines
    assert "<details><summary>1 resource</summary>" in lines
    assert "- ❌ `R01` `observability.yaml:3`: `alarms.x`: wrong. Help: right" in lines


def environment_changes(name: str, *sentences: str, omitted: int = 0, headline: str = "") -> EnvironmentChanges:
    rows = tuple(DiffChange(kind="changed", sentence=sentence) for sentence in sentences)
    area = DiffArea(title="Alarms", is_detail=False, changes=Rows[DiffChange](rows=rows, omitted=omitted))
    return EnvironmentChanges(environment=name, headline=headline, areas=(area,))


def changes_of_a_comment(*environments: EnvironmentChanges) -> list[str]:
    """The lines of the section, the one of the summary first."""
    results = document(check=checked(), diff=DiffResults(base="main", environments=environments))
    lines = [line for line in render_comment(results, RUN).markdown.splitlines() if line]
    at = lines.index("#### What this changes")
    return [next(line for line in lines if "**What this changes**" in line), *lines[at + 1 : -1]]


def test_a_change_of_every_environment_is_one_line() -> None:
    assert changes_of_a_comment(
        environment_changes("dev", "a-alarm-dev fires at > 3", "b-alarm-dev fires"),
        environment_changes("new", "a-alarm-new fires at > 3", headline="a new environment"),
        environment_changes("prod", "b-alarm-prod fires at > 4", "a-alarm-prod fires at > 3", omitted=2),
    ) == [
        "- ℹ️ **What this changes**: 7 changes in 3 environments",
        "**`dev`** and **`prod`**",
        "**Alarms**",
        "- `~` `a-alarm-<environment>` fires at > 3",
        "**`dev`**",
        "**Alarms**",
        "- `~` b-alarm-dev fires",
        "**`new`**: a new environment",
        "**Alarms**",
        "- `~` a-alarm-new fires at > 3",
        "**`prod`**",
        "**Alarms**",
        "- `~` b-alarm-prod fires at > 4",
        "- … and 2 more",
    ]


def test_a_change_of_some_environments_is_by_environment() -> None:
    # `x-dev` is a name of its own in prod, and the one of the environment in dev.
    assert changes_of_a_comment(
        environment_changes("dev", "x-dev fires", "all-dev fire"),
        environment_changes("prod", "x-dev fires", "all-prod fire", omitted=1),
        environment_changes("test", "all-test fire"),
    ) == [
        "- ℹ️ **What this changes**: 4 changes in 3 environments",
        "**`dev`**, **`prod`** and **`test`**",
        "**Alarms**",
        "- `~` `all-<environment>` fire",
        "**`dev`**",
        "**Alarms**",
        "- `~` x-dev fires",
        "**`prod`**",
        "**Alarms**",
        "- `~` x-dev fires",
        "- … and 1 more",
    ]


def test_a_long_comment_is_cut_at_lines_and_everything_is_closed() -> None:
    many = [f"alarm-{'x' * 300} fires" for _ in range(900)]
    failures = [FailedTest(title=f"test {n}", report=f"{'é' * 100}\n" * 40) for n in range(20)]
    tests = AlarmTestResults(passed=1, failed=20, failures=Rows[FailedTest](rows=tuple(failures)))
    comment = render_comment(document(check=checked(3), test=tests, diff=changed(many, many)), RUN, rest="see there")
    assert MOST_COMMENT_BYTES * 0.9 < len(comment.markdown.encode()) <= MOST_COMMENT_BYTES
    assert "This comment was cut after 60,000 bytes; see there." in comment.markdown.splitlines()
    assert comment.markdown.count("<details>") == comment.markdown.count("</details>") > 1
    assert comment.markdown.count("\n```text\n") == comment.markdown.count("\n```\n") > 1
    # The short section is whole, and each long one has its share.
    assert comment.markdown.count("- ❌ `R01`") == 3
    assert comment.markdown.count("- `~` alarm-") > 60 and "- … and " in comment.markdown
    tokens = [token.type for token in MarkdownIt("gfm-like", {"linkify": False}).parse(comment.markdown)]
    assert tokens.count("heading_open") == 4
    whole = render_comment(document(check=checked(3), test=tests, diff=changed(many, many)), RUN, most_bytes=10**7)
    assert "was cut" not in whole.markdown


def test_every_size_is_kept() -> None:
    results = document(check=checked(40, 9), diff=changed(["é" * 90] * 40, ["r" * 50] * 40))
    for most in (2_000, 2_500, 3_000, 4_000, 5_001, 6_000, 7_777, 9_000, MOST_SUMMARY_BYTES):
        markdown = render_comment(results, RUN, most_bytes=most).markdown
        assert len(markdown.encode()) <= most
        assert markdown.count("<details>") == markdown.count("</details>")


def test_what_the_results_leave_out_is_counted() -> None:
    assert "- … and 9 more" in render_comment(document(check=checked(2, 9)), RUN).markdown.splitlines()


def test_a_comment_names_its_run_and_its_id() -> None:
    body = render_comment(GREEN, RUN).markdown
    assert run_of(body.replace("\n", "\r\n"), "observability.yaml") == RunInfo("observability.yaml", 7, 1, "a" * 40)
    assert run_of(body, "other.yaml") is None
    assert run_of(f"> {body}", "observability.yaml") is None  # a quote of it
    assert run_of("no comment of obsgen", "observability.yaml") is None


def test_an_id_is_what_a_marker_can_have() -> None:
    assert comment_id("services/shop/observability.yaml") == "services/shop/observability.yaml"
    assert re.fullmatch("a-b-[0-9a-f]{8}", comment_id("a --> <b> é"))
    alike = ("支付/x.yaml", "订单/x.yaml", "-/x.yaml", "a b", "a-b", "a--b", f"a{'x/' * 80}", f"b{'x/' * 80}")
    assert len({comment_id(text) for text in alike}) == len(alike)
    assert all(run_of(RunInfo(comment_id(text)).marker, comment_id(text)) for text in alike)
    assert run_of(RunInfo(comment_id("x" * 300 + "-->\n"), 1, 1).marker, comment_id("x" * 300 + "-->\n"))


def test_a_section_of_another_version_is_counted() -> None:
    assert (
        "- ⏭️ 2 sections of another version of obsgen"
        in render_comment(ResultsDocument("9.9", "x", {"check": checked()}, 2), RUN).markdown
    )


def test_a_backtest_has_its_numbers_in_the_list() -> None:
    def summary(*environments: EnvironmentFirings, problem: str = "") -> str:
        results = BacktestResults(environments=environments, problem=problem)
        lines = render_comment(document(check=checked(1), backtest=results), RUN).markdown.splitlines()
        return next(line for line in lines if "**Backtest**" in line)

    names = ("a-alarm", "alpha", "prod")
    assert summary(fired(names, not_compared=0)) == "- ℹ️ **Backtest**: 72 firings before, 2 now in 15 days"
    assert summary(fired(names, compared=0)) == "- ℹ️ **Backtest**: 1 changed alarm not judged"
    quiet = fired(names, compared=0, not_compared=0)
    assert summary(quiet) == "- ✅ **Backtest**: same firings of 6 alarms in 15 days, 2 not judged"
    assert summary(quiet, fired(("a", "b", "dev"), not_compared=0)) == (
        "- ℹ️ **Backtest**: `dev` 72 firings before, 2 now in 15 days"
    )
    assert summary(quiet.model_copy(update={"judged": 0})) == "- ⏭️ **Backtest**: the capture can judge no alarm"
    assert summary(problem="no folder") == "- ⏭️ **Backtest**: no alarm was evaluated over the capture"
    comment = render_comment(document(backtest=BacktestResults(environments=(quiet,))), RUN)
    assert comment.is_quiet and not comment.is_failed


@settings(max_examples=15)
@given(st.lists(NAMES, min_size=8, max_size=8), st.sampled_from([2_000, 60_000]))
def test_a_hostile_document_is_a_comment_with_our_own_markup_only(names: list[str], most: int) -> None:
    finding = CheckFinding(
        code=names[0], severity="error", file=names[1], line=0, path=names[2], message=names[3], hint=names[4]
    )
    check = CheckResults(errors=1, warnings=0, notes=0, findings=first_rows([finding]), not_run=first_rows([names[5]]))
    tests = AlarmTestResults(
        passed=0, failed=1, failures=first_rows([FailedTest(title=names[6], report="\n".join(names))])
    )
    area = DiffArea(title=names[0], is_detail=False, changes=first_rows([DiffChange(kind="added", sentence=names[7])]))
    environment = EnvironmentChanges(environment=names[2], headline=names[1], areas=(area,))
    diff = DiffResults(base=names[3], environments=(environment,))
    build = BuildResults(files=first_rows(names), problem=names[4])
    backtest = BacktestResults(environments=(fired(names), fired(names[3:])), problem=names[6])
    sections = {"check": check, "test": tests, "diff": diff, "build": build, "backtest": backtest}
    hostile = ResultsDocument("0.1.0", names[6], sections)
    markdown = render_comment(hostile, RUN, most_bytes=most).markdown
    assert len(markdown.encode()) <= most
    html = []
    for block in MarkdownIt("gfm-like", {"linkify": False}).parse(markdown):
        html += [block.content.strip()] if block.type == "html_block" else []
        for token in block.children or []:
            html += [token.content] if token.type == "html_inline" else []
            assert token.type != "image"
            assert token.attrGet("href") in (None, RUN.url)
    markup = {"<code>", "</code>", "<sub>", "</sub>", "</details>", RUN.marker}
    assert set(html) <= markup | {"<details><summary>Report</summary>"}
    assert not any(line.lstrip().startswith("/") for line in markdown.splitlines())


def test_the_page_begins_with_a_comment_as_it_looks() -> None:
    """example.json is `obsgen comment --results` of the shipped example with three changed lines."""
    example = read_document((ROOT / "tests/comment/example.json").read_bytes())
    url = "https://github.com/OWNER/payments/actions/runs/1234"
    comment = render_comment(example, RunInfo("observability.yaml", 1234, 1, f"3f1c9e2{'0' * 33}", url)).markdown
    quoted = "\n".join(f"> {line}".rstrip() for line in comment.splitlines()[1:])
    page = (ROOT / "docs/pull-requests.md").read_text(encoding="utf-8")
    assert page.partition("<!-- comment -->\n")[2].partition("\n<!-- end of comment -->")[0] == quoted
