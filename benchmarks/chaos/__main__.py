"""The command line of chaos: rounds, their troubles, and what came of them."""

import json
import random
import shutil
import signal
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import trio
import typer

from actors.boundaries import parse
from benchmarks.chaos.deck import UP_S, Deck
from benchmarks.chaos.stage import BotFailed, Stage, open_stage
from benchmarks.chaos.troubles import Done, Troubles
from benchmarks.chaos.verdict import Verdict, open_judge
from bot.exit_codes import STOPPED
from supervision import PlainClock

EVENING_S = 420.0
"""How long people may take to end their evening once all is calm."""
LOOK_S = 0.5


@dataclass(slots=True, kw_only=True)
class Plan:
    """How each round is to be."""

    players: int
    minutes: float
    speed: float
    kills: int
    databases: int
    moody: bool


@dataclass(slots=True, kw_only=True)
class Round:
    """One evening and what came of it."""

    seed: int
    took_s: float = 0.0
    done: Done = field(default_factory=Done)
    faults: dict[str, int] = field(default_factory=dict)
    """Of Discord's answers, those that struck."""
    verdict: Verdict = field(default_factory=Verdict)
    surprises: list[str] = field(default_factory=list)
    """What people wondered about; bad weather excuses most of it."""
    over: bool = False
    failure: str = ""
    folder: str = ""
    """Kept when something was wrong."""

    @property
    def right(self) -> bool:
        """Whether nothing was wrong."""
        return not self.failure and not any(self.verdict.wrong.values())


def main(
    *,
    rounds: Annotated[int, typer.Option(min=1, help="How many evenings.")] = 12,
    seed: Annotated[int, typer.Option(min=0, help="Of the first evening; the next has the next.")] = 1,
    kills: Annotated[int, typer.Option(min=0, help="Kills an evening.")] = 18,
    databases: Annotated[int, typer.Option(min=0, help="Crashes of PostgreSQL an evening.")] = 2,
    players: Annotated[int, typer.Option(min=2, max=100)] = 16,
    minutes: Annotated[float, typer.Option(help="How long people queue anew.")] = 1.0,
    speed: Annotated[float, typer.Option(help="How fast people play and click.")] = 5.0,
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME:N[:crash]", help="Die here and nowhere else; may be repeated."),
    ] = None,
    up: Annotated[
        float, typer.Option(help="Seconds at most that the bot lives if nobody gets there.")
    ] = UP_S[1],
    moody: Annotated[bool, typer.Option(help="Whether Discord and the connection fail too.")] = True,
    json_: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write everything here.")
    ] = None,
) -> None:
    """Kill the ladder again and again, and look whether anything is lost, doubled, stuck or stale."""
    plan = Plan(players=players, minutes=minutes, speed=speed, kills=kills, databases=databases, moody=moody)
    only = [wanted for text in at or () if (wanted := parse(text)) is not None]
    deck = Deck(random.Random(seed), up=(UP_S[0], up), only=only)
    played: list[Round] = []
    for number in range(rounds):
        played.append(play(plan, seed + number, deck))
        print(line(played[-1]), flush=True)
        if json_ is not None:
            json_.write_text(json.dumps(report(plan, played), indent=2, ensure_ascii=False) + "\n")
    summary = report(plan, played)["total"]
    print(json.dumps(summary, indent=2))
    raise typer.Exit(0 if all(each.right for each in played) else 1)


