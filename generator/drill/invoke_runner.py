"""A function invoked again and again: a process with its package, and nothing of ours.

Standard input is one line of JSON, `{"handler": "handlers.events.app.handler", "account": id, "events": […]}`; the
answer is one line: what each invocation returned.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any


class InvocationContext:
    """What Lambda tells a function about itself."""

    def __init__(self, account: str) -> None:
        self.invoked_function_arn = f"arn:aws:lambda:us-east-1:{account}:function:drill"

    def get_remaining_time_in_millis(self) -> int:
        """A minute, always."""
        return 60_000


def main() -> None:
    """Read, invoke, answer."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    request = json.loads(sys.stdin.readline())
    name, _, attribute = request["handler"].rpartition(".")
    handler: Any = getattr(import_module(name), attribute)
    answers.write(
        json.dumps([handler(event, InvocationContext(request["account"])) for event in request["events"]]) + "\n"
    )
    answers.flush()


if __name__ == "__main__":
    main()
