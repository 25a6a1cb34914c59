"""`obsgen mute`: what the command writes, the functions' code reads and acts on."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from generator.render.mute_words import moment_in_words
from generator.rollout.aws.errors import AwsError
from generator.rollout.operate import mute_items
from generator.rollout.operate.mute_list import MuteList
from handlers.api import mute_rows
from handlers.common.deadline import Deadline
from handlers.incident.decision.mutes import Mute
from handlers.incident.meter import Meter
from handlers.incident.routing import Routing
from handlers.incident.service import Service
from handlers.incident.state import mute_items as functions
from tests.handlers.test_service import event
from tests.handlers.world import REGION
from tests.rollout.front import Fault, refusal
from tests.rollout.incident_world import CHANNELS, HOUR, MINUTE, World
from tests.rollout.team import Team

ALARMS = """
alarms:
  everywhere: {in: hub, metric: {filter: errors}, statistic: Sum, threshold: "> 9", over: all-accounts, owner: sre}
"""

ONLY = """
  only: {metric: {filter: errors}, statistic: Sum, threshold: "> 9", accounts: [alpha]}
  here: {metric: {filter: errors}, statistic: Sum, threshold: "> 9", regions: [eu-west-1]}
composites:
  pair: {rule: errors and only, accounts: [alpha]}
regions: [us-east-1, eu-west-1]
"""


@pytest.fixture
def world(team: Team) -> World:
    team.write(CHANNELS + ALARMS)
    return World(team)


def kept(world: World) -> list[Mute]:
    """As the functions read them."""
    return world.table.mutes(world.now)


def shown_by_the_api(world: World) -> list[mute_rows.Mute]:
    """In force, as the API reads them."""
    return mute_rows.MuteTable(world.client, world.table.table).in_force(round(1000 * time.time()))


def test_one_command_mutes_in_all_accounts(world: World) -> None:
    said = world.team.run("mute", "errors", "--for", "2h", "--reason", "moving\x1b the queue", "--by", "Ana")
    assert (said.code, said.err) == (0, "")
    (mute,) = kept(world)
    assert (mute.by, mute.reason, mute.alarms, mute.accounts) == (
        "Ana",
        "moving the queue",
        {"errors-alarm-prod"},
        frozenset(),
    )
    assert mute.until == mute.at + 2 * HOUR
    id_ = mute.id.partition("#")[2]
    assert said.out.startswith(f"mute {id_}: 1 alarm in every account until ")
    assert f"`obsgen unmute {id_}` to end it earlier" in said.out


@pytest.mark.parametrize(("ahead_s", "words"), [(270, "4 min behind AWS"), (-270, "4 min ahead of AWS")])
def test_a_mute_begins_and_ends_by_the_clock_of_aws(world: World, ahead_s: int, words: str) -> None:
    """The functions compare it with theirs: a laptop that is behind would mute from the future on."""
    world.team.front.clock_ahead_s = ahead_s
    begun = round(1000 * time.time())
    said = world.team.run("mute", "errors", "--for", "2h", "--reason", "x")
    assert (said.code, said.err) == (0, f"Warning: the clock of this machine is {words}; times are those of AWS\n")
    (mute,) = kept(world)
    assert abs(mute.at - (begun + 1000 * ahead_s)) < 30_000
    assert mute.until == mute.at + 2 * HOUR
    listed = world.team.run("mute", "--list")
    assert (listed.code, f"clock of this machine is {words}" in listed.err) == (0, True)
    assert world.team.run("unmute", "errors").code == 0
    (ended,) = kept(world)
    assert abs(ended.ended_at - (begun + 1000 * ahead_s)) < 30_000


def test_a_time_has_to_be_within_fifteen_days_of_what_aws_calls_now(world: World) -> None:
    world.team.front.clock_ahead_s = 600
    until = datetime.fromtimestamp(time.time() + 300, UTC).isoformat(timespec="seconds")
    said = world.team.run("mute", "errors", "--until", until, "--reason", "x")
    assert (said.code, "--until: a mute lasts from one minute to 15 days" in said.err) == (2, True)
    assert kept(world) == []


def test_a_clock_with_which_aws_takes_no_signature_is_named(team: Team) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html has AWS's words."""
    team.write(CHANNELS)
    words = "Signature expired: 20261129T100000Z is now earlier than 20261129T105500Z (20261129T110000Z - 5 min.)"
    team.front.faults = [Fault("GetCallerIdentity", answer=refusal("SignatureDoesNotMatch", words, 403))]
    said = team.run("mute", "errors", "--for", "2h", "--reason", "x")
    assert (said.code, said.out) == (3, "")
    assert f"this machine's clock differs from AWS's: {words}\n  = help: set this machine's clock" in said.err


