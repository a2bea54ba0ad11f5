"""Law 50 at the dump's door: who is let in, what he is told, and what he cannot break."""

import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trio

from supervision import DumpRefused, DumpUnavailable, ask_dump, begin, dump_server, open_system, serve_dump
from supervision.dump_server import LONGEST_PATH, MOST_VISITORS
from supervision.onlooker import Onlooker
from tests.supervision.stage import BoomError, Crash, Do, Hooks, Note, Puppet, Stage, settle, top

WAIT_S = 20.0


@pytest.fixture
def door(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("d") / "dump"


async def ask(door: Path, **request: Any) -> Any:
    return await trio.to_thread.run_sync(lambda: ask_dump(door, request))


def fail_to_answer() -> None:
    raise BoomError("no words")


async def test_the_door_answers_by_name_and_is_its_owners_alone(door: Path) -> None:
    stage = Stage()
    answers = {"answer": lambda: 42, "broken": fail_to_answer, "odd": lambda: iter([object()])}
    async with open_system(top(stage.puppet("a"))) as system, serve_dump(door, system, answers):
        with begin("greeting"):
            await system.registry.ref("a").call(Note("hello"))
        system.registry.ref("a").cast(Crash())
        await settle()
        assert await trio.to_thread.run_sync(lambda: door.stat().st_mode & 0o777) == 0o600
        assert (await ask(door, what="tree"))["answer"].splitlines()[0] == "top, running"
        summary = (await ask(door, what="summary"))["answer"]
        assert (summary["statuses"], summary["crashed"]) == ({"running": 2}, 1)
        actor = (await ask(door, what="actor", path="top/a"))["answer"]
        assert (actor["generation"], actor["dead_letters"][0]["fate"]) == (2, "crashed")
        assert len((await ask(door, what="actors"))["answer"]) == 2
        assert (await ask(door, what="deadlocks"))["answer"] == []
        assert (await ask(door, what="stuck"))["answer"] == []
        assert (await ask(door, what="events"))["answer"][0]["what"] == "starting"
        assert (await ask(door, what="crashes"))["answer"][0]["detail"] == "BoomError('boom')"
        assert (await ask(door, what="dead_letters"))["answer"]["last"][0]["fate"] == "crashed"
        assert (await ask(door, what="flows"))["answer"][0]["name"] == "greeting"
        overview = (await ask(door, what="overview"))["answer"]
        assert [row["why"] for row in overview["rows"]] == ["", "crashed lately"]
        assert any("trio" in place for place in (await ask(door, what="stack"))["answer"])
        reply = await ask(door, what="answer")
        assert (reply["answer"], reply["stuck_at"]) == (42, None)
        assert "object" in (await ask(door, what="odd"))["answer"][0]
    assert not await trio.Path(door).exists()
    with pytest.raises(DumpUnavailable, match="no dump from"):
        await ask(door, what="tree")


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"what": "broken"}, "no words"),
        ({"what": "nonsense"}, "unknown: 'nonsense'; known: actor, actors"),
        ({"what": "actor", "path": "top/x"}, "no actor 'top/x'"),
        ({"what": "actor"}, "actor wants a 'path', a text"),
        ({"what": "trace"}, "trace wants a 'path', a text"),
        ({"what": "actor", "path": ["top"]}, "actor wants a 'path', a text"),
        ({"what": "x" * 500}, f"unknown: '{'x' * 59}…'; known"),
        ({"nothing": 1}, "a request is a JSON line"),
    ],
)
async def test_what_cannot_be_answered_is_a_sentence(
    door: Path, request_: dict[str, Any], sentence: str
) -> None:
    stage = Stage()
    async with (
        open_system(top(stage.puppet("a"))) as system,
        serve_dump(door, system, {"broken": fail_to_answer}),
    ):
        with pytest.raises(DumpRefused, match=sentence):
            await ask(door, **request_)


