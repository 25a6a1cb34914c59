"""Errors of AWS as sentences: where it happened, what AWS answered, and what to do about it."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

SIGN_IN = "sign in to account {account} (for example with `aws sso login`) and set AWS_PROFILE"
NO_QUEUE = ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
SKEWED = r"Signature (?:expired|not yet current)|difference between the request time and the current time"
NOT_KNOWN = ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId")


class AwsError(Exception):
    """AWS refused a request, or could not be reached. hint: what to do, beginning with a verb."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def short_reason(error: Exception) -> str:
    """An error of botocore, short enough for a list: `AssumeRole: AccessDenied`."""
    response = getattr(error, "response", None)
    if not response:
        return " ".join(str(error).split())
    return f"{getattr(error, 'operation_name', '')}: {response['Error']['Code']}"


@contextmanager
def aws_errors(action: str, what: str, account: str, region: str) -> Iterator[None]:
    """Turn botocore's exceptions into AwsError, which says where it happened, what AWS answered and what to do.

    action: such as `sqs:ReceiveMessage`, or `deploying` around several calls. what: the resource, which follows the
    action in a sentence. account: its ID.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    request = f"{action} on {what}" if ":" in action else f"{action} {what}"
    try:
        yield
    except ClientError as error:
        error_data = error.response.get("Error", {})
        if is_page(str(error_data.get("Message", ""))):
            raise _no_aws(request, region) from None
        where = request if ":" in action else f"{error.operation_name} while {request}"
        right = action if ":" in action else error.operation_name
        raise _from_an_answer(
            str(error_data.get("Code", "")), str(error_data.get("Message", "")), where, right, what, account
        ) from None
    except (BotoCoreError, ResponseParserError, ValueError, EOFError) as error:
        # An invalid address raises ValueError, a prompt for an MFA code without a terminal EOFError.
        if is_page(str(error)):
            raise _no_aws(request, region) from None
        raise _from_this_side(error, account, region) from None
    except KeyError as error:
        # botocore, too, reads a proxy's page as an answer without what every answer has.
        raise AwsError(
            f"the response to {request} is not from AWS: it has no {error}",
            f"check the proxies on the way to {region}, and AWS_ENDPOINT_URL if it is set",
        ) from None
    except OSError as error:
        # A file or a program that the configuration names, such as a web identity token's or `credential_process`.
        if error.errno == errno.EPIPE:
            raise
        raise AwsError(
            f"could not load AWS credentials: {error}", "check the AWS_* variables and ~/.aws/config"
        ) from None


def is_page(text: str) -> bool:
    """True if a response is a web page, as of a proxy: AWS answers in XML and JSON."""
    return bool(re.search(r"<(?:!doctype\s+html|html|title)\b", text, re.IGNORECASE))


def _no_aws(request: str, region: str) -> AwsError:
    return AwsError(
        f"{request} returned a web page instead of a response from AWS",
        "check AWS_ENDPOINT_URL if it is set (an emulator of AWS may not support this call), and the proxies on the way"
        f" to {region}",
    )


def _from_an_answer(code: str, message: str, where: str, right: str, what: str, account: str) -> AwsError:
    """where: the call, in words. right: the permission that it needs."""
    if code in NO_QUEUE:
        return AwsError(f"queue {what} does not exist in account {account}", "run `obsgen build` and deploy the hub")
    if code in DENIED:
        return AwsError(f"AWS denied {where}", f"use a role of account {account} that allows {right}")
    if re.search(SKEWED, message):
        hint = "set this machine's clock: AWS rejects requests that were signed more than a few minutes ago"
        return AwsError(f"this machine's clock differs from AWS's: {' '.join(message.split())}", hint)
    if code in EXPIRED:
        return AwsError("the AWS session has expired", SIGN_IN.format(account=account))
    if code in NOT_KNOWN:
        return AwsError("AWS rejected the credentials", SIGN_IN.format(account=account))
    detail = " ".join(f"{code}: {message}".split())
    return AwsError(
        f"AWS refused {where}: {detail}",
        "retry; if the error persists, see this error code in the AWS documentation",
    )


def _from_this_side(error: Exception, account: str, region: str) -> AwsError:
    from botocore import exceptions as of

    signed_out = (of.SSOError, of.TokenRetrievalError, of.UnauthorizedSSOTokenError, of.CredentialRetrievalError)
    detail = " ".join(str(error).split())
    if isinstance(error, EOFError):
        return AwsError("the AWS profile requires an MFA code, but none was entered", SIGN_IN.format(account=account))
    if isinstance(error, of.NoCredentialsError | of.PartialCredentialsError):
        return AwsError("no AWS credentials found", SIGN_IN.format(account=account))
    if isinstance(error, of.ProfileNotFound):
        return AwsError(detail, SIGN_IN.format(account=account))
    if isinstance(error, signed_out):
        return AwsError(f"could not load AWS credentials: {detail}", SIGN_IN.format(account=account))
    if isinstance(error, of.HTTPClientError | of.ConnectionError):
        return AwsError(
            f"could not connect to AWS: {detail}", f"check the network to {region}, and AWS_ENDPOINT_URL if it is set"
        )
    return AwsError(f"the request to AWS failed: {detail}", "check AWS_PROFILE, AWS_ENDPOINT_URL and ~/.aws/config")
