"""The comment of a real repository: what is compared with what, and what each section says."""

from __future__ import annotations

import json
import pkgutil
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import generator.cli.comment.steps
from generator.comment.section import comment_sections
from tests.captures import ALPHA, REGION, minutes, write_capture
from tests.command import Done, obsgen
from tests.comment import pipelines
from tests.comment.host_server import HostServer, host_server
from tests.comment.repository import Repository

LESS_SENSITIVE = 'alarms: {errors: {threshold: "> 10"}}'
CHANGE = "- `~` errors-alarm-prod now fires when Sum is > 10 instead of > 5 (less sensitive); in alpha, beta and gamma"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """main, as committed, and a branch `topic` from it; copied for each test."""
    root = tmp_path_factory.mktemp("repository")
    Repository(root).topic(LESS_SENSITIVE)
    return root


@pytest.fixture
def repository(built: Path, tmp_path: Path) -> Repository:
    shutil.copytree(built, tmp_path / "clone")
    copy = object.__new__(Repository)
    copy.root = copy.folder = tmp_path / "clone"
    return copy


@pytest.fixture
def host() -> Iterator[HostServer]:
    with host_server() as server:
        yield server


def commented(repository: Repository, *arguments: str, **environment: str) -> Done:
    return obsgen(repository.folder, "comment", "--no-lint", *arguments, **environment)


def test_a_branch_is_compared_with_its_target(repository: Repository) -> None:
    done = commented(repository, "--base", "main")
    assert done.returncode == 1, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "<!-- obsgen:comment id=observability.yaml run=0.0 commit= -->"
    assert lines[3:7] == [
        "- ℹ️ **What this changes**: 1 change in 1 environment",
        "- ✅ **Check**: no findings",
        "- ✅ **Build**: `out/` is up to date",
        "- ❌ **Tests**: 0 passed, 1 failed",
    ]
    assert any(line.startswith(CHANGE) for line in lines)
    assert "**Failed:** `six errors fire (prod)`" in lines and "    expected ALARM at 2m" in lines


def test_uncommitted_changes_are_compared_with_head(repository: Repository) -> None:
    repository.change('alarms: {errors: {threshold: "> 2"}}')
    lines = commented(repository).stdout.splitlines()
    assert "- ❌ **Build**: `out/` is out of date: 5 files differ. Run `obsgen build` and commit the result" in lines
    assert "- ✅ **Tests**: 1 passed" in lines
    assert any("now fires when Sum is > 2 instead of > 10" in line for line in lines)


def test_a_change_says_what_it_costs(repository: Repository) -> None:
    slow = 'alarms: {slow: {metric: {filter: errors}, statistic: Sum, threshold: "> 9"}}'
    repository.change(slow)
    lines = commented(repository).stdout.splitlines()
    assert "- ℹ️ **Cost**: +0.30 USD a month in 3 accounts" in lines
    total = next(line for line in lines if line.startswith("**`prod`**: +0.30 USD a month in 3 accounts, now"))
    assert total.endswith(" USD a month")
    assert "- alarms +0.30" in lines
    # It has a section of its own, and is not among the changes.
    assert "**Cost**" not in lines


def test_units_and_declared_volumes_are_in_the_section_of_the_cost(repository: Repository) -> None:
    """Volumes change no alarm and no resource: the section of the changes is none of them."""
    repository.change("{cost: {members: {log_ingestion_gb: 1000000000}}, organizational_units: [ou-ab12-cdefgh34]}")
    lines = commented(repository).stdout.splitlines()
    (summary,) = [line for line in lines if "**Cost**" in line]
    assert "+1,500,000,000.00 USD a month in 3 accounts, +0.40 in each other account of the units" in summary
    repository.git("checkout", "-q", "observability.yaml")
    repository.change("cost: {hub: {traces: 1}}")
    lines = commented(repository).stdout.splitlines()
    assert "- ✅ **What this changes**: nothing changes" in lines
    assert "- ℹ️ **Cost**: +5.00 USD a month in 1 account" in lines


