"""Calls in an account and Region: paced, paged, and each error with the part that misses its answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from generator.capture.types import Problem
from generator.rollout.aws.closed_regions import NOT_ENABLED
from generator.rollout.aws.errors import EXPIRED, AwsError, is_page
from generator.rollout.capture.pace import Paces

# Prefixes of IAM whose client has another name.
SERVICES = {
    "elasticfilesystem": "efs",
    "servicequotas": "service-quotas",
    "states": "stepfunctions",
    "tag": "resourcegroupstaggingapi",
}
MOST_SAID = 300
# The codes of botocore's standard retries (botocore.retries.standard), and that of the tagging API. It has tried
# several times before this is raised.
THROTTLED = (
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
)
MOST_SLOWER = 5


class Access(Protocol):
    """Clients in accounts."""

    def client(self, account: str, service: str, region: str) -> Any: ...  # pragma: no cover


class CallFailed(Exception):
    """A call that AWS refused, or that could not be made."""

    def __init__(self, call: str, code: str, message: str) -> None:
        super().__init__(f"{call}: {code}: {message}")
        self.call, self.code, self.message = call, code, message

    @property
    def is_region_closed(self) -> bool:
        """True if the account seems to have disabled the Region."""
        return self.code in NOT_ENABLED


@dataclass(frozen=True, slots=True)
class RegionCalls:
    """The calls of one account in one Region."""

    account: str
    region: str
    access: Access
    paces: Paces

    def call(self, action: str, tokens: float = 1.0, **params: Any) -> dict[str, Any]:
        """The answer to an action such as `logs:DescribeLogGroups`; slower and slower where AWS throttles it.

        tokens: of the action's pace. Raises CallFailed, AwsError, Stopped.
        """
        pace = self.paces.of(self.account, self.region, action)
        for _ in range(MOST_SLOWER):
            pace.take(tokens)
            try:
                return self.call_unpaced(action, **params)
            except CallFailed as error:
                if error.code not in THROTTLED:
                    raise
                pace.slow_down()
        pace.take(tokens)
        return self.call_unpaced(action, **params)

    def call_unpaced(self, action: str, **params: Any) -> dict[str, Any]:
        """The answer to an action, at once. Raises CallFailed; AwsError where the caller's session has ended."""
        from botocore import xform_name
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        prefix, _, operation = action.partition(":")
        try:
            client = self.access.client(self.account, SERVICES.get(prefix, prefix), self.region)
            answer: dict[str, Any] = getattr(client, xform_name(operation))(**params)
        except ClientError as error:
            data = error.response.get("Error", {})
            code, message = str(data.get("Code", "")), str(data.get("Message", ""))
            if code in EXPIRED:
                hint = "sign in again and run the same command: it continues"
                raise AwsError("the AWS session has expired", hint) from None
            raise CallFailed(action, *_short(code, message)) from None
        except (BotoCoreError, ResponseParserError) as error:
            raise CallFailed(action, *_short(type(error).__name__, str(error))) from None
        return answer

    def pages(
        self, action: str, page_key: str = "NextToken", answer_key: str = "", **params: Any
    ) -> Iterator[dict[str, Any]]:
        """All pages of an action. page_key: of what leads to the next, in requests; empty where there is one page.

        answer_key: the same in answers, where it has another name there. Raises CallFailed.
        """
        answer_key = answer_key or page_key
        following: dict[str, Any] = {}
        tokens: set[object] = set()
        while True:
            page = self.call(action, **params, **following)
            yield page
            if not page_key or not page.get(answer_key):
                return
            if page[answer_key] in tokens:
                raise CallFailed(action, "RepeatedToken", "AWS answered with the token of the same page again")
            tokens.add(page[answer_key])
            following = {page_key: page[answer_key]}

    def problem(self, part: str, error: CallFailed) -> Problem:
        """An error as a problem of a part."""
        return Problem(self.account, self.region, part, error.call, error.code, error.message)


def _short(code: str, message: str) -> tuple[str, str]:
    """Code and message of an error, without control characters and without a page of a proxy."""
    text = "a web page instead of a response from AWS" if is_page(message) else " ".join(message.split())
    printable = "".join(character for character in text if character.isprintable())
    return code or "Unknown", printable[:MOST_SAID]
