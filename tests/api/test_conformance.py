"""schemathesis against the document: over HTTP, signed, through the local API Gateway, to the function in moto's AWS.

Whatever is sent, there is no 5xx and no answer that is not documented; what the document does not allow is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, settings
from requests.adapters import HTTPAdapter
from schemathesis.checks import CHECKS, load_all_checks

from generator.drill.api_gateway import SERVICE, ApiGateway, Caller
from handlers.api import app
from handlers.events.records import Count
from tests.api.api_world import (
    ALICE,
    FINGERPRINT,
    HUB_ACCOUNT,
    MINUTE,
    NOW,
    REGION,
    ApiWorld,
    agent,
    api,
    document,
    document_text,
)

KEY, SECRET_KEY = "AKIAEXAMPLE", "nothing"
EVENT = f"{0:020x}"
EXAMPLES = 8
SCHEMA = schemathesis.openapi.from_dict(json.loads(document_text()))
SCHEMA.config.generation.update(deterministic=True, with_security_parameters=False)
# Random ids are of nothing; half of them become those that are there.
KNOWN = {"id": EVENT, "fingerprint": FINGERPRINT}
# A cursor that is one by its schema is still not ours, and a time may be over: not all that is valid is accepted.
load_all_checks()
CHOSEN = [
    check
    for check in CHECKS.get_all()
    if getattr(check, "__name__", "") not in ("positive_data_acceptance", "ignored_auth", "max_response_time")
]


@SCHEMA.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    return {
        name: KNOWN[name] if name in KNOWN and str(value)[-1:] in "02468ace" else value
        for name, value in (path_parameters or {}).items()
    }


class Signed(requests.auth.AuthBase):
    """Signature Version 4, over what is really sent."""

    def __call__(self, sent: requests.PreparedRequest) -> requests.PreparedRequest:
        body = sent.body.encode() if isinstance(sent.body, str) else sent.body
        request = AWSRequest(sent.method, sent.url, data=body or b"")
        SigV4Auth(Credentials(KEY, SECRET_KEY), SERVICE, REGION).add_auth(request)
        sent.headers.update(dict(request.headers))
        return sent


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.auth = Signed()
        made.trust_env = False
        made.mount("http://", HTTPAdapter(pool_maxsize=4))
        yield made


@pytest.fixture(scope="module")
def gateway(endpoint: str) -> Iterator[ApiGateway]:
    with api(endpoint) as place, pytest.MonkeyPatch.context() as patch:
        fill(place)
        patch.setattr(app, "_document", document)
        patch.setattr(app, "_world", lambda: place.world)
        callers = {KEY: Caller(HUB_ACCOUNT, ALICE, SECRET_KEY)}
        with ApiGateway(lambda event: app.handler(event, None), callers) as server:
            yield server


def fill(place: ApiWorld) -> None:
    for number in range(3):
        place.add_error(number)
        place.add_event(number)
        place.add_incident(number)
    place.add_incident(9, ended=NOW - MINUTE, state="OK")
    place.store.put_count(Count(FINGERPRINT, NOW, place.store.head(FINGERPRINT).home, 3))  # type: ignore[union-attr]
    place.store.save_agent(agent(), 0)
    place.client("s3").put_object(Bucket="monitoring-reports-prod", Key="daily/2000-01-01.html", Body=b"<p>")


@SCHEMA.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_that_is_not_documented(
    case: schemathesis.Case, gateway: ApiGateway, session: requests.Session
) -> None:
    reply = case.call(base_url=gateway.url, session=session, allow_redirects=False)
    case.validate_response(reply, checks=CHOSEN)
