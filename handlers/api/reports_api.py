"""Operations on reports, and the document itself."""

from __future__ import annotations

from handlers.api.openapi import Call
from handlers.api.problems import not_found
from handlers.api.request import Answer
from handlers.api.world import World


def get_report(call: Call, world: World) -> Answer:
    """GET /v1/reports/{name}/{date}: a redirect to the page, signed afresh."""
    name, day = call.values["name"], call.values["date"]
    url = world.reports.url(name, day)
    if url is None:
        raise not_found(f"{name} report of {day}")
    return Answer(302, headers={"Location": url})


def get_document(_call: Call, world: World) -> Answer:
    """GET /v1/openapi.json"""
    return Answer(200, world.document)
