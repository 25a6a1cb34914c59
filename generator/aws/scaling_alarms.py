"""Alarms that target tracking policies of Auto Scaling make, change and delete."""

from __future__ import annotations

_PREFIX = "TargetTracking-"
OF_POLICY = "a target tracking policy of Auto Scaling made it and changes it"
"""What such an alarm is, in words."""


def is_of_target_tracking(name: str) -> bool:
    """Whether an alarm of that name is one of a target tracking policy: no one else should edit or delete it.

    https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
    """
    return name.startswith(_PREFIX)
