"""What the person at the terminal sees of an evening: text made from plain values."""

from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from rich.console import Console, RenderableType

from actors.ports import Invariant, Tally
from actors.rules.ids import PlayerId, Race, Rank
from actors.rules.rank import Placed, Standing
from bot.demo_report import Plan, Verdict
from bot.demo_view import WIDTH, Picture, closing, line, live

COUNTERS: dict[str, Any] = {
    "requests": 900,
    "rate_limited": 2,
    "refused": {},
    "unimplemented": {},
    "interactions": {"total": 500, "late": 0, "ack_ms": {"p50": 4.0, "p99": 21.5, "max": 40.0}},
}
EVENING: dict[str, Any] = {
    "elapsed_s": 61.5,
    "length_s": 120.0,
    "closing": False,
    "finished": False,
    "situations": {"queued": 4, "playing": 18, "resting": 2},
    "matches": {"found": 1, "live": 9, "disputed": 1, "settled": 12, "void": 2},
    "deeds": {"aborted": 1},
    "uploads": {"right": 9, "text": 1},
    "results": [f"#{number} Alice beat Bob on Radeon (replay)" for number in range(1, 9)],
    "surprises": [],
}
PICTURE = Picture(
    step="playing",
    evening=EVENING,
    counters=COUNTERS,
    flows={"queue_command": {"count": 30, "p50": 1.2, "p95": 2.0, "p99": 99.9, "max": 120.0}},
    tree="ladder [store] desks [courier x24] " * 6,
)
ALICE = Placed(
    Standing(
        player=PlayerId(1),
        race=Race.BW_ZERG,
        rating=1570,
        games=6,
        wins=5,
        losses=1,
        draws=0,
        last_played_at=datetime(2026, 1, 1, tzinfo=UTC),
        name="Alice",
        country="KR",
    ),
    place=1,
    rank=Rank.S,
)
VERDICT = Verdict(
    plan=Plan(players=24, minutes=2.0, seed=7),
    tally=Tally(settled=40, void=2, disputed=1, open=0, by_cause={"replay": 30, "one_report": 1}),
    counters=COUNTERS,
    flows=PICTURE.flows,
    audit=(Invariant("nobody_is_queued_twice", ok=True), Invariant("ratings_add_up", ok=True)),
    ladder=(ALICE,),
    evening=EVENING,
    rss_mb=123.456,
)


def text(what: RenderableType) -> str:
    paper = StringIO()
    Console(file=paper, width=WIDTH, highlight=False).print(what)
    return paper.getvalue()


def test_the_live_picture_shows_people_matches_results_timings_and_the_tree() -> None:
    seen = text(live(PICTURE))
    for words in (
        "playing",
        "18",
        "queued",
        "settled",
        "#8 Alice beat Bob",
        "queue_command",
        "ladder [store]",
    ):
        assert words in seen
    assert "#3 Alice" not in seen


def test_the_live_picture_can_be_drawn_before_anything_is_known() -> None:
    assert "starting" in text(live(Picture(step="starting")))


@pytest.mark.parametrize("picture", [PICTURE, Picture(step="starting")])
def test_no_line_is_wider_than_the_page(picture: Picture) -> None:
    assert max(map(len, text(live(picture)).splitlines())) <= WIDTH
    assert max(map(len, text(closing(VERDICT)).splitlines())) <= WIDTH


def test_without_a_terminal_a_picture_is_one_line() -> None:
    assert line(Picture(step="starting")) == "starting"
    told = line(PICTURE)
    assert "\n" not in told
    assert "12 settled" in told
    assert "500 clicks, 0 late" in told


def test_a_good_evening_ends_with_the_leaderboard_the_audit_and_a_good_word() -> None:
    seen = text(closing(VERDICT))
    for words in (
        "Alice",
        "BW Zerg",
        "1570",
        "40 settled",
        "30 replay",
        "2 of 2 invariants hold",
        "All is well",
    ):
        assert words in seen


def test_a_bad_evening_says_what_was_bad() -> None:
    bad = replace(VERDICT, audit=(Invariant("ratings_add_up", ok=False, detail="off by 3"),))
    seen = text(closing(bad))
    assert "0 of 1 invariants hold" in seen
    assert "- ratings_add_up does not hold: off by 3" in seen
    assert "All is well" not in seen


def test_a_flow_over_its_budget_is_told_apart() -> None:
    paper = StringIO()
    Console(file=paper, width=WIDTH, force_terminal=True, color_system="standard").print(closing(VERDICT))
    assert "\x1b[33m99.9" in paper.getvalue()


def test_a_surprise_is_on_the_live_picture() -> None:
    surprised = replace(PICTURE, evening=EVENING | {"surprises": ["7.0 s, Alice: saw nothing"]})
    assert "Alice: saw nothing" in text(live(surprised))
