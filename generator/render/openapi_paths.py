"""Operations of the API: paths, parameters, answers. The schemas are those of `openapi_models.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter

from generator.render import openapi_models as models

DEFAULT_LIMIT, MOST = 50, 100
LONGEST_CURSOR = 2048


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter. schema: JSON Schema; a list is given as the same parameter several times."""

    name: str
    schema: dict[str, Any]
    description: str
    place: str = "query"

    def as_data(self) -> dict[str, Any]:
        """The operation as an object of OpenAPI."""
        return {
            "name": self.name,
            "in": self.place,
            "required": self.place == "path",
            "description": self.description,
            "schema": self.schema,
        }


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation. answer: model of its 200; None where it has none. body: model of its request.

    problems: statuses besides those that every operation may have.
    """

    method: str
    path: str
    id: str
    summary: str
    answer: type[BaseModel] | None
    parameters: Sequence[Parameter] = ()
    body: type[BaseModel] | None = None
    problems: Sequence[int] = ()


def _schema(type_: Any) -> dict[str, Any]:
    return TypeAdapter(type_).json_schema()


def _one_of(type_: Any) -> dict[str, Any]:
    """Any of the words, each at most once."""
    words = _schema(type_)
    return {"type": "array", "items": words, "minItems": 1, "maxItems": len(words["enum"]), "uniqueItems": True}


_MOMENT = {"type": "string", "format": "date-time"}
_WORD = {"type": "string", "minLength": 1, "maxLength": 200}
_LIMIT = Parameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT},
    "How many at most. Fewer may come although there are more: `next_cursor` says so.",
)
_CURSOR = Parameter(
    "cursor",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_CURSOR},
    "`next_cursor` of the page before; all other parameters but `limit` have to be those of the first request.",
)
_PAGE = (_LIMIT, _CURSOR)
_FROM = Parameter("from", _MOMENT, "The earliest moment; 24 hours before the last one without it.")
_TO = Parameter("to", _MOMENT, "The moment before which; everything up to now without it.")
_STATE = Parameter("state", _one_of(models.State), "Any of these states.")
_ACCOUNT = Parameter("account", _schema(models.Account), "Of this account.")
_ID = Parameter("id", {"type": "string", "pattern": "^[0-9a-f]{20}$"}, "Of an event.", "path")
_FINGERPRINT = Parameter("fingerprint", _schema(models.Fingerprint), "Of an error.", "path")
_REPORT = (
    Parameter("name", {"type": "string", "enum": ["daily", "weekly"]}, "Which report.", "path"),
    Parameter("date", {"type": "string", "format": "date"}, "The day on which it was written.", "path"),
)
# What a change of a record may end in, besides: it is not there, it makes no sense, the body is no JSON.
_CHANGE = (404, 409, 413, 415)

OPERATIONS = (
    Operation(
        "get",
        "/v1/events",
        "listEvents",
        "Events, the latest first",
        models.Events,
        (
            _FROM,
            _TO,
            Parameter("type", _one_of(models.EventType), "Any of these types."),
            _ACCOUNT,
            _STATE,
            Parameter("severity", _one_of(models.Severity), "Any of these severities."),
            *_PAGE,
        ),
    ),
    Operation("get", "/v1/events/{id}", "getEvent", "One event", models.Event, (_ID,), problems=(404,)),
    Operation(
        "post",
        "/v1/events/{id}/acknowledge",
        "acknowledgeEvent",
        "Acknowledge an event",
        models.Event,
        (_ID,),
        problems=_CHANGE,
    ),
    Operation(
        "post",
        "/v1/events/{id}/resolve",
        "resolveEvent",
        "Say that an event is done with",
        models.Event,
        (_ID,),
        problems=_CHANGE,
    ),
    Operation(
        "post",
        "/v1/events/{id}/ignore",
        "ignoreEvent",
        "Ignore an event up to and including a day",
        models.Event,
        (_ID,),
        models.IgnoreUntil,
        _CHANGE,
    ),
    Operation(
        "get",
        "/v1/errors",
        "listErrors",
        "Errors; those seen in the latest hour come first",
        models.Errors,
        (
            _STATE,
            _ACCOUNT,
            Parameter("service", _WORD, "Of this service."),
            Parameter("kind", _one_of(models.Kind), "log: a line of a log; lambda: a failed invocation."),
            Parameter("since", _MOMENT, "Seen at this moment or later; in the last 7 days without it."),
            *_PAGE,
        ),
    ),
    Operation(
        "get",
        "/v1/errors/{fingerprint}",
        "getError",
        "One error, with its counts of 24 hours",
        models.ErrorDetails,
        (_FINGERPRINT,),
        problems=(404,),
    ),
    Operation(
        "post",
        "/v1/errors/{fingerprint}/acknowledge",
        "acknowledgeError",
        "Acknowledge an error",
        models.ErrorDetails,
        (_FINGERPRINT,),
        problems=_CHANGE,
    ),
    Operation(
        "post",
        "/v1/errors/{fingerprint}/resolve",
        "resolveError",
        "Say that an error is over; its next occurrence is a regression",
        models.ErrorDetails,
        (_FINGERPRINT,),
        problems=_CHANGE,
    ),
    Operation(
        "post",
        "/v1/errors/{fingerprint}/ignore",
        "ignoreError",
        "Ignore an error up to and including a day, or until many occur",
        models.ErrorDetails,
        (_FINGERPRINT,),
        models.Ignore,
        _CHANGE,
    ),
    Operation(
        "post",
        "/v1/errors/{fingerprint}/merge",
        "mergeError",
        "Let an error count as another, from now on",
        models.ErrorDetails,
        (_FINGERPRINT,),
        models.Merge,
        _CHANGE,
    ),
    Operation(
        "get",
        "/v1/incidents",
        "listIncidents",
        "Incidents, the latest first",
        models.Incidents,
        (
            Parameter("state", {"type": "string", "enum": ["open", "ended"], "default": "open"}, "Open or ended."),
            *_PAGE,
        ),
    ),
    Operation("get", "/v1/mutes", "listMutes", "All mutes that are in force, by their ends", models.Mutes),
    Operation("get", "/v1/agents", "listAgents", "All agents, by account and Region", models.Agents),
    Operation("get", "/v1/summary", "getSummary", "Counts of everything", models.Summary, (_FROM, _TO)),
    Operation(
        "get",
        "/v1/reports/{name}/{date}",
        "getReport",
        "The page of a report: a redirect to an address that works for 15 minutes",
        None,
        _REPORT,
        problems=(404,),
    ),
    Operation("get", "/v1/openapi.json", "getDocument", "This document", None),
)
