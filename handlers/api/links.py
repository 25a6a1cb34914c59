"""Where an error is looked at in the consoles; pure.

The console of another account opens for whoever is signed in to that account.
"""

from __future__ import annotations

from urllib.parse import quote

from handlers.common.partitions import console
from handlers.events.records import Error

MOST_LINKS = 5


def links_of(error: Error) -> list[dict[str, str]]:
    """The error's log groups at the place where it was first seen, and its runbook."""
    home = error.home
    links = [{"title": "Runbook", "url": error.runbook}] if error.runbook else []
    address = console(home.region)
    for group in error.groups[:MOST_LINKS] if address else ():
        # The console decodes twice, and has `$` in place of `%`.
        name = quote(quote(group, safe=""), safe="").replace("%", "$")
        url = f"{address}/cloudwatch/home?region={home.region}#logsV2:log-groups/log-group/{name}"
        links.append({"title": group, "url": url})
    return links
