"""Where an error is looked at in the consoles; pure.

The console of another account opens for whoever is signed in to that account.
"""

from __future__ import annotations

from urllib.parse import quote

from handlers.common.console_links import cloudwatch
from handlers.events.records import Error

MOST_LINKS = 5


def links_of(error: Error) -> list[dict[str, str]]:
    """The error's log groups at the place where it was first seen, and its runbook."""
    home = error.home
    links = [{"title": "Runbook", "url": error.runbook}] if error.runbook else []
    for group in error.groups[:MOST_LINKS]:
        # The console decodes twice, and has `$` in place of `%`.
        name = quote(quote(group, safe=""), safe="").replace("%", "$")
        links.append({"title": group, "url": cloudwatch(home.region, f"logsV2:log-groups/log-group/{name}")})
    return [link for link in links if link["url"]]
