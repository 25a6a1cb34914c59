"""The pipeline that a comment is written in: what its environment says about pull request, commits and run.

https://docs.github.com/actions/reference/workflows-and-actions/variables
https://docs.gitlab.com/ci/variables/predefined_variables/
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.cli.exit import usage_error
from generator.reading import content

if TYPE_CHECKING:
    from generator.comment.host import CommentHost
    from generator.comment.hosts.github import GitHub, TriggeringRun
    from generator.comment.marker import RunInfo

_TARGET_EVENT = "pull_request_target"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """host: None where there is no token. number: of the pull request, None where the run is of none.

    head, base: commits of the pull request, as far as the environment has them. target: its target branch.
    rest: Markdown that says where the rest of a comment is.
    """

    host: CommentHost | None
    run: RunInfo
    number: int | None = None
    head: str = ""
    base: str = ""
    target: str = ""
    rest: str = ""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A `workflow_run` of GitHub: a run with rights, after one without."""

    host: GitHub
    run: RunInfo
    triggering: TriggeringRun


def github(environ: Mapping[str, str], id: str, *, sends: bool) -> Pipeline:  # noqa: A002  # as the option
    """The run of a workflow of GitHub. sends: whether anything is sent, which requires a token."""
    from generator.comment.marker import RunInfo

    if environ.get("GITHUB_EVENT_NAME") == _TARGET_EVENT:
        # What is checked out by default is the target itself, so that nothing would seem to change; anything else is
        # files of a stranger beside a token that may write.
        hint = "use `pull_request`; `obsgen docs pull-requests` has forks"
        raise usage_error(f"the event is `{_TARGET_EVENT}`", hint)
    event = _event(environ)
    pull, queue = event.get("pull_request") or {}, event.get("merge_group") or {}
    head, base = pull.get("head") or {}, pull.get("base") or {"sha": queue.get("base_sha")}
    url = _run_url(environ, _required(environ, "GITHUB_RUN_ID"))
    commit = head.get("sha") or environ.get("GITHUB_SHA", "")
    run = RunInfo(id, _number(environ, "GITHUB_RUN_ID"), int(environ.get("GITHUB_RUN_ATTEMPT") or 1), commit, url)
    return Pipeline(
        _github(environ) if sends else None,
        run,
        pull.get("number"),
        head.get("sha") or "",
        base.get("sha") or "",
        base.get("ref") or "",
        f"the [job summary]({url}) has the rest",
    )


def follow_up(environ: Mapping[str, str], id: str) -> FollowUp:  # noqa: A002  # as the option
    """The run of a workflow of GitHub that `workflow_run` started.

    https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_run
    """
    from generator.comment.hosts.github import TriggeringRun
    from generator.comment.marker import RunInfo

    before = _event(environ).get("workflow_run")
    if not before:
        raise usage_error(
            "--from-run needs an event `workflow_run`", "use it in a workflow with `on: workflow_run`, and no checkout"
        )
    if before.get("event") != "pull_request":
        raise usage_error(f"the run before is of an event `{before.get('event')}`, and not of a pull request")
    triggering = TriggeringRun(
        int(before["id"]),
        (before.get("head_repository") or {}).get("full_name") or "",
        before.get("head_branch") or "",
        before["head_sha"],
        before.get("conclusion") or "",
    )
    url = _run_url(environ, str(triggering.run))
    run = RunInfo(id, triggering.run, int(before.get("run_attempt") or 1), triggering.head_sha, url)
    return FollowUp(_github(environ), run, triggering)


def gitlab(environ: Mapping[str, str], id: str) -> Pipeline:  # noqa: A002  # as the option
    """The job of a pipeline of GitLab. The project is the merge request's, which is not that of a fork's job."""
    from generator.comment.hosts.gitlab import GitLab
    from generator.comment.marker import RunInfo

    head = environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or _required(environ, "CI_COMMIT_SHA")
    url = environ.get("CI_JOB_URL", "")
    run = RunInfo(id, _number(environ, "CI_PIPELINE_ID"), _number(environ, "CI_JOB_ID"), head, url)
    token, number = environ.get("GITLAB_TOKEN"), environ.get("CI_MERGE_REQUEST_IID")
    project = environ.get("CI_MERGE_REQUEST_PROJECT_ID") or _required(environ, "CI_PROJECT_ID")
    return Pipeline(
        GitLab(_required(environ, "CI_API_V4_URL"), project, token) if token else None,
        run,
        int(number) if number else None,
        head,
        # Set where the pipeline runs on the result of the merge, whose first parent it is.
        environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_SHA") or environ.get("CI_MERGE_REQUEST_DIFF_BASE_SHA", ""),
        environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", ""),
        f"the [job's artifacts]({url}/artifacts/browse) have the rest" if url else "",
    )


def workspace_id(file: Path, environ: Mapping[str, str]) -> str:
    """The default id of a comment: the path of the spec in its repository."""
    from generator.comment.marker import comment_id

    root = environ.get("GITHUB_WORKSPACE") or environ.get("CI_PROJECT_DIR") or Path.cwd()
    return comment_id(Path(os.path.relpath(file.absolute(), root)).as_posix())


def _github(environ: Mapping[str, str]) -> GitHub:
    from generator.comment.hosts.github import GitHub

    base = environ.get("GITHUB_API_URL") or "https://api.github.com"
    return GitHub(
        base,
        environ.get("GITHUB_GRAPHQL_URL") or f"{base.removesuffix('/v3')}/graphql",
        _required(environ, "GITHUB_REPOSITORY"),
        _required(environ, "GITHUB_TOKEN", "pass `${{ github.token }}` in `env`"),
    )


def _run_url(environ: Mapping[str, str], run: str) -> str:
    server = environ.get("GITHUB_SERVER_URL") or "https://github.com"
    return f"{server}/{_required(environ, 'GITHUB_REPOSITORY')}/actions/runs/{run}"


def _event(environ: Mapping[str, str]) -> Any:
    """The event that started the workflow, as GitHub's runner writes it."""
    path = _required(environ, "GITHUB_EVENT_PATH")
    try:
        return json.loads(content(Path(path)))
    except (OSError, ValueError) as error:
        raise usage_error(f"{path}, the event in GITHUB_EVENT_PATH, cannot be read: {error}") from None


def _number(environ: Mapping[str, str], name: str) -> int:
    text = _required(environ, name)
    if not text.isascii() or not text.isdigit():
        raise usage_error(f"{name} is not a number")
    return int(text)


def _required(environ: Mapping[str, str], name: str, hint: str = "") -> str:
    value = environ.get(name)
    if not value:
        raise usage_error(
            f"{name} is not set", hint or "run it in a pipeline, or omit --github and --gitlab to print the comment"
        )
    return value
