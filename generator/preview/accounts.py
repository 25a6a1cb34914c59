"""The map of accounts: the hub in the middle, units and accounts around it, how many alarms each has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from generator.model.accounts import Account, Side
from generator.model.estate import Estate
from generator.model.routing import SEVERITIES
from generator.preview.markup import attributes, fragment, text
from generator.preview.types import EnvironmentPreview
from generator.render.cost_words import amount_in_table
from generator.wording import first_of, pluralize

# Around the hub in the middle; more accounts are below it.
_MOST_AROUND = 24
_MOST_OF_UNIT = 60
_MOST_REGIONS = 3
Counts = dict[str, Counter[str]]


def accounts_html(environment: EnvironmentPreview) -> str:
    """The map; of very many accounts the first ones of each unit."""
    estate = environment.estate
    counts, hub = alarm_counts(estate)
    costs = _costs(environment)
    units: dict[str, list[Account]] = {}
    for account in estate.accounts:
        units.setdefault(_unit(account), []).append(account)
    groups = [_unit_html(name, accounts, environment, counts, costs) for name, accounts in units.items()]
    groups += [_unnamed(environment)] if estate.organizational_units else []
    middle = _hub_html(estate, hub, costs)
    half = (len(groups) + 1) // 2
    sides = (f'<div class="units">{"".join(part)}</div>' for part in (groups[:half], groups[half:]) if part)
    left, *right = [*sides] or [""]
    kind = " many" if len(estate.accounts) > _MOST_AROUND else "" if right else " one-sided"
    return f'<div class="map{kind}">{left}{middle}{"".join(right)}</div>'


def names_of_map(estate: Estate) -> list[str]:
    """The accounts of the map, which may be searched for; none where it leaves some out."""
    units = Counter(map(_unit, estate.accounts))
    is_whole = max(units.values(), default=0) <= _MOST_OF_UNIT
    return sorted([*estate.account_names, "hub"]) if is_whole else []


def alarm_counts(estate: Estate) -> tuple[Counts, Counter[str]]:
    """The alarms of each member by severity, and those of the hub."""
    counts: Counts = {name: Counter() for name in estate.account_names}
    usual: Counter[str] = Counter()
    for alarm in estate.alarms_in(Side.MEMBERS):
        usual[alarm.tuning.severity] += alarm.tuning.enabled
        for variant in alarm.variants:
            counter = counts.get(variant.account)
            if counter is not None:
                counter[alarm.tuning.severity] -= alarm.tuning.enabled
                counter[variant.tuning.severity] += variant.tuning.enabled
    for counter in counts.values():
        counter.update(usual)
    return counts, Counter(alarm.tuning.severity for alarm in estate.alarms_in(Side.HUB) if alarm.tuning.enabled)


def _unit(account: Account) -> str:
    return account.unit or ", ".join(f"{name} {value}" for name, value in account.labels[:1]) or "accounts"


def _costs(environment: EnvironmentPreview) -> dict[str, str]:
    return {name: amount_in_table(cost.cost.total) for cost in environment.cost.accounts for name in cost.names}


def _unit_html(
    name: str, accounts: Sequence[Account], environment: EnvironmentPreview, counts: Counts, costs: dict[str, str]
) -> str:
    first = accounts[:_MOST_OF_UNIT]
    tiles = "".join(_tile(account, environment.estate, counts[account.name], costs) for account in first)
    more = f'<p class="rest">and {len(accounts) - len(first):,} more</p>' if len(first) < len(accounts) else ""
    return f'<section class="unit"><h4>{text(name)} <span>{len(accounts):,}</span></h4><ul>{tiles}</ul>{more}</section>'


def _tile(account: Account, estate: Estate, counter: Counter[str], costs: dict[str, str]) -> str:
    identifier = fragment(estate.environment, "accounts", account.name)
    data = attributes([("id", identifier), ("data-account", account.name), ("data-find", f"account:{account.name}")])
    label = f"<b>{text(account.name)}</b><code>{text(account.id)}</code>"
    numbers = _numbers(counter, _regions(account, estate))
    return f'<li class="item tile"{data}><span>{label}</span>{numbers}{_cost(costs.get(account.name))}</li>'


def _regions(account: Account, estate: Estate) -> str:
    """Where its alarms are, if members are watched in several Regions: an alarm is in each of them."""
    regions = account.regions_of(estate.regions)
    return f" in {first_of(regions, _MOST_REGIONS)}" if len(estate.regions) > 1 else ""


def _hub_html(estate: Estate, counter: Counter[str], costs: dict[str, str]) -> str:
    data = attributes([("id", fragment(estate.environment, "accounts", "hub")), ("data-account", "the hub")])
    where = f"<code>{text(estate.hub.account)}</code><i>{text(estate.hub.region)}</i>"
    return (
        f'<section class="hub tile"{data}><h4>Hub</h4><span>{where}</span>{_numbers(counter)}{_cost(costs.get("hub"))}'
        "</section>"
    )


def _numbers(counter: Counter[str], where: str = "") -> str:
    total = sum(counter.values())
    bars = "".join(_bar(severity, counter[severity]) for severity in SEVERITIES if counter[severity])
    words = pluralize(total, "alarm") + (f"<i>{text(where)}</i>" if where else "")
    return f'<span class="count">{words}</span><span class="bars">{bars}</span>'


def _bar(severity: str, number: int) -> str:
    words = f'{number}<span class="hidden-text"> {severity}</span>'
    return f'<i class="severity {severity}" title="{number} {severity}">{words}</i>'


def _cost(words: str | None) -> str:
    return f'<span class="usd">{text(words)} USD</span>' if words else ""


def _unnamed(environment: EnvironmentPreview) -> str:
    listed = "".join(f"<li><code>{text(unit)}</code></li>" for unit in environment.estate.organizational_units)
    unnamed = environment.cost.unnamed
    cost = f"<p>each other account {text(amount_in_table(unnamed.total))} USD</p>" if unnamed else ""
    return f'<section class="unit"><h4>Organizational units</h4><ul class="names">{listed}</ul>{cost}</section>'


def member_lines(estate: Estate) -> Iterator[tuple[str, str]]:
    """Name and ID of each member."""
    yield from ((account.name, account.id) for account in estate.accounts)