def play(plan: Plan, seed: int, deck: Deck) -> Round:
    """One evening in a folder of its own, which is kept when something went wrong."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir="/tmp"))  # short, for sockets
    deck.dice.seed(f"chaos {seed}")
    deck.kills = plan.kills
    played = Round(seed=seed)
    begun = time.monotonic()
    try:
        trio.run(_unless_told, plan, played, folder, deck, clock=PlainClock())
    except* (BotFailed, OSError, trio.TooSlowError) as failures:
        played.failure = "".join(traceback.format_exception(failures))
    played.took_s = round(time.monotonic() - begun, 1)
    if played.right:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        played.folder = str(folder)
    return played


async def _unless_told(plan: Plan, played: Round, folder: Path, deck: Deck) -> None:
    """Play, and let no program of ours outlive us when we are told to stop."""
    async with trio.open_nursery() as programs:
        programs.start_soon(_stop_when_told, programs.cancel_scope)
        await _play(plan, played, folder, deck)
        played.over = True
        programs.cancel_scope.cancel(reason="the round is over")
    if not played.over:
        raise typer.Exit(STOPPED)


async def _stop_when_told(scope: trio.CancelScope) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as told:
        async for _ in told:
            scope.cancel(reason="told to stop")


async def _play(plan: Plan, played: Round, folder: Path, deck: Deck) -> None:
    async with open_stage(
        folder, users=plan.players, seed=played.seed, minutes=plan.minutes, speed=plan.speed
    ) as stage:
        troubles = Troubles(
            stage=stage,
            cards=deck,
            dice=deck.dice,
            databases=plan.databases,
            discord=plan.moody,
            done=played.done,
        )
        await troubles.rage()
        await _all_go_home(stage)
        async with open_judge(stage) as judge:
            played.verdict = judge.verdict
            await judge.judge()
        told = await stage.evening()
        played.faults, played.surprises = told["faults"], told["evening"].get("surprises", [])
        await stage.stop()


async def _all_go_home(stage: Stage) -> None:
    """Wait for the people's end of the evening; the bot must bear it."""
    with trio.move_on_after(EVENING_S):
        while not (await stage.evening())["evening"].get("finished"):
            if not stage.running:
                raise BotFailed("the bot ended in calm weather")
            await trio.sleep(LOOK_S)


def line(played: Round) -> str:
    """One round in a line, and what is wrong under it."""
    done, verdict = played.done, played.verdict
    counts = ", ".join(f"{len(found)} {kind}" for kind, found in verdict.wrong.items())
    text = (
        f"seed {played.seed}: {done.kills.total()} kills, {done.crashes.total()} actors, "
        f"{done.databases} databases, {sum(played.faults.values())} faults, {done.gateway.total()} drops; "
        f"{verdict.matches}, {verdict.cards} cards, {verdict.results} results, {verdict.guards} guards; "
        f"{counts}; {played.took_s} s"
    )
    wrong = [f"  {kind}: {each}" for kind, found in verdict.wrong.items() for each in found]
    wrong += [played.failure] if played.failure else []
    return "\n".join([text, *wrong, *([f"  kept in {played.folder}"] if played.folder else [])])


def report(plan: Plan, played: list[Round]) -> dict[str, Any]:
    """The JSON: totals, and each round."""
    kills, crashes, faults, gateway, matches = (
        Counter[str](),
        Counter[str](),
        Counter[str](),
        Counter[str](),
        Counter[str](),
    )
    for each in played:
        kills.update(each.done.kills)
        crashes.update(each.done.crashes)
        faults.update(each.faults)
        gateway.update(each.done.gateway)
        matches.update(each.verdict.matches)
    wrong = {kind: sum(len(each.verdict.wrong[kind]) for each in played) for kind in Verdict().wrong}
    total = {
        "rounds": len(played),
        "seeds": [each.seed for each in played],
        "kills": kills.total(),
        "kills_by_point": dict(kills.most_common()),
        "actors_crashed": crashes.total(),
        "crashes_by_point": dict(crashes.most_common()),
        "database_crashes": sum(each.done.databases for each in played),
        "discord_faults": faults.total(),
        "faults_by_kind": dict(faults.most_common()),
        "gateway_faults": dict(gateway.most_common()),
        "ended_by_itself": sum(len(each.done.endings) for each in played),
        "matches": dict(matches),
        **wrong,
        "failed_rounds": sum(not each.right for each in played),
    }
    return {"plan": asdict(plan), "total": total, "rounds": [_as_json(each) for each in played]}


def _as_json(played: Round) -> dict[str, Any]:
    done, verdict = played.done, played.verdict
    return {
        "seed": played.seed,
        "took_s": played.took_s,
        "kills": dict(done.kills),
        "actors_crashed": dict(done.crashes),
        "database_crashes": done.databases,
        "discord_faults": played.faults,
        "gateway_faults": dict(done.gateway),
        "ended_by_itself": done.endings,
        "matches": verdict.matches,
        "cards_compared": verdict.cards,
        "results_looked_up": verdict.results,
        "guards_that_refused": verdict.guards,
        **verdict.wrong,
        "surprises": played.surprises,
        "failure": played.failure,
    }


if __name__ == "__main__":
    typer.run(main)