def test_without_differences_it_is_one_line(repository: Repository) -> None:
    (repository.folder / "tests.yaml").unlink()
    done = commented(repository)
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == "✅ `observability.yaml`: nothing changes; no findings; `out/` is up to date"


def test_a_new_environment_is_one_change_with_its_details_folded(repository: Repository) -> None:
    empty = repository.git("commit-tree", "-m", "nothing yet", repository.git("mktree", "--missing"))
    lines = commented(repository, "--base", empty).stdout.splitlines()
    assert "- ℹ️ **What this changes**: 1 change in 1 environment" in lines
    assert "**`prod`**: a new environment: 1 alarm" in lines
    folded = [line for line in lines if line.startswith("<details>")]
    assert [line.rpartition(" ")[2] for line in folded[:2]] == ["resources</summary>", "statements</summary>"]
    assert "**IAM statements**" not in lines


def test_a_spec_with_errors_has_its_findings_only(repository: Repository) -> None:
    repository.change("routes: {critical: [paper]}")
    sarif, results = repository.root / "obsgen.sarif", repository.root / "results.json"
    done = commented(repository, "--sarif", str(sarif), "--results", str(results))
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert "- ❌ **Check**: 1 error; nothing else was run" in lines and "Tests" not in done.stdout
    (finding,) = [line for line in lines if line.startswith("- ❌ `R02` `observability.yaml:")]
    assert "`routes.critical[0]`: there is no channel `paper`" in finding
    (found,) = json.loads(sarif.read_text())["runs"][0]["results"]
    assert found["ruleId"] == "R02"
    assert json.loads(results.read_text())["sections"].keys() == {"check"}
    again = obsgen(repository.folder, "comment", "--from-results", str(results))
    assert (again.returncode, again.stdout) == (1, done.stdout)
    assert commented(repository, "--fail-on", "never").returncode == 0


def test_tests_that_cannot_run_are_a_failure(repository: Repository) -> None:
    (repository.folder / "tests.yaml").write_text("version: 1\ntests: [{name: a, expects: []}]\n", encoding="utf-8")
    lines = commented(repository).stdout.splitlines()
    assert "- ❌ **Tests**: no test ran" in lines
    assert any(line.startswith("tests.yaml:2:") for line in lines)
    missing = commented(repository, "--tests", "none.yaml").stdout.splitlines()
    assert "none.yaml: file not found" in missing


def test_without_a_file_of_tests_it_says_that_none_ran(repository: Repository) -> None:
    said = "no tests were run: there is no tests.yaml; use --tests for files of another name\n"
    (repository.folder / "tests.yaml").rename(repository.folder / "orders.tests.yaml")
    done = commented(repository, "--fail-on", "never")
    assert said in done.stderr and "Tests" not in done.stdout
    done = commented(repository, "--fail-on", "never", "--tests", "orders.tests.yaml")
    assert said not in done.stderr and "Tests" in done.stdout


def test_a_revision_that_does_not_exist_ends_the_command(repository: Repository) -> None:
    done = commented(repository, "--base", "no-such", "--fail-on", "never")
    assert (done.returncode, done.stdout) == (2, "")
    assert "unknown Git revision `no-such`\n  = help: use HEAD, a branch, or a commit ID" in done.stderr


def test_a_repository_without_a_commit_has_nothing_to_compare_with(repository: Repository) -> None:
    without_commits(repository)
    lines = commented(repository, "--fail-on", "never").stdout.splitlines()
    assert "- ⏭️ **What this changes**: not compared with the target branch" in lines
    assert f"unknown Git revision `HEAD`. Help: {COMMIT_FIRST}" in lines
    done = commented(repository, "--base", "HEAD")
    assert done.returncode == 2 and done.stderr.endswith(f"  = help: {COMMIT_FIRST}\n")


COMMIT_FIRST = "commit first: this repository has no commit to compare with"


def without_commits(repository: Repository) -> None:
    shutil.rmtree(repository.root / ".git")
    repository.git("init", "-q", "-b", "main")


def github(repository: Repository, host: HostServer, *arguments: str, **changes: str) -> Done:
    environment = pipelines.pull_request(host, repository.root) | changes
    return commented(repository, "--github", "--fail-on", "never", *arguments, **environment)


