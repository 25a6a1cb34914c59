"""The API of the event store, called with whatever credentials the caller has: where it is, signed requests, answers.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from generator.rollout.aws.clients import Aws
from generator.rollout.aws.errors import SIGN_IN, AwsError, aws_errors, is_page
from generator.rollout.aws.stack_statuses import is_missing_stack
from generator.rollout.deploy.desired import DesiredState

OUTPUT = "MonitoringApiUrl"
SERVICE = "execute-api"
CONNECT_SECONDS, READ_SECONDS = 10, 30
# Too many requests, or a busy table: asked again after so many seconds, if it is no harm to ask twice.
PAUSES = (1.0, 3.0, 8.0)
AGAIN = (429, 502, 503, 504)
# What API Gateway says where the signature is the reason, and not a policy.
_NOT_SIGNED_IN = ("security token", "expired", "signature", "authentication token")


class ApiNotDeployed(AwsError):
    """There is no hub, or it has no API."""


class BadRequest(Exception):
    """The API says that the request makes no sense: 400, 404, 409, 413 or 415. mistakes: place and what is wrong."""

    def __init__(self, detail: str, mistakes: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.mistakes = tuple(mistakes)


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """An answer. headers: names in lower case. body: whatever came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        """The body as a JSON object; an empty one where it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(slots=True)
class MonitoringApi:
    """url: what the stack's output says. account, region: the hub's. names: of accounts that were built, by id."""

    aws: Aws
    url: str
    account: str
    region: str
    names: Mapping[str, str] = field(default_factory=dict)
    _session: Any = field(default=None)

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> ApiResponse:
        """What is at a path such as `/v1/errors`; lists are given as the same parameter several times.

        Raises Refused and BadRequest. A redirect is an answer, and not followed.
        """
        return self._asked("GET", path, query, None)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The record as it stands after a change. Raises Refused and BadRequest."""
        return self._asked("POST", path, None, body).data

    def items(self, path: str, name: str, query: Mapping[str, Any], most: int) -> Iterator[dict[str, Any]]:
        """A list from page to page, up to so many. name: of the list in each answer."""
        cursor, found = "", 0
        while found < most:
            page = self.get(path, {**query, "limit": min(100, most), **({"cursor": cursor} if cursor else {})}).data
            for item in page.get(name, ())[: most - found]:
                found += 1
                yield item
            cursor = page.get("next_cursor") or ""
            if not cursor:
                return

    def _asked(
        self, method: str, path: str, query: Mapping[str, Any] | None, body: Mapping[str, Any] | None
    ) -> ApiResponse:
        """Once more, and again, where the answer says so: every change is the same when it is made twice."""
        action = f"{method} {path}"
        for pause in (*PAUSES, None):
            with aws_errors("execute-api:Invoke", self.url, self.account, self.region):
                answer = self._sent(method, path, query, body)
            if answer.status not in AGAIN or pause is None:
                break
            self.aws.sleep(pause)
        if answer.status >= 400:
            raise _failure(answer, action, self.account)
        if answer.status < 300 and not answer.data:
            raise AwsError(f"what answered {action} is not the API", f"check the proxies between here and {self.url}")
        return answer

    def _sent(
        self, method: str, path: str, query: Mapping[str, Any] | None, body: Mapping[str, Any] | None
    ) -> ApiResponse:
        from botocore.awsrequest import AWSRequest
        from botocore.httpsession import URLLib3Session
        from botocore.utils import get_environ_proxies

        given = urlencode({name: value for name, value in (query or {}).items() if value}, doseq=True, quote_via=quote)
        url = f"{self.url}{quote(path)}{f'?{given}' if given else ''}"
        headers = {"Accept": "application/json", **({"Content-Type": "application/json"} if body is not None else {})}
        content = b"" if body is None else json.dumps(body).encode()
        request = AWSRequest(method, url, headers=headers, data=content)
        self._sign(request)
        if self._session is None:
            self._session = URLLib3Session(
                timeout=(CONNECT_SECONDS, READ_SECONDS), proxies=get_environ_proxies(self.url)
            )
        got = self._session.send(request.prepare())
        return ApiResponse(got.status_code, {name.lower(): value for name, value in got.headers.items()}, got.content)

    def _sign(self, request: Any) -> None:
        from botocore.auth import SigV4Auth
        from botocore.exceptions import NoCredentialsError

        credentials = self.aws.credentials()
        if credentials is None:
            raise NoCredentialsError
        SigV4Auth(credentials.get_frozen_credentials(), SERVICE, self.region).add_auth(request)


def api_of(aws: Aws, desired: DesiredState) -> MonitoringApi:
    """The API of a deployed environment. Raises Refused."""
    return MonitoringApi(aws, _url(aws, desired), desired.hub.account, desired.hub.region, desired.names)


def _url(aws: Aws, desired: DesiredState) -> str:
    from botocore.exceptions import ClientError

    hub = desired.hub
    deploy = f"obsgen deploy -e {desired.environment}"
    with aws_errors("cloudformation:DescribeStacks", hub.name, hub.account, hub.region):
        try:
            (stack,) = aws.client("cloudformation", hub.region).describe_stacks(StackName=hub.name)["Stacks"]
        except ClientError as error:
            if not is_missing_stack(error):
                raise
            raise ApiNotDeployed(f"{hub.name} is not deployed", deploy) from None
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    if OUTPUT not in outputs:
        raise ApiNotDeployed(f"{hub.name} has no API: it is of an older build, or still being made", deploy)
    return str(outputs[OUTPUT]).rstrip("/")


def _failure(answer: ApiResponse, action: str, account: str) -> Exception:
    """What an answer above 400 says, as a sentence."""
    data = answer.data
    detail = str(data.get("detail") or data.get("message") or data.get("Message") or "")
    if answer.status in (400, 404, 409, 413, 415):
        mistakes = [(f"{one['in']} {one['name']}".strip(), one["detail"]) for one in data.get("errors", ())]
        return BadRequest(detail or f"{action} was refused with {answer.status}", mistakes)
    if answer.status == 403:
        if any(word in detail.lower() for word in _NOT_SIGNED_IN):
            return AwsError(f"the API does not take these credentials: {detail}", SIGN_IN.format(account=account))
        return AwsError(
            f"AWS denied {action}",
            f"use a role of account {account} that may do execute-api:Invoke on this API (docs/api.md has the policy)",
        )
    if answer.status == 429:
        return AwsError("the API has too many requests", "wait a minute; `events.api` in the spec has its rates")
    if not data and is_page(answer.body.decode("utf-8", "replace")):
        return AwsError(f"what answered {action} is not the API: it sent a web page", "check the proxies")
    request = data.get("request_id") or answer.headers.get("x-amzn-requestid", "")
    about = f" (request {request})" if request else ""
    return AwsError(
        f"the API failed with {answer.status}{about}", "run it again; if it stays, the log of monitoring-api says why"
    )
