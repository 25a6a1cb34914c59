"""Pages of reports in their bucket, and addresses that open them for some minutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# The address works so long at most; it ends earlier where the function's own credentials do.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
VALID_SECONDS = 900


@dataclass(frozen=True, slots=True)
class ReportPages:
    """See world.Reports. client: makes a client of S3. bucket: empty where the environment has no reports."""

    client: Callable[[], Any]
    bucket: str

    def url(self, name: str, day: str) -> str | None:
        """See world.Reports."""
        if not self.bucket:
            return None
        from botocore.exceptions import ClientError

        object_id = {"Bucket": self.bucket, "Key": report_key(name, day)}
        s3 = self.client()
        try:
            s3.head_object(**object_id)
        except ClientError as error:
            # HEAD has no body, so that the status is all there is to know.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
            return None
        url: str = s3.generate_presigned_url("get_object", Params=object_id, ExpiresIn=VALID_SECONDS)
        return url


def report_key(name: str, day: str) -> str:
    """Where in the bucket a report's page is. day: such as 2026-11-30."""
    return f"{name}/{day}.html"