@pytest.mark.parametrize(
    "line",
    [b'{"what": []}', b'{"what": {}}', b"[" * 60_000, b'["tree"]', b'"tree"', b"\xff", b""],
    ids=["a list", "an object", "brackets", "no object", "a text", "no text", "nothing"],
)
async def test_what_is_no_request_is_refused_in_a_sentence_and_silently_in_the_program(
    door: Path, line: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    def refused() -> bytes:
        with connected(door, line + b"\n") as visitor:
            return b"".join(iter(lambda: visitor.recv(1000), b""))

    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system, serve_dump(door, system):
        answer = json.loads(await trio.to_thread.run_sync(refused))
    assert answer == {"ok": False, "error": 'a request is a JSON line: {"what": "tree"}'}
    assert capfd.readouterr().err == ""


async def while_stuck(door: Path, look: Callable[[], Any], answers: dict[str, Any] | None = None) -> Any:
    """What somebody outside sees while an actor keeps the loop to itself until he has seen it."""
    stage = Stage()
    asleep, seen = threading.Event(), threading.Event()

    def outside() -> Any:
        assert asleep.wait(WAIT_S)
        try:
            return look()
        finally:
            seen.set()

    def wedge(_puppet: Puppet) -> None:
        asleep.set()
        assert seen.wait(WAIT_S)

    with ThreadPoolExecutor(1) as pool:
        async with open_system(top(stage.puppet("a"))) as system, serve_dump(door, system, answers):
            looking = pool.submit(outside)
            await system.registry.ref("a").call(Do(wedge), timeout_s=30)
            return await trio.to_thread.run_sync(looking.result)


async def test_the_door_answers_while_the_loop_is_stuck_and_says_where(door: Path) -> None:
    reply = await while_stuck(door, lambda: ask_dump(door, {"what": "tree"}))
    assert "a, busy, Do for" in reply["answer"]
    assert "holds up the loop" in reply["answer"]
    assert any(frame.endswith(" wedge") and "test_door.py" in frame for frame in reply["stack"])
    assert "threading.py" in reply["stuck_at"]
    assert reply["lag_s"] is None


async def test_all_who_ask_at_once_are_answered_whether_the_loop_runs_or_is_stuck(door: Path) -> None:
    kinds = ("tree", "actors", "summary", "overview", "stuck", "events") * 2

    def crowd() -> list[Any]:
        together = threading.Barrier(len(kinds))

        def one(what: str) -> Any:
            together.wait(WAIT_S)
            return ask_dump(door, {"what": what}, WAIT_S)

        with ThreadPoolExecutor(len(kinds)) as pool:
            return list(pool.map(one, kinds))

    assert all(reply["stuck_at"] for reply in await while_stuck(door, crowd))
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system, serve_dump(door, system):
        replies = await trio.to_thread.run_sync(crowd)
    assert [reply["ok"] for reply in replies] == [True] * len(kinds)


async def test_what_changes_while_it_is_read_is_read_again(door: Path) -> None:
    tries: list[int] = []

    def shaky() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise RuntimeError("dictionary changed size during iteration")
        return len(tries)

    reply = await while_stuck(door, lambda: ask_dump(door, {"what": "shaky"}), {"shaky": shaky})
    assert reply["answer"] == 3


async def test_a_read_that_never_succeeds_is_given_up(door: Path) -> None:
    def hopeless() -> int:
        raise RuntimeError("changed again")

    with pytest.raises(DumpUnavailable, match="changed again"):
        await while_stuck(door, lambda: ask_dump(door, {"what": "hopeless"}), {"hopeless": hopeless})


def test_a_loop_that_has_ended_is_still_read() -> None:
    async def main() -> Onlooker:
        await trio.lowlevel.checkpoint()
        return Onlooker()

    onlooker = trio.run(main)
    for reading, answer in ((onlooker.read(lambda: 42), 42), (onlooker.order(lambda: 42), None)):
        assert (reading.answer, reading.lag_s, reading.stuck_at) == (answer, None, None)


async def test_the_walk_touches_each_actor_once_and_words_are_made_outside_the_loop(door: Path) -> None:
    stage = Stage()
    described: Counter[str] = Counter()
    walked, worded = set[int](), set[int]()

    class Words:
        def __str__(self) -> str:
            worded.add(threading.get_ident())
            return "in words"

    class Told(Puppet):
        def describe(self) -> Any:
            described[self.name] += 1
            walked.add(threading.get_ident())
            return Words()

    children = [stage.puppet(str(at), kind=Told) for at in range(50)]
    async with open_system(top(*children)) as system, serve_dump(door, system):
        for turn, what in enumerate(("tree", "actors", "overview", "summary", "actor"), 1):
            assert (await ask(door, what=what, path="top/7"))["ok"]
            assert described == {str(at): turn for at in range(50)}
        page = await system.page()
        assert "in words" in page[2]
    loop = threading.get_ident()
    assert walked == {loop}
    assert worded
    assert loop not in worded


async def test_the_door_is_open_while_the_tree_starts_and_while_it_stops(door: Path) -> None:
    stage = Stage()
    seen: list[Any] = []

    async def look(_puppet: Puppet) -> None:
        seen.append((await ask(door, what="tree"))["answer"].splitlines()[-1])

    child = stage.puppet("a", hooks=Hooks(init=look, close=look))
    async with open_system(top(child), looking=lambda system: serve_dump(door, system)):
        pass
    assert seen[0].startswith("  a, starting")
    assert seen[1].startswith("  a, stopping")


def connected(door: Path, sends: bytes = b"") -> socket.socket:
    visitor = socket.socket(socket.AF_UNIX)
    visitor.settimeout(WAIT_S)
    visitor.connect(str(door))
    visitor.sendall(sends)
    return visitor


async def test_a_visitor_who_leaves_half_way_harms_nobody_and_gives_his_place_back(door: Path) -> None:
    def endless() -> Iterator[str]:
        return ("x" * 1000 for _ in range(10_000))

    def leave_half_way() -> None:
        with connected(door, b'{"what": "endless"}\n') as visitor:
            assert visitor.recv(10) == b'{"ok": tru'

    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system, serve_dump(door, system, {"endless": endless}):
        for _ in range(MOST_VISITORS):
            await trio.to_thread.run_sync(leave_half_way)
            assert (await ask(door, what="tree"))["ok"]


async def test_a_visitor_who_says_nothing_is_sent_away(door: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dump_server, "CLIENT_S", 0.05)

    def say_nothing() -> bytes:
        with connected(door) as visitor:
            return visitor.recv(10)

    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system, serve_dump(door, system):
        assert await trio.to_thread.run_sync(say_nothing) == b""
        assert (await ask(door, what="tree"))["ok"]


async def test_one_visitor_too_many_is_told_so(door: Path) -> None:
    def crowd() -> None:
        with ExitStack() as waiting:
            for _ in range(MOST_VISITORS):
                waiting.enter_context(connected(door))
            with pytest.raises(DumpRefused, match=f"{MOST_VISITORS} look already"):
                ask_dump(door, {"what": "tree"})

    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system, serve_dump(door, system):
        await trio.to_thread.run_sync(crowd)


async def test_a_path_that_no_socket_can_have_is_refused_clearly(tmp_path: Path) -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        with pytest.raises(DumpUnavailable, match=f"longer than {LONGEST_PATH} bytes"):
            async with serve_dump(tmp_path / ("x" * 120), system):
                raise AssertionError
        with pytest.raises(DumpUnavailable, match="cannot listen"):
            async with serve_dump(tmp_path / "no" / "folder", system):
                raise AssertionError


async def test_a_living_door_is_left_alone_and_a_dead_one_is_replaced(door: Path) -> None:
    stage = Stage()
    async with open_system(top(stage.puppet("a"))) as system:
        async with serve_dump(door, system):
            with pytest.raises(DumpUnavailable, match="another program serves"):
                async with serve_dump(door, system):
                    raise AssertionError
            assert (await ask(door, what="tree"))["ok"]
        await trio.to_thread.run_sync(leave_a_dead_socket, door)
        with pytest.raises(DumpUnavailable, match="no dump from"):
            await ask(door, what="tree")
        async with serve_dump(door, system):
            assert (await ask(door, what="tree"))["ok"]


def leave_a_dead_socket(door: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(door))


async def test_a_file_that_is_no_socket_is_not_removed(door: Path) -> None:
    stage = Stage()
    await trio.Path(door).write_text("precious")
    async with open_system(top(stage.puppet("a"))) as system:
        with pytest.raises(DumpUnavailable, match="cannot listen"):
            async with serve_dump(door, system):
                raise AssertionError
    assert await trio.Path(door).read_text() == "precious"


@pytest.mark.parametrize("says", [b"", b"no JSON\n", b"{}\n"], ids=["nothing", "nonsense", "an empty answer"])
def test_a_socket_that_is_somebody_elses_is_no_dump(door: Path, says: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as other, ThreadPoolExecutor(1) as pool:
        other.bind(str(door))
        other.listen()

        def answer() -> None:
            with other.accept()[0] as visitor:
                visitor.recv(100)
                visitor.sendall(says)

        answering = pool.submit(answer)
        with pytest.raises(DumpUnavailable, match="no dump from"):
            ask_dump(door, {"what": "tree"})
        answering.result(WAIT_S)
