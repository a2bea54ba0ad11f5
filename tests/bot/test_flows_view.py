"""`evoladder flows`: what an operator reads of how long things take."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from bot import flows_view
from bot.cli import main
from supervision import Flow, FlowStats
from supervision.flow import Step

SLOW, LONG = 0.4, "match_completion_notification_confirmation_timeout"


def told() -> list[dict[str, Any]]:
    stats = FlowStats()
    steps = [
        Step("publish_match_found_start", 0.0),
        Step("publish_match_found_complete", 0.02),
        Step("match_found_embed_shown", SLOW - 0.02),
        Step("tiny_start", 0.0),
        Step("tiny_complete", 1e-5),
    ]
    stats.add(Flow("listen_for_match", 0.0, took_s=SLOW, outside_s=0.1, checkpoints=steps))
    stats.add(Flow("queue_command", 0.0, took_s=0.01, status="already_queued"))
    stats.add(Flow("queue_command", 0.0, took_s=0.01, acknowledged_s=0.01))
    stats.add(Flow(LONG, 0.0, took_s=2.5))
    return flows_view.aimed([asdict(each) for each in stats.summaries()])


def test_what_is_promised_comes_first_with_target_budget_and_the_share_of_each_step() -> None:
    lines = [line.plain for line in flows_view.lines(told(), 110)]
    heading = "count    p50    p95    p99    max  own p99  budget  target     share"
    assert lines[0].split("flow")[1].strip() == heading
    assert [line.split()[0] for line in lines[1:4]] == ["acknowledgement", "queue_command", "ended:"]
    assert lines[2].split() == ["queue_command", "2", "10.0", "10.0", "10.0", "10.0", "10.0", "15", "150"]
    assert lines[3] == "  ended: 1 already_queued, 1 success"
    assert lines[4].split() == [
        "listen_for_match", "1", "400.0", "400.0", "400.0", "400.0", "300.0", "20", "200", "25%", "away",
    ]  # fmt: skip
    assert lines[5].split() == ["publish_match_found", "1", "20.0", "20.0", "1", "10", "5%"]
    assert lines[6].split() == ["match_found_embed_shown", "1", "380.0", "380.0", "95%"]
    assert "tiny" not in "\n".join(lines)
    assert max(map(len, lines)) <= 110


def test_a_name_that_is_too_long_keeps_its_end_and_seconds_are_whole_milliseconds() -> None:
    line = next(each.plain for each in flows_view.lines(told(), 100) if "timeout" in each.plain)
    assert line.startswith("…")
    assert "_confirmation_timeout" in line
    assert line.split()[2] == "2500"


def test_what_is_over_its_promise_is_marked() -> None:
    lines = flows_view.lines(told(), 110, steps=False)
    marked = {
        (line.plain.split()[0], line.plain[span.start : span.end].strip(), str(span.style))
        for line in lines
        for span in line.spans
    }
    assert ("listen_for_match", "300.0", "bold red") in marked
    assert ("listen_for_match", "400.0", "yellow") in marked
    assert ("queue_command", "10.0", "green") in marked
    assert not [line for line in lines if line.plain.startswith("  publish")]


def test_before_anything_was_timed_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    flows_view.show([])
    assert capsys.readouterr().out == "No flow has ended yet.\n"


def test_json_has_all_of_it_and_what_is_aimed_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def answer(socket: Path, what: str) -> dict[str, Any]:
        assert (socket.parent, what) == (tmp_path, "flows")
        return {"answer": told()}

    monkeypatch.setattr("bot.cli.ask_bot", answer)
    assert main(["flows", "--data", str(tmp_path), "--json"]) == 0
    said = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert said["listen_for_match"]["budget_ms"] == 20
    assert said["listen_for_match"]["steps"][0]["target_ms"] == 10
    assert main(["flows", "--data", str(tmp_path), "--brief"]) == 0
    shown = capsys.readouterr().out
    assert "publish_match_found" not in shown
    assert "25% away\n" in shown


def test_without_a_bot_there_is_a_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["flows", "--data", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("evoladder: No bot answers at ")
