"""A resource with its tags, as some API of AWS told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# What launches instances that get their tags late, or that nobody launches by hand.
LAUNCHERS = ("auto-scaling", "eks", "emr", "spot")
EC2_INSTANCE = "ec2:instance"


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource. type: such as `ec2:instance`. id: unique in its type, account and Region.

    state: in the words of its service, `running`; empty where it has none. name: its tag `Name`; may be empty.
    launched_at: milliseconds since 1970, 0 where that is not known. launched_by: those of LAUNCHERS that did.
    auto_scaling_group, launch_template, vpc: names or ids; empty for none.
    """

    type: str
    id: str
    account: str
    region: str
    tags: Mapping[str, str] = field(default_factory=dict)
    state: str = ""
    name: str = ""
    arn: str = ""
    launched_at: int = 0
    launched_by: tuple[str, ...] = ()
    auto_scaling_group: str = ""
    launch_template: str = ""
    vpc: str = ""
