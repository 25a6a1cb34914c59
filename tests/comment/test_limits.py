"""Limits of requests, row by row as GitHub and GitLab document them; and the proxy of a runner."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.comment.hosts.limits import limit_wait_s
from tests.command import obsgen
from tests.comment import pipelines
from tests.comment.host_server import host_server

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("status", "headers", "content", "expected"),
    [
        # https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
        (429, {"retry-after": "7"}, b"", 7),
        (403, {"retry-after": "7"}, b"", 7),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000030"}, b"", 31),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "999000"}, b"", 1),
        (403, {"x-ratelimit-remaining": "12"}, b"You have exceeded a secondary rate limit", 60),
        (429, {}, b"", 60),
        (429, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"", 60),
        # https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
        (429, {"ratelimit-reset": "1000005", "ratelimit-remaining": "0"}, b"Retry later", 6),
        # A right that is missing, and everything else, is no limit.
        (403, {"x-ratelimit-remaining": "4999"}, b"Resource not accessible by integration", None),
        (404, {"retry-after": "7"}, b"", None),
        (401, {}, b"", None),
    ],
)
def test_a_limit_says_how_long_to_wait(
    status: int, headers: dict[str, str], content: bytes, expected: float | None
) -> None:
    assert limit_wait_s(status, headers, content, NOW) == expected


def test_requests_go_by_the_proxy_of_the_environment(tmp_path: Path) -> None:
    with host_server() as host:
        environment = pipelines.pull_request(host, tmp_path)
        environment |= {
            "GITHUB_API_URL": "http://github.invalid/api/v3",
            "GITHUB_GRAPHQL_URL": "http://github.invalid/api/graphql",
            "http_proxy": host.address.replace("//", "//user:pass%40word@"),
            "no_proxy": "other.invalid",
        }
        file = pipelines.results(tmp_path, "x")
        done = obsgen(tmp_path, "comment", "--github", "--from-results", str(file), "--fail-on", "never", **environment)
        assert (done.returncode, len(host.bodies(5))) == (0, 1), done.stderr
        assert host.proxy_users == {"user:pass@word"}
