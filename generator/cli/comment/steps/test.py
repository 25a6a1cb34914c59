"""The tests of alarms."""

from __future__ import annotations

import click

from generator.cli.comment.context import GatherContext
from generator.cli.test_run import KnownEnvironments, TestOptions, TestRun, files_of, run, test_environment
from generator.comment.data import MOST_LONG_TEXT, Rows, first_rows, shortened
from generator.comment.sections.test import AlarmTestResults, FailedTest
from generator.render import findings
from generator.scenarios.report import failure, title

_MOST_REPORTS = 20


def gather(context: GatherContext) -> AlarmTestResults | None:
    """The results of all tests; None where there are none, or nothing to test."""
    built = context.compiled
    if built is None or not context.tests:
        return None
    options = TestOptions(context.target, context.tests, (), None, False, False)
    environments = KnownEnvironments(
        {name: test_environment(built, name) for name in built.estates}, built.environments
    )
    try:
        runs = [run(options, tests, environments) for tests in files_of(context.tests)]
    except click.ClickException as error:
        return _no_tests(error.message)
    if any(test_run.findings for test_run in runs):
        return _no_tests("\n".join(_findings(test_run) for test_run in runs))
    verdicts = [(verdict, test_run.read.source) for test_run in runs for verdict in test_run.verdicts]
    failed = [(verdict, source) for verdict, source in verdicts if not verdict.met]
    reports = [
        FailedTest(title=shortened(title(verdict)), report=shortened(failure(verdict, source), MOST_LONG_TEXT))
        for verdict, source in failed[:_MOST_REPORTS]
    ]
    failures = Rows[FailedTest](rows=tuple(reports), omitted=len(failed) - len(reports))
    return AlarmTestResults(passed=len(verdicts) - len(failed), failed=len(failed), failures=failures)


def _no_tests(problem: str) -> AlarmTestResults:
    return AlarmTestResults(passed=0, failed=0, failures=first_rows([]), problem=shortened(problem, MOST_LONG_TEXT))


def _findings(test_run: TestRun) -> str:
    """The findings of a file of tests, and those of the templates that it names, as `obsgen test` prints them."""
    texts = [findings.render(text.findings, text, "text", "", False) for text in test_run.templates.values()]
    return "".join([*texts, findings.render(test_run.findings, test_run.read.source, "text", "", False)])
