"""action.yml and ci/gitlab.yml: their scripts in bash, with a repository of two revisions and a server as the host."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.comment import pipelines
from tests.comment.host_server import READER, HostServer, host_server
from tests.comment.repository import Repository
from tests.comment.runner import ACTION, ECHO, OBSGEN, STEPS, TEMPLATE, install, run_job, run_step
from tests.support import ROOT

HOSTILE = "x\"; touch owned; $(touch owned) `touch owned` '"


@pytest.fixture
def host() -> Iterator[HostServer]:
    with host_server() as server:
        yield server


def test_scripts_have_no_expressions() -> None:
    """In a script, an expression is replaced before the shell reads it, so that a branch name would be code.

    https://docs.github.com/actions/concepts/security/script-injections
    """
    for step in STEPS.values():
        assert "${{" not in step.get("run", "")
    for step in ACTION["runs"]["steps"]:
        for value in [*step.get("env", {}).values(), *step.get("with", {}).values()]:
            assert not re.search(r"github\.(event|head_ref|base_ref|actor)", str(value))


def test_actions_are_pinned_by_commit() -> None:
    """https://docs.github.com/actions/reference/security/secure-use#using-third-party-actions"""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    docs = (ROOT / "docs" / "pull-requests.md").read_text(encoding="utf-8")
    uses = re.findall(r"uses: (?!OWNER/)(\S+@.*)", text + docs)
    assert len(uses) >= 4
    for use in uses:
        assert re.fullmatch(r"[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use), use


def test_every_input_is_used_and_described() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])
    page = (ROOT / "docs" / "pull-requests.md").read_text(encoding="utf-8")
    table = "".join(line for line in page.splitlines(keepends=True) if line.startswith("| `"))
    for name, described in ACTION["inputs"].items():
        assert f"`{name}`" in table and described["description"]
        default = described["default"]
        assert not default or default.startswith("${{") or f"`{default}`" in table, name
    for variable in TEMPLATE[".obsgen"]["variables"]:
        assert variable == "GIT_DEPTH" or f"`{variable}`" in page


def arguments_of(tmp_path: Path, inputs: dict[str, str], step: str = "Comment") -> list[str]:
    folder, temp, echo = tmp_path / "work", tmp_path / "temp", tmp_path / "arguments"
    folder.mkdir(exist_ok=True)
    install(temp / "obsgen-venv" / "bin" / "obsgen", ECHO)
    done = run_step(step, folder, temp, {"ECHO_FILE": str(echo)}, inputs)
    assert done.code == 0, done.text
    return echo.read_text(encoding="utf-8").replace(f"{temp}/", "").splitlines()


def test_defaults_are_one_file_at_the_top(tmp_path: Path) -> None:
    results = "obsgen/observability.yaml"
    assert arguments_of(tmp_path, {}) == [
        *("comment", "--github", "--file", "observability.yaml", "--id", "observability.yaml"),
        *("--fail-on", "findings", "--results", f"{results}/obsgen-results.json"),
        *("--sarif", f"{results}/obsgen.sarif"),
    ]


def test_every_input_is_an_option(tmp_path: Path) -> None:
    inputs = {
        "working-directory": "services/pay/",
        "file": "watch.yaml",
        "environment": "dev \n prod\n",
        "tests": "a.yaml\ntests/",
        "base": "v1",
        "capture": "captures/monday",
        "id": "pay prod",
        "fail-on": "never",
    }
    arguments = arguments_of(tmp_path, inputs)
    results = "obsgen/pay_prod-1347890100"  # the checksum of POSIX's cksum
    assert arguments == [
        *("comment", "--github", "--file", "services/pay/watch.yaml", "--id", "pay prod", "--fail-on", "never"),
        *("--results", f"{results}/obsgen-results.json", "--sarif", f"{results}/obsgen.sarif"),
        *("--environment", "dev", "--environment", "prod"),
        *("--tests", "services/pay/a.yaml", "--tests", "services/pay/tests/", "--base", "v1"),
        *("--capture", "services/pay/captures/monday"),
    ]
    night = arguments_of(tmp_path, {"night": "20:00-08:00", "zone": "Europe/Berlin"})
    assert night[-4:] == ["--night", "20:00-08:00", "--zone", "Europe/Berlin"]
    assert arguments_of(tmp_path, {"capture": "/mnt/captures/monday"})[-2:] == ["--capture", "/mnt/captures/monday"]


