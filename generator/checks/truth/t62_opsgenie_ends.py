"""T62: alerts that are sent to Opsgenie are lost once it has ended."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from generator.checks.check import Subject
from generator.findings import Finding, Severity

CODE = "T62"
NAME = "opsgenie-ends"
TITLE = "No channel of type jsm pages through Opsgenie, which ends on 5 April 2027."
SUMMARY = "No channel pages through Opsgenie, which ends on 5 April 2027."
WHY = (
    "Opsgenie's REST API works until 5 April 2027, and only data that was migrated remains. After that day this"
    " channel pages no person. Jira Service Management has the same API at another address, so after"
    " the migration the channel needs no `url`, and its secret the API key of the new integration."
)
SOURCE = "https://support.atlassian.com/opsgenie/docs/what-happens-when-opsgenie-is-turned-off"
BAD = """\
channels: {pager: {type: jsm, secret: shop/opsgenie, url: "https://api.eu.opsgenie.com"}}
routes: {critical: [pager, mail]}
"""
GOOD = """\
channels: {pager: {type: jsm, secret: shop/jsm}}
routes: {critical: [pager, mail]}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each channel with an address of Opsgenie's."""
    for channel in subject.estate.channels:
        host = urlsplit(str(dict(channel.settings).get("url") or "")).hostname or ""
        if channel.type == "jsm" and (host == "opsgenie.com" or host.endswith(".opsgenie.com")):
            message = f"Opsgenie ends on 5 April 2027, and `{channel.name}` does not page from then on"
            hint = "migrate to Jira Service Management, and remove `url`"
            yield Finding(CODE, message, (*channel.path, "url"), Severity.WARNING, hint)
