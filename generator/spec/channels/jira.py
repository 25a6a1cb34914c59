"""Jira issues, Cloud or Data Center."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from generator.spec.channel_words import JiraAddress, SecretName
from generator.spec.delivery import DAY, ChannelKeys, MissedTickets, NoDigest, Rate, RetryFor, usual
from generator.spec.scalars import EnumScalar, JiraProject

# Ours: Jira Cloud's limits are by tenant, endpoint and method, and Data Center's are its administrator's. One call
# after the other, the function could not make many more. https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
JiraRate = Annotated[int, Rate(600, "calls are made one after the other, and other apps share Jira's limit")]


class JiraChannel(ChannelKeys):
    """One issue for each incident."""

    type: Literal["jira"]
    url: JiraAddress = Field(description="the address of Jira, over https, such as https://example.atlassian.net")
    private: bool = Field(default=False, description="whether the address may be in a private network")
    project: JiraProject = Field(description="the key of the project, such as OPS")
    issue_type: str = Field(default="Incident", description="the type of issue to create")
    secret: SecretName = Field(description="the Secrets Manager secret with the credentials")
    api: Literal["cloud", "data-center"] | None = Field(
        default=None, description="which Jira it is; without it *.atlassian.net is Cloud, and anything else Data Center"
    )
    resolve_on_ok: bool = Field(default=False, description="resolve the issue when the alarm is OK again")
    priority: dict[Annotated[str, EnumScalar("a severity", "critical", "high", "medium", "low")], str] = Field(
        default_factory=dict, description="severity to the name of a Jira priority"
    )
    rate: JiraRate = usual("60/1m", 60, "how many calls are made in a minute; an issue takes two or three")
    retry_for: RetryFor = usual(
        "14d", 14 * DAY, "how long a change is retried; then what is over is given up, and listed"
    )
    missed: MissedTickets = usual(
        "each", "each", "whether incidents that began and ended while Jira was away get an issue, created and closed"
    )
    digest: NoDigest = Field(default="none", description="always none: each incident is an issue of its own")
