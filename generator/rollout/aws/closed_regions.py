"""Regions that the hub's account has not enabled: what their services say, as a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from generator.rollout.aws.errors import NOT_KNOWN, AwsError
from generator.rollout.deploy.desired import DesiredState

ENABLE = "aws account enable-region --region-name {region}; it takes minutes to hours. Or remove it from regions"
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
NOT_ENABLED = (*NOT_KNOWN, "InvalidToken", "OptInRequired")


@contextmanager
def closed_region_errors(desired: DesiredState, region: str, what: str) -> Iterator[None]:
    """Turn what a Region says that is not enabled, where nobody may ask whether it is, into Refused.

    what: what is to be there, in words. In the hub's Region it is the credentials that are wrong.
    """
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if region == desired.hub.region or error.response["Error"]["Code"] not in NOT_ENABLED:
            raise
        raise AwsError(
            f"{region} does not know these credentials: it seems not to be enabled in account"
            f" {desired.hub.account}, and {what}",
            ENABLE.format(region=region),
        ) from None
