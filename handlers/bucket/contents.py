"""Custom resource `Custom::BucketContents`: empties a bucket when its stack is deleted.

CloudFormation deletes no bucket that has objects in it. Create and Update succeed at once; Delete removes every object,
then answers. An answer goes to ResponseURL in any case, with the reason where it is FAILED: without one the stack
waits for an hour. What does not fit into one invocation goes on in the next: the function invokes itself
asynchronously, which needs `lambda:InvokeFunction` on its own ARN.

The bucket has no versioning, so a listing of objects shows all there is; parts of unfinished uploads do not keep a
bucket from being deleted.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.common.aws import client
from handlers.common.deadline import Deadline
from handlers.common.http import Http, NoAnswer

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)
# What DeleteObjects takes in one request, and ListObjectsV2 lists.
BATCH = 1_000
# Kept for the next invocation's start or the answer.
RESERVE_SECONDS = 15.0
# Lambda ends a loop of a function that invokes itself after about 16 times.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
MOST_INVOCATIONS = 15
# S3 may fail single keys; so many requests one after the other, in which not one object was deleted, are enough.
MOST_FAILED_REQUESTS = 5
RETRY_SECONDS = 1.0
READ_SECONDS = 20.0
ATTEMPTS = 3
ANSWER_ATTEMPTS = 3
ANSWER_SECONDS = 4.0
# A response is at most 4,096 bytes, with up to 1,024 of StackId and as much of PhysicalResourceId.
REASON_LIMIT = 600
NO_BUCKET = "NoSuchBucket"
# Keys that failed for one of these are tried again; any other code will not change by itself.
TEMPORARY = {"InternalError", "ServiceUnavailable", "SlowDown", "OperationAborted", "RequestTimeout"}


class EmptyingFailed(Exception):
    """The bucket cannot be emptied; the text says why, for whoever looks at the stack's events."""


