"""Environments of GitHub's and GitLab's runners, and results to comment with, for whole commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from generator.comment.data import first_rows
from generator.comment.document import ResultsDocument, write_document
from generator.comment.sections.build import BuildResults
from tests.comment.host_server import READER, WRITER, HostServer

HEAD, BASE = "a" * 40, "b" * 40


def results(folder: Path, *files: str) -> Path:
    """Results of a run in which these files of out/ are out of date."""
    path = folder / "results.json"
    sections = {"build": BuildResults(files=first_rows(files))}
    path.write_bytes(write_document(ResultsDocument("0.1.0", "observability.yaml", sections)))
    return path


def _event(folder: Path, event: dict[str, Any]) -> str:
    path = folder / "event.json"
    path.write_text(json.dumps(event))
    return str(path)


def pull_request(
    host: HostServer, folder: Path, *, run: int = 100, attempt: int = 1, head: str = HEAD
) -> dict[str, str]:
    """The environment of a job of a workflow `on: pull_request` of number 5.

    https://docs.github.com/actions/reference/workflows-and-actions/variables and
    https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request
    """
    pull = {"number": 5, "head": {"sha": head, "ref": "topic"}, "base": {"sha": BASE, "ref": "main"}}
    return host.github() | {
        "GITHUB_TOKEN": WRITER,
        "GITHUB_EVENT_PATH": _event(folder, {"action": "synchronize", "pull_request": pull}),
        "GITHUB_RUN_ID": str(run),
        "GITHUB_RUN_ATTEMPT": str(attempt),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_WORKSPACE": str(folder),
        "GITHUB_SHA": "c" * 40,
    }


def of_a_fork(host: HostServer, folder: Path, **changes: Any) -> dict[str, str]:
    """The same of a fork, whose token may only read."""
    return pull_request(host, folder, **changes) | {"GITHUB_TOKEN": READER}


def workflow_run(host: HostServer, folder: Path, *, run: int = 100, **changes: Any) -> dict[str, str]:
    """The environment of a job `on: workflow_run`, after a run of the fork mallory/payments.

    https://docs.github.com/webhooks/webhook-events-and-payloads#workflow_run
    """
    before = {
        "id": run,
        "run_attempt": 1,
        "event": "pull_request",
        "conclusion": "success",
        "head_sha": HEAD,
        "head_branch": "topic",
        "head_repository": {"full_name": "mallory/payments"},
        "pull_requests": [],
    }
    event = {"action": "completed", "workflow_run": before | changes}
    return pull_request(host, folder) | {"GITHUB_EVENT_PATH": _event(folder, event), "GITHUB_RUN_ID": "999"}


def open_pull(
    number: int, *, head: str = HEAD, repository: str = "mallory/payments", state: str = "open"
) -> dict[str, Any]:
    """A pull request as GitHub lists it."""
    return {
        "number": number,
        "state": state,
        "head": {"sha": head, "ref": "topic", "repo": {"full_name": repository}},
    }


def merge_request(host: HostServer, folder: Path, *, pipeline: int = 100, job: int = 1) -> dict[str, str]:
    """The environment of a job of a merge request pipeline, of number 5.

    https://docs.gitlab.com/ci/variables/predefined_variables/
    """
    return {
        "GITLAB_TOKEN": WRITER,
        "CI_API_V4_URL": f"{host.address}/api/v4",
        "CI_PROJECT_ID": "99",
        "CI_MERGE_REQUEST_PROJECT_ID": "77",
        "CI_MERGE_REQUEST_IID": "5",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": BASE,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_COMMIT_SHA": HEAD,
        "CI_PIPELINE_ID": str(pipeline),
        "CI_JOB_ID": str(job),
        "CI_JOB_URL": "https://gitlab.example.com/shop/payments/-/jobs/1",
        "CI_PROJECT_DIR": str(folder),
    }
