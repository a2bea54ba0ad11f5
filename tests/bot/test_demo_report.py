"""What an evening's report says, and what spoils an evening."""

import json
from dataclasses import replace
from typing import Any

import pytest

from actors.ports import Invariant, Tally
from bot.demo_report import Plan, Verdict, refused, report, troubles

COUNTERS: dict[str, Any] = {
    "requests": 900,
    "rate_limited": 2,
    "refused": {"403 50007 POST /channels/{}/messages": 1},
    "unimplemented": {},
    "interactions": {"total": 500, "late": 0, "ack_ms": {"p50": 4.0, "p99": 21.5, "max": 40.0}},
}
FLOWS = {"queue_command": {"count": 30, "p50": 1.234, "p95": 2.0, "p99": 3.456, "max": 4.0}}
GOOD = Verdict(
    plan=Plan(players=24, minutes=2.0, seed=7),
    tally=Tally(settled=40, void=2, disputed=1, open=0, by_cause={"replay": 30, "reports": 10, "no_show": 2}),
    counters=COUNTERS,
    flows=FLOWS,
    audit=(Invariant("nobody_is_queued_twice", ok=True), Invariant("ratings_add_up", ok=True)),
    ladder=(),
    evening={"surprises": [], "deeds": {}, "uploads": {}},
    rss_mb=123.456,
)


def test_the_report_has_exactly_the_keys_that_were_promised() -> None:
    told = json.loads(json.dumps(report(GOOD)))
    assert set(told) == {
        "players", "minutes", "seed", "matches", "interactions", "flows", "audit", "discord", "rss_mb",
    }  # fmt: skip
    assert told["matches"] == {"settled": 40, "void": 2, "disputed": 1, "open": 0}
    assert told["interactions"] == {"total": 500, "late": 0, "ack_ms": {"p50": 4.0, "p99": 21.5, "max": 40.0}}
    assert told["flows"]["queue_command"] == {"count": 30, "p50": 1.23, "p95": 2.0, "p99": 3.46, "max": 4.0}
    assert told["audit"][0] == {"name": "nobody_is_queued_twice", "ok": True, "detail": ""}
    assert told["discord"] == {"requests": 900, "rate_limited": 2, "refused": 0}
    assert told["rss_mb"] == 123.5


def test_a_good_evening_has_no_troubles() -> None:
    assert troubles(GOOD) == []


def spoiled(**changes: Any) -> Verdict:
    return replace(GOOD, counters=COUNTERS | changes)


LATE = {"total": 500, "late": 3, "ack_ms": {"p50": 4.0, "p99": 21.5, "max": 40.0}}


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (spoiled(interactions=LATE), "3 interactions were not acknowledged in time"),
        (
            spoiled(refused={"400 50035 POST /channels/{}/messages": 2}),
            "2 requests were refused: 400 50035 POST",
        ),
        (spoiled(unimplemented={"GET /voice/regions": 1}), "1 requests were refused: GET /voice/regions"),
        (replace(GOOD, tally=replace(GOOD.tally, open=1)), "1 matches are still open"),
        (
            replace(GOOD, audit=(Invariant("sums", ok=False, detail="off by 3"),)),
            "sums does not hold: off by 3",
        ),
        (
            replace(GOOD, evening={"surprises": ["7.0 s, Alice: saw nothing"]}),
            "after 7.0 s, Alice: saw nothing",
        ),
    ],
)
def test_each_of_these_spoils_an_evening(verdict: Verdict, words: str) -> None:
    assert [trouble for trouble in troubles(verdict) if words in trouble]


def test_closed_direct_messages_are_weather_and_no_refused_request() -> None:
    assert refused(COUNTERS) == 0
    assert refused(COUNTERS | {"refused": {"403 50013 POST /channels/{}/messages": 2}}) == 2
