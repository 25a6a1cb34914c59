"""Entries in the text of a file, whatever its form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import obsgen
from tests.inventory.world import ALPHA, captured, queues, region
from tests.support import BASE

ORDERS = "orders: {type: sqs, queue: orders, accounts: [alpha]}"
OTHER = "{type: sqs, queue: other, accounts: [gamma]}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("services: {} # none yet\n# end\n", f"services: # none yet\n  {ORDERS}\n# end\n"),
        ("services: {}", f"services:\n  {ORDERS}\n"),
        (f"services: {{a: {OTHER}}} # keep\n", f"services: {{a: {OTHER}, {ORDERS}}} # keep\n"),
        (
            f"services: &all\n    a: {OTHER}\n    # last\n",
            f"services: &all\n    a: {OTHER}\n    {ORDERS}\n    # last\n",
        ),
        (f"services:\r\n  a: {OTHER}\r\n...\r\n", f"services:\r\n  a: {OTHER}\r\n  {ORDERS}\r\n...\r\n"),
    ],
)
def test_an_entry_is_added_where_the_others_are(tmp_path: Path, before: str, after: str) -> None:
    spec = BASE.replace("\n", "\r\n") if "\r" in before else BASE
    captured(tmp_path, {ALPHA: region(metrics=queues(ALPHA, "orders"))}, spec=None)
    (tmp_path / "observability.yaml").write_bytes((spec + before).encode())
    done = obsgen(tmp_path, "discover", "captures/monday", "--apply")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "observability.yaml").read_bytes().decode() == spec + after
