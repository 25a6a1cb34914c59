"""The commands at a desk: a built environment, and its API behind the local API Gateway."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from generator.drill.api_gateway import ApiGateway
from tests.api.api_world import ApiWorld, client
from tests.command import Done, obsgen

# moto answers for this account whatever one asks.
HUB = "123456789012"
KEY, SECRET_KEY = "AKIAEXAMPLE", "nothing"
STACK = "observability-hub-prod"


@dataclass
class Desk:
    """A built environment, its API, and the command."""

    folder: Path
    place: ApiWorld
    gateway: ApiGateway
    environment: dict[str, str]

    def __call__(self, *words: str, **more: str) -> Done:
        return obsgen(self.folder, *words, **{**self.environment, **more})

    def deployed(self, url: str) -> None:
        """The hub's stack, as far as the command looks at it."""
        outputs = {"MonitoringApiUrl": {"Value": url}} if url else {"Other": {"Value": "x"}}
        resources = {"Topic": {"Type": "AWS::SNS::Topic"}}
        cloudformation = client(self.place.endpoint, "cloudformation")
        cloudformation.delete_stack(StackName=STACK)
        cloudformation.create_stack(
            StackName=STACK, TemplateBody=json.dumps({"Resources": resources, "Outputs": outputs})
        )
