"""Bad connections: what Discord does to the socket and to requests, nobody who clicks should notice."""

from pathlib import Path

import pytest

from tests.journeys.evening import Evening, are_matched, open_evening

pytestmark = pytest.mark.journey


async def identifies(evening: Evening) -> int:
    return int((await evening.counters())["identifies"])


async def test_nobody_notices_a_lost_connection_or_a_slow_discord(folder: Path) -> None:
    async with open_evening(folder) as evening:
        xena, yuri = await evening.guest("xena"), await evening.guest("yuri")
        await xena.sets_up()
        await yuri.sets_up()

        sessions = await identifies(evening)
        await evening.discord.fault("drop")
        await evening.discord.bot_is_ready()
        page = await xena.person.slash("profile")
        assert "Profile of Xena" in page.text
        assert await identifies(evening) == sessions, "a drop is resumed, not begun anew"

        await evening.discord.fault("invalidate")
        await evening.discord.bot_is_away()
        await evening.discord.bot_is_ready()
        page = await xena.person.slash("profile")
        assert "Profile of Xena" in page.text
        assert await identifies(evening) == sessions + 1

        await evening.discord.fault("slow", ms=400, times=-1)
        number = await are_matched(xena, yuri)
        await xena.reports("won")
        await yuri.reports("lost")
        await xena.sees(f"Match #{number}: result")
        await yuri.sees("You lost.")
        counters = await evening.counters()
        assert counters["interactions"]["late"] == 0
        assert counters["refused"] == {}
