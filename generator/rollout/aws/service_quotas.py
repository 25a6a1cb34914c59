"""Quotas as Service Quotas has them for an account and Region; AWS's default where it has or gives none.

https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
https://docs.aws.amazon.com/general/latest/gr/cfn.html
https://docs.aws.amazon.com/general/latest/gr/cw_region.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

NOT_LISTED = "NoSuchResourceException"


@dataclass(frozen=True, slots=True)
class Quota:
    """service, code, name: Service Quotas' own. default: what AWS gives an account that has asked for nothing."""

    service: str
    code: str
    name: str
    default: int


STACK_SETS = Quota("cloudformation", "L-EC62D81A", "Stack sets per administrator account", 1_000)
INSTANCES = Quota("cloudformation", "L-C8225BA5", "Stack instances per stack set", 100_000)
# Those that run at the same time in a Region, of all stack sets together; more of them wait at AWS.
OPERATIONS = Quota("cloudformation", "L-6A4B2F69", "Stack instance operations per administrator account", 10_000)
INSIGHT_RULES = Quota("monitoring", "L-DBD11BCC", "Number of Contributor Insights rules", 100)


@dataclass(frozen=True, slots=True)
class Quotas:
    """values: of those that were read. unread: why others were not, in AWS's words."""

    values: Mapping[Quota, int]
    unread: Mapping[Quota, str]

    def of(self, quota: Quota) -> int:
        """What the account has, or AWS's default."""
        return self.values.get(quota, quota.default)

    @property
    def notes(self) -> list[str]:
        """Which values are defaults, for the plan."""
        return [
            f"`{quota.name}` was not read from Service Quotas ({why}): AWS's default of {quota.default:,} is used"
            for quota, why in self.unread.items()
        ]


def read(client: Any, desired: Iterable[Quota]) -> Quotas:
    """The quotas of the account and Region of a client of Service Quotas, side by side."""
    values: dict[Quota, int] = {}
    unread: dict[Quota, str] = {}
    asked = list(desired)
    with ThreadPoolExecutor() as pool:
        for quota, answer in zip(asked, pool.map(lambda one: _value(client, one), asked), strict=True):
            if isinstance(answer, int):
                values[quota] = answer
            else:
                unread[quota] = answer
    return Quotas(values, unread)


def _value(client: Any, quota: Quota) -> int | str:
    """The value, or why there is none."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        found = client.get_service_quota(ServiceCode=quota.service, QuotaCode=quota.code)["Quota"]
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        return "not listed" if code == NOT_LISTED else f"{code} of {error.operation_name}"
    except BotoCoreError as error:
        return " ".join(str(error).split())
    return int(found["Value"])