@dataclass(frozen=True, slots=True)
class BucketContents:
    """The custom resource. s3, functions: clients of S3 and Lambda. private: whether ResponseURL may be a local one."""

    s3: Any
    functions: Any
    http: Http = field(default_factory=Http)
    sleep: Callable[[float], None] = time.sleep
    private: bool = False

    def handle(self, event: Mapping[str, Any], function: str, log_stream: str, deadline: Deadline) -> None:
        """Do what the request asks for and answer, or go on in another invocation.

        function: its own ARN. log_stream: where this invocation logs. Raises NoAnswer where ResponseURL took no
        answer; Lambda then invokes again, twice.
        """
        try:
            is_done = event["RequestType"] != "Delete" or self.empty(_bucket(event), deadline.earlier(RESERVE_SECONDS))
            if not is_done:
                self._continue(event, function)
                return
            reason = ""
        except Exception as error:
            reason = _described(error)
            logger.error("not emptied", extra={"reason": reason})
        self._answer(event, _response(event, reason, log_stream), deadline)

    def empty(self, bucket: str, deadline: Deadline) -> bool:
        """Delete all objects, a page at a time; False where the deadline came first. Raises EmptyingFailed."""
        deleted = failed_requests = 0
        while deadline.left:
            keys = self._keys(bucket)
            if not keys:
                logger.info("emptied", extra={"bucket": bucket, "deleted": deleted})
                return True
            errors = self._delete(bucket, keys)
            deleted += len(keys) - len(errors)
            failed_requests = failed_requests + 1 if len(errors) == len(keys) else 0
            if failed_requests >= MOST_FAILED_REQUESTS:
                raise EmptyingFailed(f"{len(errors)} objects were not deleted: {_codes(errors)}")
            if errors:
                self.sleep(RETRY_SECONDS)
        logger.info("continued in another invocation", extra={"bucket": bucket, "deleted": deleted})
        return False

    def _keys(self, bucket: str) -> list[str]:
        """The first keys of the bucket; none where it is gone."""
        from botocore.exceptions import ClientError

        try:
            listed = self.s3.list_objects_v2(Bucket=bucket, MaxKeys=BATCH)
        except ClientError as error:
            if error.response["Error"]["Code"] == NO_BUCKET:
                return []
            raise
        return [entry["Key"] for entry in listed.get("Contents", ())]

    def _delete(self, bucket: str, keys: list[str]) -> list[dict[str, str]]:
        """The errors of single keys that another try may remove; raises EmptyingFailed for any other."""
        request = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
        errors: list[dict[str, str]] = self.s3.delete_objects(Bucket=bucket, Delete=request).get("Errors", [])
        lasting = [error for error in errors if error.get("Code") not in TEMPORARY]
        if lasting:
            example = lasting[0].get("Key", "")
            raise EmptyingFailed(f"{len(lasting)} objects were not deleted, such as {example!r}: {_codes(lasting)}")
        return errors

    def _continue(self, event: Mapping[str, Any], function: str) -> None:
        invocation = int(event.get("Invocation", 1)) + 1
        if invocation > MOST_INVOCATIONS:
            raise EmptyingFailed(f"objects remain after {MOST_INVOCATIONS} invocations; delete the stack again")
        payload = json.dumps({**event, "Invocation": invocation}).encode()
        self.functions.invoke(FunctionName=function, InvocationType="Event", Payload=payload)

    def _answer(self, event: Mapping[str, Any], response: Mapping[str, Any], deadline: Deadline) -> None:
        """PUT the response. The address is signed without a content type, so none is sent."""
        body = json.dumps(response).encode()
        for attempt in range(1, ANSWER_ATTEMPTS + 1):
            try:
                answer = self.http.call(
                    "PUT",
                    event["ResponseURL"],
                    deadline.within(ANSWER_SECONDS),
                    headers={"Content-Type": ""},
                    body=body,
                    private=self.private,
                )
                if answer.status < 300:
                    logger.info("response sent", extra={"response": response["Status"]})
                    return
                problem = f"ResponseURL responded with {answer.status}"
            except NoAnswer as error:
                problem = str(error)
            logger.warning("response not sent", extra={"reason": problem, "attempt": attempt})
            self.sleep(RETRY_SECONDS)
        raise NoAnswer(problem, sent=True)


def handler(event: dict[str, Any], context: Any) -> None:
    """Lambda's entry point."""
    contents = BucketContents(
        client("s3", READ_SECONDS, ATTEMPTS),
        client("lambda", READ_SECONDS, ATTEMPTS),
    )
    deadline = Deadline.after(context.get_remaining_time_in_millis() / 1000)
    contents.handle(event, context.invoked_function_arn, context.log_stream_name, deadline)


def _bucket(event: Mapping[str, Any]) -> str:
    name = event.get("ResourceProperties", {}).get("BucketName")
    if not name:
        raise EmptyingFailed("the resource has no property BucketName")
    return str(name)


def _response(event: Mapping[str, Any], reason: str, log_stream: str) -> dict[str, Any]:
    """What CloudFormation reads. The physical id is the bucket's name and stays what it was.

    Another name in an update makes another id: CloudFormation then deletes the old one, which empties the old bucket.
    """
    name = event.get("ResourceProperties", {}).get("BucketName") or "no-bucket"
    keeps_id = reason or event.get("RequestType") == "Delete"
    return {
        "Status": "FAILED" if reason else "SUCCESS",
        "Reason": f"{reason[:REASON_LIMIT]} (log stream {log_stream})" if reason else f"log stream {log_stream}",
        "PhysicalResourceId": event.get("PhysicalResourceId", name) if keeps_id else name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }


def _codes(errors: list[dict[str, str]]) -> str:
    return ", ".join(sorted({error.get("Code", "unknown") for error in errors}))


def _described(error: Exception) -> str:
    return str(error) if isinstance(error, EmptyingFailed) else f"{type(error).__name__}: {error}"
