"""What the members' stacks give, read with `MonitoringRole-<AccountId>`: account and Region to output to value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from generator.aws.regions import partition_of
from generator.rollout.aws.operations import Instance
from generator.rollout.aws.session import AwsSession

SIDE_BY_SIDE = 16


@dataclass(frozen=True, slots=True)
class StackOutputs:
    """What one stack gives. unseen: why that could not be read, else empty."""

    account: str
    region: str
    outputs: Mapping[str, str]
    unseen: str = ""


@dataclass(slots=True)
class MemberOutputs:
    """external_id: what the role in each member wants to be told."""

    session: AwsSession
    external_id: str

    def read(self) -> list[StackOutputs]:
        """Of every instance, side by side, by account and Region. Raises Refused where the stack set cannot be read."""
        desired, there = self.session.desired, list[Instance]()
        for one in desired.sets:
            with self.session.errors("cloudformation:ListStackInstances", one.name):
                seen = self.session.stack_set(one).describe(wait_idle=False)
            there += seen.instances if seen else ()
        own = desired.management.stacks if desired.management else ()
        there += (Instance(one.account, one.region, stack=one.name) for one in own)
        instances = sorted(there, key=lambda one: (one.account, one.region))
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            return _together(pool.map(self._one, instances))

    def _one(self, instance: Instance) -> StackOutputs:
        from botocore.exceptions import BotoCoreError, ClientError

        account, region = instance.account, instance.region
        try:
            stack = self._client(account, region).describe_stacks(StackName=instance.stack)["Stacks"][0]
        except ClientError as error:
            return StackOutputs(account, region, {}, f"{error.response['Error']['Code']} of {error.operation_name}")
        except (BotoCoreError, IndexError) as error:
            return StackOutputs(account, region, {}, str(error))
        return StackOutputs(account, region, {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])})

    def _client(self, account: str, region: str) -> Any:
        given = self.session.client("sts").assume_role(
            RoleArn=f"arn:{partition_of(self.session.desired.hub.region)}:iam::{account}:role/MonitoringRole-{account}",
            RoleSessionName="obsgen-outputs",
            ExternalId=self.external_id,
        )["Credentials"]
        return self.session.aws.client_as(given, "cloudformation", region)


def _together(found: Iterable[StackOutputs]) -> list[StackOutputs]:
    """One for each account and Region: what its stacks give."""
    places: dict[tuple[str, str], StackOutputs] = {}
    for one in found:
        known = places.get((one.account, one.region), one)
        both = {**known.outputs, **one.outputs}
        places[one.account, one.region] = StackOutputs(one.account, one.region, both, known.unseen or one.unseen)
    return list(places.values())
