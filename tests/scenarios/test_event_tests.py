"""`obsgen test` of event rules, contributors and PromQL alarms, as a whole command over the small spec."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import obsgen
from tests.support import spec

SPEC = """
alarms:
  functions:
    query: SELECT SUM(Errors) FROM "AWS/Lambda" GROUP BY FunctionName ORDER BY SUM() DESC
    threshold: "> 0"
    severity: high
    contributors: {incidents: each}
    accounts: [alpha]
  depth: {promql: {query: depth > 5 or absent(depth), pending: 3m, recovery: 2m}, severity: high}
event_rules:
  databases: {pack: rds, accounts: [alpha], events: {failover: {severity: critical}}}
  import:
    pattern: {source: [shop.orders], detail-type: [Import Failed], detail: {file: [{suffix: .csv}]}}
    severity: high
    subject: $.detail.file
    title: "Import of {$.detail.file} failed"
    in: hub
    ends: {after: 10m}
    examples: {match: [{source: shop.orders, detail-type: Import Failed, detail: {file: a.csv}}]}
"""
FAILOVER = (
    "{source: aws.rds, detail-type: RDS DB Instance Event, "
    "detail: {EventCategories: [failover], EventID: %s, SourceIdentifier: %s}}"
)
BEGIN, END = (FAILOVER % (f"RDS-EVENT-{number}", "orders") for number in ("0013", "0049"))
FUNCTION = "alarm: functions, account: alpha, contributor: {FunctionName"
IMPORT = "{source: shop.orders, detail-type: Import Failed, detail: {file: %s}}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("events")
    (path / "observability.yaml").write_text(spec(SPEC), encoding="utf-8")
    return path


def outcome(folder: Path, given: list[str], expect: list[str], *words: str) -> tuple[int, str]:
    text = "version: 1\ntests:\n  - name: one\n    given:\n" + "".join(f"      - {one}\n" for one in given)
    text += "    expect:\n" + "".join(f"      - {one}\n" for one in expect)
    (folder / "tests.yaml").write_text(text, encoding="utf-8")
    done = obsgen(folder, "test", *words)
    return done.returncode, done.stdout + done.stderr


def test_a_failover_is_an_incident_until_it_is_completed(folder: Path) -> None:
    given = [f"{{account: alpha, at: 2m, event: {BEGIN}}}", f"{{account: alpha, at: 9m, event: {END}}}"]
    incident = "event: databases-failover, subject: orders, account: alpha"
    done = outcome(
        folder,
        given,
        [
            f"{{at: 0m to 1m59s, incident: {{{incident}, is: none}}}}",
            f"{{at: 2m to 8m, incident: {{{incident}, is: opened, severity: critical, channels: [mail]}}}}",
            f"{{at: 2m to 8m, incident: {{{incident}, is: opened, text: '*orders*'}}}}",
            f"{{at: 9m, incident: {{{incident}, is: resolved}}}}",
            "{incidents: 1, messages: 2}",
        ],
    )
    assert done == (0, "1 passed\n"), done[1]


def test_events_of_several_rules_in_one_test(folder: Path) -> None:
    given = [f"{{account: alpha, at: 1m, event: {BEGIN}}}", f"{{account: hub, at: 1m, event: {IMPORT % 'a.csv'}}}"]
    expect = [f"{{at: 1m, incident: {{event: {event}, is: opened}}}}" for event in ("databases-failover", "import")]
    done = outcome(folder, given, expect)
    assert done == (0, "1 passed\n"), done[1]


def test_an_event_ends_after_a_time_without_another(folder: Path) -> None:
    given = [f"{{account: hub, at: {at}, event: {IMPORT % 'a.csv'}}}" for at in ("0m", "8m")]
    given += [f"{{account: hub, at: 1m, event: {IMPORT % 'b.csv'}}}"]
    done = outcome(
        folder,
        given,
        [
            "{at: 7m, incident: {event: import, subject: a.csv, is: opened, text: '*Import of a.csv failed*'}}",
            "{at: 8m to 18m, incident: {event: import, subject: a.csv, is: commented}}",
            "{at: 14m, incident: {event: import, subject: b.csv, is: resolved}}",
            "{at: 20m, incident: {event: import, is: resolved}}",
        ],
    )
    assert done == (0, "1 passed\n"), done[1]


def test_what_the_rest_of_a_pattern_leaves_out_is_no_incident(folder: Path) -> None:
    given = [f"{{account: hub, at: 0m, event: {IMPORT % 'a.json'}}}"]
    assert outcome(folder, given, ["{at: 1m, incident: {event: import, is: none}}"]) == (0, "1 passed\n")
    code, text = outcome(folder, given, ["{at: 1m, incident: {event: import, is: opened, severity: high}}"])
    assert code == 1
    assert "import in hub (111111111111), us-east-1\n    expected an incident opened with severity high at 1m" in text
    assert "actual   no channel was notified" in text


@pytest.mark.parametrize(
    ("given", "expect", "says"),
    [
        (
            f"{{at: 0m, event: {BEGIN.replace('aws.rds', 'aws.rdss')}}}",
            "{incidents: 0}",
            ["no event rule matches `RDS DB Instance Event` of aws.rdss", "did you mean `aws.rds`?"],
        ),
        (
            f"{{at: 0m, event: {BEGIN.replace('Instance Event', 'Instance Evnt')}}}",
            "{incidents: 0}",
            ["no event rule matches `RDS DB Instance Evnt` of aws.rds", "did you mean `RDS DB Instance Event`?"],
        ),
        # The pack is for alpha only.
        (f"{{account: beta, at: 0m, event: {BEGIN}}}", "{incidents: 0}", ["set `account` and `region`"]),
        ("{at: 0m, event: {source: aws.rds}}", "{incidents: 0}", ["the event has no `detail-type`"]),
        ("{event: {source: a, detail-type: b}}", "{incidents: 0}", ["`event` without `at`"]),
        (
            f"{{account: alpha, at: 0m, event: {BEGIN}}}",
            "{at: 0m, incident: {event: databases-failovr, is: opened}}",
            ["databases-failovr", "did you mean `databases-failover`?"],
        ),
        ("{alarm: errors, state: OK}", "{at: 0m, incident: {is: opened}}", ["the incident has no `alarm`"]),
        (
            "{alarm: errors, state: OK}",
            "{at: 0m, incident: {alarm: errors, subject: x, is: opened}}",
            ["`subject` requires `event`"],
        ),
        ("{alarm: errors, series: 1}", "{incidents: 0}", ["`errors` is no alarm on PromQL"]),
        ("{alarm: depth, series: 1}\n      - {alarm: depth, series: 2}", "{incidents: 0}", ["`depth` is given twice"]),
        ("{alarm: depth, series: 1, state: OK}", "{incidents: 0}", ["`state` cannot be combined with `series`"]),
        (
            "{alarm: errors, state: OK}",
            "{at: 0m, alarm: errors, contributor: {a: b}, state: OK}",
            ["`errors` is on one series"],
        ),
        (
            "{alarm: errors, state: OK}",
            "{at: 0m, alarm: functions, contributor: {Function: b}, state: OK}",
            ["contributors of `functions` have the labels FunctionName", "did you mean `FunctionName`?"],
        ),
    ],
)
def test_what_is_refused(folder: Path, given: str, expect: str, says: list[str]) -> None:
    code, text = outcome(folder, [given], [expect])
    assert (code, [one for one in says if one not in text]) == (2, []), text


def errors(function: str, series: str) -> str:
    metric = f"{{namespace: AWS/Lambda, name: Errors, dimensions: {{FunctionName: {function}}}}}"
    return f"{{account: alpha, metric: {metric}, series: {series}}}"


def test_each_contributor_has_its_incident(folder: Path) -> None:
    done = outcome(
        folder,
        [errors("pay", "0 3 0x8"), errors("refund/eu|1", "0 0 4x7")],
        [
            "{at: 2m, alarm: functions, account: alpha, contributor: {FunctionName: pay}, state: ALARM, value: 3}",
            "{at: 9m, alarm: functions, account: alpha, state: ALARM}",
            f"{{at: 2m, incident: {{{FUNCTION}: pay}}, is: opened}}}}",
            f"{{at: 3m to 9m, incident: {{{FUNCTION}: pay}}, is: resolved}}}}",
            # A name that the function has to change ends with digits of its own.
            f"{{at: 3m, incident: {{{FUNCTION}: refund/eu|1}}, is: opened}}}}",
            "{incidents: 2}",
        ],
    )
    assert done == (0, "1 passed\n"), done[1]


def test_a_contributor_without_data_is_no_ok(folder: Path) -> None:
    name = "alarm: functions, account: alpha, contributor: {FunctionName: pey}"
    for expect in (f"{{at: 2m, {name}, state: OK}}", f"{{at: 2m, incident: {{{name}, is: none}}}}"):
        code, text = outcome(folder, [errors("pay", "0x5")], [expect])
        assert (code, "the test gives no data of FunctionName=pey" in text) == (1, True), text


def test_what_was_expected_of_a_contributor_is_a_sentence(folder: Path) -> None:
    name = "alarm: functions, account: alpha, contributor: {FunctionName: pay}"
    _, text = outcome(folder, [errors("pay", "3x5")], [f"{{at: 2m, {name}, state: ALARM, value: 4}}"])
    assert "    expected FunctionName=pay in ALARM with the value 4 at 2m\n" in text


def test_an_incident_of_the_alarm_names_the_contributors_that_have_one(folder: Path) -> None:
    code, text = outcome(
        folder, [errors("pay", "3x5")], ["{at: 2m, incident: {alarm: functions, account: alpha, is: opened}}"]
    )
    assert code == 1
    assert "no channel was notified, but of contributor: {FunctionName: pay}" in text


def test_the_result_of_a_promql_query(folder: Path) -> None:
    done = outcome(
        folder,
        [
            "{account: alpha, alarm: depth, contributor: {queue: pay}, series: _ 1x5 _x9}",
            "{account: alpha, alarm: depth, contributor: {queue: refund}, series: 1x2 _ 1x2}",
        ],
        [
            "{at: 0m to 3m59s, alarm: depth, account: alpha, state: OK}",
            "{at: 4m to 8m59s, alarm: depth, account: alpha, contributor: {queue: pay}, state: ALARM}",
            "{at: 4m, alarm: depth, account: alpha, value: 2}",
            "{at: 3m, alarm: depth, account: alpha, value: 1}",
            "{at: 9m, alarm: depth, account: alpha, state: OK}",
            "{at: 0m to 9m, alarm: depth, account: alpha, contributor: {queue: refund}, state: OK}",
            "{at: 4m, incident: {alarm: depth, account: alpha, is: opened}}",
        ],
    )
    assert done == (0, "1 passed\n"), done[1]


def test_coverage_lists_event_rules_without_an_event(folder: Path) -> None:
    given = [f"{{account: alpha, at: 2m, event: {BEGIN}}}"]
    _, text = outcome(folder, given, ["{incidents: 1}"], "--coverage")
    assert "  databases-failover: no test gives the event that ends it\n" in text
    assert "  import: no test gives an event of it\n" in text
    assert "  depth: no test puts it in ALARM\n" in text


def test_generated_tests_know_events_contributors_and_promql(folder: Path) -> None:
    generated = obsgen(folder, "test", "--generate").stdout
    (folder / "tests.yaml").write_text(generated, encoding="utf-8")
    done = obsgen(folder, "test", "--coverage")
    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, ["prod: 9 of 9 covered (100 %)"]), done.stdout
    assert "severity: critical, channels: [mail]" in generated
