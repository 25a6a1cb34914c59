"""Objects of a bucket: packages and templates by digest, and the records of each environment's rollouts."""

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
    """The bucket of one hub account and Region; every call names the account that has to own it.

    other: the name of another bucket of that account, where that one is meant.
    """

    aws: Aws
    account: str
    region: str
    progress: ProgressReporter
    other: str = ""

    @property
    def bucket(self) -> str:
        """The name of the bucket."""
        return self.other or bucket.name(self.account, self.region)

    def exists(self) -> bool:
        """True if the bucket exists. Raises AwsError where another account owns its name."""
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
                    f"use a role of account {self.account} that allows it; the bucket may belong to another account",
                ) from None
            raise
        return True

    def has(self, key: str) -> bool:
        """True if an object exists."""
        from botocore.exceptions import ClientError

        try:
            self._s3.head_object(**self._own, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == NOT_FOUND:
                return False
            raise
        return True

    def get(self, key: str) -> bytes | None:
        """The content of an object; None where there is none."""
        client = self._s3
        try:
            content: bytes = client.get_object(**self._own, Key=key)["Body"].read()
        except client.exceptions.NoSuchKey:
            return None
        return content

    def put(self, key: str, content: bytes) -> None:
        """Write an object, with a checksum that S3 verifies."""
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        self._s3.put_object(**self._own, Key=key, Body=content, ChecksumSHA256=digest)

    def upload(self, contents: Mapping[str, bytes]) -> None:
        """Write the objects that do not exist yet; a key is the digest of its content."""
        for key, content in sorted(contents.items()):
            if not self.has(key):
                self.progress.line(f"upload {key} ({len(content):,} bytes)")
                self.put(key, content)

    def under(self, prefix: str) -> Iterator[dict[str, str]]:
        """Every version and delete marker below a prefix, in the form of DeleteObjects."""
        pages = self._s3.get_paginator("list_object_versions").paginate(**self._own, Prefix=prefix)
        for page in pages:
            for version in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                yield {"Key": version["Key"], "VersionId": version["VersionId"]}

    def empty(self, prefix: str = "") -> int:
        """Delete all versions of the objects below a prefix; how many there were. Raises AwsError where one remains."""
        everything = list(self.under(prefix))
        for start in range(0, len(everything), AT_ONCE):
            batch = everything[start : start + AT_ONCE]
            done = self._s3.delete_objects(**self._own, Delete={"Objects": batch, "Quiet": True})
            for error in done.get("Errors", []):
                raise AwsError(
                    f"could not delete {error['Key']} of {self.bucket}: {error['Message']}",
                    "fix the cause and run the command again",
                )
        return len(everything)

    def remove(self) -> None:
        """Delete a bucket that has left its stack, with all objects; report it where AWS refuses."""
        from botocore.exceptions import ClientError

        try:
            if self.exists():
                self.progress.line(f"{self.bucket}: deleting {self.empty()} objects and the bucket")
                self._s3.delete_bucket(**self._own)
        except (ClientError, AwsError) as error:
            self.progress.line(f"could not delete the unused bucket {self.bucket}, delete it manually: {error}")

    def url(self, key: str) -> str:
        """The URL from which CloudFormation reads an object."""
        suffix = ".cn" if self.region.startswith("cn-") else ""
        return f"https://{self.bucket}.s3.{self.region}.amazonaws.com{suffix}/{key}"

    @property
    def _own(self) -> dict[str, str]:
        """The bucket and its expected owner: S3 refuses a bucket of another account."""
        return {"Bucket": self.bucket, "ExpectedBucketOwner": self.account}

    @property
    def _s3(self) -> Any:
        return self.aws.client("s3", self.region)
