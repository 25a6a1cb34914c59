"""Errors of Regions that the hub's account has not enabled, as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from generator.rollout.aws.errors import NOT_KNOWN, AwsError
from generator.rollout.deploy.desired import DesiredState

ENABLE = "run `aws account enable-region --region-name {region}` (takes minutes to hours), or remove it from `regions`"
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
NOT_ENABLED = (*NOT_KNOWN, "InvalidToken", "OptInRequired")


@contextmanager
def closed_region_errors(desired: DesiredState, region: str, what: str) -> Iterator[None]:
    """Turn the error of a disabled Region into AwsError, also where the caller may not read whether it is enabled.

    what: the use of the Region, in words. In the hub's Region it is the credentials that are wrong.
    """
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        if region == desired.hub.region or error.response["Error"]["Code"] not in NOT_ENABLED:
            raise
        raise AwsError(
            f"{region} rejected the credentials and seems to be disabled in account {desired.hub.account}, but {what}",
            ENABLE.format(region=region),
        ) from None
