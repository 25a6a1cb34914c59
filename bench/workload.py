"""The workload, N alarms: what the peers' programs build too, as one observability.yaml.

1 + N/10 log groups, N/2 metric filters, N alarms, N/20 composites of two to four alarms, N/200 dashboards of 200
metric rows, a Contributor Insights rule, e-mail, an audit trail. Alarms, filters and composites stand in the members;
the hub has some twenty resources more than the peers' programs make (queues, policies, bus, archive, dead letters).
"""

from __future__ import annotations

from collections.abc import Iterator

HEAD = """\
version: 1
project: bench
environments: [prod]
organization: {id: o-a1b2c3d4e5}
hub: {account: "111111111111"}
accounts:
  a: {id: "222222222222"}
  b: {id: "333333333333"}
  c: {id: "444444444444"}
channels: {mail: {type: email, addresses: [ops@example.com]}}
routes: {critical: [mail], high: [mail], medium: [mail], low: [mail]}
audit: {alarm_changes: true}
access: {monitoring_role: true, sharing: [metrics, logs]}
contributor_insights:
  throttled: {log_group: g-0, keys: [$.apiId, $.sourceIp], filters: [{match: $.status, equal: 429}]}
"""
ROWS_PER_WIDGET = 10
ROWS_PER_DASHBOARD = 200


def workload(alarms: int) -> str:
    """The YAML for so many alarms."""
    return HEAD + "\n".join(_sections(alarms)) + "\n"


def with_accounts(accounts: int, overrides: int, alarms: int = 20) -> str:
    """The YAML for so many accounts, each of the alarms with so many overrides: by account, then by label."""
    names = "\n".join(
        f'  m{i}: {{id: "{100_000_000_000 + i}", labels: {{stage: s{i % 7}, tier: t{i % 5}}}}}' for i in range(accounts)
    )
    head, _, rest = HEAD.partition("accounts:\n")
    whole = f"{head}accounts:\n{names}\nchannels:{rest.partition('channels:')[2]}"
    return whole + "\n".join(_overridden(line, accounts, overrides) for line in _sections(alarms)) + "\n"


def _overridden(line: str, accounts: int, overrides: int) -> str:
    if not line.startswith("  a-"):
        return line
    by_account = [f"account: m{k * 7919 % accounts}" for k in range(min(3, overrides))]
    where = [*by_account, *(f"stage: s{k % min(7, accounts)}" for k in range(len(by_account), overrides))]
    given = ", ".join(f'{{where: {{{one}}}, threshold: "> {10 + k}"}}' for k, one in enumerate(where))
    return f"{line[:-1]}, overrides: [{given}]}}"


def _sections(count: int) -> Iterator[str]:
    groups, filters = max(1, count // 10), count // 2
    yield "log_groups:"
    yield from (f'  g-{i}: {{name: "/app/{i}/{{environment}}"}}' for i in range(groups))
    yield "metric_filters:"
    for i in range(filters):
        metric = f"{{name: E{i}, namespace: Payments, default: 0}}"
        yield f"  f-{i}: {{log_group: g-{i % groups}, pattern: '\"[ERROR]\"', metric: {metric}}}"
    yield "alarms:"
    for i in range(count):
        values = 'statistic: Sum, threshold: "> 5", datapoints: 1 of 1, period: 1m'
        yield f"  a-{i}: {{metric: {{filter: f-{i % filters}}}, {values}, summary: Errors of service {i}}}"
    if count >= 20:
        yield "composites:"
    for c in range(count // 20):
        rule = " or ".join(f"a-{c * 20 + k}" for k in range(2 + c % 3))
        yield f"  c-{c}: {{rule: {rule}, severity: critical}}"
    yield "dashboards:"
    for low in range(0, count, ROWS_PER_DASHBOARD):
        yield f"  d-{low}:"
        yield "    widgets:"
        for first in range(low, min(low + ROWS_PER_DASHBOARD, count), ROWS_PER_WIDGET):
            names = ", ".join(f"a-{i}" for i in range(first, min(first + ROWS_PER_WIDGET, count)))
            yield f"      - {{type: metric, title: Services {first}, metrics: [{names}]}}"
