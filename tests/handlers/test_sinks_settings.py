"""Refusals that speak against a channel's own settings: what is owed waits until they are repaired, and is not dropped.

A delivery whose plain form is refused too is given up at once (`outcome.failed`), so nothing that an administrator can
repair may count as a refusal of the content.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from handlers.common.http import Answer
from handlers.incident.sinks.sink import Attempt, Blame, SinkFailed, sink
from tests.handlers.sink_world import NASTY, Always, channel_of, deadline, tools
from tests.vendors import Vendors

# https://github.com/microsoft/coe-starter-kit/issues/8684, of a flow that was switched off; the state
# of one that was deleted is Deleted. The status is 400.
SWITCHED_OFF = {
    "error": {
        "code": "WorkflowTriggerIsNotEnabled",
        "message": "Could not execute workflow 'a' trigger 'manual' with state 'Disabled': trigger is not enabled.",
    }
}
# Of a schema in the trigger: https://learn.microsoft.com/en-us/azure/connectors/connectors-native-reqres
SCHEMA = {"error": {"code": "TriggerInputSchemaMismatch", "message": "The input body did not match its schema."}}
# https://github.com/ericferon/glpi-webhook/issues/30: chat.googleapis.com, status 400, of an address with a wrong key.
BAD_KEY = {
    "error": {
        "code": 400,
        "message": "API key not valid. Please pass a valid API key.",
        "status": "INVALID_ARGUMENT",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "API_KEY_INVALID",
                "domain": "googleapis.com",
                "metadata": {"service": "chat.googleapis.com"},
            }
        ],
    }
}
# https://github.com/prometheus/alertmanager/issues/1223: the fields of a 422.
NO_TEAM = {"message": "Request body is not processable.", "errors": {"responders[0]": "id or name should be provided"}}
TOO_LONG = {"message": "Request body is not processable.", "errors": {**NO_TEAM["errors"], "details": "too long"}}
# https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
NO_TABLE = {"error": {"message": "Invalid table incident", "detail": None}, "status": "failure"}
INVALID = {"error": {"code": 400, "message": "Invalid JSON payload received.", "status": "INVALID_ARGUMENT"}}


def refusal(vendor: str, status: int, body: Any, *, plain: bool = False) -> SinkFailed:
    channel, secret = channel_of(Vendors(), vendor)
    http = Always(Answer(status, {}, json.dumps(body).encode()))
    with pytest.raises(SinkFailed) as refused:
        sink(channel, replace(tools(secret), http=http)).advance(NASTY, Attempt(plain=plain), deadline())
    return refused.value


@pytest.mark.parametrize("plain", [False, True])
def test_a_workflow_that_is_switched_off_loses_no_message(plain: bool) -> None:
    refused = refusal("teams", 400, SWITCHED_OFF, plain=plain)
    assert (refused.blame, refused.unsure) == (Blame.CHANNEL, False)
    assert "WorkflowTriggerIsNotEnabled; check the address in the secret drill/teams" in str(refused)


def test_a_wrong_key_of_google_loses_no_message() -> None:
    refused = refusal("google-chat", 400, BAD_KEY)
    assert refused.blame is Blame.CHANNEL
    assert str(refused).endswith("API_KEY_INVALID; check the address in the secret drill/google-chat")


@pytest.mark.parametrize("plain", [False, True])
def test_a_responder_that_is_gone_loses_no_page(plain: bool) -> None:
    refused = refusal("jsm", 422, NO_TEAM, plain=plain)
    assert (refused.blame, refused.unsure) == (Blame.CHANNEL, False)
    assert "responders[0]: id or name should be provided" in str(refused)
    assert refusal("jsm", 422, TOO_LONG).blame is Blame.CONTENT


@pytest.mark.parametrize(
    ("vendor", "status", "body"),
    [("teams", 400, SCHEMA), ("google-chat", 400, INVALID), ("servicenow", 400, NO_TABLE)],
)
def test_what_refuses_even_plain_text_refuses_everything(vendor: str, status: int, body: Any) -> None:
    assert refusal(vendor, status, body).blame is Blame.CONTENT
    assert refusal(vendor, status, body, plain=True).blame is Blame.CHANNEL
