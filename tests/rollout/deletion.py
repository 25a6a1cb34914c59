"""What moto leaves out when a stack is deleted: CloudFormation's order, and custom resources.

moto deletes in any order and tries again, and runs functions in containers only. Here a stack's resources go in the
opposite order of how they were made, what is retained stays, and the custom resource that empties a bucket does so by
its function's own code, in this process. CloudFormation refuses to delete a bucket that has something in it, and a
custom resource whose function is gone never answers.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from moto.awslambda.models import lambda_backends
from moto.cloudformation.parsing import ResourceMap
from moto.core.common_models import CloudFormationModel
from moto.s3.models import FakeBucket, s3_backends
from moto.utilities.utils import get_partition

from handlers.bucket.contents import BucketContents
from handlers.common.deadline import Deadline

CONTENTS = "Custom::BucketContents"


class Contents(CloudFormationModel):
    """The custom resource of a bucket's contents. Its function has to be there, and so has the bucket."""

    __module__ = "moto.s3.models"

    def __init__(self, bucket: str, function: str) -> None:
        self.physical_resource_id, self.function = bucket, function

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        return CONTENTS

    @classmethod
    def create_from_cloudformation_json(
        cls, _name: str, cloudformation_json: Any, account_id: str, region_name: str, **_more: Any
    ) -> Any:
        made = cloudformation_json["Properties"]
        lambda_backends[account_id][region_name].get_function(made["ServiceToken"])
        return cls(made["BucketName"], made["ServiceToken"])

    @classmethod
    def update_from_cloudformation_json(cls, original_resource: Any, *_arguments: Any, **_more: Any) -> Any:
        return original_resource

    def delete(self, account: str, region: str) -> None:
        """By the function's code; moto's model of the bucket is what it works on."""
        lambda_backends[account][region].get_function(self.function)
        bucket = s3_backends[account][get_partition(region)].buckets[self.physical_resource_id]
        assert BucketContents(_InModel(bucket), None).empty(self.physical_resource_id, Deadline.after(60))


class _InModel:
    """As much of an S3 client as emptying takes."""

    def __init__(self, bucket: FakeBucket) -> None:
        self._bucket = bucket

    def list_objects_v2(self, **_asked: Any) -> dict[str, Any]:
        return {"Contents": [{"Key": key} for key in self._bucket.keys]}

    def delete_objects(self, **asked: Any) -> dict[str, Any]:
        for one in asked["Delete"]["Objects"]:
            self._bucket.keys.pop(one["Key"])
        return {}


def in_order(patch: pytest.MonkeyPatch) -> None:
    """Have stacks go in the opposite order of how they were made, and custom resources be those of buckets."""
    delete = ResourceMap.delete

    def delete_in_order(self: Any) -> None:
        bodies = self._resource_json_map
        for key in _order(bodies):
            made = self._parsed_resources.get(key)
            if made is None or isinstance(made, str) or bodies[key].get("DeletionPolicy") == "Retain":
                continue
            if isinstance(made, FakeBucket) and made.keys:
                raise ValueError("The bucket you tried to delete is not empty")
            self._delete_resource(made, bodies[key])
            self._parsed_resources.pop(key)
        delete(self)

    patch.setattr(ResourceMap, "delete", delete_in_order)
    patch.setattr("moto.cloudformation.parsing.CustomModel", Contents)


def _order(bodies: Mapping[str, Any]) -> list[str]:
    """Logical ids, what leans on others before these."""
    made: list[str] = []

    def make(key: str) -> None:
        if key not in made:
            for other in sorted(_named(bodies[key]) & bodies.keys() - {key}):
                make(other)
            made.append(key)

    for key in bodies:
        make(key)
    return made[::-1]


def _named(value: Any) -> set[str]:
    return set(_names(value))


def _names(value: Any) -> Iterator[str]:
    match value:
        case {"DependsOn": names, **rest}:
            yield from [names] if isinstance(names, str) else names
            yield from _names(rest)
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from re.findall(r"\$\{(\w+)[.}]", text)
        case dict():
            for inner in value.values():
                yield from _names(inner)
        case list():
            for inner in value:
                yield from _names(inner)