def test_by_service_owner_and_account(world: World) -> None:
    said = world.team.run("mute", "--owner", "sre", "--for", "1h", "--reason", "x")
    assert said.code == 0, said.err
    assert {name for mute in kept(world) for name in mute.alarms} == {"everywhere-alarm-prod"}
    said = world.team.run("mute", "*", "--account", "beta", "--for", "1h", "--reason", "x")
    assert said.code == 0, said.err
    assert " in beta until " in said.out
    latest = max(kept(world), key=lambda mute: mute.at)
    assert latest.accounts == {world.team.accounts["beta"]}
    assert "everywhere-alarm-prod" not in latest.alarms
    assert "errors-alarm-prod" in latest.alarms


def test_an_alarm_is_muted_in_an_account_that_has_it(team: Team) -> None:
    team.write(CHANNELS + ALARMS + ONLY)
    World(team)
    for account, names in (
        ("alpha", ["errors", "here", "only", "pair"]),
        ("beta", ["errors", "here"]),
        ("hub", ["everywhere"]),
    ):
        said = team.run("mute", "*", "--account", account, "--for", "1h", "--reason", "x", "--dry-run")
        assert said.code == 0, said.err
        assert said.out.splitlines()[1:] == [f"  {name}-alarm-prod" for name in names]
    for name, account in (("only", "beta"), ("errors", "hub"), ("everywhere", "alpha")):
        said = team.run("mute", name, "--account", account, "--for", "1h", "--reason", "x", "--dry-run")
        assert (said.code, "no alarm matches all of the options" in said.err) == (2, True)


def test_it_is_listed_and_ended_and_stays_in_the_record(world: World) -> None:
    world.team.run("mute", "errors", "everywhere", "--for", "2h", "--reason", "load test")
    for words in (("mute", "--list"), ("incidents",)):
        assert "2 alarms in every account until " in world.team.run(*words).out, words
    data = json.loads(world.team.run("incidents", "--format", "json").out)
    assert [one["reason"] for one in data["mutes"]] == ["load test"]
    assert world.team.run("unmute", "nothing*").code == 1
    ended = world.team.run("unmute", "every*")
    assert (ended.code, ended.out.startswith("ended ")) == (0, True)
    assert world.team.run("mute", "--list").code == 1
    assert world.team.run("unmute", "every*").code == 1
    over = world.team.run("mute", "--list", "--all")
    assert (over.code, "; ended " in over.out, "arn:" in over.out) == (1, True, False)
    (mute,) = kept(world)
    assert mute.ended_at and mute.ended_by.startswith("arn:")


def test_a_mute_of_an_alarm_that_left_the_file_is_ended_by_its_name(world: World) -> None:
    gone = mute_items.StoredMute("00000000", "a", "", world.now, world.now + HOUR, "r", ("settlement-lag-alarm-prod",))
    for item in mute_items.items_of(gone):
        world.client.put_item(TableName=world.table.table, Item=item)
    assert world.team.run("unmute", "sett*g").code == 1
    assert world.team.run("unmute", "settlement-*").code == 0
    assert world.team.run("mute", "--list").code == 1


def test_unmute_by_id_ends_that_one_only(world: World) -> None:
    for reason in ("first", "second"):
        world.team.run("mute", "errors", "--for", "2h", "--reason", reason)
    one = json.loads(world.team.run("mute", "--list", "--format", "json").out)
    said = world.team.run("unmute", one[0]["id"])
    assert (said.code, one[0]["reason"] in said.out, one[1]["reason"] in said.out) == (0, True, False)


def test_nothing_is_set_in_a_dry_run(world: World) -> None:
    said = world.team.run("mute", "errors", "--until", "2099-01-01T08:00Z", "--reason", "x", "--dry-run")
    assert said.code == 2
    said = world.team.run("mute", "errors", "--for", "2h", "--reason", "x", "--dry-run")
    assert (said.code, said.out.startswith("would mute 1 alarm in every account until ")) == (0, True)
    assert kept(world) == []


