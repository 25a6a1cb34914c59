"""botocore's exceptions, as a client raises them; made without loading any service's model."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

# The modeled exceptions that a client offers under `client.exceptions`, as far as handlers may need them.
MODELED = {
    "dynamodb": (
        "ConditionalCheckFailedException",
        "InternalServerError",
        "ItemCollectionSizeLimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ResourceNotFoundException",
        "ThrottlingException",
        "TransactionCanceledException",
        "TransactionConflictException",
        "TransactionInProgressException",
    ),
    "scheduler": ("ConflictException", "ThrottlingException", "ResourceNotFoundException"),
    "secretsmanager": ("ResourceNotFoundException", "InternalServiceError"),
    "sns": ("ThrottledException", "NotFoundException", "InternalErrorException"),
    "sqs": ("QueueDoesNotExist", "ReceiptHandleIsInvalid", "MessageNotInflight"),
    "ssm": ("OpsItemAlreadyExistsException", "OpsItemNotFoundException", "OpsItemLimitExceededException"),
    "logs": ("ResourceNotFoundException", "ThrottlingException"),
}


@cache
def exception(service: str, code: str) -> type[ClientError]:
    """The class for an error code: a modeled one where there is one."""
    if code in MODELED.get(service, ()):
        return type(code, (ClientError,), {"__module__": "botocore.errorfactory"})
    return ClientError


def failure(service: str, operation: str, code: str, message: str = "", status: int = 400, **more: Any) -> ClientError:
    """An error answer. more: further members of the response, such as CancellationReasons."""
    response = {
        "Error": {"Code": code, "Message": message or code},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "simulated", "RetryAttempts": 0},
        **more,
    }
    return exception(service, code)(response, operation)


def no_answer(service: str) -> ReadTimeoutError:
    """The answer did not come in time; the request may have taken effect."""
    return ReadTimeoutError(endpoint_url=f"https://{service}.us-east-1.amazonaws.com/")


def no_connection(service: str) -> ConnectTimeoutError:
    """The request was not sent."""
    return ConnectTimeoutError(endpoint_url=f"https://{service}.us-east-1.amazonaws.com/")


class Exceptions:
    """`client.exceptions`."""

    def __init__(self, service: str) -> None:
        self.ClientError = ClientError
        for code in MODELED.get(service, ()):
            setattr(self, code, exception(service, code))
