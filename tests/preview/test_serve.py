"""`obsgen preview --serve`: over HTTP, while its file is edited, in Chromium, and until Ctrl-C."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Route

from generator.cli.options import build_target
from generator.cli.preview_run import PreviewOptions
from generator.cli.preview_serve import LivePreview
from generator.cli.preview_server import LiveState, PreviewServer
from tests.command import RUN, obsgen
from tests.preview.browser import opened, started
from tests.support import ROOT, spec

SPEC = spec()
BROKEN = SPEC.replace("statistic: Sum", "statistic: Summ")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "observability.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return Path(path.name)


def live(file: Path, state: LiveState) -> LivePreview:
    return LivePreview(PreviewOptions(build_target(file, None, ()), None, None, (), None), state)


@contextmanager
def served(file: Path) -> Iterator[tuple[LivePreview, PreviewServer]]:
    """The page of a file, without the thread that watches it."""
    state = LiveState()
    preview = live(file, state)
    preview.build()
    with PreviewServer(state) as server:
        yield preview, server


def asked(server: PreviewServer, path: str = "/", **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body."""
    host = server.url.removeprefix("http://").rstrip("/")
    connection = http.client.HTTPConnection(host, timeout=20)
    connection.request("GET", path, headers={"Host": host, **{k.replace("_", "-"): v for k, v in headers.items()}})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, dict(response.getheaders()), body


def test_the_page_is_served_to_this_machine_only(file: Path) -> None:
    with served(file) as (_, server):
        status, headers, body = asked(server)
        assert status == 200 and "errors-alarm-prod" in body
        assert headers["Cache-Control"] == "no-store" and headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert "connect-src 'self'" in body and "Python" not in headers["Server"]
        port = server.url.rstrip("/").rpartition(":")[2]
        assert asked(server, Host=f"localhost:{port}")[0] == 200
        # A name that its owner lets lead to 127.0.0.1: https://owasp.org/www-community/attacks/DNS_Rebinding
        for host in (f"evil.example:{port}", "127.0.0.1", f"127.0.0.1.evil.example:{port}", ""):
            assert asked(server, Host=host)[0] == 403
        for path in ("/events", "/"):
            assert asked(server, path, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="cors")[0] == 403
        assert asked(server, "/../etc/passwd")[0] == asked(server, "//evil.example/")[0] == 404
        assert server._server.server_address[0] == "127.0.0.1"


def test_events_say_that_the_page_changed_and_what_is_wrong_with_the_file(file: Path) -> None:
    with served(file) as (preview, server):
        connection = http.client.HTTPConnection(server.url.removeprefix("http://").rstrip("/"), timeout=20)
        connection.request("GET", "/events")
        response = connection.getresponse()
        assert response.getheader("Content-Type") == "text/event-stream"

        def event() -> dict[str, str]:
            lines = [line.decode().rstrip("\n") for line in iter(response.readline, b"\n")]
            data: dict[str, str] = json.loads(lines[-1].removeprefix("data: "))
            return data

        first = event()
        assert first["error"] == ""
        file.write_text(BROKEN, encoding="utf-8")
        preview.build()
        broken = event()
        assert broken["page"] == first["page"] and "observability.yaml:54:16: error S03" in broken["error"]
        assert "errors-alarm-prod" in asked(server)[2], "the last good page stays"
        file.write_text(SPEC.replace("> 5", "> 7"), encoding="utf-8")
        preview.build()
        changed = event()
        assert changed["error"] == "" and changed["page"] != first["page"]
        connection.close()


