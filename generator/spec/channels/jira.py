"""Jira issues, Cloud or Data Center."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.spec.scalars import JiraProject, OneOf, SecretName, Url
from generator.spec.strict import Strict


class JiraChannel(Strict):
    """One issue for each episode of an alarm."""

    type: Literal["jira"]
    url: Url = Field(description="the address of Jira, such as https://example.atlassian.net")
    project: JiraProject = Field(description="the key of the project, such as OPS")
    issue_type: str = Field(default="Incident", description="the type of issue to create")
    secret: SecretName = Field(description="the Secrets Manager secret with the credentials")
    api: Literal["cloud", "data-center"] | None = Field(
        default=None, description="which Jira it is; without it *.atlassian.net is Cloud, and anything else Data Center"
    )
    resolve_on_ok: bool = Field(default=False, description="resolve the issue when the alarm is OK again")
    priority: dict[Annotated[str, OneOf("a severity", "critical", "high", "medium", "low")], str] = Field(
        default_factory=dict, description="severity to the name of a Jira priority"
    )
