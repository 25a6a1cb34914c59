"""Widgets on the grid, as AWS's page describes it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import pytest

from generator.preview.dashboards.grid import WidgetPlace, dashboard_rows, grid_css, places

SIX = {"type": "text"}


def test_a_widget_with_a_place_is_there() -> None:
    assert places([{"x": 6, "y": 3, "width": 12, "height": 4}]) == [WidgetPlace(6, 3, 12, 4)]


def test_a_widget_is_six_by_six_where_no_size_is_set() -> None:
    assert places([{"x": 0, "y": 0}]) == [WidgetPlace(0, 0, 6, 6)]


def test_widgets_without_a_place_follow_each_other_and_start_a_new_row_below() -> None:
    assert [place[:2] for place in places([SIX] * 5)] == [(0, 0), (6, 0), (12, 0), (18, 0), (0, 6)]


def test_a_widget_without_a_place_covers_none_before_it() -> None:
    left, right = {"x": 0, "y": 0, "width": 6, "height": 2}, {"x": 12, "y": 0, "width": 12, "height": 8}
    assert places([left, right, SIX, SIX])[2:] == [WidgetPlace(6, 0, 6, 6), WidgetPlace(0, 2, 6, 6)]


def test_a_column_or_a_row_alone_is_kept() -> None:
    assert places([SIX, {"x": 0}])[1] == WidgetPlace(0, 6, 6, 6)
    assert places([SIX, {"y": 2}])[1] == WidgetPlace(6, 2, 6, 6)


@pytest.mark.parametrize(
    ("widget", "place"),
    [
        ({"x": 23, "y": 0, "width": 24}, WidgetPlace(23, 0, 1, 6)),
        ({"x": -4, "y": -1, "width": 0, "height": -3}, WidgetPlace(0, 0, 1, 1)),
        ({"x": 10**30, "y": 10**30, "height": 10**30}, WidgetPlace(23, 9_000, 1, 1_000)),
        ({"x": "3", "y": None, "width": True, "height": 2.5}, WidgetPlace(0, 0, 6, 6)),
    ],
)
def test_what_aws_refuses_is_within_the_grid(widget: dict[str, object], place: WidgetPlace) -> None:
    assert places([widget]) == [place]


def test_there_is_a_rule_for_every_class_of_a_place() -> None:
    body = {"widgets": [{"x": 18, "y": 30, "width": 6, "height": 8}, SIX]}
    css = grid_css(dashboard_rows(body))
    assert dashboard_rows(body) == 38
    for place in places(body["widgets"]):
        assert all(f".{name}{{" in css for name in place.classes.split())


def test_as_many_and_as_tall_widgets_as_there_can_be_are_placed_at_once() -> None:
    tall = {"width": 24, "height": 1_000}
    # Row by row and line by line, this would be some thousand million steps.
    rows = [place.y for place in places([{"x": 0, "y": 9_000, **tall}, *[tall] * 499])]
    assert rows[1:11] == [0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000] and max(rows) == 9_000
