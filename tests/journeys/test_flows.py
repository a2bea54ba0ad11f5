"""How long things took, as an operator sees it: on a terminal, in Discord, in the log, by Prometheus."""

import json
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.journeys.evening import Evening, are_matched, open_evening

pytestmark = pytest.mark.timeout(180)
TOLD = ("acknowledgement", "queue_command", "join_queue_button", "listen_for_match")


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def page(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return str(answer.read().decode())


def lines(evening: Evening) -> list[dict[str, Any]]:
    said = evening.log.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in said if line.startswith("{")]


async def test_an_operator_sees_how_long_things_take(folder: Path) -> None:
    port = free_port()
    async with open_evening(folder, settings={"EVOLADDER_METRICS": f"127.0.0.1:{port}"}) as evening:
        ann, ben = await evening.regulars("ann", "ben")
        await are_matched(ann, ben)
        table = await evening.asks("flows")
        assert table.returncode == 0, table.stderr
        assert all(name in table.stdout for name in TOLD)
        told = {each["name"]: each for each in json.loads((await evening.asks("flows", "--json")).stdout)}
        found = told["listen_for_match"]
        assert found["statuses"] == {"match_displayed_successfully": 1}
        assert 0 < found["outside_share"] < 1
        assert found["own_p99_s"] < found["p99_s"]
        card = (await evening.discord.person("staff").slash("flows")).text
        assert all(name in card for name in TOLD)
        figures = await trio.to_thread.run_sync(page, port)
        assert 'evoladder_flow_seconds_count{flow="listen_for_match"} 1.0' in figures
        assert 'evoladder_pool_connections{state="most"} 8.0' in figures
        pool = json.loads((await evening.asks("dump", "pool", "--json")).stdout)
        assert (pool["most"], pool["refused"]) == (8, 0)
        assert pool["queries"] > pool["acquired"] > 0
        assert "in_use=" in (await evening.asks("dump", "pool")).stdout
        completed = {each["name"]: each for each in lines(evening) if each["event"] == "flow.completed"}
        said = completed["join_queue_button"]
        assert "[join_queue_button]" in said["line"]
        assert said["outside_ms"] > 0
        assert said["acknowledged_ms"] <= said["took_ms"]
    gone = await evening.asks("flows")
    assert gone.returncode == 1
    assert gone.stderr.startswith("evoladder: No bot answers at ")
