"""The section `agent`: the CloudWatch agent on the members' instances."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.aws.agent import PLUGINS
from generator.spec.placements import PlacedSpec
from generator.spec.scalars import EnumScalar, Key, RegexScalar

TargetKey = Annotated[str, RegexScalar(r"tag:[\w\s.:/=+@-]{1,128}", "a tag of instances", '"tag:Monitored"', 132)]
InstanceRole = Annotated[str, RegexScalar(r"[\w+=,.@{}-]{1,64}", "the name of an IAM role", '"app-{environment}"', 64)]
PluginName = Annotated[str, EnumScalar("something the agent collects", *PLUGINS)]
FilePath = Annotated[
    str, RegexScalar(r"/[^\s\"\\]+", "an absolute path of a file, * allowed", "/var/log/app/*.log", 512)
]


class AgentSpec(PlacedSpec):
    """Installed and configured by Systems Manager, on instances by their tags."""

    targets: dict[TargetKey, str] = Field(
        description='tags that an instance has all of, such as {"tag:Monitored": "true"}', min_length=1, max_length=5
    )
    metrics: list[PluginName] = Field(default_factory=list, description="cpu, disk, diskio, mem, net, netstat, …")
    roles: list[InstanceRole] = Field(
        default_factory=list, description="roles of instances, the same in every member, that get the policy"
    )
    logs: dict[Key, FilePath] = Field(default_factory=dict, description="a log group's key to the files that go there")
