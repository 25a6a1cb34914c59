"""From a request to its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus

from handlers.api import errors_api, events_api, overview_api, reports_api
from handlers.api.openapi import Call, Document
from handlers.api.problems import Problem, problem_answer
from handlers.api.request import Answer, Request
from handlers.api.world import World

# By the operation's id in the document.
OPERATIONS: Mapping[str, Callable[[Call, World], Answer]] = {
    "listEvents": events_api.list_events,
    "getEvent": events_api.get_event,
    "acknowledgeEvent": events_api.acknowledge_event,
    "resolveEvent": events_api.resolve_event,
    "ignoreEvent": events_api.ignore_event,
    "listErrors": errors_api.list_errors,
    "getError": errors_api.get_error,
    "acknowledgeError": errors_api.acknowledge_error,
    "resolveError": errors_api.resolve_error,
    "ignoreError": errors_api.ignore_error,
    "mergeError": errors_api.merge_error,
    "listIncidents": overview_api.list_incidents,
    "listMutes": overview_api.list_mutes,
    "listAgents": overview_api.list_agents,
    "getSummary": overview_api.get_summary,
    "getReport": reports_api.get_report,
    "getDocument": reports_api.get_document,
}


def answer(request: Request, document: Document, world: World) -> Answer:
    """The answer to a request. API Gateway lets nobody through who did not sign; without a signer there is no answer.

    What is wrong with the request is an answer, too; whatever else fails is raised.
    """
    try:
        if not request.account or not request.arn:
            raise Problem(HTTPStatus.FORBIDDEN, "sign requests with AWS Signature Version 4")
        call = document.call(request)
        return OPERATIONS[call.operation](call, world)
    except Problem as problem:
        return problem_answer(problem, request.id)
