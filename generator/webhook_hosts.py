"""Hosts of webhooks whose address is the secret: to post there, one needs no more than the address."""

from __future__ import annotations

# The host itself, or what the names of its customers end with. Slack; Teams: its connectors, workflows in Azure and in
# Power Platform; Google Chat; Zapier; Chime.
# https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
WEBHOOK_HOSTS = (
    *("hooks.slack.com", "webhook.office.com", "logic.azure.com", "logic.azure.us", "logic.azure.cn"),
    *("api.powerplatform.com", "chat.googleapis.com", "hooks.zapier.com", "hooks.chime.aws"),
)
