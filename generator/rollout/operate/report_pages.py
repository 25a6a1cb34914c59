"""Pages of reports in the hub's bucket: the latest, or one by its date.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from generator.rollout.aws.clients import Aws
from generator.rollout.aws.errors import AwsError, aws_errors
from generator.rollout.aws.session import AwsSession

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


def pages_of(session: AwsSession) -> Pages:
    """The bucket of reports, from the hub stack's outputs. Raises AwsError where it has none."""
    hub = session.desired.hub
    with session.errors("cloudformation:DescribeStacks"):
        stack = session.stack(hub).describe()
    outputs = {one["OutputKey"]: one["OutputValue"] for one in (stack or {}).get("Outputs", [])}
    if OUTPUT not in outputs:
        raise AwsError(
            f"{hub.name} has no reports",
            "add `reports` to observability.yaml, run `obsgen build` and"
            f" `obsgen deploy -e {session.desired.environment}`",
        )
    return Pages(session.aws, outputs[OUTPUT], hub.account, hub.region)