def diverge(repository: Repository) -> None:
    """A later change of main, which is none of the branch."""
    repository.git("checkout", "-q", "main")
    repository.change("accounts: {gamma: null}")
    repository.build()
    repository.commit("main goes on")
    repository.git("update-ref", "refs/remotes/origin/main", "main")


def test_a_checked_out_head_is_compared_with_where_it_left_main(repository: Repository, host: HostServer) -> None:
    diverge(repository)
    repository.git("checkout", "-q", "topic")
    assert github(repository, host).returncode == 0
    (body,) = host.bodies(5)
    assert CHANGE in body and "gamma (444444444444)" not in body


def test_a_checked_out_merge_is_compared_with_its_target(repository: Repository, host: HostServer) -> None:
    """What actions/checkout has for a pull request is the merge of both, of which it fetches one commit only."""
    head = repository.git("rev-parse", "topic")
    diverge(repository)
    repository.git("checkout", "-q", "--detach", "main")
    repository.git("merge", "-q", "-X", "theirs", "--no-ff", "-m", "merge", "topic")
    repository.build()
    repository.git("add", "-A")
    repository.git("commit", "-q", "--amend", "-m", "merge")
    event = json.dumps({"pull_request": {"number": 5, "head": {"sha": head}, "base": {"sha": "0" * 40, "ref": "main"}}})
    environment = pipelines.pull_request(host, repository.root)
    Path(environment["GITHUB_EVENT_PATH"]).write_text(event)
    assert commented(repository, "--github", "--fail-on", "never", **environment).returncode == 0
    (body,) = host.bodies(5)
    assert "now fires when Sum is > 10 instead of > 5 (less sensitive); in alpha and beta" in body
    assert "gamma" not in body


