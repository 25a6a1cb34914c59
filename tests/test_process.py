"""What surrounds a command: closed streams, no home, a full disk, a shell that completes, broken AWS settings.

Each ends with a sentence and the right exit code, and what was found is found all the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from generator.cache import lint_cache
from generator.checks.cfn_lint import _KEPT, _cached
from generator.cli.main import group
from generator.render.findings import render
from generator.spec.load import MAX_DIGITS, load
from tests.command import obsgen
from tests.support import ROOT, built, spec
from tests.test_cli import RUN
from tests.test_hostile_files import said

STREAMS = {"in": "<&-", "out": ">&-", "err": "2>&-"}
WRONG = spec("alarms: {errors: {missing_data: ignore}}")
HTML = b"<html><body>Please sign in to this network</body></html>"


def shell(folder: Path, arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """obsgen in a shell, with nothing of this machine's environment; `arguments` may redirect."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder), **variables}
    command = f'"{sys.executable}" -c "{RUN}" {arguments}'
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False, env=environment, timeout=120
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert "internal error" not in done.stdout + done.stderr, done.stderr
    return done


# --- Streams -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", STREAMS)
def test_a_closed_stream_changes_no_exit_code(stream: str, tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(WRONG)
    assert shell(tmp_path, f"check --no-lint {STREAMS[stream]}").returncode == 1
    assert shell(tmp_path, f"filter x {STREAMS[stream]} {'' if stream == 'in' else '</dev/null'}").returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
@pytest.mark.parametrize("arguments", ["--help", "check --no-lint", "schema"])
def test_an_output_that_takes_nothing_is_a_sentence(arguments: str, tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec())
    done = shell(tmp_path, f"{arguments} >/dev/full")
    assert (done.returncode, done.stderr) == (2, "Error: No space left on device\n")


def test_json_is_json_in_a_terminal_of_any_encoding(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec("alarms: {errors: {severity: crüticäl}}"), encoding="utf-8")
    for form in ("json", "sarif"):
        done = shell(tmp_path, f"check --no-lint --format {form}", PYTHONIOENCODING="ascii")
        assert "crüticäl" in str(json.loads(done.stdout))


@pytest.mark.parametrize("name", ["a\n::error::b.yaml", "a,line=1:b%.yaml"])
def test_the_name_of_a_file_is_no_workflow_command(name: str) -> None:
    """https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts escapes properties like this."""
    made = built(WRONG)
    lines = render(made.findings, load(WRONG.encode(), name).source, "github", "", False).splitlines()
    shown = name.replace("%", "%25").replace("\n", "%0A").replace(":", "%3A").replace(",", "%2C")
    assert [line.split(",")[0] for line in lines] == [f"::error file={shown}"]


# --- Files of the user ---------------------------------------------------------------------------------------


def test_without_a_home_everything_is_checked_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container that runs as a number has neither HOME nor an entry in /etc/passwd."""

    def nobody(_number: int) -> None:
        raise KeyError

    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "observability.yaml").write_text(spec())
    assert lint_cache() == {}
    assert said("check", codes=(0,)).output == "all checks passed\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_what_cannot_be_written_is_called_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec())
    (tmp_path / "out/prod").mkdir(parents=True)
    (tmp_path / "out/prod").chmod(0o500)
    done = shell(tmp_path, "build --no-lint")
    assert "out/prod/catalogue.md: Permission denied" in done.stderr


@pytest.mark.parametrize("key", sorted(_KEPT))
def test_a_cached_match_that_lacks_something_is_linted_again(key: str) -> None:
    match = {"code": "E1", "level": "error", "message": "m", "path": []}
    assert _cached({"k": json.dumps([match])}, "k") == [match]
    del match[key]
    assert _cached({"k": json.dumps([match])}, "k") is None


# --- Numbers -------------------------------------------------------------------------------------------------

LONG = {"hexadecimal": "0x" + "f" * 5000, "octal": "0" + "7" * 6000, "binary": "0b" + "1" * 16000, "decimal": "9" * 999}


@pytest.mark.parametrize("number", LONG.values(), ids=LONG)
def test_a_number_of_many_digits_is_a_finding_wherever_it_stands(
    number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for entry in ("version: N", "project: N", "waivers: [N]", "regions: [N]", "rollout: {concurrency: N}", "slos: N"):
        (tmp_path / "observability.yaml").write_text(f"version: 1\n{entry}\n".replace("N", number))
        said("check", "--no-lint")
    assert load(f"a: {number[:MAX_DIGITS]}".encode(), "x").data != {"a": number[:MAX_DIGITS]}


def test_a_mute_longer_than_any_time_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "observability.yaml").write_text(spec())
    said("build", "--no-lint", codes=(0,))
    shown = said("mute", "errors*", "--for", "99999999999d", "--reason", "x", "--dry-run").output
    assert "a mute lasts from one minute to 15 days" in shown


# --- Other programs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o600, 0o700])
def test_a_git_that_cannot_be_run_is_a_sentence(mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_bytes(b"\0not a program")
    (tmp_path / "bin/git").chmod(mode)
    (tmp_path / "observability.yaml").write_text(spec())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert "`obsgen diff` requires Git, which cannot be run: " in said("diff").output


@pytest.mark.parametrize("words", ["obsgen nosuch x", "obsgen nosuch --flag", 'obsgen explain "alar', "obsgen -x y"])
def test_shell_completion_of_what_is_no_command_offers_something_or_nothing(words: str, tmp_path: Path) -> None:
    done = shell(tmp_path, "", _OBSGEN_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD="2")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("given", [{}, {"COMP_WORDS": "obsgen"}, {"COMP_WORDS": "obsgen ", "COMP_CWORD": "x"}])
def test_shell_completion_that_no_shell_asked_for_is_a_sentence(given: dict[str, str], tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "_OBSGEN_COMPLETE": "bash_complete", **given}
    done = subprocess.run(
        [sys.executable, "-c", RUN], cwd=tmp_path, capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, "Traceback" in done.stderr, done.stderr[:7]) == (2, False, "Error: ")


# --- AWS -----------------------------------------------------------------------------------------------------


class _Proxy(BaseHTTPRequestHandler):
    """A proxy that wants to see a browser first."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", str(len(HTML)))
        self.end_headers()
        self.wfile.write(HTML)

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture(scope="module")
def proxy() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that was built, and a user without any settings."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "observability.yaml").write_text(spec())
    assert CliRunner().invoke(group, ["build", "--no-lint"]).exit_code == 0
    return tmp_path


