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

from generator.rollout.aws.errors import short_reason

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
        """The quota of the account, or AWS's default."""
        return self.values.get(quota, quota.default)

    @property
    def notes(self) -> list[str]:
        """The quotas whose values are defaults, as notes for the plan."""
        return [
            f"could not read `{quota.name}` from Service Quotas ({why}); using the AWS default of {quota.default:,}"
            for quota, why in self.unread.items()
        ]


def read(client: Any, desired: Iterable[Quota]) -> Quotas:
    """The quotas of the account and Region of a client of Service Quotas, side by side."""
    values: dict[Quota, int] = {}
    unread: dict[Quota, str] = {}
    quotas = list(desired)
    with ThreadPoolExecutor() as pool:
        for quota, answer in zip(quotas, pool.map(lambda quota: _value(client, quota), quotas), strict=True):
            if isinstance(answer, int):
                values[quota] = answer
            else:
                unread[quota] = answer
    return Quotas(values, unread)


def _value(client: Any, quota: Quota) -> int | str:
    """The value, or why there is none."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        quota_data = client.get_service_quota(ServiceCode=quota.service, QuotaCode=quota.code)["Quota"]
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        return "not listed" if code == NOT_LISTED else short_reason(error)
    except BotoCoreError as error:
        return " ".join(str(error).split())
    return int(quota_data["Value"])
