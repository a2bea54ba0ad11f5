"""The pairing, measured: how long a wave takes to plan, and how the community of three days feels under it.

    python -m benchmarks.matching                    # all of it, about ten minutes
    python -m benchmarks.matching --only solve       # or community, or stalls

The community is that of the design's table as far as it tells. Waits, gaps and rematches are compared with
the row that is to be beaten, as it was published, and with the same policy lived through here.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

import trio
from rich.console import Console
from rich.table import Table

from actors.rules.ids import PlayerId, Race, Region
from actors.rules.pairing import WHOLE, choose, meet
from actors.rules.queue import Member
from actors.rules.settings import Settings
from actors.rules.waves import plan
from actors.solving import HERE, open_solver
from benchmarks.community import NOON, Feeling, Policy, feel

SIZES = (100, 300, 1000, 3000, 10_000)
STALL_MS, PLAN_S = 20.0, 2.0
TUNED_ON, HELD_OUT = 7, (11, 12, 13)
PUBLISHED = Feeling(96.1, 393.0, 1219.0, 108.1, 9.1, 0)
"""The design's table: blossom, rematch and wait terms (K=500), 15 s."""
OURS = Policy(name="the ladder's", settings=Settings())
_BEFORE = Settings(window_base=100, window_growth=50.0, rematch_weight=30_000, rematch_handicap=0)
POLICIES = (
    OURS,
    Policy(name="K=500 and rematches, 15 s", settings=_BEFORE, every_s=15.0),
    Policy(
        name="squared gap alone, 15 s",
        settings=Settings(
            window_base=100, window_growth=50.0, rematch_weight=0, rematch_handicap=0, wait_weight=0
        ),
        every_s=15.0,
    ),
    Policy(name="K=500 and rematches, on events", settings=_BEFORE),
)


def crowd(size: int, seed: int = 1, spread: float = 200.0) -> list[Member]:
    """Two of five play one game, two the other, one both; they came within two minutes."""
    dice = random.Random(f"crowd {seed}")
    members = []
    for number, plays in enumerate(dice.choices(("bw", "sc2", "both"), (40, 40, 20), k=size), start=1):
        bw, sc2 = plays != "sc2", plays != "bw"
        members.append(
            Member(
                player=PlayerId(number * 7919),
                bw=Race.BW_ZERG if bw else None,
                sc2=Race.SC2_ZERG if sc2 else None,
                bw_rating=int(dice.gauss(1500, spread)) if bw else None,
                sc2_rating=int(dice.gauss(1500, spread)) if sc2 else None,
                region=Region.EUW,
                joined_at=NOON - timedelta(seconds=dice.uniform(0, 120)),
            )
        )
    return members


def solve_table(rounds: int) -> Table:
    """Time and quality of one plan by the size of the queue; the whole graph beside it where that ends."""
    table = Table(
        "waiting", "plan ms", "pairs", "mean gap", "whole graph: pairs", "gap", title="A plan", box=None
    )
    for size in SIZES:
        members = crowd(size)
        taken, found = [], plan(members, NOON, {}, Settings()).pairs
        for _ in range(rounds):
            began = time.perf_counter()
            plan(members, NOON, {}, Settings())
            taken.append(time.perf_counter() - began)
        best = choose(members, NOON, {}, Settings(), nearest=size) if size <= 1000 else ()
        whole = (str(len(best)), _gap(members, best)) if best else ("", "")
        table.add_row(
            str(size), f"{1000 * statistics.median(taken):.1f}", str(len(found)), _gap(members, found), *whole
        )
    return table


def _gap(members: Sequence[Member], pairs: Sequence[tuple[int, int]]) -> str:
    by_id = {member.player: member for member in members}
    found = [meet(by_id[PlayerId(a)], by_id[PlayerId(b)]) for a, b in pairs]
    return f"{statistics.fmean(each.gap for each in found if each):.1f}"


async def stall(size: int) -> tuple[float, float]:
    """Seconds to a plan, and the longest the loop stood still meanwhile, in milliseconds."""
    members, worst = crowd(size), 0.0

    async def feel_the_pulse() -> None:
        nonlocal worst
        while True:
            before = time.perf_counter()
            await trio.sleep(0.001)
            worst = max(worst, time.perf_counter() - before - 0.001)

    async with open_solver() as solver:
        await solver.plan(members[: HERE + 1], NOON, {}, Settings())  # a worker is there
        async with trio.open_nursery() as pulse:
            pulse.start_soon(feel_the_pulse)
            await trio.sleep(0.05)
            worst, began = 0.0, time.perf_counter()
            await solver.plan(members, NOON, {}, Settings())
            taken = time.perf_counter() - began
            pulse.cancel_scope.cancel(reason="measured")
    return taken, worst * 1000


def stall_table(rounds: int) -> tuple[Table, bool]:
    """The loop of the bot while a wave is planned; whether both promises held in the middle run."""
    table = Table("waiting", "plan s", "longest stall ms", title="Beside the bot", box=None)
    good = True
    for size in (HERE, WHOLE, 1000, 10_000):
        runs = [trio.run(stall, size) for _ in range(rounds)]
        taken, worst = (statistics.median(column) for column in zip(*runs, strict=True))
        good = good and taken < PLAN_S and worst < STALL_MS
        table.add_row(str(size), f"{taken:.2f}", f"{worst:.1f}")
    return table, good


def community_table(seeds: Sequence[int]) -> tuple[Table, bool]:
    """How each policy feels on each seed; whether ours beats the published row everywhere."""
    table = Table(
        "seed", "policy", "mean s", "p95", "max", "gap", "rematch %", title="Three days of 64", box=None
    )
    table.add_row("", "the design's: K=500, 15 s", *_words(PUBLISHED))
    good = True
    for seed in seeds:
        for policy in POLICIES:
            sys.stderr.write(f"seed {seed}: {policy.name}\n")
            felt = feel(policy, seed)
            good = good and (policy is not OURS or felt.beats(PUBLISHED))
            table.add_row(str(seed), policy.name, *_words(felt))
    return table, good


def _words(felt: Feeling) -> Iterator[str]:
    yield from (f"{number:.1f}" for number in (felt.mean_s, felt.p95_s, felt.max_s, felt.gap, felt.rematch))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=__doc__)
    parser.add_argument("--only", choices=("solve", "stalls", "community"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seeds", type=int, nargs="*", default=[TUNED_ON, *HELD_OUT])
    options = parser.parse_args(arguments)
    console, kept = Console(), True
    if options.only in {None, "solve"}:
        console.print(solve_table(options.rounds))
    if options.only in {None, "stalls"}:
        table, kept = stall_table(options.rounds)
        console.print(table)
    if options.only in {None, "community"}:
        table, beaten = community_table(options.seeds)
        kept = kept and beaten
        console.print(table)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
