"""ServiceNow's Table API as far as the sink uses it: one call at a time, and whatever goes wrong as SinkFailed.

https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html. The secret decides about the credentials: an
API key, user and password, or the client of an OAuth grant of its own.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from handlers.common.deadline import Deadline
from handlers.common.http import Answer
from handlers.incident.channels import Channel
from handlers.incident.sinks.sink import Blame, SinkFailed, Tools, ask, blame_for, credentials, quoted

WHO = "ServiceNow"
TABLE = "/api/now/table/incident"
FIELDS = "sys_id,number,state,correlation_id,correlation_display"
UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 401, 403, 404
# A token is renewed this long before it ends, and believed for no longer than this, in seconds.
TOKEN_MARGIN, TOKEN_LONGEST = 60.0, 3_600.0
HIBERNATES = (
    "the response is no record; check for a login page in front of it, and that the instance does not hibernate"
)

Record = dict[str, str]


class RecordNotFound(Exception):
    """There is no such incident any more, or it is hidden from us."""


class NeedsToken(Exception):
    """There is no access token, and the call is not made."""


@cache
def _tokens() -> dict[tuple[str, str, str], tuple[str, float]]:
    """Access tokens and when they end, by address, client and secret; as long as the function's environment lives."""
    return {}


class ServiceNowApi:
    """The calls of one channel, until the deadline."""

    def __init__(self, channel: Channel, tools: Tools, deadline: Deadline) -> None:
        secret = credentials(channel, tools, "api_key", "password", "client_secret")
        self.channel, self.tools, self.deadline, self.secret = channel, tools, deadline, secret
        self.root = str(channel.settings["url"]).rstrip("/")
        self.hidden: tuple[str, ...] = tuple(secret.get(name, "") for name in ("api_key", "password", "client_secret"))

    def search(self, query: str, most: int) -> list[Record]:
        """The incidents of an encoded query, the oldest first."""
        parameters = {**_PARAMETERS, "sysparm_query": f"{query}^ORDERBYsys_created_on", "sysparm_limit": str(most)}
        answer = self._ask("GET", f"{TABLE}?{urlencode(parameters)}", None)
        if answer.status == NOT_FOUND:
            # "No Record found": https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
            result: Any = [] if _is_error(answer.json()) else None
        elif not 200 <= answer.status < 300:
            raise self.refused(answer)
        else:
            result = _result(answer)
        if not isinstance(result, list):
            raise SinkFailed(f"{WHO}'s search: {HIBERNATES}")
        return [record for item in result if (record := _record(item))]

    def create(self, data: Mapping[str, str]) -> Record:
        """Create an incident; what of it was stored."""
        return self._change("POST", "", data)

    def update(self, sys_id: str, data: Mapping[str, str]) -> Record:
        """Change an incident; what of it was stored, which may be less: fields without the right to write are left."""
        return self._change("PATCH", f"/{sys_id}", data)

    def fetch_token(self) -> None:
        """https://www.servicenow.com/docs/r/platform-security/authentication/client-credentials-grant-workflow.html"""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.secret.get("client_id", ""),
            "client_secret": self.secret["client_secret"],
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        url, body = f"{self.root}/oauth_token.do", urlencode(form).encode()
        try:
            answer = ask(self.tools, self.channel, "POST", url, self.deadline, who=WHO, headers=headers, body=body)
        except SinkFailed as failure:
            # Another token does no harm, and nothing was said of the incident.
            raise SinkFailed(str(failure), retry_after=failure.retry_after, blame=failure.blame) from None
        response = answer.json()
        token = response.get("access_token") if isinstance(response, dict) else None
        if answer.status != 200 or not isinstance(token, str) or not token:
            why = f"check client_id and client_secret in the secret {self.channel.secret}. {_complaint(response)}"
            raise SinkFailed(f"{WHO} gave no access token ({answer.status}): {quoted(why, self.hidden)}")
        lifetime = response.get("expires_in")
        seconds = min(float(lifetime), TOKEN_LONGEST) if isinstance(lifetime, int | float) else TOKEN_LONGEST / 2
        _tokens()[self._token_key()] = (token, self.tools.now() + seconds - TOKEN_MARGIN)

    def refused(self, answer: Answer, *, of_record: bool = False) -> SinkFailed:
        """Whatever it was. of_record: what a business rule or a data policy says of one incident (403) is about it."""
        blame = Blame.DELIVERY if of_record and answer.status == FORBIDDEN else blame_for(answer.status)
        return SinkFailed(f"{WHO} refused ({answer.status}): {self._why(answer)}", blame=blame)

    def _change(self, method: str, path: str, data: Mapping[str, str]) -> Record:
        url = f"{TABLE}{path}?{urlencode(_PARAMETERS)}"
        answer = self._ask(method, url, data)
        if answer.status == NOT_FOUND and path and _is_error(answer.json()):
            raise RecordNotFound
        if not 200 <= answer.status < 300:
            raise self.refused(answer, of_record=bool(path))
        record = _record(_result(answer))
        if record is None:
            raise SinkFailed(f"{WHO}: {HIBERNATES}", unsure=True)
        return record

    def _ask(self, method: str, path: str, data: Any) -> Answer:
        headers = {"Accept": "application/json", **self._authorization()}
        answer = ask(
            self.tools, self.channel, method, self.root + path, self.deadline, who=WHO, headers=headers, data=data
        )
        if answer.status == UNAUTHORIZED:
            _tokens().pop(self._token_key(), None)
        return answer

    def _authorization(self) -> dict[str, str]:
        """x-sn-apikey: https://www.servicenow.com/docs/r/platform-security/authentication/configure-api-key.html"""
        if self.secret.get("api_key"):
            return {"x-sn-apikey": self.secret["api_key"]}
        if self.secret.get("client_secret"):
            token, ends = _tokens().get(self._token_key(), ("", 0.0))
            if self.tools.now() >= ends:
                raise NeedsToken
            self.hidden = (*self.hidden, token)
            return {"Authorization": f"Bearer {token}"}
        pair = base64.b64encode(f"{self.secret.get('username', '')}:{self.secret['password']}".encode()).decode()
        self.hidden = (*self.hidden, pair)
        return {"Authorization": f"Basic {pair}"}

    def _token_key(self) -> tuple[str, str, str]:
        return self.root, self.secret.get("client_id", ""), self.secret.get("client_secret", "")

    def _why(self, answer: Answer) -> str:
        detail = _complaint(answer.json())
        if answer.status == UNAUTHORIZED:
            detail = f"check the credentials in the secret {self.channel.secret}. {detail}"
        if answer.status == FORBIDDEN:
            needs = "needs the role itil; set what is mandatory in `fields` of the channel"
            detail = f"the user of the secret {self.channel.secret} {needs}. {detail}"
        if answer.status == NOT_FOUND:
            detail = f"check url of the channel {self.channel.name}. {detail}"
        return quoted(detail, self.hidden, 500).rstrip() or "no reason given"


