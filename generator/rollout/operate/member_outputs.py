"""Outputs of the members' stacks, read with `MonitoringRole-<AccountId>`: account and Region to output to value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from generator.aws.regions import partition_of
from generator.rollout.aws.errors import short_reason
from generator.rollout.aws.operations import Instance
from generator.rollout.aws.session import AwsSession

SIDE_BY_SIDE = 16


@dataclass(frozen=True, slots=True)
class StackOutputs:
    """The outputs of one stack. unseen: why they could not be read, else empty."""

    account: str
    region: str
    outputs: Mapping[str, str]
    unseen: str = ""


@dataclass(slots=True)
class MemberOutputs:
    """external_id: of the role in each member."""

    session: AwsSession
    external_id: str

    def read(self) -> list[StackOutputs]:
        """The outputs by account and Region, read side by side. Raises AwsError where a stack set cannot be read."""
        desired, all_instances = self.session.desired, list[Instance]()
        for stack_set in desired.sets:
            with self.session.errors("cloudformation:ListStackInstances", stack_set.name):
                actual = self.session.stack_set(stack_set).describe(wait_idle=False)
            all_instances += actual.instances if actual else ()
        own = desired.management.stacks if desired.management else ()
        all_instances += (Instance(stack.account, stack.region, stack=stack.name) for stack in own)
        instances = sorted(all_instances, key=lambda instance: (instance.account, instance.region))
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            return _together(pool.map(self._one, instances))

    def _one(self, instance: Instance) -> StackOutputs:
        from botocore.exceptions import BotoCoreError, ClientError

        account, region = instance.account, instance.region
        try:
            stack = self._client(account, region).describe_stacks(StackName=instance.stack)["Stacks"][0]
        except ClientError as error:
            return StackOutputs(account, region, {}, short_reason(error))
        except (BotoCoreError, IndexError) as error:
            return StackOutputs(account, region, {}, str(error))
        return StackOutputs(
            account, region, {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        )

    def _client(self, account: str, region: str) -> Any:
        credentials = self.session.client("sts").assume_role(
            RoleArn=f"arn:{partition_of(self.session.desired.hub.region)}:iam::{account}:role/MonitoringRole-{account}",
            RoleSessionName="obsgen-outputs",
            ExternalId=self.external_id,
        )["Credentials"]
        return self.session.aws.client_as(credentials, "cloudformation", region)


def _together(results: Iterable[StackOutputs]) -> list[StackOutputs]:
    """The outputs of each account and Region, of all its stacks."""
    by_location: dict[tuple[str, str], StackOutputs] = {}
    for outputs in results:
        known = by_location.get((outputs.account, outputs.region), outputs)
        merged = {**known.outputs, **outputs.outputs}
        by_location[outputs.account, outputs.region] = StackOutputs(
            outputs.account, outputs.region, merged, known.unseen or outputs.unseen
        )
    return list(by_location.values())
