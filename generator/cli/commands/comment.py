"""obsgen comment"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from generator.cli.exit import FINDINGS, FINE, out_of, usage_error
from generator.cli.options import NIGHT_HOURS, NIGHT_ZONE, build_target, target_options

if TYPE_CHECKING:
    from generator.backtest.night import Night
    from generator.cli.comment.pipeline import FollowUp, Pipeline
    from generator.cli.options import BuildTarget
    from generator.comment.document import ResultsDocument

TESTS = "tests.yaml"
RESULTS = "obsgen-results.json"
# Conclusions of runs that did not end by themselves. A run that waits for its approval is `action_required`.
_WITHOUT_RESULTS = ("action_required", "cancelled", "skipped", "stale", "startup_failure")


@dataclass(frozen=True, slots=True)
class _Options:
    """The options of the command that say what is compared, and where it goes."""

    target: BuildTarget
    tests: tuple[Path, ...]
    base: str | None
    capture: Path | None
    night: Night
    lint: bool
    output: Path | None
    results: Path | None
    sarif: Path | None
    can_fail: bool


@click.command(name="comment")
@click.option("--github", "host", flag_value="github", help="Write the comment of a pull request of GitHub.")
@click.option("--gitlab", "host", flag_value="gitlab", help="Write the comment of a merge request of GitLab.")
@target_options
@click.option(
    "--tests",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Tests to run. Repeatable.  [default: tests.yaml beside the file, if it exists]",
)
@click.option("--base", metavar="GIT-REF", help="Revision to compare with.  [default: target branch, else HEAD]")
@click.option(
    "--capture",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder that `obsgen capture` wrote: count the firings of changed alarms in it.",
)
@click.option("--night", default=NIGHT_HOURS, show_default=True, help="(--capture) Hours that count as night.")
@click.option("--zone", default=NIGHT_ZONE, show_default=True, help="Time zone of --night, such as Europe/Berlin.")
@click.option("--id", "id_", metavar="NAME", help="Which comment of the pull request.  [default: path of the file]")
@click.option("--dry-run", is_flag=True, help="Print the comment, and send nothing.")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write the complete text to FILE.")
@click.option("--results", type=click.Path(path_type=Path), metavar="FILE", help="Write the results as JSON to FILE.")
@click.option("--sarif", type=click.Path(path_type=Path), metavar="FILE", help="Write the findings as SARIF to FILE.")
@click.option(
    "--from-results",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Use these results, and compile nothing.",
)
@click.option("--from-run", is_flag=True, help="(--github) Use the results of the run before, in `on: workflow_run`.")
@click.option("--artifact", metavar="NAME", default="obsgen-results", show_default=True, help="(--from-run) Artifact.")
@click.option(
    "--fail-on",
    type=click.Choice(["findings", "never"]),
    default="findings",
    show_default=True,
    help="Whether findings end with exit code 1.",
)
@click.option("--lint/--no-lint", default=True, help="Run cfn-lint over the templates.  [default: lint]")
def command(
    host: str | None,
    file: Path,
    out: Path | None,
    environment: tuple[str, ...],
    tests: tuple[Path, ...],
    base: str | None,
    capture: Path | None,
    night: str,
    zone: str,
    id_: str | None,
    dry_run: bool,
    output: Path | None,
    results: Path | None,
    sarif: Path | None,
    from_results: Path | None,
    from_run: bool,
    artifact: str,
    fail_on: str,
    lint: bool,
) -> None:
    """Check, build and test the spec, compare it with the target branch, and comment on the pull request.

    A pull request has one comment for each file; later runs replace its text. Without --github or --gitlab, the comment
    is printed. Tokens are read from GITHUB_TOKEN and GITLAB_TOKEN. `obsgen docs pull-requests` has complete workflows.

    \b
    Examples:
      obsgen comment --base main                       print the comment
      obsgen comment --github --results results.json   in a workflow of a pull request
      obsgen comment --github --from-run               in a workflow after one of a fork
      obsgen comment --gitlab --output comment.md

    \b
    Exit codes:
      0  written; with --fail-on findings: no section failed
      1  a check or test failed, or out/ is out of date
      2  bad usage, or results that are not valid
      3  the host did not answer, or refused
    """
    from generator.cli.comment import pipeline
    from generator.comment.marker import comment_id

    if from_run and (host != "github" or dry_run or from_results or output or results or sarif):
        raise click.UsageError("--from-run requires --github, and allows only --file, --id and --artifact")
    if from_results and (results or sarif):
        raise click.UsageError("--from-results writes neither --results nor --sarif: it compiles nothing")
    environ = dict(os.environ)
    name = comment_id(id_) if id_ else pipeline.workspace_id(file, environ)
    if from_run:
        _follow_up(pipeline.follow_up(environ, name), artifact, environ)
        return
    from generator.cli.backtest_run import night_hours

    hours = night_hours(night, zone)
    at: Pipeline | None = None
    if host == "github":
        at = pipeline.github(environ, name, sends=not dry_run)
    elif host == "gitlab":
        at = pipeline.gitlab(environ, name)
    target, can_fail = build_target(file, out, environment), fail_on == "findings"
    options = _Options(target, tests, base, capture, hours, lint, output, results, sarif, can_fail)
    document = _read(from_results) if from_results else _gathered(options, at, annotate=host == "github")
    _write(document, options, at, name, dry_run, environ)


def _gathered(options: _Options, at: Pipeline | None, *, annotate: bool) -> ResultsDocument:
    """The results of all steps, and the files with them."""
    from generator.cli.comment.context import GatherContext, gather
    from generator.cli.comment.publish import write_file
    from generator.cli.exit import findings_text, print_findings
    from generator.cli.options import compiled
    from generator.comment.document import write_document

    target = options.target
    base, problem = _base(options, at)
    beside = target.file.parent / TESTS
    tests = options.tests or ((beside,) if beside.exists() else ())
    if not tests:
        click.echo(f"no tests were run: there is no {beside}; use --tests for files of another name", err=True)
    built = compiled(target, lint=options.lint)
    if annotate:
        print_findings(built, "", out=out_of("out"), form="github")
    if options.sarif:
        write_file(options.sarif, findings_text(built, "", "sarif", in_colour=False).encode())
    document = gather(GatherContext(target, built, base, problem, tests, options.night, options.capture))
    if options.results:
        write_file(options.results, write_document(document))
    return document


def _base(options: _Options, at: Pipeline | None) -> tuple[str, str]:
    from generator.cli.comment.base import base_of
    from generator.cli.git import check_revision

    folder = options.target.file.parent
    if options.base:
        check_revision(folder, options.base)
        return options.base, ""
    return ("HEAD", "") if at is None else base_of(folder, at)


def _read(path: Path) -> ResultsDocument:
    from generator.comment.document import MOST_BYTES, InvalidDocument, read_document
    from generator.reading import content

    try:
        return read_document(content(path, MOST_BYTES))
    except OSError as error:
        raise usage_error(f"{path}: {error.strerror or error}") from None
    except InvalidDocument as error:
        raise usage_error(f"{path}: {error}") from None


def _write(
    document: ResultsDocument,
    options: _Options,
    at: Pipeline | None,
    name: str,
    dry_run: bool,
    environ: dict[str, str],
) -> None:
    """Write the comment to its host, to files, or to the output; then end with the exit code."""
    from generator.cli.comment.publish import publish, write_file
    from generator.comment.markdown import MOST_SUMMARY_BYTES, render_comment
    from generator.comment.marker import RunInfo

    run = at.run if at else RunInfo(name)
    whole = render_comment(document, run, most_bytes=MOST_SUMMARY_BYTES)
    if options.output:
        write_file(options.output, whole.markdown.encode("utf-8", "backslashreplace"))
    if at is None or dry_run:
        click.echo(render_comment(document, run, rest=at.rest if at else "").markdown, nl=False)
    else:
        has_summary = _summarize(whole.markdown, "", environ)
        publication = publish(at.host, at.number, document, run, at.rest)
        click.echo(publication.sentence, err=True)
        if publication.is_missing and not (has_summary or options.output):
            click.echo(whole.markdown, nl=False)
        _summarize("", publication.sentence, environ)
    raise click.exceptions.Exit(FINDINGS if whole.is_failed and options.can_fail else FINE)


def _summarize(markdown: str, sentence: str, environ: dict[str, str]) -> bool:
    """Append to the job's summary, if there is one, so that it is complete even where the host refuses the comment."""
    from generator.cli.comment.publish import write_job_summary
    from generator.comment.text import plain

    return write_job_summary(environ, markdown or f"> {plain(sentence)}.\n")


