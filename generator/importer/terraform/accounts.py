"""In which account and Region each resource of a Terraform file is, as far as the file says so.

An ARN says it, or a `region` of the resource (provider 6). What has neither is where the other resources of its
provider are, by the provider's configuration, or by the data sources that ask AWS for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from generator.aws.regions import REGIONS
from generator.importer.terraform.types import TerraformFile, TerraformResource, mapping, string

_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:(?P<region>[a-z0-9-]*):(?P<account>\d{12}):.*", re.DOTALL)
_ARNS = ("arn", "dashboard_arn")
_ROLE = re.compile(r"arn:[a-z-]+:iam::(?P<account>\d{12}):role/.*", re.DOTALL)
_IDENTITY, _REGION = "aws_caller_identity", "aws_region"


class TerraformAccounts:
    """The accounts and Regions of a file. Both are empty where nothing says them."""

    def __init__(self, file: TerraformFile) -> None:
        self._file = file
        self._accounts: dict[str, Counter[str]] = {}
        self._regions: dict[str, Counter[str]] = {}
        self._all_accounts: Counter[str] = Counter()
        self._all_regions: Counter[str] = Counter()
        for resource in file.resources:
            # A resource's own `region` may differ from its provider's.
            account, region = _by_arn(resource)
            self._count(self._accounts, self._all_accounts, resource.provider, account)
            self._count(self._regions, self._all_regions, resource.provider, region)
        for provider, account, region in _configured(file):
            self._accounts.setdefault(provider, Counter({account: 1} if account else {}))
            if region:
                self._regions[provider] = Counter({region: 1})

    def of(self, resource: TerraformResource) -> tuple[str, str]:
        """The account and Region of a resource."""
        account, region = _own(resource)
        return (
            account or _only(self._accounts.get(resource.provider)) or _only(self._all_accounts),
            region or _first(self._regions.get(resource.provider)) or _only(self._all_regions),
        )

    def _count(self, by_provider: dict[str, Counter[str]], total: Counter[str], provider: str, value: str) -> None:
        if value:
            by_provider.setdefault(provider, Counter())[value] += 1
            total[value] += 1


def _own(resource: TerraformResource) -> tuple[str, str]:
    """What the resource itself says."""
    own = string(resource.values.get("region"))
    account, region = _by_arn(resource)
    return account, own if own in REGIONS and not resource.is_data else region


def _by_arn(resource: TerraformResource) -> tuple[str, str]:
    """What its ARN says, or what AWS answered to a data source."""
    if resource.is_data:
        account = string(resource.values.get("account_id")) if resource.type == _IDENTITY else ""
        region = (
            string(resource.values.get("region") or resource.values.get("name")) if resource.type == _REGION else ""
        )
        return (account if re.fullmatch(r"\d{12}", account) else "", region if region in REGIONS else "")
    for name in _ARNS:
        match = _ARN.fullmatch(string(resource.values.get(name)))
        if match:
            return match["account"], match["region"] if match["region"] in REGIONS else ""
    return "", ""


def _configured(file: TerraformFile) -> Iterator[tuple[str, str, str]]:
    """Key, account and Region of each provider, from constants and the plan's variables."""
    for key, provider in sorted(mapping(file.configuration.get("provider_config")).items()):
        expressions = mapping(mapping(provider).get("expressions"))
        region = string(_value(mapping(expressions.get("region")), file.variables))
        allowed = _value(mapping(expressions.get("allowed_account_ids")), file.variables)
        account = string(allowed[0]) if isinstance(allowed, list) and len(allowed) == 1 else ""
        roles = expressions.get("assume_role")
        role = mapping(roles[0]) if isinstance(roles, list) and roles else {}
        match = _ROLE.fullmatch(string(_value(mapping(role.get("role_arn")), file.variables)))
        yield key, match["account"] if match else account, region if region in REGIONS else ""


def _value(expression: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
    """A constant, or the value of the one variable that an expression is."""
    if "constant_value" in expression:
        return expression["constant_value"]
    references = expression.get("references")
    names = [name for name in references if isinstance(name, str)] if isinstance(references, list) else []
    if len(names) == 1 and names[0].startswith("var."):
        return variables.get(names[0].removeprefix("var."))
    return None


def _only(counts: Counter[str] | None) -> str:
    return next(iter(counts)) if counts and len(counts) == 1 else ""


def _first(counts: Counter[str] | None) -> str:
    """The value that most have; of several, the first by name."""
    return min(counts, key=lambda value: (-counts[value], value)) if counts else ""