CALLERS = (["status"], ["redrive"], ["mute", "--list"], ["outputs"], ["destroy", "--plan"])
MFA = """\
[default]
role_arn = arn:aws:iam::111111111111:role/x
source_profile = source
mfa_serial = arn:aws:iam::111111111111:mfa/x
[profile source]
aws_access_key_id = a
aws_secret_access_key = b
"""


@pytest.mark.parametrize("command", CALLERS, ids=" ".join)
def test_what_the_aws_settings_name_and_is_not_there(
    command: list[str], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::111111111111:role/x")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/is/not/there")
    assert "No such file or directory: '/is/not/there'" in said(*command, codes=(3,)).output
    monkeypatch.delenv("AWS_WEB_IDENTITY_TOKEN_FILE")
    (project / ".aws").mkdir()
    (project / ".aws/config").write_text("[default]\ncredential_process = /is/not/there\n")
    assert "No such file or directory: '/is/not/there'" in said(*command, codes=(3,)).output


@pytest.mark.filterwarnings("ignore::getpass.GetPassWarning")
@pytest.mark.parametrize("command", CALLERS, ids=" ".join)
def test_a_code_that_nobody_types(command: list[str], project: Path) -> None:
    (project / ".aws").mkdir()
    (project / ".aws/config").write_text(MFA)
    environment = {"AWS_EC2_METADATA_DISABLED": "true"}
    # A session of its own has no terminal that could be asked.
    done = subprocess.run(
        [sys.executable, "-c", RUN, *command],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(project), **environment},
    )
    assert (done.returncode, "requires an MFA code, but none was entered" in done.stderr) == (3, True), done.stderr


@pytest.mark.parametrize("command", CALLERS, ids=" ".join)
def test_a_proxys_page_is_no_answer_of_aws(
    command: list[str], project: Path, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project.is_dir()
    for name, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "ENDPOINT_URL": proxy}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    assert "is not from AWS: it has no" in said(*command, codes=(3,)).output


def test_what_stands_in_a_spec_starts_no_line_and_moves_no_cursor(tmp_path: Path) -> None:
    """A pipeline's log reads `::error::` at the start of a line as a command, and a spec may come by a pull request."""
    (tmp_path / "x.yaml").write_text('version: 1\n"k\\n::error::x\\e[2K\\u0085y": 1\n', encoding="utf-8")
    done = obsgen(tmp_path, "check", "-f", "x.yaml")
    assert "a key cannot have control characters" in done.stdout
    assert "\\n::error::x\\x1b[2K\\x85y" in done.stdout
    assert not [line for line in done.stdout.splitlines() if line.startswith("::")]
    assert all(char.isprintable() or char == "\n" for char in done.stdout)