def test_until_a_time_with_its_offset(world: World) -> None:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    local = until.astimezone(ZoneInfo("Asia/Kolkata")).isoformat()
    said = world.team.run("mute", "errors", "--until", local, "--reason", "x")
    assert said.code == 0, said.err
    assert [mute.until for mute in kept(world)] == [round(1000 * until.timestamp())]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("errors", "--reason", "x"), "a mute requires alarms, an end (--for or --until) and --reason"),
        (("--for", "2h", "--reason", "x"), "a mute requires alarms"),
        (("errors", "--for", "2h", "--reason", " "), "a mute requires alarms"),
        (("errors", "--for", "2h", "--until", "2026-11-30T08:00Z", "--reason", "x"), "cannot be combined"),
        (("errors", "--for", "16d", "--reason", "x"), "a mute lasts from one minute to 15 days"),
        (("errors", "--for", "2", "--reason", "x"), "expected a duration such as 1m, 5m or 30d, got `2`"),
        (("errors", "--until", "2020-01-01T08:00Z", "--reason", "x"), "a mute lasts from one minute to 15 days"),
        (("errors", "--until", "2026-11-30T08:00", "--reason", "x"), "has no time zone"),
        (("errors", "--until", "tomorrow", "--reason", "x"), "`tomorrow` is not a time"),
        (("erors", "--for", "2h", "--reason", "x"), "did you mean `errors`?"),
        (("errors", "--account", "bta", "--for", "2h", "--reason", "x"), "did you mean `beta`?"),
        (("--owner", "sree", "--for", "2h", "--reason", "x"), "did you mean `sre`?"),
        (("everywhere", "--account", "beta", "--for", "2h", "--reason", "x"), "no alarm matches all of the options"),
        (("errors", "--region", "us-east-1", "--for", "2h", "--reason", "x"), "--region requires --cloudwatch"),
    ],
)
def test_what_is_not_said_well_is_refused(team: Team, words: tuple[str, ...], says: str) -> None:
    team.write(CHANNELS + ALARMS)
    said = team.run("mute", *words)
    assert said.code == 2
    assert says in said.err


def test_alarms_of_the_monitoring_path_are_muted_by_their_keys_only(team: Team) -> None:
    team.write(CHANNELS + ALARMS + "error_logs: {}\n")
    world = World(team)
    said = team.run("mute", "*", "--for", "2h", "--reason", "x")
    assert said.code == 0, said.err
    assert " on alarm delivery itself" in said.out
    assert not any(name.startswith("error-log-agent") for mute in kept(world) for name in mute.alarms)
    refused = team.run("mute", "--service", "monitoring", "--for", "2h", "--reason", "x")
    assert (refused.code, "muted by key only" in refused.err) == (2, True)
    named = team.run("mute", "error-log-agent-errors", "--for", "2h", "--reason", "x")
    assert named.code == 0, named.err


def test_a_refusal_is_a_sentence(team: Team) -> None:
    team.write(CHANNELS)
    said = team.run("mute", "errors", "--for", "2h", "--reason", "x")
    assert (said.code, "Error: table " in said.err) == (3, True)


def test_what_fires_while_muted_is_listed_as_that_and_sent_once_the_mute_is_ended(world: World) -> None:
    """The command, then the function's own code over the same table."""
    now = world.now
    world.team.run("mute", "errors", "--for", "2h", "--reason", "load test", "--by", "Ana")
    beta = world.team.accounts["beta"]
    table = Routing(
        {
            "project": "shop",
            "environment": "prod",
            "reopen_within": 1800,
            "accounts": {beta: "beta"},
            "accounts_closed": False,
            "hub": {"account": "1" * 12, "region": REGION},
            "routes": {"high": ["ops-jira", "ops-email"]},
            "channels": {"ops-jira": {"type": "jira"}, "ops-email": {"type": "email"}},
            "alarms": {"errors-alarm-prod": {"severity": "high"}},
        }
    )
    clock = [now + MINUTE]
    service = Service(
        table, world.table, lambda: clock[0], lambda _: None, lambda _: None, lambda: 0.5, Meter("prod", lambda: now)
    )
    from handlers.incident.events import Key

    key = Key(beta, "us-east-1", "errors-alarm-prod")
    service.handle(event("ALARM", clock[0], key=key), Deadline.after(60))
    said = world.team.run("incidents").out
    assert "no notification before " in said
    assert "Muted by Ana until " in said
    assert ": load test." in said
    assert world.table.due("ops-jira", "3", clock[0] + HOUR, 9) == []  # type: ignore[arg-type]
    world.team.run("unmute", "errors")
    clock[0] = now + 10 * MINUTE
    service.release(lambda: world.table.due_alarms(now + 30 * 24 * HOUR, 100), Deadline.after(60))
    owed = [row for rank in "01234" for row in world.table.due("ops-jira", rank, clock[0], 9)]  # type: ignore[arg-type]
    assert len(owed) == 1
    (mute,) = kept(world)
    assert mute.ended_at and not mute.released_at
    clock[0] = now + 30 * MINUTE
    service.release(lambda: [], Deadline.after(60))
    assert kept(world)[0].released_at == clock[0]


