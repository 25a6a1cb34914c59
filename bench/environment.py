"""An execution environment of Lambda's: a process that initialises, then handles what it is given, line by line."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from typing import Any


def main() -> None:
    """Answers on descriptor 3, because the function writes to the usual ones."""
    began, used = time.monotonic(), time.process_time()
    from handlers.incident import app

    _say({"init_s": time.monotonic() - began, "init_cpu_s": time.process_time() - used})
    for line in sys.stdin:
        record = {"messageId": "m", "receiptHandle": "r", "body": json.loads(line), "eventSource": "aws:sqs"}
        began, used = time.monotonic(), time.process_time()
        answer = app.handler({"Records": [record]}, None)
        _say(
            {
                "s": time.monotonic() - began,
                "cpu_s": time.process_time() - used,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "done": answer == {"batchItemFailures": []},
            }
        )


def _say(data: dict[str, Any]) -> None:
    os.write(3, json.dumps(data).encode() + b"\n")


if __name__ == "__main__":
    main()
