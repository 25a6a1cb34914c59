"""The layer of Lambda Insights for arm64, version 1.0.660.0, by Region.

AWS publishes it under another account and number in each. Read 2026-11-21. GovCloud has 1.0.404.0 under its number.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Lambda-Insights-extension-versionsARM.html
"""

from __future__ import annotations

_MOST = "580247275435"
# Region: account that publishes it, number of the version there.
_PUBLISHED = {
    "af-south-1": ("012438385374", 30),
    "ap-east-1": ("519774774795", 30),
    "ap-east-2": ("145023102084", 7),
    "ap-northeast-1": (_MOST, 42),
    "ap-northeast-2": (_MOST, 30),
    "ap-northeast-3": ("194566237122", 28),
    "ap-south-1": (_MOST, 33),
    "ap-south-2": ("891564319516", 18),
    "ap-southeast-1": (_MOST, 31),
    "ap-southeast-2": (_MOST, 31),
    "ap-southeast-3": ("439286490199", 30),
    "ap-southeast-4": ("158895979263", 7),
    "ap-southeast-5": ("590183865173", 7),
    "ap-southeast-6": ("727646510379", 165),
    "ap-southeast-7": ("761018874580", 7),
    "ca-central-1": (_MOST, 29),
    "ca-west-1": ("946466191631", 7),
    "cn-north-1": ("488211338238", 4),
    "cn-northwest-1": ("488211338238", 4),
    "eu-central-1": (_MOST, 31),
    "eu-central-2": ("033019950311", 7),
    "eu-north-1": (_MOST, 29),
    "eu-south-1": ("339249233099", 30),
    "eu-south-2": ("352183217350", 18),
    "eu-west-1": (_MOST, 31),
    "eu-west-2": (_MOST, 31),
    "eu-west-3": (_MOST, 29),
    "il-central-1": ("459530977127", 7),
    "me-central-1": ("732604637566", 7),
    "me-south-1": ("285320876703", 30),
    "mx-central-1": ("879381266642", 7),
    "sa-east-1": (_MOST, 29),
    "us-east-1": (_MOST, 31),
    "us-east-2": (_MOST, 33),
    "us-gov-east-1": ("122132214140", 6),
    "us-gov-west-1": ("751350123760", 6),
    "us-west-1": (_MOST, 29),
    "us-west-2": (_MOST, 31),
}


def layer(region: str, partition: str) -> str | None:
    """The layer's ARN; None where AWS lists none."""
    if region not in _PUBLISHED:
        return None
    account, version = _PUBLISHED[region]
    return f"arn:{partition}:lambda:{region}:{account}:layer:LambdaInsightsExtension-Arm64:{version}"
