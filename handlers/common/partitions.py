"""Partitions of AWS: which one a Region is in, and where its console is; pure.

The prefixes are those of botocore's partitions.json. No console of the isolated partitions is on the internet.
"""

from __future__ import annotations

_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "eusc-": "aws-eusc",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
}
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-eusc": "console.amazonaws-eusc.eu",
}


def partition(region: str) -> str:
    """The partition of a Region, such as `aws` or `aws-cn`."""
    return next((name for prefix, name in _PARTITIONS.items() if region.startswith(prefix)), "aws")


def console(region: str) -> str:
    """The console in a Region, such as `https://eu-west-1.console.aws.amazon.com`; empty where there is none."""
    host = _CONSOLES.get(partition(region))
    return f"https://{region}.{host}" if host and region else ""


def log_group_arn(region: str, account: str, name: str) -> str:
    """The ARN of a log group, without the `:*` that stands for its streams."""
    return f"arn:{partition(region)}:logs:{region}:{account}:log-group:{name}"
