"""What eight uploads at once cost everybody else's clicks: `python -m benchmarks.uploads --help`.

The whole bot with its database, and Discord on loopback. Bystanders ask for their profiles and the
leaderboard, as often as a hundred players click; in every other stretch of time eight players drop the
replay of a game of twenty minutes at the same moment. Counted is the bot's own time from the arrival of a
click until it was acknowledged, without the round trip to Discord, from the bot's log.
"""

import json
import platform
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import trio
import typer
from rich.console import Console
from rich.table import Table

from bot.simulator.replay_writer import write
from tests.journeys.evening import Guest, are_matched, game_of, open_evening

AT_ONCE = 8
BYSTANDERS = 8
GAME_S = 1200.0
PAUSE_S = 1.0
"""Between two clicks of one bystander: together as often as a hundred players at ten times life's pace."""
GROUPS = 4
"""Of uploaders, who take turns: the ladder takes only so many files of one player and match."""
ACK_MS = 50.0
"""In which 99 of 100 interactions are acknowledged."""
VERDICT_S = 30.0
OF_BYSTANDERS = frozenset({"profile_command", "leaderboard_command"})


@dataclass(slots=True)
class Stretch:
    """Some parts of the evening, and how long the clicks in them waited."""

    parts: list[tuple[datetime, datetime]] = field(default_factory=list)
    """From when to when."""
    waited_ms: list[float] = field(default_factory=list)
    late: int = 0

    def take(self, click: Mapping[str, Any]) -> None:
        """Count a line of the log, if its click was acknowledged in here."""
        at = datetime.fromisoformat(click["timestamp"])
        if any(begun <= at <= ended for begun, ended in self.parts):
            self.waited_ms.append(click["acknowledged_own_ms"])

    def quantile(self, share: float) -> float:
        """Milliseconds within which this share of the clicks was acknowledged."""
        return sorted(self.waited_ms)[min(len(self.waited_ms) - 1, int(len(self.waited_ms) * share))]


def main(
    rounds: Annotated[
        int, typer.Option(min=1, max=8, help="Stretches of each kind for each group of eight uploaders.")
    ] = 8,
    report: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures.")] = None,
) -> None:
    """Measure, print, and say what was missed."""
    with TemporaryDirectory(prefix="uploads-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        quiet, busy = trio.run(_measure, folder, rounds)
    missed = _missed(busy)
    Console().print(_table(quiet, busy), "", "\n".join(missed) or "The budget is kept.")
    if report is not None:
        report.write_text(json.dumps(_figures(quiet, busy, missed), indent=2), encoding="utf-8")
    raise typer.Exit(1 if missed else 0)


async def _measure(folder: Path, rounds: int) -> tuple[Stretch, Stretch]:
    quiet, busy = Stretch(), Stretch()
    async with open_evening(folder) as evening:
        bystanders = await evening.regulars(*(f"by{each}" for each in "abcdefgh"[:BYSTANDERS]))
        for group in "klmn"[:GROUPS]:
            players = await evening.regulars(*(f"p{group}{each}" for each in "abcdefgh"[:AT_ONCE]))
            pairs = list(zip(players[::2], players[1::2], strict=True))
            for one, other in pairs:
                await are_matched(one, other)
            for turn in range(rounds):
                files = [await _wrong_game(one, other, turn) for one, other in pairs for _ in "ab"]
                uploads = [partial(_upload, *each) for each in zip(players, files, strict=True)]
                took_s = await _while_clicking(bystanders, busy, uploads)
                await _while_clicking(bystanders, quiet, [partial(trio.sleep, took_s)])
        for click in _clicks(evening.log):
            busy.take(click)
            quiet.take(click)
    return quiet, busy


def _clicks(log: Path) -> Iterator[Mapping[str, Any]]:
    for line in log.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        if said["event"] == "flow.completed" and said["name"] in OF_BYSTANDERS:
            yield said


async def _wrong_game(one: Guest, other: Guest, turn: int) -> bytes:
    """A game of twenty minutes: no match lasted that long yet, so it is read and decides nothing."""
    return write(replace(await game_of(one, other), length_s=GAME_S, glances=4, seed=turn))


async def _while_clicking(
    bystanders: Sequence[Guest], stretch: Stretch, others: Sequence[Callable[[], Awaitable[object]]]
) -> float:
    """Bystanders click until the others are done; how long that took, in seconds."""
    begun = datetime.now(UTC)
    async with trio.open_nursery() as clicking:
        for place, each in enumerate(bystanders):
            clicking.start_soon(_click, each, stretch, place * PAUSE_S / BYSTANDERS)
        async with trio.open_nursery() as others_at_it:
            for other in others:
                others_at_it.start_soon(other)
        ended = datetime.now(UTC)
        stretch.parts.append((begun, ended))
        clicking.cancel_scope.cancel(reason="the others are done")
    return (ended - begun).total_seconds()


async def _click(bystander: Guest, stretch: Stretch, first_after_s: float) -> None:
    await trio.sleep(first_after_s)
    while True:
        for command in ("profile", "leaderboard"):
            happened = await bystander.person.slash(command)
            stretch.late += happened.late
            await trio.sleep(PAUSE_S)


async def _upload(player: Guest, content: bytes) -> None:
    seen = (await player.evening.discord.state())["revision"]
    await player.uploads(content)
    await player.sees("Replay of match", within_s=VERDICT_S, after=seen)


def _missed(busy: Stretch) -> list[str]:
    missed = [f"{busy.late} clicks were acknowledged too late"] if busy.late else []
    if busy.quantile(0.99) > ACK_MS:
        missed.append(f"acknowledgements take {busy.quantile(0.99):.1f} ms at p99, wanted {ACK_MS}")
    return missed


def _table(quiet: Stretch, busy: Stretch) -> Table:
    table = Table("", "clicks", "p50 ms", "p99 ms", "max ms", "late", title="Acknowledgements", box=None)
    for name, each in ((f"during {AT_ONCE} uploads", busy), ("without", quiet)):
        quantiles = (f"{each.quantile(share):.1f}" for share in (0.5, 0.99, 1.0))
        table.add_row(name, str(len(each.waited_ms)), *quantiles, str(each.late))
    return table


def _figures(quiet: Stretch, busy: Stretch, missed: list[str]) -> dict[str, object]:
    def of(each: Stretch) -> dict[str, float]:
        return {
            "clicks": len(each.waited_ms),
            "p50_ms": each.quantile(0.5),
            "p99_ms": each.quantile(0.99),
            "max_ms": each.quantile(1.0),
            "late": each.late,
        }

    return {"python": platform.python_version(), "busy": of(busy), "quiet": of(quiet), "missed": missed}


if __name__ == "__main__":
    typer.run(main)