def test_errors_are_in_the_terminal_too(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    preview = live(file, LiveState())
    texts = []
    for text in (SPEC, BROKEN, SPEC, SPEC):
        file.write_text(text, encoding="utf-8")
        preview.build()
        texts.append(capsys.readouterr().err)
    file.unlink()
    preview.build()
    assert texts[0] == texts[3] == "" and texts[2] == "The file has no errors any more.\n"
    assert texts[1].startswith("observability.yaml:54:16: error S03")
    assert "file not found" in capsys.readouterr().err


def test_a_file_that_is_wrong_from_the_start_has_a_page_too(file: Path) -> None:
    file.write_text(BROKEN, encoding="utf-8")
    with served(file) as (_, server):
        assert 'id="_failure"' in asked(server)[2]
    file.unlink()
    with served(file) as (preview, _):
        assert "file not found" in json.loads(preview.state.event()[1])["error"]


def test_a_change_of_any_file_that_decides_the_page_builds_it_again(file: Path) -> None:
    (file.parent / "teams").mkdir()
    file.write_text(SPEC + "include: [teams/*.yaml]\n", encoding="utf-8")
    state = LiveState()
    preview = live(file, state)
    preview.build()
    assert "no file matches" in json.loads(state.event()[1])["error"], "the first change mends it"
    stopped = threading.Event()
    watching = threading.Thread(target=preview.watch, args=(stopped,))
    watching.start()
    try:
        for name, text in (
            ("teams/a.yaml", 'alarms: {more: {metric: {filter: errors}, statistic: Sum, threshold: "> 9"}}\n'),
            ("teams/a.yaml", 'alarms: {other: {metric: {filter: errors}, statistic: Sum, threshold: "> 9"}}\n'),
            ("tests.yaml", "version: 1\ntests: [{name: a sentence, expect: [{at: 2m, alarm: errors, state: OK}]}]\n"),
        ):
            before = state.event()[0]
            Path(name).write_text(text, encoding="utf-8")
            assert state.wait(before, 30), name
    finally:
        stopped.set()
        watching.join()
    page = state.page()
    assert "other-alarm-prod" in page and "more-alarm-prod" not in page and "a sentence" in page


def test_in_a_browser_the_page_reloads_and_shows_errors(file: Path) -> None:
    with started() as browser, served(file) as (preview, server), opened(browser, server.url) as found:
        condition = found.page.locator(".card .when")
        condition.get_by_text("Sum > 5").wait_for()
        file.write_text(BROKEN, encoding="utf-8")
        preview.build()
        failure = found.page.locator("#_failure")
        failure.get_by_text("observability.yaml:54:16: error S03").wait_for()
        assert condition.is_visible(), "the last good page is below"
        file.write_text(SPEC.replace("> 5", "> 7"), encoding="utf-8")
        preview.build()
        condition.get_by_text("Sum > 7").wait_for()
        assert not failure.is_visible()
        assert found.errors == []
        assert set(found.requests) == {server.url, f"{server.url}events"}


def test_a_change_between_the_page_and_its_first_event_is_shown(file: Path) -> None:
    with started() as browser, served(file) as (preview, server):
        found = browser.new_page()

        def change_first(route: Route) -> None:
            file.write_text(SPEC.replace("> 5", "> 7"), encoding="utf-8")
            preview.build()
            route.continue_()

        found.route("**/events", change_first, times=1)
        found.goto(server.url)
        found.locator(".card .when").get_by_text("Sum > 7").wait_for(timeout=60_000)


def test_without_any_page_the_errors_do_not_speak_of_one(file: Path) -> None:
    file.write_text(BROKEN, encoding="utf-8")
    with started() as browser, served(file) as (_, server), opened(browser, server.url) as found:
        found.page.get_by_text("error S03").wait_for()
        assert found.page.locator("#_failure strong").inner_text() == "The file has errors."


def test_a_reload_does_not_move_the_reader(file: Path) -> None:
    more = "".join(
        f"  e{i}: {{metric: {{filter: errors}}, statistic: Sum, threshold: '> {i + 20}'}}\n" for i in range(12)
    )
    file.write_text(SPEC.replace("alarms:\n", f"alarms:\n{more}"), encoding="utf-8")
    with started() as browser, served(file) as (preview, server), opened(browser, server.url) as found:
        card = found.page.locator('[id="prod/alarms/e9"]')
        card.scroll_into_view_if_needed()
        found.page.evaluate("scrollBy(0, 40)")
        found.settle()
        assert found.page.evaluate("scrollY") > 200
        before = found.page.evaluate("scrollY"), card.bounding_box()
        file.write_text(file.read_text(encoding="utf-8").replace("> 29", "> 99"), encoding="utf-8")
        preview.build()
        card.get_by_text("Sum > 99").wait_for()
        found.settle()
        after = card.bounding_box()
        assert before[1] and after and abs(before[1]["y"] - after["y"]) < 60
        assert found.errors == []


def test_ctrl_c_stops_it(file: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "preview", "--serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("http://127.0.0.1:") and "Ctrl-C stops it" in line
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out.strip(), err) == (0, "", "")


def test_a_port_that_is_taken_is_said(file: Path) -> None:
    with served(file) as (_, server):
        port = server.url.rstrip("/").rpartition(":")[2]
        done = obsgen(Path(), "preview", "--serve", "--port", port)
    assert done.returncode == 2 and f"port {port}: " in done.stderr and "--port 0" in done.stderr
