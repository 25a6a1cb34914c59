"""One comment on GitHub and GitLab, by whole commands against a server: found on any page, changed where it differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator.comment.hosts import client
from tests.command import Done, obsgen
from tests.comment import pipelines
from tests.comment.host_server import BOT, PERSON, READER, Fault, HostServer, host_server

RETRIED = 5


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that the host does not ask for take no time here."""
    monkeypatch.setattr(client, "BACKOFF_S", 0.0)


@pytest.fixture
def host() -> Iterator[HostServer]:
    with host_server() as server:
        yield server


@dataclass(frozen=True)
class Kind:
    """A host: its option, the environment of its jobs, and the method that changes a comment."""

    option: str
    environment: Callable[..., dict[str, str]]
    change: str
    list_path: str


KINDS = {
    "github": Kind("--github", pipelines.pull_request, "PATCH", r"/issues/5/comments"),
    "gitlab": Kind("--gitlab", pipelines.merge_request, "PUT", r"/merge_requests/5/notes$"),
}


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def comment(kind: Kind, host: HostServer, folder: Path, *files: str, run: int = 100, **changes: str) -> Done:
    environment = (
        kind.environment(host, folder, run=run)
        if kind.option == "--github"
        else kind.environment(host, folder, pipeline=run)
    ) | changes
    file = pipelines.results(folder, *files)
    return obsgen(folder, "comment", kind.option, "--from-results", str(file), "--fail-on", "never", **environment)


def test_a_comment_is_created_updated_and_left_alone(kind: Kind, host: HostServer, tmp_path: Path) -> None:
    created = comment(kind, host, tmp_path, "prod/manifest.yaml")
    assert (created.returncode, created.stderr) == (0, "the comment of pull request 5 was created\n")
    (body,) = host.bodies(5)
    assert body.startswith("<!-- obsgen:comment id=observability.yaml run=100.1 commit=aaaa")
    assert "- `prod/manifest.yaml`" in body.splitlines()
    repeated = comment(kind, host, tmp_path, "prod/manifest.yaml")
    assert (repeated.returncode, repeated.stderr) == (0, "the comment of pull request 5 is up to date\n")
    assert len(host.writes()) == 1
    updated = comment(kind, host, tmp_path, "dev/manifest.yaml", run=101)
    assert updated.stderr == "the comment of pull request 5 was updated\n"
    (body,) = host.bodies(5)
    assert "run=101.1" in body and "dev/manifest.yaml" in body and "prod/manifest.yaml" not in body
    assert [method for method, _ in host.writes()] == ["POST", kind.change]


def test_it_is_found_on_the_last_page_and_only_as_our_own(kind: Kind, host: HostServer, tmp_path: Path) -> None:
    comment(kind, host, tmp_path, "prod/manifest.yaml")
    (marked,) = host.comments.pop(5)
    for _ in range(250):
        host.add(5, PERSON, "LGTM")
    host.add(5, PERSON, marked["body"].replace("run=100.1", "run=99999.1"))  # a copy by a stranger
    host.add(5, BOT, f"> {marked['body']}")  # a quote by another workflow
    host.add(5, BOT, marked["body"].replace("id=observability.yaml", "id=other.yaml"))
    host.add(5, BOT, marked["body"])
    host.log.clear()
    done = comment(kind, host, tmp_path, "dev/manifest.yaml", run=101)
    assert done.stderr == "the comment of pull request 5 was updated\n"
    assert [method for method, _ in host.writes()] == [kind.change]
    assert "dev/manifest.yaml" in host.comments[5][-1]["body"]
    assert sum("dev/manifest.yaml" in c["body"] for c in host.comments[5]) == 1
    assert sum(path.endswith(("/comments", "/notes")) for _, path in host.log) == 3


def test_an_older_run_does_not_overwrite_a_newer_one(kind: Kind, host: HostServer, tmp_path: Path) -> None:
    comment(kind, host, tmp_path, "newer", run=101)
    done = comment(kind, host, tmp_path, "older", run=100)
    assert done.returncode == 0
    assert done.stderr == "the comment of pull request 5 is of a later run, and was not changed\n"
    assert "newer" in host.bodies(5)[0]


def test_two_first_runs_at_once_keep_one_comment_of_the_later(kind: Kind, host: HostServer, tmp_path: Path) -> None:
    for first, second, expected in ((100, 101, "of-101"), (101, 100, "of-101")):
        host.comments.clear()

        def faster(run: int = first) -> None:
            comment(kind, host, tmp_path, f"of-{run}", run=run)

        # The other run creates its comment between this one's search and its POST.
        host.before_create = faster
        assert comment(kind, host, tmp_path, f"of-{second}", run=second).returncode == 0
        (body,) = host.bodies(5)
        assert expected in body


