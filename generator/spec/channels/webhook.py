"""Any HTTPS endpoint; requests are signed with the secret."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from generator.spec.scalars import SecretName, SecureUrl
from generator.spec.strict import Strict


class WebhookChannel(Strict):
    """A signed POST for each change of an episode."""

    type: Literal["webhook"]
    url: SecureUrl = Field(description="where to post, over https")
    secret: SecretName = Field(description="the Secrets Manager secret with the signing key")