def test_the_preview_has_the_same_inputs_and_is_compared_with_a_base_that_is_there(tmp_path: Path) -> None:
    inputs = {
        "working-directory": "services/pay/",
        "environment": "dev \n prod\n",
        "tests": "a.yaml tests/",
        "base": "v1",
        "capture": "/mnt/monday",
        "id": "pay prod",
    }
    work = tmp_path / "work" / "services" / "pay"
    work.mkdir(parents=True)
    (work / "a.yaml").write_text("", encoding="utf-8")
    expected = [
        *("preview", "--file", "services/pay/observability.yaml"),
        *(
            "--output",
            "obsgen/pay_prod-1347890100-preview/preview.html",
            "--environment",
            "dev",
            "--environment",
            "prod",
        ),
        *("--tests", "services/pay/a.yaml", "--capture", "/mnt/monday"),
    ]
    assert arguments_of(tmp_path, inputs, "Draw the preview") == expected
    for command in (
        ["init", "-q"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-mx"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path / "work", check=True)
    assert arguments_of(tmp_path, {**inputs, "base": "HEAD"}, "Draw the preview") == [*expected, "--against", "HEAD"]


def test_both_runs_name_the_same_artifact(tmp_path: Path) -> None:
    inputs = {"working-directory": "./services/pay", "id": ""}
    arguments_of(tmp_path, inputs)
    first = run_step("Comment", tmp_path / "work", tmp_path / "temp", {"ECHO_FILE": os.devnull}, inputs).outputs
    second = arguments_of(tmp_path, inputs, "Comment the results of the run before")
    assert second == [
        *("comment", "--github", "--from-run", "--id", "services/pay/observability.yaml"),
        *("--artifact", first["artifact"]),
    ]
    assert re.fullmatch(r"obsgen-results-services_pay_observability\.yaml-\d+", first["artifact"])
    other = {"working-directory": ".", "file": "services_pay_observability.yaml"}
    assert arguments_of(tmp_path, other, "Comment the results of the run before")[-1] != first["artifact"]
    assert first["results"].endswith("/obsgen-results.json")


@pytest.mark.parametrize(
    "name", ["working-directory", "file", "environment", "tests", "base", "capture", "night", "zone", "id", "fail-on"]
)
def test_inputs_are_no_code(tmp_path: Path, name: str) -> None:
    for step in ("Comment", "Draw the preview", "Comment the results of the run before"):
        assert arguments_of(tmp_path, {name: HOSTILE}, step)
    assert not list(tmp_path.rglob("owned"))


def test_the_lock_is_installed_with_hashes_and_obsgen_without_an_index(tmp_path: Path) -> None:
    log = tmp_path / "log"
    venv_python = f'#!/usr/bin/env bash\nprintf "%s\\n" "pip: $*" >> {log}\n'
    python = f"""#!/usr/bin/env bash
printf '%s\\n' "python: $*" >> {log}
mkdir -p "$4/bin"
cat > "$4/bin/python" <<'END'
{venv_python}
END
chmod +x "$4/bin/python"
"""
    install(tmp_path / "bin" / "python", python)
    environment = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    source = tmp_path / "source"
    source.mkdir()
    done = run_step("Install obsgen", tmp_path, tmp_path / "temp", environment, {}, source=source)
    assert done.code == 0, done.text
    temp = tmp_path / "temp"
    assert log.read_text(encoding="utf-8").splitlines() == [
        f"python: -I -m venv {temp}/obsgen-venv",
        f"pip: -I -m pip install -q --require-hashes -r {source}/requirements/build.txt",
        f"pip: -I -m pip install -q --no-deps --no-build-isolation {temp}/obsgen-source",
    ]


def test_files_of_the_checkout_are_no_modules_of_the_installation(tmp_path: Path) -> None:
    """`python -m venv` would run them: https://docs.python.org/3/using/cmdline.html#cmdoption-m"""
    for module in ("venv", "pip", "token"):
        (tmp_path / f"{module}.py").write_text("open('owned', 'w')", encoding="utf-8")
    # Python as a runner has it, but with no time for a real environment.
    real = f"""#!/usr/bin/env bash
[ "$*" = "-I -m venv $RUNNER_TEMP/obsgen-venv" ] || exit 9
{sys.executable} "$1" -m venv --help > /dev/null
mkdir -p "$RUNNER_TEMP/obsgen-venv/bin"
cp "$(type -P true)" "$RUNNER_TEMP/obsgen-venv/bin/python"
"""
    install(tmp_path / "bin" / "python", real)
    environment = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    source = tmp_path / "source"
    source.mkdir()
    done = run_step("Install obsgen", tmp_path, tmp_path / "temp", environment, {}, source=source)
    assert done.code == 0, done.text
    assert not list(tmp_path.rglob("owned"))
    for module in re.findall(r"python\S* (\S+ )-m", STEPS["Install obsgen"]["run"]):
        assert module == "-I "


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository whose spec is in a folder; `merge` is checked out, the merge of a pull request."""
    repository = Repository(tmp_path_factory.mktemp("origin"), "services/pay")
    repository.topic('alarms: {errors: {threshold: "> 4"}}')
    repository.git("checkout", "-q", "-b", "merge", "main")
    repository.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
    return repository


def test_a_pull_request_of_a_fork_from_checkout_to_comment(
    host: HostServer, origin: Repository, tmp_path: Path
) -> None:
    """Both workflows: a shallow checkout and a token that may read; then one that may write."""
    clone, temp = tmp_path / "clone", tmp_path / "temp"
    origin.git("clone", "-q", "--depth=1", "--branch", "merge", f"file://{origin.root}", str(clone))
    head = origin.git("rev-parse", "topic")
    install(temp / "obsgen-venv" / "bin" / "obsgen", OBSGEN)
    environment = pipelines.pull_request(host, tmp_path, head=head) | {"GITHUB_WORKSPACE": str(clone)}
    # As in a job in a container; the origin, which is elsewhere, has no such user.
    safe = tmp_path / "gitconfig"
    safe.write_text(f"[safe]\ndirectory = {origin.root}\ndirectory = {origin.root}/.git\n", encoding="utf-8")
    environment |= {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1", "GIT_CONFIG_GLOBAL": str(safe)}
    inputs = {"working-directory": "services/pay", "token": READER}
    first = run_step("Comment", clone, temp, environment, inputs)
    assert first.code == 0, first.text
    assert "the token may not write comments" in first.text and host.bodies(5) == []
    assert "> 4 instead of > 5" in (tmp_path / "summary.md").read_text(encoding="utf-8")
    sarif = json.loads(Path(first.outputs["sarif"]).read_text(encoding="utf-8"))
    assert sarif["version"] == "2.1.0"

    # actions/upload-artifact
    results = Path(first.outputs["results"])
    host.keep_artifact(100, first.outputs["artifact"], {results.name: results.read_bytes()})
    host.pulls = [pipelines.open_pull(5, head=head)]
    environment = pipelines.workflow_run(host, tmp_path, head_sha=head)
    second = run_step(
        "Comment the results of the run before", tmp_path, temp, environment, inputs | {"token": "token-of-a-writer"}
    )
    assert (second.code, second.text) == (0, "the comment of pull request 5 was created\n")
    (body,) = host.bodies(5)
    assert body.startswith("<!-- obsgen:comment id=services/pay/observability.yaml run=100.1")
    assert "- `~` errors-alarm-prod now fires when Sum is > 4 instead of > 5 (more sensitive)" in body


def test_a_job_of_gitlab_comments(host: HostServer, origin: Repository, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    origin.git("clone", "-q", "--branch", "topic", f"file://{origin.root}", str(clone))
    install(tmp_path / "bin" / "obsgen", OBSGEN)
    environment = pipelines.merge_request(host, clone)
    environment["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = origin.git("rev-parse", "main")
    file = {"OBSGEN_FILE": "services/pay/observability.yaml"}
    done = run_job(clone, str(tmp_path / "bin"), environment, **file)
    assert (done.code, done.text) == (0, "the comment of pull request 5 was created\n")
    (body,) = host.bodies(5)
    assert "id=services/pay/observability.yaml run=100.1" in body and "> 4 instead of > 5" in body
    assert (clone / "obsgen" / "comment.md").exists() and (clone / "obsgen" / "results.json").exists()


def test_gitlab_installs_nothing_that_is_not_named(tmp_path: Path) -> None:
    """A default of a public index would be a name that anyone can take, and the token of the project with it."""
    install(tmp_path / "bin" / "python", ECHO)
    install(tmp_path / "bin" / "git", ECHO)
    (before,) = TEMPLATE[".obsgen"]["before_script"]
    echo = tmp_path / "arguments"
    base = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "ECHO_FILE": str(echo)}
    for package in ("", "git+https://x@c"):
        environment = base | {"OBSGEN_PACKAGE": package}
        done = subprocess.run(["sh", "-c", before], env=environment, cwd=tmp_path, capture_output=True, check=False)
        assert (done.returncode == 0) == bool(package) == echo.exists(), done.stderr
    assert echo.read_text(encoding="utf-8").split() == ["-I", "-m", "pip", "install", "-q", "git+https://x@c"]


def test_variables_of_gitlab_are_options_and_no_code(tmp_path: Path) -> None:
    install(tmp_path / "bin" / "obsgen", ECHO)
    echo = tmp_path / "arguments"
    variables = {
        "OBSGEN_FILE": HOSTILE,
        "OBSGEN_ID": "pay",
        "OBSGEN_ENVIRONMENT": "dev prod",
        "OBSGEN_CAPTURE": "$(touch owned)",
        "OBSGEN_NIGHT": "$(touch owned)",
        "OBSGEN_ZONE": "Europe/Berlin",
        "OBSGEN_FAIL_ON": "never",
    }
    assert run_job(tmp_path, str(tmp_path / "bin"), {"ECHO_FILE": str(echo)}, **variables).code == 0
    assert echo.read_text(encoding="utf-8").splitlines() == [
        *("comment", "--gitlab", "--file", HOSTILE, "--fail-on", "never"),
        *("--output", "obsgen/comment.md", "--results", "obsgen/results.json", "--id", "pay"),
        *("--capture", "$(touch owned)", "--night", "$(touch owned)", "--zone", "Europe/Berlin"),
        *("--environment", "dev", "--environment", "prod"),
    ]
    assert not list(tmp_path.rglob("owned"))


def test_scripts_are_those_of_the_shells_that_run_them(tmp_path: Path) -> None:
    for step in STEPS.values():
        if "run" in step:
            subprocess.run(["bash", "-n", "-c", step["run"]], check=True)
    # GitLab's images may have no bash: https://docs.gitlab.com/runner/shells/
    job = TEMPLATE[".obsgen"]
    for script in [*job["before_script"], *job["script"]]:
        subprocess.run(["sh", "-n", "-c", script], check=True)
        assert not re.search(r"\[\[|=\(|<<<", script)
