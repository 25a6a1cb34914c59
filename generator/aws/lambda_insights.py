"""The layers of Lambda Insights by Region: version 1.0.660.0 for arm64, 1.0.776.0 for x86_64.

AWS publishes them under another account and number in each Region. Read 2026-11-21; GovCloud has 1.0.404.0 for arm64
under its number, and me-central-1 and me-south-1 have 1.0.660.0 for x86_64 under theirs.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Lambda-Insights-extension-versionsARM.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Lambda-Insights-extension-versionsx86-64.html
"""

from __future__ import annotations

from typing import Literal

Architecture = Literal["arm64", "x86_64"]
_NAMES: dict[Architecture, str] = {"arm64": "LambdaInsightsExtension-Arm64", "x86_64": "LambdaInsightsExtension"}
_MOST = "580247275435"
# Region: account that publishes them, number of the version for arm64 there, and for x86_64.
_PUBLISHED = {
    "af-south-1": ("012438385374", 30, 60),
    "ap-east-1": ("519774774795", 30, 60),
    "ap-east-2": ("145023102084", 7, 15),
    "ap-northeast-1": (_MOST, 42, 102),
    "ap-northeast-2": (_MOST, 30, 65),
    "ap-northeast-3": ("194566237122", 28, 46),
    "ap-south-1": (_MOST, 33, 64),
    "ap-south-2": ("891564319516", 18, 42),
    "ap-southeast-1": (_MOST, 31, 66),
    "ap-southeast-2": (_MOST, 31, 66),
    "ap-southeast-3": ("439286490199", 30, 44),
    "ap-southeast-4": ("158895979263", 7, 37),
    "ap-southeast-5": ("590183865173", 7, 17),
    "ap-southeast-6": ("727646510379", 165, 8),
    "ap-southeast-7": ("761018874580", 7, 15),
    "ca-central-1": (_MOST, 29, 65),
    "ca-west-1": ("946466191631", 7, 29),
    "cn-north-1": ("488211338238", 4, 53),
    "cn-northwest-1": ("488211338238", 4, 53),
    "eu-central-1": (_MOST, 31, 66),
    "eu-central-2": ("033019950311", 7, 43),
    "eu-north-1": (_MOST, 29, 63),
    "eu-south-1": ("339249233099", 30, 60),
    "eu-south-2": ("352183217350", 18, 44),
    "eu-west-1": (_MOST, 31, 66),
    "eu-west-2": (_MOST, 31, 66),
    "eu-west-3": (_MOST, 29, 65),
    "il-central-1": ("459530977127", 7, 37),
    "me-central-1": ("732604637566", 7, 39),
    "me-south-1": ("285320876703", 30, 56),
    "mx-central-1": ("879381266642", 7, 15),
    "sa-east-1": (_MOST, 29, 65),
    "us-east-1": (_MOST, 31, 66),
    "us-east-2": (_MOST, 33, 71),
    "us-gov-east-1": ("122132214140", 6, 31),
    "us-gov-west-1": ("751350123760", 6, 31),
    "us-west-1": (_MOST, 29, 66),
    "us-west-2": (_MOST, 31, 66),
}


def layer(region: str, partition: str, architecture: Architecture = "arm64") -> str | None:
    """The layer's ARN; None where AWS lists none."""
    if region not in _PUBLISHED:
        return None
    account, arm64, x86_64 = _PUBLISHED[region]
    version = arm64 if architecture == "arm64" else x86_64
    return f"arn:{partition}:lambda:{region}:{account}:layer:{_NAMES[architecture]}:{version}"