_WORD = re.compile(r"[A-Za-z0-9_-]{1,100}")
_PARAMETERS = {"sysparm_fields": FIELDS, "sysparm_exclude_reference_link": "true"}


def _result(answer: Answer) -> Any:
    """What is in `result`; None where the answer is no answer of the Table API's, such as a page with status 200."""
    response = answer.json()
    return response.get("result") if isinstance(response, dict) else None


def _record(item: Any) -> Record | None:
    """The fields of one incident as text; None without sys_id, number and state."""
    if not isinstance(item, dict) or not all(isinstance(item.get(name), str) for name in ("sys_id", "number", "state")):
        return None
    record = {name: str(item.get(name) or "") for name in FIELDS.split(",")}
    # Both become parts of addresses and queries.
    return record if all(_WORD.fullmatch(record[name]) for name in ("sys_id", "number", "state")) else None


def _is_error(response: Any) -> bool:
    """`{"error": {"message": …, "detail": …}, "status": "failure"}`."""
    return isinstance(response, dict) and "error" in response


def _complaint(response: Any) -> str:
    error = response.get("error") if isinstance(response, dict) else None
    if not isinstance(error, dict):
        description = response.get("error_description") if isinstance(response, dict) else None
        return "; ".join(str(part) for part in (error, description) if part)
    return "; ".join(str(error[name]) for name in ("message", "detail") if error.get(name))
