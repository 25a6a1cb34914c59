"""What people decide, written although others write at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from handlers.api.problems import Mistake, Problem, bad_request
from handlers.api.times import DAY_MS, end_of_day
from handlers.events.records import Conflict
from handlers.events.states import MOST_IGNORED_MS, NotAllowed

T = TypeVar("T")
ATTEMPTS = 4


def retried(attempt: Callable[[], T]) -> T:
    """The result of reading, deciding and writing; again from the start where somebody else wrote in between.

    Raises Problem where the decision makes no sense, or others are always quicker.
    """
    for _ in range(ATTEMPTS):
        try:
            return attempt()
        except NotAllowed as error:
            raise Problem(HTTPStatus.CONFLICT, str(error)) from None
        except Conflict:
            continue
    raise Problem(HTTPStatus.CONFLICT, "it was changed concurrently; retry the request")


def decided_until(body: Mapping[str, Any], now: int) -> int:
    """The end of the day up to and including which to ignore. Raises Problem where that makes no sense."""
    until = end_of_day(body["until"])
    if until <= now:
        raise bad_request([Mistake("body", "/until", "this day (UTC) has passed")])
    if until > now + MOST_IGNORED_MS:
        days = MOST_IGNORED_MS // DAY_MS
        raise bad_request([Mistake("body", "/until", f"more than {days} days ahead")])
    return until
