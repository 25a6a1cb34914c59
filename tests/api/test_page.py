"""docs/api.md: its examples are run, and its tables are what the document says."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import replace
from http import HTTPStatus

import pytest

from generator.render.openapi_paths import OPERATIONS
from handlers.events.records import State
from tests.api.api_world import FINGERPRINT, REGION, agent, document_text
from tests.api.desk import KEY, SECRET_KEY, Desk
from tests.support import ROOT

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
CONSOLES = re.findall(r"^```console\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def steps() -> list[tuple[str, list[str]]]:
    """Each command of the page, and the lines it shows."""
    found: list[tuple[str, list[str]]] = []
    for console in CONSOLES:
        for line in console.replace("\\\n", "").splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def run(desk: Desk, command: str) -> list[str]:
    words = shlex.split(command)
    if words[0] == "obsgen":
        return desk(*words[1:]).stdout.splitlines()
    environment = {
        "PATH": os.environ["PATH"],
        "URL": desk.gateway.url,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_SESSION_TOKEN": "token",
    }
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def test_the_examples_are_as_the_page_says(desk: Desk) -> None:
    desk.place.add_error()
    desk.place.store.save_agent(agent(), 0)
    assert len(steps()) == 6
    signs = shutil.which("curl") and "--aws-sigv4" in run(desk, "curl --help all | grep -o -e --aws-sigv4")
    for command, shown in steps():
        if command.startswith("curl") and "limit=500" not in command:
            # The example before has acknowledged it.
            head = desk.place.store.head(FINGERPRINT)
            assert head
            desk.place.store.save(replace(head, state=State.NEW, state_by="", state_at=0), head.version)
        if command.startswith("curl") and not signs:
            continue
        got = run(desk, command)
        assert len(got) == len(shown), (command, got)
        for expected, line in zip(shown, got, strict=True):
            assert line.startswith(expected.removesuffix(" …").removesuffix("…")), command


def test_the_page_has_every_operation_with_its_parameters() -> None:
    listed = re.findall(r"^\| `(GET|POST) (\S+)` \| ?(.*?) ?\|$", PAGE, re.MULTILINE)
    parameters = {
        (one.method.upper(), one.path): [p.name for p in one.parameters if p.place == "query"] for one in OPERATIONS
    }
    assert [(method, path) for method, path, _ in listed] == list(parameters)
    for method, path, about in listed:
        if method == "GET":
            assert re.findall(r"`(\w+)`", about) == parameters[method, path]


@pytest.mark.parametrize(("path", "body"), re.findall(r"^\| `POST (\S+)` \| (\S.*) \|$", PAGE, re.MULTILINE))
def test_the_bodies_of_the_page_are_taken(desk: Desk, path: str, body: str) -> None:
    desk.place.add_error(1)
    desk.place.add_error(0)
    desk.place.add_event(0)
    for text in re.findall(r"`({.*?})`", body):
        there = path.format(id=f"{0:020x}", fingerprint="1-0123456789abcdf0")
        assert desk.place.post(there, json.loads(text)).status == 200


def test_the_page_has_every_status() -> None:
    listed = {
        int(status)
        for row in re.findall(r"^\| (\d{3}(?:, \d{3})*) \|", PAGE, re.MULTILINE)
        for status in row.split(", ")
    }
    names = json.loads(document_text())["components"]["responses"]
    assert {"".join(word.capitalize() for word in HTTPStatus(one).name.split("_")) for one in listed} == set(names)
    assert REGION in PAGE
