"""The stand-in for AWS that docs/deploy.md lets people start by hand."""

from __future__ import annotations

import subprocess
import sys

from tests.support import ROOT


def test_it_starts_and_says_what_to_export() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.rollout"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(9)]
        process.terminate()
    assert lines[0].startswith("export AWS_ENDPOINT_URL=http://127.0.0.1:"), lines
    assert lines[-1].startswith("#   fourth: {id: "), lines