def test_a_shallow_clone_says_what_to_fetch(repository: Repository, host: HostServer, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    repository.git("clone", "-q", "--depth=1", f"file://{repository.root}", str(shallow))
    repository.root = repository.folder = shallow
    assert github(repository, host).returncode == 0
    (body,) = host.bodies(5)
    assert "not in this clone; set `fetch-depth: 0` in the checkout action" in body


def test_findings_annotate_the_lines_of_the_pull_request(repository: Repository, host: HostServer) -> None:
    repository.change("routes: {critical: [paper]}")
    done = github(repository, host)
    assert done.stdout.startswith("::error file=observability.yaml,line=")
    assert "there is no channel `paper`" in done.stdout


def test_a_merge_request_of_gitlab_is_compared_with_its_base(repository: Repository, host: HostServer) -> None:
    base = repository.git("rev-parse", "main")
    environment = pipelines.merge_request(host, repository.root) | {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    output = repository.root / "all" / "comment.md"
    arguments = ("--gitlab", "--output", str(output), "--fail-on", "never")
    done = commented(repository, *arguments, **environment)
    assert (done.returncode, done.stdout) == (0, "")
    (body,) = host.bodies(5)
    assert CHANGE in body and body == output.read_text(encoding="utf-8")


def test_a_dry_run_prints_what_would_be_written(repository: Repository, host: HostServer) -> None:
    done = github(repository, host, "--dry-run")
    assert "<!-- obsgen:comment id=observability.yaml run=100.1 commit=aaaa" in done.stdout
    assert host.log == []


def test_a_dry_run_requires_no_token(repository: Repository, host: HostServer) -> None:
    done = github(repository, host, "--dry-run", GITHUB_TOKEN="")
    assert done.returncode == 0, done.stderr
    assert "**Tests**" in done.stdout and host.log == []
    assert github(repository, host, GITHUB_TOKEN="").returncode == 2


def test_each_section_has_its_step_and_a_place_of_its_own() -> None:
    steps = {module.name for module in pkgutil.iter_modules(generator.cli.comment.steps.__path__)}
    sections = comment_sections()
    assert steps == sections.keys()
    assert len({section.rank for section in sections.values()}) == len(sections)
    for section in sections.values():
        assert section.results.model_config["extra"] == "forbid" and section.results.model_config["strict"]


def test_a_merge_queue_is_compared_with_its_base(repository: Repository, host: HostServer) -> None:
    """Its commit has one parent where the queue squashes or rebases: another entry, or the target.

    https://docs.github.com/webhooks/webhook-events-and-payloads#merge_group
    """
    event = {"merge_group": {"base_sha": repository.git("rev-parse", "main"), "base_ref": "refs/heads/main"}}
    environment = pipelines.pull_request(host, repository.root)
    Path(environment["GITHUB_EVENT_PATH"]).write_text(json.dumps(event), encoding="utf-8")
    done = commented(repository, "--github", "--fail-on", "never", **environment)
    assert done.returncode == 0 and "the run is not of a pull request" in done.stderr
    summary = Path(environment["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")
    assert any(line.startswith(CHANGE) for line in summary.splitlines())


def test_a_repository_of_another_user_is_said_to_be_one(repository: Repository, host: HostServer) -> None:
    """The variable is of Git's own tests: https://github.com/git/git/blob/master/t/t0033-safe-directory.sh"""
    of_another = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    done = github(repository, host, **of_another)
    assert "which another user owns; run `git config --global --add safe.directory`" in host.bodies(5)[0], done.stderr
    done = obsgen(repository.folder, "diff", **of_another)
    assert done.returncode == 2 and "which another user owns" in done.stderr and "= help: run `git" in done.stderr


PEAKS = [0.0] * (15 * 1440)
# At 12:00 of the first day nine errors, at 23:00 of the second day nine, and seven at 13:00.
PEAKS[720] = PEAKS[1440 + 1380] = 9.0
PEAKS[1440 + 780] = 7.0


def captured(folder: Path, *others: str, environment: str = "prod") -> str:
    """A capture with the errors of alpha and other accounts; of the rest it has nothing."""
    rows = {
        (account, REGION): {"metric-data": minutes(("Shop", "Errors", {}), PEAKS, account=account)}
        for account in (ALPHA, *others)
    }
    return str(write_capture(folder, rows, environment=environment))


def test_a_capture_counts_firings_before_and_after(repository: Repository, tmp_path: Path) -> None:
    """`> 5` fires three times, `> 10` never, and one of the three is at night."""
    folder = captured(tmp_path / "captured")
    results = repository.root / "results.json"
    lines = commented(repository, "--base", "main", "--capture", folder, "--results", str(results)).stdout.splitlines()
    assert "- ℹ️ **Backtest**: 3 firings before, 0 now in 15 days" in lines
    at = lines.index("#### Backtest")
    (environment, counts, head, _, row) = [line for line in lines[at + 1 :] if line][:5]
    assert environment.startswith("**`prod`**: 15 days from `2026-11-15`; 1 alarm judged, ")
    assert environment.endswith(" not; 1 with data in every period")
    assert counts == (
        "1 alarm with another condition or other firings: 3 firings before, 0 now; at night (`22:00-07:00` UTC) "
        "1 before, 0 now"
    )
    assert head == "|  | alarm | in | firings | at night | in `ALARM` | periods with data |"
    assert row == "| changed | `errors-alarm-prod` | alpha | 3 → 0 | 1 → 0 | 3 min → 0 min | 100 % |"
    assert "backtest" in json.loads(results.read_text())["sections"]


def test_night_is_by_the_clock_of_a_place(repository: Repository, tmp_path: Path) -> None:
    """12:00 and 13:00 UTC are 21:00 and 22:00 in Tokyo, 23:00 UTC is 8:00."""
    folder = captured(tmp_path / "captured")
    options = ("--capture", folder, "--zone", "Asia/Tokyo")
    lines = commented(repository, "--base", "main", *options, "--night", "20:00-06:00").stdout.splitlines()
    assert "at night (`20:00-06:00` Asia/Tokyo) 2 before, 0 now" in "\n".join(lines)
    for wrong in (("--night", "22-7"), ("--zone", "Europe/Berln")):
        done = commented(repository, "--base", "main", *options, *wrong)
        assert (done.returncode, done.stdout) == (2, "") and wrong[1] in done.stderr


def test_accounts_of_an_alarm_are_one_row(repository: Repository, tmp_path: Path) -> None:
    folder = captured(tmp_path / "captured", "333333333333")
    lines = commented(repository, "--base", "main", "--capture", folder).stdout.splitlines()
    assert "- ℹ️ **Backtest**: 6 firings before, 0 now in 15 days" in lines
    assert "| changed | `errors-alarm-prod` | alpha, beta | 6 → 0 | 2 → 0 | 6 min → 0 min | 100 % |" in lines


def test_a_capture_without_a_revision_to_compare_with_is_a_sentence(
    repository: Repository, host: HostServer, tmp_path: Path
) -> None:
    folder = captured(tmp_path / "captured")
    shallow = tmp_path / "shallow"
    repository.git("clone", "-q", "--depth=1", f"file://{repository.root}", str(shallow))
    without_commits(repository)
    lines = commented(repository, "--capture", folder).stdout.splitlines()
    assert lines.count(f"unknown Git revision `HEAD`. Help: {COMMIT_FIRST}") == 2
    repository.root = repository.folder = shallow
    assert github(repository, host, "--capture", folder).returncode == 0
    (body,) = host.bodies(5)
    assert "**Backtest**: no alarm was evaluated" in body and body.count("not in this clone; set ") == 2


def test_a_capture_without_changed_alarms_is_quiet(repository: Repository, tmp_path: Path) -> None:
    (repository.folder / "tests.yaml").unlink()
    done = commented(repository, "--capture", captured(tmp_path / "captured"))
    summary = done.stdout.splitlines()[1]
    assert summary.startswith("✅ `observability.yaml`: nothing changes;")
    assert "; same firings of 1 alarm in 15 days, " in summary and summary.endswith(" not judged")


def test_a_changed_alarm_without_data_is_not_counted(repository: Repository, tmp_path: Path) -> None:
    folder = captured(tmp_path / "captured")
    repository.change(
        'alarms: {other: {metric: {namespace: Shop, name: Other}, statistic: Sum, threshold: "> 5"}, errors: null}'
    )
    lines = commented(repository, "--capture", folder).stdout.splitlines()
    # HEAD is the branch, whose `> 10` never fires; one account of three has an alarm that was judged.
    assert "- ℹ️ **Backtest**: 0 firings before, 0 now in 15 days, 5 changed alarms not judged" in lines
    assert "| removed | `errors-alarm-prod` | alpha | 0 | 0 | 0 min | 100 % |" in lines
    assert "- `other-alarm-prod` in alpha is not judged: Shop Other is not in the capture" in lines


def test_a_capture_that_cannot_be_read_is_a_sentence(repository: Repository, tmp_path: Path) -> None:
    for folder, words in (
        (str(tmp_path / "none"), "Help: use a folder that `obsgen capture` wrote"),
        (captured(tmp_path / "dev", environment="dev"), "is a capture of an environment that is not built here"),
    ):
        done = commented(repository, "--capture", folder, "--fail-on", "never")
        assert done.returncode == 0, done.stderr
        assert "- ⏭️ **Backtest**: no alarm was evaluated over the capture" in done.stdout.splitlines()
        assert words in done.stdout
    broken = tmp_path / "broken"
    captured(broken)
    (broken / ALPHA / REGION / "metric-data.jsonl").write_text("{\n", encoding="utf-8")
    done = commented(repository, "--capture", str(broken), "--fail-on", "never")
    assert "metric-data.jsonl:1`: the line is not JSON" in done.stdout and done.returncode == 0, (
        done.stdout + done.stderr
    )


def test_a_new_environment_adds_all_of_its_alarms(repository: Repository, tmp_path: Path) -> None:
    empty = repository.git("commit-tree", "-m", "nothing yet", repository.git("mktree", "--missing"))
    repository.change('alarms: {errors: {threshold: "> 8"}}')
    lines = commented(repository, "--base", empty, "--capture", captured(tmp_path / "captured")).stdout.splitlines()
    assert any(line.startswith("- ℹ️ **Backtest**: 0 firings before, 2 now in 15 days, ") for line in lines)
    assert "| added | `errors-alarm-prod` | alpha | 2 | 1 | 2 min | 100 % |" in lines
