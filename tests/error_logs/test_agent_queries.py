"""Queries of the agent: few at once, refused, failed, cut, and of log groups that come and go."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from generator.drill.insights_vendor import LogRegion, QueryRejected
from handlers.error_logs.insights import OutOfTime, QueryFailed
from handlers.error_logs.messages import Unreadable
from handlers.error_logs.query_text import commands_of, widened
from tests.insights_server import NOON, QUERY, agent

END = NOON - 15_000


def counts(window: dict[str, Any]) -> dict[str, int]:
    """Count by title."""
    return {error["title"]: error["count"] for error in window["errors"]}


def test_an_empty_account_sends_its_heartbeat() -> None:
    with agent() as one:
        one.count()
        window, before = one.bus.windows()[0], one.bus.windows("final")[0]
        assert window["errors"] == before["errors"] == []
        assert window["agent"]["log_groups"] == 0
        assert window["agent"]["version"] == "0123456789ab"
        assert window["window"] == {"start": END - 300_000, "end": END}
        assert window["correlation"] == before["correlation"]
        metrics = json.loads(one.metrics[0])
        assert metrics["Environment"] == "prod"
        assert metrics["Rows"] == 0


def test_a_region_without_permission_says_so_in_its_heartbeat() -> None:
    with agent() as one:
        one.place.denied.add("DescribeLogGroups")
        one.count()
        assert one.bus.windows()[0]["agent"]["failed"] == ["logs /: AccessDeniedException"]


def test_a_log_group_that_is_denied_does_not_hide_the_others() -> None:
    with agent() as one:
        for number in range(7):
            one.place.write(f"/app/{number}", "s", END - 1, "ERROR stock exhausted")
        one.place.denied.add("/app/3")
        one.count()
        window = one.bus.windows()[0]
        assert window["agent"]["failed"] == ["/app/3: AccessDeniedException"]
        assert [error["count"] for error in window["errors"]] == [6]


def test_a_log_group_that_is_deleted_meanwhile_is_left_out() -> None:
    with agent() as one:
        for number in range(3):
            one.place.write(f"/app/{number}", "s", END - 1, "ERROR stock exhausted")
        call = one.place.call
        one.place.call = lambda action, asked: answer(one.place, call, action, asked)  # type: ignore[method-assign]
        one.count()
        window = one.bus.windows()[0]
        assert [error["count"] for error in window["errors"]] == [2]
        assert window["agent"]["skipped"] == {"gone": 1}
        assert window["agent"]["log_groups"] == 2
        assert all(one["partial"] for one in one.bus.windows())


def answer(place: LogRegion, call: Any, action: str, asked: dict[str, Any]) -> Any:
    """Delete a log group after it was listed."""
    found = call(action, asked)
    if action == "DescribeLogGroups":
        place.groups.pop("/app/1", None)
    return found


def test_own_log_groups_excluded_ones_and_classes_without_insights_are_not_queried() -> None:
    groups = {"prefixes": ["/"], "exclude": ["*debug*"], "functions": False, "services": False}
    with agent(groups=groups, own_log_groups=["/aws/lambda/query-error-logs-prod", "/obsgen/*"]) as one:
        for name in ("/app", "/app-debug", "/aws/lambda/query-error-logs-prod", "/obsgen/audit"):
            one.place.write(name, "s", END - 1, "ERROR stock exhausted")
        one.place.create("/delivered", "DELIVERY")
        one.place.create("/rare", "INFREQUENT_ACCESS")
        one.place.write("/rare", "s", END - 1, "ERROR stock exhausted")
        one.count()
        window = one.bus.windows()[0]
        assert window["agent"]["skipped"] == {"own": 2, "class": 1}
        assert window["errors"][0]["groups"] == {"/app": 1, "/rare": 1}
        assert [asked["logGroupNames"] for asked in one.place.started] == [["/rare"], ["/app"]]


def test_log_groups_are_asked_ten_at_once_and_few_queries_run() -> None:
    with agent(concurrent_queries=3) as one:
        for number in range(95):
            one.place.write(f"/app/{number:02}", "s", END - 1 - number, "ERROR stock exhausted")
        one.count()
        assert [len(asked["logGroupNames"]) for asked in one.place.started] == [10] * 9 + [5]
        assert one.place.most_running == 3
        # Whole seconds that have both windows, and some more on both sides.
        assert one.place.started[0]["startTime"] * 1000 <= END - 600_000
        assert one.place.started[0]["endTime"] * 1000 >= END
        window = one.bus.windows()[0]
        assert [error["count"] for error in window["errors"]] == [95]


def test_an_account_without_room_for_a_query_is_waited_for() -> None:
    with agent() as one:
        one.place.write("/app", "s", END - 1, "ERROR stock exhausted")
        one.place.busy = 3
        one.count()
        assert [error["count"] for error in one.bus.windows()[0]["errors"]] == [1]
        assert one.clock.now - NOON / 1000 >= 15


@pytest.mark.parametrize("ending", ["Failed", "Timeout", "Cancelled"])
def test_a_query_that_ends_badly_is_asked_again_in_parts(ending: str) -> None:
    with agent() as one:
        for number in range(4):
            one.place.write(f"/app/{number}", "s", END - 1 - 100_000 * number, "ERROR stock exhausted")
        one.place.endings = [ending, ending, ending]
        one.count()
        assert [error["count"] for error in one.bus.windows()[0]["errors"]] == [3]
        assert [error["count"] for error in one.bus.windows("final")[0]["errors"]] == [1]


def test_a_query_that_never_completes_fails_the_message() -> None:
    with agent() as one:
        one.place.write("/app", "s", END - 1, "ERROR stock exhausted")
        one.place.endings = ["Failed"] * 100
        with pytest.raises(QueryFailed, match="/app ended as Failed"):
            one.count()
        assert one.bus.sent == []


def test_a_query_of_the_file_that_aws_does_not_take_is_said_once() -> None:
    with agent(query="fields @timestamp | nonsense") as one:
        for number in range(25):
            one.place.create(f"/app/{number}")
        one.count()
        failed = one.bus.windows()[0]["agent"]["failed"]
        assert len(failed) == 1
        assert failed[0].startswith("query: MalformedQueryException")


def test_a_log_group_younger_than_the_window_hides_no_other() -> None:
    """AWS refuses the whole query: "Query's end date and time is either before the log groups creation time …"."""
    with agent() as one:
        for number in range(3):
            one.place.write(f"/app/{number}", "s", END - 1, "ERROR stock exhausted")
        call = one.place.call

        def refusing(action: str, asked: dict[str, Any]) -> Any:
            if action == "StartQuery" and "/app/1" in asked["logGroupNames"]:
                said = (
                    "Query's end date and time is either before the log groups creation time or exceeds the log groups "
                    "log retention settings"
                )
                raise QueryRejected("MalformedQueryException", said)
            return call(action, asked)

        one.place.call = refusing  # type: ignore[method-assign]
        one.count()
        window = one.bus.windows()[0]
        assert [error["count"] for error in window["errors"]] == [2]
        assert window["agent"]["failed"] == []
        assert "partial" not in window


def test_a_window_in_the_future_is_nobodys() -> None:
    with agent() as one, pytest.raises(Unreadable, match="in the future"):
        one.count(NOON + 3_600_000)


def test_more_lines_than_an_answer_has_are_read_in_pieces_of_time() -> None:
    chance = random.Random(5)
    with agent() as one:
        for number in range(4_500):
            at = END - 300_000 + chance.randrange(300_000)
            one.place.write("/app", f"s{number % 7}", at, f"ERROR kind {'abcdefgh'[number % 8] * 9} of {number}")
        one.count()
        window = one.bus.windows()[0]
        assert window["agent"]["rows"] == 4_500
        assert sum(counts(window).values()) == 4_500
        assert all(error["exact"] for error in window["errors"])


def test_a_message_that_comes_again_reads_less_and_counts_more_on_the_server() -> None:
    with agent() as one:
        for number in range(900):
            one.place.write("/app", "s", END - 300_000 + number * 300, f"ERROR stock exhausted at {number}")
        one.count()
        one.count(receives=2)
        first, again = (window["errors"] for window in one.bus.windows())
        assert [(error["count"], error["exact"]) for error in first] == [(900, True)]
        assert [(error["count"], error["exact"]) for error in again] == [(900, False)]
        assert first[0]["fingerprint"] == again[0]["fingerprint"]


def test_a_run_whose_time_ends_while_it_counts_is_tried_again() -> None:
    with agent() as one:
        one.place.write("/app", "s", END - 1, "ERROR stock exhausted")
        call = one.place.call

        def slow(action: str, asked: dict[str, Any]) -> Any:
            found = call(action, asked)
            if found.get("status") == "Complete":
                one.clock.sleep(1_000)
            return found

        one.place.call = slow  # type: ignore[method-assign]
        with pytest.raises(OutOfTime, match="to complete the queries"):
            one.count()
        assert one.bus.sent == []


@pytest.fixture(scope="module")
def storm() -> dict[str, Any]:
    """30,000 identical errors in one log group, others in between, and what the agent makes of it.

    `python -m bench.error_logs` does it with 250,000.
    """
    with agent() as one:
        for number in range(30_000):
            at = END - 300_000 + number * 300_000 // 30_000
            one.place.write(
                "/app", f"s/{number % 3}", at, f"ERROR ledger timeout for order {10_000_000 + number % 500}"
            )
        for number in range(10_000):
            one.place.write("/app", "s/3", END - 1 - number, "INFO 0 errors of ledger import found, all is well")
        for number in range(40):
            one.place.write("/app", "s/4", END - 1 - number, "ERROR cannot reach the bank")
        for number in range(3_000):
            one.place.write("/other", "s", END - 1 - number, "ERROR stock exhausted")
        one.count()
        window: dict[str, Any] = one.bus.windows()[0]
        return {**window, "queries": len(one.place.started), "seconds": one.clock.now - NOON / 1000}


def test_a_storm_is_counted_on_the_server(storm: dict[str, Any]) -> None:
    found = {title: count for title, count in counts(storm).items() if "ledger" in title}
    assert list(found.values()) == [30_000]
    ledger = next(error for error in storm["errors"] if "ledger" in error["title"])
    assert not ledger["exact"]
    assert ledger["first"] == END - 300_000
    assert ledger["last"] == END - 10


def test_a_rare_error_in_a_storm_is_found(storm: dict[str, Any]) -> None:
    assert [count for title, count in counts(storm).items() if "bank" in title] == [40]


def test_what_is_no_error_stays_none_in_a_storm(storm: dict[str, Any]) -> None:
    assert not [title for title in counts(storm) if "import" in title or "told apart" in title]


def test_a_crowded_neighbour_is_still_read_line_by_line(storm: dict[str, Any]) -> None:
    stock = next(error for error in storm["errors"] if "stock" in error["title"])
    assert stock["count"] == 3_000


def test_a_storm_takes_few_queries(storm: dict[str, Any]) -> None:
    assert storm["queries"] <= 15
    assert storm["seconds"] < 60


def test_filters_let_continuations_and_ended_invocations_through() -> None:
    text = widened(QUERY)
    assert text.startswith(
        "fields @timestamp, @message, @log | filter (@message like /(?i)(error|fail|exception)/) or @me"
    )
    assert "Task timed out" in text


def test_pipes_in_strings_and_patterns_do_not_end_a_command() -> None:
    query = (
        'fields @message # all | of it\n| filter @message like /a|"b/ and x = "c|\'d" | parse @message "* | *" as a, b'
    )
    assert commands_of(query) == [
        "fields @message",
        'filter @message like /a|"b/ and x = "c|\'d"',
        'parse @message "* | *" as a, b',
    ]
