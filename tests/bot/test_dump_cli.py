"""`evoladder dump`: what an operator reads of a program that runs, and of one whose loop is stuck."""

import json
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.looking import SOCKET, Silent, ask_bot
from bot.tracing import trace
from bot.watch_tree import alarms, tree
from bot.watch_view import Sight, picture
from bot.watching import Watcher
from supervision.dump_server import MOST_VISITORS, WAITING
from tests.supervision.wedged import ASLEEP_AT, Wedged, open_wedged

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wedged]:
    with open_wedged(tmp_path_factory.mktemp("w")) as running:
        yield running


@pytest.fixture
def dump(program: Wedged, capsys: pytest.CaptureFixture[str]) -> Any:
    def ask(*arguments: str) -> tuple[str, str]:
        assert main(["dump", "--data", str(program.folder), *arguments]) == 0
        said = capsys.readouterr()
        return said.out, said.err

    return ask


def test_a_loop_that_sleeps_is_shown_while_it_sleeps_with_file_and_line(program: Wedged, dump: Any) -> None:
    program.falls_asleep()
    shown, warned = dump()
    stuck, _ = dump("stuck")
    sight = Watcher(program.socket).look()
    assert f"The bot's loop is stuck at {ASLEEP_AT}." in warned
    assert f"holds up the loop, at {ASLEEP_AT.partition(' ')[0]}" in shown
    assert "top/sleeper: busy, Sleep for" in stuck
    assert f"    {ASLEEP_AT}\n        time.sleep(WEDGED_S)" in stuck
    lines = picture(sight, 80, 24).plain.splitlines()
    assert lines[0].startswith("The loop is stuck at ")
    assert "loop stuck" in "\n".join(lines)
    assert program.says() == "awake"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["tree"], "top, running"),
        (
            ["actor", "sleeper"],
            r"top/sleeper  \(actor, 'sleeper' in the registry\)\n  about +nobody disturbs it",
        ),
        (["stuck"], "none"),
        (["deadlocks"], "none"),
        (["dead-letters"], "none"),
        (["flows"], "none"),
        (["events"], r"\d\d:\d\d:\d\d\.\d{3} top/sleeper starting"),
        (["crashes"], "none"),
        (["summary"], r"process \d+, up 0:00:\d\d, \d+ MB, loop lag .*\n2 actors: 2 running\n"),
        (["stack"], r"(?s).*wedge_process\.py:\d+ <module>"),
        (["watch"], "evoladder · "),
        (["trace", "sleeper", "--seconds", "0.1"], r"following top/sleeper \(running\); times are UTC"),
    ],
    ids=lambda part: part[0] if isinstance(part, list) else "",
)
def test_every_question_has_an_answer_in_words(dump: Any, command: list[str], words: str) -> None:
    assert re.match(words, dump(*command)[0])


@pytest.mark.parametrize(
    ("command", "has"),
    [
        (["tree"], "path"), (["actor", "sleeper"], "path"), (["summary"], "statuses"), (["watch"], "talkers"),
        (["dead-letters"], "counts"),
    ],
    ids=lambda part: part[0] if isinstance(part, list) else "",
)  # fmt: skip
def test_and_in_json(dump: Any, command: list[str], has: str) -> None:
    answer = json.loads(dump(*command, "--json")[0])
    assert has in (answer[0] if isinstance(answer, list) else answer)
    assert json.loads(dump("--json")[0])[0]["path"] == "top"


