"""What AWS says when it does not want to, as a sentence and what to do about it."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

SIGN_IN = "sign in to account {account} (`aws sso login`, or another way), and name the profile in AWS_PROFILE"
NO_QUEUE = ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
SKEWED = r"Signature (?:expired|not yet current)|difference between the request time and the current time"
NOT_KNOWN = ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId")


class AwsError(Exception):
    """AWS refused, or was not reached. hint: what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@contextmanager
def aws_errors(action: str, what: str, account: str, region: str) -> Iterator[None]:
    """Turn botocore's exceptions into Refused. action: such as `sqs:ReceiveMessage`; what: what it was about."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        about = error.response.get("Error", {})
        if is_page(str(about.get("Message", ""))):
            raise _no_aws(action, what, region) from None
        raise _from_an_answer(
            str(about.get("Code", "")), str(about.get("Message", "")), action, what, account
        ) from None
    except (BotoCoreError, ResponseParserError, ValueError, EOFError) as error:
        # An address that is none ends as ValueError, a question for an MFA code that nobody answers as EOFError.
        if is_page(str(error)):
            raise _no_aws(action, what, region) from None
        raise _from_this_side(error, account, region) from None
    except KeyError as error:
        # botocore, too, reads a proxy's page as an answer without what every answer has.
        raise AwsError(
            f"what answered {action} is not AWS: its answer has no {error}",
            f"check the proxies between here and {region}, and AWS_ENDPOINT_URL if it is set",
        ) from None
    except OSError as error:
        # A file or a program that the configuration names, such as a web identity token's or `credential_process`.
        if error.errno == errno.EPIPE:
            raise
        raise AwsError(
            f"the AWS credentials cannot be had: {error}", "check the AWS_* variables and ~/.aws/config"
        ) from None


def is_page(said: str) -> bool:
    """Whether it is for a browser: AWS answers in XML and JSON."""
    return bool(re.search(r"<(?:!doctype\s+html|html|title)\b", said, re.IGNORECASE))


def _no_aws(action: str, what: str, region: str) -> AwsError:
    return AwsError(
        f"what answered is not AWS, or cannot do it ({action} on {what}): it sent a web page",
        f"check AWS_ENDPOINT_URL if it is set, where a stand-in for AWS may not have this call; and the proxies between"
        f" here and {region}",
    )


def _from_an_answer(code: str, message: str, action: str, what: str, account: str) -> AwsError:
    if code in NO_QUEUE:
        return AwsError(f"there is no queue {what} in account {account}", "deploy the hub, or `obsgen build` anew")
    if code in DENIED:
        return AwsError(f"AWS denied {action} on {what}", f"use a role of account {account} that may do {action}")
    if re.search(SKEWED, message):
        hint = "set this machine's clock; AWS takes what was signed a few minutes ago at most"
        return AwsError(f"this machine's clock is not AWS's: {' '.join(message.split())}", hint)
    if code in EXPIRED:
        return AwsError("the AWS session has expired", SIGN_IN.format(account=account))
    if code in NOT_KNOWN:
        return AwsError("AWS does not know these credentials", SIGN_IN.format(account=account))
    said = " ".join(f"{code}: {message}".split())
    return AwsError(f"AWS refused {action} on {what}: {said}", "run it again; if it stays, that code is in AWS's pages")


def _from_this_side(error: Exception, account: str, region: str) -> AwsError:
    from botocore import exceptions as of

    signed_out = (of.SSOError, of.TokenRetrievalError, of.UnauthorizedSSOTokenError, of.CredentialRetrievalError)
    said = " ".join(str(error).split())
    if isinstance(error, EOFError):
        return AwsError("the AWS profile asks for an MFA code, and nobody answered", SIGN_IN.format(account=account))
    if isinstance(error, of.NoCredentialsError | of.PartialCredentialsError):
        return AwsError("there are no AWS credentials here", SIGN_IN.format(account=account))
    if isinstance(error, of.ProfileNotFound):
        return AwsError(said, SIGN_IN.format(account=account))
    if isinstance(error, signed_out):
        return AwsError(f"the AWS credentials cannot be had: {said}", SIGN_IN.format(account=account))
    if isinstance(error, of.HTTPClientError | of.ConnectionError):
        return AwsError(
            f"AWS was not reached: {said}", f"check the network to {region}, and AWS_ENDPOINT_URL if it is set"
        )
    return AwsError(f"AWS could not be asked: {said}", "check AWS_PROFILE, AWS_ENDPOINT_URL and ~/.aws/config")
