"""Pages of reports in the hub's bucket: the latest, or one by its date.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from generator.rollout.aws.clients import Aws
from generator.rollout.aws.errors import AwsError, aws_errors
from generator.rollout.aws.stack import Stack
from generator.rollout.deploy.desired import DesiredState
from generator.rollout.progress import ProgressReporter

OUTPUT = "DailyReportBucketName"
_PAGE = re.compile(r"(?:daily|weekly)/(\d{4}-\d{2}-\d{2})\.html")


@dataclass(frozen=True, slots=True)
class Pages:
    """The bucket of one environment's reports."""

    aws: Aws
    bucket: str
    account: str
    region: str

    def dates(self, name: str) -> list[str]:
        """Dates of the reports of that name, the latest first. Raises Refused."""
        client = self.aws.client("s3", self.region)
        found: list[str] = []
        with aws_errors("s3:ListBucket", self.bucket, self.account, self.region):
            for answer in client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{name}/"):
                matches = (_PAGE.fullmatch(one["Key"]) for one in answer.get("Contents", ()))
                found += [match[1] for match in matches if match]
        return sorted(found, reverse=True)

    def page(self, name: str, date: str) -> bytes:
        """The page of a report that `dates` has. Raises Refused."""
        with aws_errors("s3:GetObject", f"{self.bucket}/{name}/{date}.html", self.account, self.region):
            answer = self.aws.client("s3", self.region).get_object(Bucket=self.bucket, Key=f"{name}/{date}.html")
            content: bytes = answer["Body"].read()
        return content


def pages_of(desired: DesiredState, aws: Aws, progress: ProgressReporter) -> Pages:
    """The bucket, as the hub's stack says what it is called. Raises Refused where it has none."""
    hub = desired.hub
    with aws_errors("cloudformation:DescribeStacks", hub.name, hub.account, hub.region):
        stack = Stack(aws, hub.name, hub.region, progress).look()
    outputs = {one["OutputKey"]: one["OutputValue"] for one in (stack or {}).get("Outputs", [])}
    if OUTPUT not in outputs:
        raise AwsError(
            f"{hub.name} has no reports", f"`reports:` in the spec, and obsgen deploy -e {desired.environment}"
        )
    return Pages(aws, outputs[OUTPUT], hub.account, hub.region)
