"""The stubs of all vendors behind one server, by the names that tests call them."""

from __future__ import annotations

from typing import Any

from generator.drill.vendors import jira, jsm, pagerduty, servicenow, slack, webhook
from generator.drill.vendors.kit.server import VendorServer


class Vendors(VendorServer):
    """A stub of a type without a property here is `stub(<module>.Vendor)`."""

    @property
    def jira(self) -> jira.Vendor:
        """The stub of Jira."""
        return self.stub(jira.Vendor)

    @property
    def slack(self) -> slack.Vendor:
        """The stub of Slack."""
        return self.stub(slack.Vendor)

    @property
    def pagerduty(self) -> pagerduty.Vendor:
        """The stub of PagerDuty."""
        return self.stub(pagerduty.Vendor)

    @property
    def jsm(self) -> jsm.Vendor:
        """The stub of Jira Service Management."""
        return self.stub(jsm.Vendor)

    @property
    def servicenow(self) -> servicenow.Vendor:
        """The stub of ServiceNow."""
        return self.stub(servicenow.Vendor)

    @property
    def receiver(self) -> webhook.Vendor:
        """The stub of the webhook's receiver."""
        return self.stub(webhook.Vendor)

    @property
    def issues(self) -> dict[str, dict[str, Any]]:
        """Jira's issues by key."""
        return self.jira.issues

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Slack's messages, oldest first."""
        return self.slack.messages

    @property
    def alerts(self) -> dict[str, dict[str, Any]]:
        """PagerDuty's alerts by deduplication key."""
        return self.pagerduty.alerts

    @property
    def posts(self) -> list[dict[str, Any]]:
        """The requests to the webhook's receiver, oldest first."""
        return self.receiver.posts
