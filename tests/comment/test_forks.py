"""A pull request of a fork: its run may not comment, and the run after it may, with results that may be anything."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.comment.document import MOST_BYTES
from generator.comment.hosts import client
from tests.command import Done, obsgen
from tests.comment import pipelines
from tests.comment.host_server import PERSON, Fault, HostServer, host_server

NAME, FILE = "obsgen-results", "obsgen-results.json"
SECRET_WORD = "::set-env name=PATH::evil"


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "BACKOFF_S", 0.0)


@pytest.fixture
def host() -> Iterator[HostServer]:
    with host_server() as server:
        server.pulls.append(pipelines.open_pull(5))
        yield server


def follow_up(host: HostServer, folder: Path, *arguments: str, **changes: Any) -> Done:
    environment = pipelines.workflow_run(host, folder, **changes)
    return obsgen(folder, "comment", "--github", "--from-run", *arguments, **environment)


def keep(host: HostServer, content: bytes, run: int = 100) -> None:
    host.keep_artifact(run, NAME, {FILE: content})


def hostile(**changes: Any) -> bytes:
    data = {"obsgen_results": 1, "obsgen": "0.1.0", "file": "observability.yaml", "sections": {}}
    return json.dumps(data | changes).encode()


def test_the_first_run_keeps_results_and_the_second_comments(host: HostServer, tmp_path: Path) -> None:
    file = pipelines.results(tmp_path, "prod/@shop-admins.yaml")
    environment = pipelines.of_a_fork(host, tmp_path)
    first = obsgen(tmp_path, "comment", "--github", "--from-results", str(file), "--fail-on", "never", **environment)
    assert first.returncode == 0 and "may not write comments" in first.stderr
    assert host.bodies(5) == []
    keep(host, b"not the newest, such as of a first attempt")
    keep(host, file.read_bytes())
    second = follow_up(host, tmp_path)
    assert (second.returncode, second.stdout) == (0, "")
    assert second.stderr == "the comment of pull request 5 was created\n"
    (body,) = host.bodies(5)
    assert "- `prod/@shop-admins.yaml`" in body.splitlines()
    # It is the comment of the fork's run, so that a run of the repository itself and this one agree.
    assert body.startswith(f"<!-- obsgen:comment id=observability.yaml run=100.1 commit={pipelines.HEAD} -->")
    assert "(https://github.example.com/shop/payments/actions/runs/100)" in body
    assert host.leaks == []
    assert follow_up(host, tmp_path).stderr.endswith("is up to date\n")


def test_the_pull_request_is_that_of_the_commit_in_the_fork(host: HostServer, tmp_path: Path) -> None:
    host.pulls = [
        *(pipelines.open_pull(number, head="d" * 40) for number in range(200, 320)),
        pipelines.open_pull(1, repository="mallory/other"),
        pipelines.open_pull(2, state="closed"),
        pipelines.open_pull(5),
    ]
    keep(host, pipelines.results(tmp_path, "x").read_bytes())
    assert follow_up(host, tmp_path).returncode == 0
    assert [number for number in host.comments if host.comments[number]] == [5]


@pytest.mark.parametrize(
    ("pulls", "sentence"),
    [
        ([], "no open pull request has commit"),
        ([pipelines.open_pull(5, head="e" * 40)], "no open pull request has commit"),
        ([pipelines.open_pull(5), pipelines.open_pull(6)], "2 open pull requests have commit"),
        ([{**pipelines.open_pull(5), "state": "closed"}], "no open pull request has commit"),
    ],
    ids=["none", "newer-head", "two", "closed"],
)
def test_without_one_pull_request_nothing_is_written(
    host: HostServer, tmp_path: Path, pulls: list[dict[str, Any]], sentence: str
) -> None:
    host.pulls = pulls
    keep(host, pipelines.results(tmp_path, "x").read_bytes())
    done = follow_up(host, tmp_path)
    assert done.returncode == 0 and sentence in done.stderr
    assert host.writes() == [] and not any(path.startswith("/archive/") for _, path in host.log)


def test_a_branch_name_is_only_a_name(host: HostServer, tmp_path: Path) -> None:
    done = follow_up(host, tmp_path, head_branch="topic&state=all#/../x?head=shop:main")
    assert done.returncode == 0 and "no open pull request" in done.stderr


@pytest.mark.parametrize(
    "content",
    [
        hostile(pull_request=1),
        hostile(sections={"build": {"files": {"rows": ["x"], "omitted": 0}, "url": "https://evil.example"}}),
        hostile(obsgen_results=SECRET_WORD),
        hostile(file={SECRET_WORD: 1}),
        f"{SECRET_WORD}\n".encode(),
        b"[" * 900_000,
        b" " * (MOST_BYTES + 1),
        b"",
    ],
    ids=range(8),
)
def test_results_of_another_shape_end_with_2_and_are_not_printed(
    host: HostServer, tmp_path: Path, content: bytes
) -> None:
    keep(host, content)
    done = follow_up(host, tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "set-env" not in done.stderr and "evil" not in done.stderr
    assert host.writes() == []


def archive(compression: int = zipfile.ZIP_DEFLATED, **entries: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as opened:
        for name, data in entries.items():
            opened.writestr(name, data)
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"no archive",
        b"PK\x03\x04" + b"\x00" * 100,
        archive(**{"other.json": b"{}"}),
        archive(**{f"../{FILE}": b"{}", f"/{FILE}": b"{}"}),
        archive(**{f"{FILE}/": b""}),
        archive(zipfile.ZIP_LZMA, **{FILE: b"{}"}).replace(b"\x5d\x00\x00", b"\xff\xff\xff"),
        b"\x00" * (2 * MOST_BYTES + 1),
    ],
    ids=["text", "broken", "other", "paths", "folder", "lzma", "large"],
)
def test_an_archive_of_another_shape_ends_with_3(host: HostServer, tmp_path: Path, content: bytes) -> None:
    keep(host, b"{}")
    host.archives[1] = content
    done = follow_up(host, tmp_path)
    assert (done.returncode, host.writes()) == (3, [])
    assert not list(tmp_path.rglob(FILE))


def test_a_bomb_is_unpacked_as_far_as_results_may_be_long(host: HostServer, tmp_path: Path) -> None:
    keep(host, b"{}")
    assert follow_up(host, tmp_path).returncode == 2  # everything is imported now
    keep(host, b" " * 40_000_000)
    assert len(host.archives[2]) < MOST_BYTES
    tracemalloc.start()
    done = follow_up(host, tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert done.returncode == 2 and "more than 1,048,576 bytes" in done.stderr
    assert peak < 20 * MOST_BYTES  # the event has room for 10 MiB


def test_a_bomb_of_another_compression_is_not_unpacked(host: HostServer, tmp_path: Path) -> None:
    """Python unpacks bzip2 by whole pieces, whatever length is asked for: 200 bytes would be 90 MB."""
    keep(host, b"{}")
    assert follow_up(host, tmp_path).returncode == 2  # everything is imported now
    host.archives[1] = archive(zipfile.ZIP_BZIP2, **{FILE: b" " * 90_000_000})
    tracemalloc.start()
    done = follow_up(host, tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert done.returncode == 3 and "not an archive" in done.stderr
    assert peak < 20 * MOST_BYTES


def test_an_artifact_that_is_gone_ends_with_3(host: HostServer, tmp_path: Path) -> None:
    assert follow_up(host, tmp_path).returncode == 3
    keep(host, b"{}")
    host.artifacts[100][0]["expired"] = True
    assert "no artifact `obsgen-results`" in follow_up(host, tmp_path).stderr
    host.artifacts[100][0]["expired"] = False
    host.faults = [Fault("GET", "/archive/", 403, times=9)]
    assert follow_up(host, tmp_path).returncode == 3


def test_names_of_a_fork_have_no_effect(host: HostServer, tmp_path: Path) -> None:
    names = ["@shop/admins", "</details><img src=x>", "fixes #1", "`", "a\n/close", "<!-- obsgen:comment id=x -->"]
    keep(host, hostile(file=names[0], sections={"build": {"files": {"rows": names, "omitted": 0}}}))
    assert follow_up(host, tmp_path).returncode == 0
    (body,) = host.bodies(5)
    lines = body.splitlines()
    assert "### `@shop/admins`" in lines and "- `</details><img src=x>`" in lines and "- `a /close`" in lines
    assert not any(line.startswith("/") for line in lines)


def test_a_stranger_cannot_stop_the_comment_by_a_marker(host: HostServer, tmp_path: Path) -> None:
    marker = "<!-- obsgen:comment id=observability.yaml run=99999.1 commit= -->"
    host.add(5, PERSON, marker)
    keep(host, pipelines.results(tmp_path, "x").read_bytes())
    assert follow_up(host, tmp_path).stderr.endswith("was created\n")


@pytest.mark.parametrize("event", ["push", "pull_request_target", "workflow_dispatch"])
def test_a_run_of_another_event_is_refused(host: HostServer, tmp_path: Path, event: str) -> None:
    done = follow_up(host, tmp_path, event=event)
    assert done.returncode == 2 and f"`{event}`" in done.stderr


def test_it_compiles_nothing(host: HostServer, tmp_path: Path) -> None:
    """A spec in the folder, which a checkout would bring, is not read."""
    (tmp_path / "observability.yaml").write_text("version: [", encoding="utf-8")
    keep(host, pipelines.results(tmp_path, "x").read_bytes())
    assert follow_up(host, tmp_path).returncode == 0


@pytest.mark.parametrize("arguments", [("--dry-run",), ("--from-results", "x.json")])
def test_options_that_contradict_each_other_are_refused(
    host: HostServer, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    assert follow_up(host, tmp_path, *arguments).returncode == 2


def test_without_the_event_there_is_a_sentence(host: HostServer, tmp_path: Path) -> None:
    done = obsgen(tmp_path, "comment", "--github", "--from-run", **pipelines.pull_request(host, tmp_path))
    assert done.returncode == 2 and "on: workflow_run" in done.stderr
    environment = pipelines.workflow_run(host, tmp_path) | {"GITHUB_TOKEN": ""}
    assert "GITHUB_TOKEN is not set" in obsgen(tmp_path, "comment", "--github", "--from-run", **environment).stderr


@pytest.mark.parametrize("conclusion", ["cancelled", "skipped", "action_required", "startup_failure", "stale"])
def test_a_cancelled_run_has_no_results_and_is_no_error(host: HostServer, tmp_path: Path, conclusion: str) -> None:
    """`concurrency` cancels the run of a former commit, and `workflow_run` starts for that, too.

    It starts as well for a run that waits for its approval: https://github.com/pytorch/test-infra/pull/8029
    """
    done = follow_up(host, tmp_path, conclusion=conclusion)
    assert (done.returncode, done.stderr) == (0, f"no comment was written: the run before was {conclusion}\n")
    assert host.log == []


def test_a_failed_run_is_commented(host: HostServer, tmp_path: Path) -> None:
    keep(host, pipelines.results(tmp_path, "x").read_bytes())
    assert follow_up(host, tmp_path, conclusion="failure").stderr.endswith("was created\n")
