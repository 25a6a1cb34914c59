"""What resources are called is held to the schemas of CloudFormation that cfn-lint brings along."""

from __future__ import annotations

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from generator.evaluate.template import physical

KINDS = physical._KINDS
WRITTEN_TOO = {
    ("AWS::Events::EventBus", "Name"),
    ("AWS::SageMaker::Endpoint", "EndpointName"),
    ("AWS::SNS::Topic", "TopicName"),
    ("AWS::SQS::Queue", "QueueName"),
}
"""Attributes that the page of the type has among its return values, and the schema as a property that is written."""

WRITTEN_THOUGH_READ = {("AWS::Serverless::StateMachine", "Name")}
"""A property that the page of the type has among those one writes, and the schema among what is read only."""


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_names_and_attributes_are_ones_that_the_type_has(kind: str) -> None:
    known, schema = KINDS[kind], PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    given = {path.removeprefix("/properties/") for path in schema.get("readOnlyProperties", [])}
    attributes = {*known.names, *known.attributes} | ({"Arn"} if known.arn and not known.attributes else set())

    writable = set(schema["properties"]) - given | {name for of, name in WRITTEN_THOUGH_READ if of == kind}
    assert not known.named_by or known.named_by in writable
    assert not known.within[0] or known.within[0] in set(schema["properties"]) - given
    assert {one for one in attributes - given if (kind, one) not in WRITTEN_TOO} == set()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_ref_gives_is_an_arn_where_that_identifies_the_resource(kind: str) -> None:
    """The page of a rule says its name, though its schema has the ARN as the identifier."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    identifier = schema["primaryIdentifier"][0].removeprefix("/properties/")

    assert (KINDS[kind].ref == "{arn}") == (identifier.endswith("Arn") and kind != "AWS::Events::Rule")