def test_a_comment_that_is_deleted_meanwhile_is_created_again(kind: Kind, host: HostServer, tmp_path: Path) -> None:
    comment(kind, host, tmp_path, "before")
    host.faults = [Fault(kind.change, r"/\d+$", 404)]
    removed = host.comments.pop(5)
    host.comments[5] = list(removed)
    real = host.faults[0]
    assert comment(kind, host, tmp_path, "after", run=101).returncode == 0
    assert real.times == 0 and len(host.bodies(5)) == 1


def test_nothing_to_read_creates_no_comment_but_replaces_one(kind: Kind, host: HostServer, tmp_path: Path) -> None:
    none = comment(kind, host, tmp_path)
    assert none.stderr == ("the comment of pull request 5 is not needed: nothing differs, and nothing was found\n")
    assert host.writes() == []
    comment(kind, host, tmp_path, "prod/manifest.yaml", run=101)
    comment(kind, host, tmp_path, run=102)
    (body,) = host.bodies(5)
    assert "✅ `observability.yaml`: `out/` is up to date" in body.splitlines()


def test_several_files_of_a_repository_have_a_comment_each(kind: Kind, host: HostServer, tmp_path: Path) -> None:
    file = pipelines.results(tmp_path, "x")
    environment = kind.environment(host, tmp_path)
    for name in ("shop/observability.yaml", "pay/observability.yaml", "shop/observability.yaml"):
        arguments = (kind.option, "--from-results", str(file), "-f", name, "--fail-on", "never")
        assert obsgen(tmp_path, "comment", *arguments, **environment).returncode == 0
    assert [body.split()[2] for body in host.bodies(5)] == [
        "id=shop/observability.yaml",
        "id=pay/observability.yaml",
    ]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", "", 429, {"Retry-After": "0"}, times=2),
        Fault("POST", "", 502, times=1),
        Fault("POST", "", 502, times=1, is_late=True),
        Fault("GET", "", 500, times=3),
        Fault("GET", "", 503, {"Retry-After": "0"}, times=2),
    ],
    ids=["429", "502", "502-late", "500-list", "503-list"],
)
def test_what_passes_is_tried_again(kind: Kind, host: HostServer, tmp_path: Path, fault: Fault) -> None:
    fault = Fault(fault.method, kind.list_path, fault.status, fault.headers, fault.times, fault.is_late)
    host.faults = [fault]
    done = comment(kind, host, tmp_path, "prod/manifest.yaml")
    assert (done.returncode, fault.times) == (0, 0), done.stderr
    assert len(host.bodies(5)) == 1
    if fault.is_late:  # what took effect without a response is searched for, not sent again
        assert [method for method, _ in host.writes()] == ["POST"]


@pytest.mark.parametrize("status", [401, 422, 500, 502])
def test_a_host_that_refuses_ends_with_3_and_no_token(
    kind: Kind, host: HostServer, tmp_path: Path, status: int
) -> None:
    host.faults = [Fault("GET", kind.list_path, status, times=99, body=b'{"message": "no::error::"}')]
    done = comment(kind, host, tmp_path, "prod/manifest.yaml")
    assert done.returncode == 3
    assert f"did not accept the comment: {status}" in done.stderr and "= help:" in done.stderr
    assert "token-of" not in done.stdout + done.stderr
    assert 99 - host.faults[0].times == (RETRIED if status >= 500 else 1)


@pytest.mark.parametrize("status", [403, 429])
def test_a_rate_limit_that_lasts_is_not_waited_for(kind: Kind, host: HostServer, tmp_path: Path, status: int) -> None:
    """It is no missing right either, although GitHub's limits may be 403."""
    host.faults = [Fault("GET", kind.list_path, status, {"Retry-After": "3600"}, times=99)]
    assert comment(kind, host, tmp_path, "x").returncode == 3
    assert host.faults[0].times == 98


def test_a_redirect_is_not_followed_with_the_token(kind: Kind, host: HostServer, tmp_path: Path) -> None:
    """GitHub redirects from the former name of a repository: the comment must not seem to be written."""
    for method in ("GET", "POST"):
        host.faults = [Fault(method, kind.list_path, 307, {"Location": f"{host.address}/archive/1"}, times=9)]
        done = comment(kind, host, tmp_path, "x")
        assert done.returncode == 3 and "did not accept the comment: 307" in done.stderr
    assert host.leaks == [] and not any(path.startswith("/archive") for _, path in host.log)


