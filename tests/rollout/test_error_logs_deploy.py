"""`deploy`, `status` and `destroy` of error logs, event store, API and reports, on the stand-in of AWS."""

from __future__ import annotations

from tests.rollout.team import Team

GROWN = """
error_logs: {groups: {prefixes: [/ecs/]}}
events: {api: true}
reports: {daily: {at: "08:00", to: [mail]}}
"""


def test_the_grown_environment_is_deployed_looked_at_and_taken_away(team: Team) -> None:
    team.write(GROWN)
    done = team.run("deploy", "-e", "prod", "--yes")
    assert done.code == 0, done.out + done.err
    outputs = team.run("outputs", "-e", "prod")
    for name in ("MonitoringApiUrl", "DailyReportBucketName", "MonitoringEventsTableName"):
        assert name in outputs.out, outputs.out
    assert team.run("status", "-e", "prod").code in (0, 1)
    # An unchanged environment is no change.
    again = team.run("deploy", "-e", "prod", "--yes")
    assert again.code == 0, again.out + again.err
    bucket = next(one["OutputValue"] for one in team.stack()["Outputs"] if one["OutputKey"] == "DailyReportBucketName")
    team.client("s3").put_object(Bucket=bucket, Key="daily/2026-11-29.html", Body=b"<p>")
    gone = team.run("destroy", "-e", "prod", answers="prod\n")
    assert gone.code == 0, gone.out + gone.err
    assert team.stack() == {}
    assert bucket not in [one["Name"] for one in team.client("s3").list_buckets()["Buckets"]]
