"""Requests that are not fulfilled, as problem details; pure. https://www.rfc-editor.org/rfc/rfc9457"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from handlers.api.request import PROBLEM, Answer

# So many mistakes of one request are listed.
MOST_MISTAKES = 50


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake of a request. location: `query`, `path` or `body`. name: of the parameter, or a JSON pointer."""

    location: str
    name: str
    detail: str

    def as_data(self) -> dict[str, str]:
        """As it stands in `errors`."""
        return {"in": self.location, "name": self.name, "detail": self.detail}


class Problem(Exception):
    """A request that is not fulfilled. detail: for whoever sent it; it says nothing of what is inside."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        mistakes: Sequence[Mistake] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.mistakes = tuple(mistakes)
        self.headers = dict(headers or {})


def problem_answer(problem: Problem, request_id: str) -> Answer:
    """The answer that says it."""
    data: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": int(problem.status),
        "detail": problem.detail,
    }
    if problem.mistakes:
        data["errors"] = [mistake.as_data() for mistake in problem.mistakes[:MOST_MISTAKES]]
    if request_id:
        data["request_id"] = request_id
    return Answer(int(problem.status), data, problem.headers, PROBLEM)


def bad_request(mistakes: Sequence[Mistake]) -> Problem:
    """The request has these mistakes, of which there is at least one."""
    first = mistakes[0]
    rest = f"; {len(mistakes) - 1} more in `errors`" if len(mistakes) > 1 else ""
    where = f"{first.location} `{first.name}`: " if first.name else f"{first.location}: "
    return Problem(HTTPStatus.BAD_REQUEST, f"{where}{first.detail}{rest}", mistakes)


def not_found(what: str) -> Problem:
    """There is no such thing. what: such as `an event with this id`."""
    return Problem(HTTPStatus.NOT_FOUND, f"no {what}")