def test_no_server_ends_with_3(kind: Kind, host: HostServer, tmp_path: Path) -> None:
    nowhere = {"GITHUB_API_URL": "http://127.0.0.1:1/api/v3", "CI_API_V4_URL": "http://127.0.0.1:1/api/v4"}
    nowhere["GITHUB_GRAPHQL_URL"] = "http://127.0.0.1:1/api/graphql"
    done = comment(kind, host, tmp_path, "x", **nowhere)
    assert done.returncode == 3 and "no response from 127.0.0.1" in done.stderr


def test_a_page_of_a_proxy_is_an_error_of_the_host(kind: Kind, host: HostServer, tmp_path: Path) -> None:
    host.faults = [Fault("GET", kind.list_path, 200, body=b"<html>")]
    assert comment(kind, host, tmp_path, "x").returncode == 3
    host.faults = [Fault("GET", kind.list_path, 200, body=b'[{"id": "x"}]')]
    done = comment(kind, host, tmp_path, "x")
    assert done.returncode == 3 and "another form than that of" in done.stderr


def test_a_token_that_may_not_write_leaves_the_text_elsewhere(kind: Kind, host: HostServer, tmp_path: Path) -> None:
    output = tmp_path / "comment.md"
    file = pipelines.results(tmp_path, "prod/manifest.yaml")
    environment = kind.environment(host, tmp_path) | {"GITHUB_TOKEN": READER, "GITLAB_TOKEN": READER}
    arguments = (kind.option, "--from-results", str(file), "--output", str(output))
    done = obsgen(tmp_path, "comment", *arguments, **environment)
    # The findings are still an error, the missing right is none.
    assert done.returncode == 1
    assert "the token may not write comments at Git" in done.stderr
    assert "Resource not accessible by integration" in done.stderr
    assert "prod/manifest.yaml" in output.read_text()
    if kind.option == "--github":
        summary = (tmp_path / "summary.md").read_text()
        assert "prod/manifest.yaml" in summary and "> no comment was written" in summary
    assert host.bodies(5) == []


def test_githubs_limits_are_403_too(host: HostServer, tmp_path: Path) -> None:
    """https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit"""
    limits = [
        Fault("GET", "/issues/5/comments", 403, {"Retry-After": "0"}),
        Fault("GET", "/issues/5/comments", 403, {"X-RateLimit-Remaining": "0", "Retry-After": "0"}),
    ]
    host.faults = list(limits)
    assert comment(KINDS["github"], host, tmp_path, "x").returncode == 0
    assert [fault.times for fault in limits] == [0, 0]


def test_a_fine_grained_token_without_graphql_writes_as_actions(host: HostServer, tmp_path: Path) -> None:
    host.faults = [Fault("POST", "/api/graphql", 403, times=9)]
    assert comment(KINDS["github"], host, tmp_path, "x").returncode == 0
    assert comment(KINDS["github"], host, tmp_path, "y", run=101).stderr.endswith("was updated\n")


def test_a_token_of_a_person_without_graphql_finds_its_comment_again(host: HostServer, tmp_path: Path) -> None:
    host.person = "deploy-user"
    host.faults = [Fault("POST", "/api/graphql", 403, times=9)]
    for run in (100, 101, 102):
        assert comment(KINDS["github"], host, tmp_path, f"of-{run}", run=run).returncode == 0
    assert len(host.comments[5]) == 1


def test_a_job_of_gitlab_without_a_token_writes_no_comment(host: HostServer, tmp_path: Path) -> None:
    """A fork's pipeline, or one of an unprotected branch where the variable is protected, has none."""
    done = comment(KINDS["gitlab"], host, tmp_path, "prod/manifest.yaml", GITLAB_TOKEN="")
    assert (done.returncode, done.stderr) == (0, "no comment was written: GITLAB_TOKEN is not set\n")
    assert "- `prod/manifest.yaml`" in done.stdout.splitlines()  # in the job's log, without another place
    assert host.log == []


def test_a_run_without_a_pull_request_has_a_summary_only(host: HostServer, tmp_path: Path) -> None:
    environment = pipelines.pull_request(host, tmp_path)
    Path(environment["GITHUB_EVENT_PATH"]).write_text('{"ref": "refs/heads/main"}')
    file = pipelines.results(tmp_path, "prod/manifest.yaml")
    done = obsgen(tmp_path, "comment", "--github", "--from-results", str(file), **environment)
    assert (done.returncode, done.stderr) == (1, "no comment was written: the run is not of a pull request\n")
    assert "prod/manifest.yaml" in (tmp_path / "summary.md").read_text()


def test_a_run_of_pull_request_target_is_refused(host: HostServer, tmp_path: Path) -> None:
    """Its checkout is the target branch, so that its comment would say that nothing changes.

    https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request_target
    """
    done = comment(KINDS["github"], host, tmp_path, "x", GITHUB_EVENT_NAME="pull_request_target")
    assert done.returncode == 2 and "use `pull_request`" in done.stderr
    assert host.log == []
