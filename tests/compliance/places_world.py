"""Three members in two Regions with a checker each, as far as the commands see one: a queue and a table in moto.

moto knows whose credentials it gave for a role, so that each account has queues and tables of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml

from tests import moto_server
from tests.command import Done, obsgen
from tests.handlers.world import HUB, moto
from tests.rollout.front import Front, front
from tests.support import spec

MEMBERS = {"alpha": "222222222222", "beta": "333333333333", "gamma": "444444444444"}
REGIONS = ("us-east-1", "eu-west-1")
NAME = "tag-compliance-prod"
EC2 = "ec2:instance"
READER = "monitoring-reader-role-prod"
CHANGE = f"""
hub: {{account: "{HUB}"}}
regions: [us-east-1, eu-west-1]
compliance: {{}}
"""


@dataclass
class World:
    """A built environment and its members. front: where the command's calls to AWS go through."""

    folder: Path
    target: str
    front: Front

    def run(self, *words: str) -> Done:
        """`obsgen compliance` in this process, with credentials of the hub."""
        environment = {
            "AWS_ENDPOINT_URL": self.front.address,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return obsgen(self.folder, "compliance", *words, **environment)

    def client(self, service: str, account: str, region: str) -> Any:
        """A client of a member's own, past the front."""
        known = {"endpoint_url": self.target, "region_name": region}
        sts = boto3.client("sts", aws_access_key_id="nobody", aws_secret_access_key="nothing", **known)
        given = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/own", RoleSessionName="test")["Credentials"]
        return boto3.client(
            service,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            **known,
        )

    def deploy(self, account: str, region: str) -> None:
        """The queue and the table of one place."""
        self.client("sqs", account, region).create_queue(QueueName=NAME)
        names = ("pk", "sk", "open_pk", "open_sk")
        self.client("dynamodb", account, region).create_table(
            TableName=NAME,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
            KeySchema=_keys("pk", "sk"),
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "open",
                    "KeySchema": _keys("open_pk", "open_sk"),
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        )

    def messages(self, account: str, region: str) -> list[Any]:
        """What lies in the queue of a place, taken out."""
        sqs = self.client("sqs", account, region)
        url = sqs.get_queue_url(QueueName=NAME)["QueueUrl"]
        return [json.loads(one["Body"]) for one in sqs.receive_message(QueueUrl=url).get("Messages", [])]

    def put(self, account: str, region: str, *items: dict[str, Any]) -> None:
        """Items in the table of a place."""
        dynamodb = self.client("dynamodb", account, region)
        for item in items:
            dynamodb.put_item(TableName=NAME, Item=item)

    def manifest(self, **change: Any) -> None:
        """Another `compliance` in the manifest."""
        file = self.folder / "out/prod/manifest.yaml"
        data = yaml.safe_load(file.read_text())
        data["compliance"] |= change
        file.write_text(yaml.safe_dump(data))


def total(at: int, compliant: int, non_compliant: int, exempt: int = 0) -> dict[str, Any]:
    """A scan's total, as the checker writes it."""
    counts = {"compliant": compliant, "non_compliant": non_compliant, "exempt": exempt}
    said = {"at": at, "account": "x", "region": "x", **counts, "by_type": {EC2: counts}, "complete": True}
    return {"pk": {"S": "SCANS"}, "sk": {"S": f"{at:013}"}, "total": {"S": json.dumps(said)}}


def running(scan: int) -> dict[str, Any]:
    """The scan that runs."""
    return {"pk": {"S": "SCANS"}, "sk": {"S": "RUNNING"}, "scan": {"N": str(scan)}, "started": {"N": str(scan)}}


def resource(id_: str, status: str = "non-compliant", **body: Any) -> dict[str, Any]:
    """A resource's item, as the checker writes it: in the index while it is not compliant."""
    opened = {"open_pk": {"S": f"OPEN#{EC2}"}, "open_sk": {"S": id_}} if status == "non-compliant" else {}
    return {
        "pk": {"S": f"RESOURCE#{EC2}#{id_}"},
        "sk": {"S": "HEAD"},
        "status": {"S": status},
        "observed_at": {"N": "1795168801000"},
        "body": {"S": json.dumps({"name": "", "state": "running", "missing": [], "invalid": [], "owner": "", **body})},
        **opened,
    }


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Everything there and nothing in it."""
    with moto() as target, front(target) as before:
        moto_server.reset()
        made = World(folder, target, before)
        (folder / "observability.yaml").write_text(spec(CHANGE))
        assert obsgen(folder, "build", "--no-lint").returncode == 0
        for account in MEMBERS.values():
            for region in REGIONS:
                made.deploy(account, region)
        yield made


def _keys(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]
