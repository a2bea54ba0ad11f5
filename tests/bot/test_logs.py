"""Flows on the console: the earlier bot's line, letter by letter, in characters that the console has."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import trio
from bot import logs
from bot.config import LogShape
from bot.flows import report
from supervision.flow import Flow, Step
logs.set_up(LogShape("{shape}"))
steps = [Step("guard_checks_start", 0.0), Step("guard_checks_complete", 0.01245)]
report(Flow("queue_command", 0.0, {{"player": 7}}, id="f3a9", took_s={took_s}, checkpoints=steps))
"""


def said(shape: str, encoding: str, took_s: float) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(shape=shape, took_s=took_s)],
        capture_output=True,
        env={"PYTHONIOENCODING": encoding},
        timeout=60,
        check=True,
    )
    return done.stderr.decode(encoding).splitlines()


@pytest.mark.parametrize(("encoding", "sign"), [("utf-8", "⚡"), ("cp1252", "[>]")])
def test_the_console_shows_the_line_and_its_bullets(encoding: str, sign: str) -> None:
    first, bullet = said("human", encoding, 0.12)
    assert first.endswith(f" flow=f3a9 player=7 {sign} FAST [queue_command] 120.00ms (success)")
    assert bullet == "  • guard_checks_start to guard_checks_complete: 12.45ms"


def test_the_same_comes_as_fields_and_whoever_missed_his_target_is_named() -> None:
    completed, missed = map(json.loads, said("json", "utf-8", 0.18))
    assert completed["line"].startswith("⚡ FAST [queue_command] 180.00ms (success)\n  • ")
    assert (completed["event"], completed["status"], completed["took_ms"]) == (
        "flow.completed",
        "success",
        180,
    )
    assert completed["steps"] == {"guard_checks": 12.45}
    assert (missed["event"], missed["level"]) == ("flow.over_target", "warning")
    assert (missed["target_ms"], missed["over_percent"]) == (150, 20)
