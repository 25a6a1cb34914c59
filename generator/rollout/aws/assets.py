"""What lies in a bucket: packages and templates by digest, and what environments leave there of their rollouts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.rollout.aws import bucket
from generator.rollout.aws.clients import Aws
from generator.rollout.aws.errors import AwsError
from generator.rollout.progress import ProgressReporter

NOT_FOUND = 404
# Objects that one request deletes. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
AT_ONCE = 1000


@dataclass(slots=True)
class Assets:
    """The bucket of one hub account and Region. Everything asks with the account that has to own it.

    other: the name of another bucket of that account, where that one is meant.
    """

    aws: Aws
    account: str
    region: str
    progress: ProgressReporter
    other: str = ""

    @property
    def bucket(self) -> str:
        """Its name."""
        return self.other or bucket.name(self.account, self.region)

    def exists(self) -> bool:
        """Whether there is a bucket. Raises Refused where its name is somebody else's."""
        from botocore.exceptions import ClientError

        try:
            self._s3.head_bucket(**self._own)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status == NOT_FOUND:
                return False
            if status == 403:
                raise AwsError(
                    f"AWS denied s3:ListBucket on {self.bucket}",
                    f"use a role that may; if it is not of account {self.account}, somebody took the name",
                ) from None
            raise
        return True

    def has(self, key: str) -> bool:
        """Whether something lies there."""
        from botocore.exceptions import ClientError

        try:
            self._s3.head_object(**self._own, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == NOT_FOUND:
                return False
            raise
        return True

    def get(self, key: str) -> bytes | None:
        """What lies there."""
        client = self._s3
        try:
            found: bytes = client.get_object(**self._own, Key=key)["Body"].read()
        except client.exceptions.NoSuchKey:
            return None
        return found

    def put(self, key: str, content: bytes) -> None:
        """Lay something there; S3 refuses what does not arrive whole."""
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        self._s3.put_object(**self._own, Key=key, Body=content, ChecksumSHA256=digest)

    def upload(self, contents: Mapping[str, bytes]) -> None:
        """Lay there what is not there yet; a key says what its content is."""
        for key, content in sorted(contents.items()):
            if not self.has(key):
                self.progress.line(f"upload {key} ({len(content):,} bytes)")
                self.put(key, content)

    def under(self, prefix: str) -> Iterator[dict[str, str]]:
        """Every version and delete marker below a prefix, as DeleteObjects wants them."""
        pages = self._s3.get_paginator("list_object_versions").paginate(**self._own, Prefix=prefix)
        for page in pages:
            for one in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                yield {"Key": one["Key"], "VersionId": one["VersionId"]}

    def empty(self, prefix: str = "") -> int:
        """Delete every version of everything below a prefix; how many there were. Raises Refused for what stays."""
        everything = list(self.under(prefix))
        for start in range(0, len(everything), AT_ONCE):
            some = everything[start : start + AT_ONCE]
            done = self._s3.delete_objects(**self._own, Delete={"Objects": some, "Quiet": True})
            for error in done.get("Errors", []):
                raise AwsError(f"{self.bucket}: {error['Key']} stays: {error['Message']}", "mend that, run it again")
        return len(everything)

    def remove(self) -> None:
        """Take away a bucket that its stack has let go, with everything in it; say so where AWS does not let us."""
        from botocore.exceptions import ClientError

        try:
            if self.exists():
                self.progress.line(f"{self.bucket}: deleting {self.empty()} objects and the bucket")
                self._s3.delete_bucket(**self._own)
        except (ClientError, AwsError) as error:
            self.progress.line(f"{self.bucket} is no longer used and stays; delete it by hand: {error}")

    def url(self, key: str) -> str:
        """Where CloudFormation reads it."""
        suffix = ".cn" if self.region.startswith("cn-") else ""
        return f"https://{self.bucket}.s3.{self.region}.amazonaws.com{suffix}/{key}"

    @property
    def _own(self) -> dict[str, str]:
        """With whoever has to own the bucket: a name that somebody else took is refused."""
        return {"Bucket": self.bucket, "ExpectedBucketOwner": self.account}

    @property
    def _s3(self) -> Any:
        return self.aws.client("s3", self.region)