def test_whom_nobody_knows_is_a_sentence(program: Wedged, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dump", "actor", "sleepr", "--data", str(program.folder)]) == 1
    assert capsys.readouterr().err == ("evoladder: There is no actor 'sleepr': did you mean top/sleeper?\n")


@pytest.mark.parametrize("as_json", [False, True])
def test_what_an_actor_does_is_told_while_it_does_it(
    as_json: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [
        {"path": "top/a", "status": "running", "at": 10.0}, {"at": 11.0, "what": "in", "detail": "Note"}, {},
        {"at": 11.5, "what": "out", "detail": "Note"}, {"lost": 3}, {"end": "it stopped"},
    ]  # fmt: skip
    monkeypatch.setattr("bot.tracing.follow_bot", lambda _socket, _actor: (line for line in told))
    trace(Path("sock"), "a", seconds=None, as_json=as_json)
    lines = capsys.readouterr().out.splitlines()
    if as_json:
        assert [json.loads(line) for line in lines] == [line for line in told[1:] if line]
    else:
        assert lines[0].startswith("following top/a (running)")
        assert lines[2].endswith("out    Note  500.0 ms")
        assert lines[3:] == ["(3 events lost: more came than could be told)", "(the end: it stopped)"]


def row(path: str, **how: Any) -> dict[str, Any]:
    plain = {
        "path": path, "depth": path.count("/"), "kind": "actor", "status": "running", "why": "",
        "inside": None,
        "queued": 0, "hidden": 0, "mailbox": None, "next_try_s": None, "handling": None, "handling_s": None,
        "waiting_on": None, "waiting_s": None, "holding": False, "parked_at": None, "restarts": 0,
        "last_crash": None, "last_crash_s": None, "describe": "",
    }  # fmt: skip
    return plain | how


ROWS = [
    row("top", kind="supervisor"),
    row("top/pool", kind="pool", inside={"running": 7, "busy": 3}, hidden=2),
    *[
        row(f"top/pool/{at}", why="stuck", handling="Do", handling_s=9.0, parked_at="/a/b.py:7")
        for at in range(5)
    ],
    row("top/shop", status="restarting", next_try_s=2.0, last_crash="Boom()", last_crash_s=1.0, restarts=1),
    row("top/store", why="full mailbox", mailbox={"length": 4, "capacity": 4}),
    row("top/dull"),
]


def test_where_there_is_no_room_the_one_comes_before_one_of_many_and_the_dull_go_first() -> None:
    lines = [line.plain for line in tree(ROWS, 80, 7)]
    assert [line.split()[0] for line in lines] == ["actor", "pool", "0", "1", "shop", "store", "…"]
    assert lines[-1] == "… 5 more"
    assert len(tree(ROWS, 80, None)) == 1 + len(ROWS)
    assert all(line.cell_len <= 40 for line in tree(ROWS, 40, 7))


def test_whose_parent_is_not_shown_is_not_indented_under_it_but_names_it() -> None:
    rows = [
        row("top", kind="supervisor"),
        row("top/desks", kind="supervisor"),
        row("top/desks/pool", kind="pool", inside={"stuck": 1}),
        row("top/desks/pool/1", why="stuck", handling="Do", handling_s=9.0, parked_at="/a/b.py:7"),
        row("top/play", kind="supervisor"),
        row("top/play/shop", describe="open"),
    ]
    assert [line.plain[:12].rstrip() for line in tree(rows, 80, 5)] == [
        "actor", "desks/pool", "  1", "play/shop", "… 3 more",
    ]  # fmt: skip
    assert tree(rows, 80, None)[4].plain.startswith("      1 ")


def test_what_is_wrong_is_counted_in_words() -> None:
    assert alarms({"stuck": 2, "full": 1, "deadlocks": 1}) == ["2 stuck", "1 full mailbox", "1 deadlock"]
    assert alarms({"stuck": 0, "full": 2, "deadlocks": 0}) == ["2 full mailboxes"]


def overview(**more: Any) -> dict[str, Any]:
    summary = {
        "uptime_s": 61, "memory_mb": 40.0, "lag_s": 0.001, "actors": 12, "statuses": {"running": 12},
        "queued": 1,
        "restarts": 2, "crashed": 1, "stuck": 5, "full": 1, "deadlocks": 0, "dead": {"crashed": 1},
        "gc": {"pauses": 3, "full": 0, "longest_s": 0.02},
    }  # fmt: skip
    event = {"ago_s": 3.0, "path": "top/shop", "what": "crashed", "detail": "Boom()\nmore"}
    letter = {"ago_s": 3.0, "path": "top/shop", "fate": "crashed", "message": "Sell"}
    flow = {"name": "click.queue", "count": 9, "p50_s": 0.01, "p99_s": 0.5}
    talker = {"path": "top/pool/1", "handled": 4, "per_s": 2.0, "busy": 0.5}
    return {
        "summary": summary, "rows": ROWS, "events": [event], "dead_letters": [letter], "flows": [flow],
        "talkers": [talker],
    } | more  # fmt: skip


@pytest.mark.parametrize(("width", "height"), [(80, 24), (200, 60), (40, 10)])
def test_the_picture_fits_its_terminal_and_names_the_guilty(width: int, height: int) -> None:
    seen = picture(Sight(now=NOW, overview=overview()), width, height)
    lines = seen.plain.splitlines()
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)
    for words in ("5 stuck", "store", "shop") if height > 10 else ("5 stuck",):
        assert words in seen.plain


def test_a_bot_that_went_away_leaves_its_last_picture(tmp_path: Path) -> None:
    empty = overview(events=[], dead_letters=[], flows=[], talkers=[])
    seen = picture(Sight(now=NOW, overview=empty, missing="Nobody.", missing_s=7.0), 200, 60).plain
    assert seen.startswith("Waiting for 7 s. Nobody.")
    assert "none yet" in seen
    assert "nobody" in seen
    watcher = Watcher(tmp_path / "sock")
    assert watcher.look().missing_s is not None
    assert picture(watcher.look(), 80, 24).plain.startswith("Waiting for 0 s. No bot answers at ")


@pytest.fixture
def halted(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a bot that is there but does nothing at all."""
    monkeypatch.setattr("bot.looking.DUMP_S", 0.2)
    with open_wedged(tmp_path_factory.mktemp("h")) as program:
        program.process.send_signal(signal.SIGSTOP)
        yield program.folder


@pytest.mark.parametrize("command", [["dump"], ["dump", "trace", "sleeper"], ["dump", "watch"]])
def test_a_bot_that_is_there_but_halted_is_told_from_one_that_is_not(
    halted: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--data", str(halted)]) == 1
    assert capsys.readouterr().err == (
        f"evoladder: The bot at {halted}/dump.sock is there but has not answered for 0.2 s: "
        "has somebody halted it?\n"
    )


def test_a_kill_that_a_halted_bot_did_not_confirm_may_still_come(
    halted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["kill", "top/sleeper", "--data", str(halted)]) == 1
    assert capsys.readouterr().err.endswith(
        "has somebody halted it? top/sleeper may still be killed once it goes on.\n"
    )


def test_a_bot_at_whose_door_too_many_wait_is_there_too(halted: Path) -> None:
    with ExitStack() as waiting:
        for _ in range(WAITING + 1):
            visitor = waiting.enter_context(socket.socket(socket.AF_UNIX))
            visitor.connect(str(halted / SOCKET))
        with pytest.raises(Silent):
            ask_bot(halted / SOCKET, "tree")


def test_one_visitor_too_many_reads_the_bots_own_sentence(
    program: Wedged, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as inside:
        for _ in range(MOST_VISITORS):
            inside.enter_context(socket.socket(socket.AF_UNIX)).connect(str(program.socket))
        sight = Watcher(program.socket).look()
        assert main(["kill", "top/sleeper", "--data", str(program.folder)]) == 1
    assert capsys.readouterr().err == f"evoladder: {MOST_VISITORS} look already.\n"
    assert picture(sight, 80, 24).plain.startswith(f"Waiting for 0 s. {MOST_VISITORS} look already.")
