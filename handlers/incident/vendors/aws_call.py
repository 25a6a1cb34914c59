"""AWS calls of sinks, with their bad ends as SinkFailed.

Codes: https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html and the operations' own pages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from handlers.incident.sinks.sink import Blame, SinkFailed

THROTTLED = {
    "KMSThrottling",
    "Throttled",
    "Throttling",
    "ThrottledException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
}
WAIT_SECONDS = 5.0
# What speaks against the content of a request.
INVALID = {
    "InvalidParameter",
    "InvalidParameterValue",
    "OpsItemInvalidParameterException",
    "ParameterValueInvalid",
    "ValidationError",
    "ValidationException",
}


class AwsSinkError(SinkFailed):
    """AWS said no. code: its error code. answer: all that it said, which may name what is there already."""

    def __init__(self, reason: str, code: str, answer: dict[str, Any]) -> None:
        super().__init__(reason, blame=Blame.CONTENT if code in INVALID else Blame.CHANNEL)
        self.code = code
        self.answer = answer


def call(who: str, operation: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
    """Call it. The failure names the code and not the message: messages quote what was sent."""
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    try:
        answer: dict[str, Any] = operation(**arguments)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if code in THROTTLED or status == 429:
            raise SinkFailed(f"{who} asked to retry later ({code})", retry_after=WAIT_SECONDS) from None
        if status >= 500:
            raise SinkFailed(f"{who} failed ({code})", unsure=True) from None
        raise AwsSinkError(f"{who} refused: {code}", code, dict(error.response)) from None
    except HTTPClientError as error:
        # Time-outs while reading and connections cut short; what fails to connect is another branch of the family.
        raise SinkFailed(f"{who} did not answer ({type(error).__name__})", unsure=True) from None
    except BotoCoreError as error:
        raise SinkFailed(f"{who} could not be reached ({type(error).__name__})") from None
    return answer
