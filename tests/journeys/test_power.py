"""The program is stopped, killed, or loses its database: what was promised to people holds afterwards."""

import os
import re
import signal
from pathlib import Path

import pytest
import trio

from storage import embedded
from tests.journeys.evening import STOP_S, Evening, are_matched, open_evening

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]

REFRESHED_S = 45.0
"""Searching cards are brought up to date each half minute."""


def server_of(folder: Path) -> int:
    """The process id of the data folder's PostgreSQL."""
    return int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_an_ordered_stop_takes_everything_along_and_a_start_goes_on(folder: Path) -> None:
    async with open_evening(folder) as evening:
        oleg = await evening.guest("oleg")
        await oleg.sets_up()
        await oleg.queues(bw="bw_protoss")
        server = server_of(folder)
        assert await evening.closes() == 0
        assert not is_running(server)
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
        names = ("paul", "quinn", "rosa", "sven", "tina", "ugo", "vera")
        paul, quinn, rosa, sven, tina, ugo, vera = [await evening.guest(name) for name in names]
        for guest in (paul, quinn, rosa, sven, tina, ugo, vera):
            await guest.sets_up()
        live = await are_matched(paul, quinn)
        found = await are_matched(rosa, sven, confirm=False)
        await sven.sees("found!", button="Confirm match")
        over = await are_matched(tina, ugo)
        await tina.reports("won")
        # Discord takes no more edits: tina's card goes on offering a menu for a match that ends now.
        await evening.discord.fault("fail", route=r"PATCH /channels/", status=500, times=-1)
        await ugo.reports("lost")
        await ugo.sees(f"Match #{over}: result")
        await vera.queues(bw="bw_terran")
        await vera.person.slash("queue")
        joined = since(await vera.sees("Searching for an opponent"))

        await evening.is_killed()
        await evening.discord.fault("clear")
        dead = await vera.person.presses("Cancel queue")
        assert dead.failure is not None, "nobody is there to answer"
        await evening.opens()

        await rosa.presses("Confirm match")
        await sven.presses("Confirm match")
        await sven.sees(f"Match #{found}", button=None)
        await sven.sees("How to report")
        await paul.reports("won")
        await quinn.reports("lost")
        await paul.sees(f"Match #{live}: result")
        await quinn.sees("You lost.")
        await tina.sees(f"Match #{over}: result")
        still = await vera.person.slash("queue")
        assert "Already in the queue" in still.text
        assert since(await vera.sees("Searching for an opponent")) == joined
        await vera.presses("Cancel queue")
        free = await vera.person.slash("queue")
        assert "Matchmaking queue" in free.text
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
        server = server_of(folder)
        os.kill(server, signal.SIGQUIT)  # PostgreSQL's immediate mode
        with trio.fail_after(STOP_S):
            while is_running(server):
                await trio.sleep(0.05)
        away = await wanda.presses("Join queue")
        assert away.acknowledged_ms is not None
        assert away.acknowledged_ms < 3000
        await wanda.sees("Nothing was counted.")
        async with embedded.open_postgres(folder):
            await wanda.presses("Join queue")
            await wanda.sees("Searching for an opponent")
            await wanda.presses("Cancel queue")
        assert (await evening.counters())["interactions"]["late"] == 0