def _follow_up(after: FollowUp, artifact: str, environ: dict[str, str]) -> None:
    """Write the comment of a run that must not, from its results, which may be anything.

    Neither the number of the pull request nor a path is of the results. Nothing of them is printed.
    """
    from generator.cli.comment.publish import publish, readable, refused
    from generator.comment.document import InvalidDocument, read_document
    from generator.comment.host import HostError

    if after.triggering.conclusion in _WITHOUT_RESULTS:
        _end(f"no comment was written: the run before was {after.triggering.conclusion}", environ)
    try:
        with readable(after.host):
            numbers = after.host.pull_requests_of(after.triggering)
            content = after.host.results_of(after.triggering, artifact, RESULTS) if len(numbers) == 1 else b""
    except HostError as error:
        raise refused(after.host.name, error) from None
    if len(numbers) != 1:
        pulls = f"{len(numbers)} open pull requests have" if numbers else "no open pull request has"
        _end(f"no comment was written: {pulls} commit {after.run.commit} as head", environ)
    try:
        document = read_document(content)
    except InvalidDocument as error:
        raise usage_error(str(error)) from None
    rest = f"the [job summary]({after.run.url}) has the rest"
    _end(publish(after.host, numbers[0], document, after.run, rest).sentence, environ)


def _end(sentence: str, environ: dict[str, str]) -> NoReturn:
    click.echo(sentence, err=True)
    _summarize("", sentence, environ)
    raise click.exceptions.Exit(FINE)
