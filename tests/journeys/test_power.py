"""The program is stopped, killed, or loses its database: what was promised to people holds afterwards."""

import fcntl
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from storage.embedded_files import read_postmaster
from tests.journeys.evening import START_S, STOP_S, Scene, are_matched, open_evening, set_scene

pytestmark = pytest.mark.journey

SENTENCE_S = 3.0
"""How long a person waits for a word, whatever the database does."""

REFRESHED_S = 45.0
"""Searching cards are brought up to date each half minute."""


def lock_of(folder: Path) -> Path:
    """A file that exists as long as the folder's PostgreSQL runs; its first line is the process id."""
    return folder / "postgres" / "postmaster.pid"


async def test_an_ordered_stop_takes_everything_along_and_a_start_goes_on(folder: Path) -> None:
    async with open_evening(folder) as evening:
        oleg = await evening.guest("oleg")
        await oleg.sets_up()
        await oleg.queues(bw="bw_protoss")
        assert lock_of(folder).exists()
        assert await evening.closes() == 0
        assert not lock_of(folder).exists()
        nobody = await evening.asks("dump")
        assert nobody.returncode == 1
        assert "No bot answers" in nobody.stderr
        await evening.opens()
        told = await oleg.person.slash("queue")
        assert "Already in the queue" in told.text
        tree = await evening.asks("dump")
        assert tree.returncode == 0
        assert "queue 1v1, 1 waiting" in tree.stdout


async def test_a_kill_keeps_places_matches_and_buttons(folder: Path) -> None:
    async with open_evening(folder) as evening:
        scene = await set_scene(evening)
        await scene.loser.reports("lost")
        await scene.winner.sees(f"Match #{scene.half}: result")
        vera, joined = scene.waiting, since(scene.card)

        await evening.is_killed()
        assert (await vera.person.presses("Cancel queue")).failure, "nobody is there to answer"
        await evening.opens()

        await they_play_on(scene)
        assert "Already in the queue" in (await vera.person.slash("queue")).text
        before = await vera.sees("Searching for an opponent")
        renewed = await vera.sees("Searching for an opponent", after=before["revision"], within_s=REFRESHED_S)
        assert since(renewed) == joined
        await vera.presses("Cancel queue")
        assert "Matchmaking queue" in (await vera.person.slash("queue")).text
        audit = await evening.asks("audit")
        assert audit.returncode == 0, audit.stdout


async def they_play_on(scene: Scene) -> None:
    """By the cards of before the kill: two confirm, two report."""
    for guest in scene.found:
        await guest.presses("Confirm match")
    for guest in scene.found:
        await guest.sees("How to report")
    winner, loser = scene.players
    await winner.reports("won")
    await loser.reports("lost")
    await winner.sees(f"Match #{scene.live}: result")
    await loser.sees("You lost.")


async def test_a_match_that_ends_in_a_power_cut_is_over_for_its_old_cards(folder: Path) -> None:
    """Saved, but Discord was not told before the kill: the old buttons answer, then the cards catch up."""
    async with open_evening(folder) as evening:
        bo, cy = await evening.regulars("boris", "cyril")
        over = await are_matched(bo, cy, confirm=False)
        await cy.sees("found!", button="Confirm match")
        await evening.discord.fault("fail", route="(PATCH|POST) /channels/", status=500, times=-1)
        await bo.presses("Abort match")
        await bo.presses("Yes, abort")
        await evening.is_killed()
        await evening.opens()
        late = await cy.presses("Confirm match")
        assert "Too late to confirm" in late.text
        await evening.discord.fault("clear")
        await cy.sees(f"Match #{over} called off", button="Cancel queue", within_s=REFRESHED_S)
        audit = await evening.asks("audit")
        assert audit.returncode == 0, audit.stdout


def since(card: dict[str, object]) -> str:
    """The moment of joining that a searching card shows."""
    seen = re.search(r"You joined <t:(\d+):", str(card["text"]))
    assert seen is not None, card
    return seen[1]


async def test_a_click_while_the_database_is_away_gets_a_sentence_and_works_afterwards(folder: Path) -> None:
    async with open_evening(folder) as evening:
        wanda = await evening.guest("wanda")
        await wanda.sets_up()
        await wanda.person.slash("queue")
        await wanda.person.selects("Brood War race", "bw_zerg")
        with kept_away(folder):
            os.kill(
                int(lock_of(folder).read_text().split()[0]), signal.SIGQUIT
            )  # PostgreSQL's immediate mode
            with trio.fail_after(STOP_S):
                while lock_of(folder).exists():  # noqa: ASYNC110  # no child of ours: nothing tells us
                    await trio.sleep(0.05)
            before = trio.current_time()
            away = await wanda.presses("Join queue")
            assert not away.late
            await wanda.sees("Nothing was counted.")
            assert trio.current_time() - before < SENTENCE_S
        with trio.fail_after(START_S):
            while not is_ready(folder):  # noqa: ASYNC110  # the bot starts it again by itself
                await trio.sleep(0.05)
        await wanda.presses("Join queue")
        await wanda.sees("Searching for an opponent")
        await wanda.presses("Cancel queue")
        assert (await evening.counters())["interactions"]["late"] == 0


def is_ready(folder: Path) -> bool:
    """Whether the folder's PostgreSQL takes questions."""
    found = read_postmaster(folder / "postgres")
    return found is not None and found.ready


@contextmanager
def kept_away(folder: Path) -> Iterator[None]:
    """Nobody can start the folder's PostgreSQL meanwhile: we hold its lock, as another program would."""
    lock = os.open(folder / "start.lock", os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
