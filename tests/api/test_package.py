"""The API's package as it is deployed: it has all that it needs, and nothing that it does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from generator.packages import unpacked
from tests.api.api_world import ALICE
from tests.support import built, spec

RUN = """
import json, sys
from handlers.api import app
request = {"httpMethod": "GET", "path": "/v1/openapi.json", "requestContext": {"identity": json.loads(sys.argv[1])}}
given = app.handler(request, None)
modules = sorted({name.split(".")[0] for name in sys.modules})
print(json.dumps([given["statusCode"], json.loads(given["body"]), modules]))
"""


def test_the_package_answers_with_the_document_that_lies_in_out(tmp_path: Path) -> None:
    made = built(spec("events: {api: {}}"))
    (package,) = [content for key, content in made.packages["prod"].items() if "/api/" in key]
    for path, content in unpacked(package).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "TABLE_NAME": "t",
        "INCIDENTS_TABLE": "i",
        "CURSOR_SECRET": "s",
        "BUS_NAME": "b",
    }
    identity = json.dumps({"accountId": "111111111111", "userArn": ALICE})
    done = subprocess.run(
        [sys.executable, "-P", "-c", RUN, identity],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    status, document, modules = json.loads(done.stdout)
    assert status == 200
    assert document == json.loads(made.artifacts["prod/openapi.json"])
    assert not {"pydantic", "boto3", "generator"} & set(modules)


def test_without_an_api_there_is_no_document() -> None:
    assert "prod/openapi.json" not in built(spec("events: {api: false}")).artifacts
    assert "prod/openapi.json" not in built(spec()).artifacts
