"""Every Region of AWS, by partition: botocore's table, which `tests/test_regions.py` holds this one against.

A partition is a world of its own: accounts, organizations, roles, links and events never cross its border.
https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

PARTITIONS: Mapping[str, tuple[str, ...]] = {
    "aws": (
        "af-south-1",
        "ap-east-1",
        "ap-east-2",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-south-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "ca-central-1",
        "ca-west-1",
        "eu-central-1",
        "eu-central-2",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "il-central-1",
        "me-central-1",
        "me-south-1",
        "me-west-1",
        "mx-central-1",
        "sa-east-1",
        "sa-west-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    ),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-eusc": ("eusc-de-east-1",),
    "aws-iso": ("us-iso-east-1", "us-iso-west-1"),
    "aws-iso-b": ("us-isob-east-1", "us-isob-west-1"),
    "aws-iso-e": ("eu-isoe-west-1",),
    "aws-iso-f": ("us-isof-east-1", "us-isof-south-1"),
    "aws-us-gov": ("us-gov-east-1", "us-gov-west-1"),
}
# The consoles of the partitions; those of the isolated ones are not on the internet.
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-eusc": "console.amazonaws-eusc.eu",
}
# What AWS::URLSuffix gives in each partition, from botocore's endpoints.json (`dnsSuffix`).
_URL_SUFFIXES = {
    "aws": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
    "aws-us-gov": "amazonaws.com",
}
_PARTITION_OF = {region: partition for partition, regions in PARTITIONS.items() for region in regions}
REGIONS = tuple(sorted(_PARTITION_OF))


def home_of(regions: Collection[str], hub: str) -> str:
    """The Region whose stack makes what an account has only once, such as IAM roles with names of their own.

    The hub's where it is one of them, else the first by name: the order of a list in the spec decides nothing, so that
    turning it around moves nothing. Raises ValueError where there are no Regions.
    """
    return hub if hub in regions else min(regions)


def partition_of(region: str) -> str:
    """The second field of every ARN in a Region. Raises KeyError where there is no such Region."""
    return _PARTITION_OF[region]


def url_suffix_of(region: str) -> str:
    """The domain of AWS endpoints in a Region: `amazonaws.com`. Raises KeyError where there is no such Region."""
    return _URL_SUFFIXES[partition_of(region)]


def in_logical_ids(region: str) -> str:
    """A Region as part of a logical id, which has letters and digits alone: `EuWest1`."""
    return "".join(part.capitalize() for part in region.split("-"))


def console_of(region: str) -> str:
    """The console in a Region, such as `https://eu-west-1.console.aws.amazon.com`; empty where there is none.

    Raises KeyError where there is no such Region.
    """
    host = _CONSOLES.get(partition_of(region))
    return f"https://{region}.{host}" if host else ""
