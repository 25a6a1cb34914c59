"""Properties of the types of channel that are needed without loading their sinks: one place for a new type."""

from __future__ import annotations

from typing import Final

# A ticket, or an alert, is kept open for each incident.
TICKET_TYPES: Final = frozenset({"jira", "jsm", "opsitem", "pagerduty", "servicenow"})
# It wakes people, and escalates by itself.
PAGER_TYPES: Final = frozenset({"jsm", "pagerduty"})
# The status of a ticket says whether people have taken it on.
STATUS_TYPES: Final = frozenset({"jira", "servicenow"})
# People read each message, and nothing has to be closed.
READ_TYPES: Final = frozenset({"email", "google_chat", "slack", "sms", "teams"})
# A message cannot be changed after it was sent.
FINAL_TYPES: Final = frozenset({"email", "google_chat", "sms", "teams"})
# The other side takes no burst: calls are as far apart as the rate says. The others may make a tenth of a minute's at
# once.
EVEN_TYPES: Final = frozenset({"google_chat"})
