"""One run of a canary: ask an address, and fail where the answer is not the one that was promised.

The whole file stands in the template, so it needs nothing but Python itself. What it raises fails the run.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_WritingCanary_Python.html
"""

from __future__ import annotations

import logging
import os
import time
import urllib.error
import urllib.request
from typing import Any

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)
MOST_BYTES = 1_000_000


class WrongAnswer(Exception):
    """The address answered, and not as it should."""


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer too; whoever expects what is behind it asks there."""

    def redirect_request(self, *_: Any) -> None:
        return None


def handler(_event: object, _context: object) -> str:
    """What CloudWatch Synthetics calls. Raises WrongAnswer, or OSError where there is no answer at all."""
    seconds, status, text = ask(os.environ["URL"], float(os.environ["GIVE_UP_AFTER"]))
    # Never the text itself: it may hold what is nobody's business in a log.
    logger.info("%s with %s characters after %.3f s", status, len(text), seconds)
    wrong = judge(seconds, status, text, os.environ)
    if wrong:
        raise WrongAnswer(f"{os.environ['URL']}: {wrong}")
    return "as expected"


def ask(url: str, give_up_after: float) -> tuple[float, int, str]:
    """Seconds until the last byte, the status, and the beginning of the text."""
    started = time.monotonic()
    # The language admits http and https only.
    request = urllib.request.Request(url, headers={"User-Agent": "obsgen-canary"})  # noqa: S310
    try:
        answer = urllib.request.build_opener(_Stay).open(request, timeout=give_up_after)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        content = answer.read(MOST_BYTES)
    return time.monotonic() - started, answer.status, content.decode("utf-8", "replace")


def judge(seconds: float, status: int, text: str, expected: Any) -> str:
    """What is wrong with an answer; nothing where it is as expected. Pure."""
    if status != int(expected["STATUS"]):
        return f"expected status {expected['STATUS']}, got {status}"
    if expected.get("CONTAINS", "") not in text:
        return f"status {status}, but the response does not contain {expected['CONTAINS']!r}"
    if "WITHIN" in expected and seconds > float(expected["WITHIN"]):
        return f"status {status} after {seconds:.3f} s, expected within {expected['WITHIN']} s"
    return ""