def test_both_sides_mean_the_same(world: World) -> None:
    names = tuple(f"a{number:04}" for number in range(mute_items.ALARMS_AN_ITEM + 1))
    mine = mute_items.StoredMute("3f9a1c2d", "Zoë", "arn:x/zoe", world.now, world.now + HOUR, "why", names, ("2" * 12,))
    for item in mute_items.items_of(mine):
        world.client.put_item(TableName=world.table.table, Item=item)
    theirs = kept(world)
    assert [len(mute.alarms) for mute in theirs] == [mute_items.ALARMS_AN_ITEM, 1]
    assert all(mute.holds("a0000", "2" * 12) == (len(mute.alarms) > 1) for mute in theirs)
    assert {(mute.by, mute.until, mute.reason, mute.accounts) for mute in theirs} == {
        ("Zoë", world.now + HOUR, "why", frozenset({"2" * 12}))
    }
    (shown,) = shown_by_the_api(world)
    assert (shown.by, shown.until, shown.alarms, shown.accounts) == ("Zoë", mine.until, names, ("2" * 12,))
    read = mute_items.mutes_of(mute_items.items_of(mine))
    assert [(one.alarms, one.end, one.keys) for one in read] == [(names, mine.until, tuple(mute.id for mute in theirs))]


def test_a_mute_of_which_half_was_set_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mute_items, "ALARMS_AN_ITEM", 1)
    real, written = MuteList._put, []

    def put(mutes: MuteList, item: mute_items.Item) -> None:
        if written:
            raise AwsError("DynamoDB throttles dynamodb:PutItem", "try again")
        written.append(item)
        real(mutes, item)

    monkeypatch.setattr(MuteList, "_put", put)
    said = world.team.run("mute", "errors", "everywhere", "--for", "2h", "--reason", "x")
    (mute,) = kept(world)
    assert said.code == 3
    assert "1 of the 2 alarms are muted already" in said.err
    assert f"`obsgen unmute {mute.id.partition('#')[2]}` to end that mute" in said.err


def test_what_no_command_wrote_mutes_nothing(world: World) -> None:
    for number, text in enumerate(("no JSON", "{}", '{"by":1,"at":"x"}', "[]")):
        item = {"pk": {"S": "MUTES"}, "sk": {"S": f"{world.now + HOUR:013d}#x{number}"}, "mute": {"S": text}}
        world.client.put_item(TableName=world.table.table, Item=item)
    assert kept(world) == []
    assert world.team.run("mute", "--list").out == "no mutes\n"


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "Sunday 29 November 2026, 23:05 UTC"),
        ("Europe/London", "Sunday 29 November 2026, 23:05 UTC"),
        ("Europe/Berlin", "Sunday 29 November 2026, 23:05 UTC (Monday 00:05 CET here)"),
        ("America/New_York", "Sunday 29 November 2026, 23:05 UTC (18:05 EST here)"),
    ],
)
def test_a_date_in_words(zone: str, words: str) -> None:
    at = datetime(2026, 11, 29, 23, 5, tzinfo=UTC)
    assert moment_in_words(round(1000 * at.timestamp()), ZoneInfo(zone)) == words


def test_what_no_command_writes_mutes_nothing_and_keeps_nobody_from_the_others(world: World) -> None:
    """Whoever may set mutes may write anything under their key."""
    end = world.now + HOUR
    mute = {"by": "a", "at": world.now, "until": end, "reason": "r", "alarms": ["errors-alarm-prod"]}
    broken = [mute | {"at": value} for value in (float("inf"), -5, "soon", end + 1)]
    broken += [mute | {"until": value} for value in (-5, world.now + 16 * 24 * HOUR, 10**30)]
    broken += [mute | {"alarms": value} for value in (7, None)]
    rows = [(f"{one['until']:013d}#{number}", json.dumps(one)) for number, one in enumerate(broken)]
    rows += [(f"{end:013d}", json.dumps(mute)), (f"{end + 1:013d}#key", json.dumps(mute))]
    rows += [(f"{end:013d}#a{number}", text) for number, text in enumerate(("null", "[]", "{", "[" * 100_000))]
    for key, text in rows:
        item = {"pk": {"S": "MUTES"}, "sk": {"S": key}, "mute": {"S": text}}
        world.client.put_item(TableName=world.table.table, Item=item)
    said = world.team.run("mute", "errors", "--for", "2h", "--reason", "load test")
    assert said.code == 0, said.err
    for words in (("mute", "--list"), ("mute", "--list", "--all"), ("incidents",)):
        out = world.team.run(*words)
        assert (out.err, out.out.count(" alarm in every account until ")) == ("", 1), words
    assert [one.reason for one in kept(world)] == ["load test"]
    assert [one.reason for one in shown_by_the_api(world)] == ["load test"]
    assert world.team.run("unmute", "errors").code == 0
    assert shown_by_the_api(world) == []


def test_the_functions_take_no_longer_mute_than_the_command_sets() -> None:
    assert mute_items.LONGEST_MS == functions.LONGEST == mute_rows.LONGEST
