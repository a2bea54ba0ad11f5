"""Stories of players, from the first command to the leaderboard."""

import pytest

from tests.journeys.evening import Evening, are_matched, replay_of

pytestmark = pytest.mark.journey


async def test_two_newcomers_play_and_climb(evening: Evening) -> None:
    anna, ben = await evening.guest("anna"), await evening.guest("ben")
    await anna.sets_up()
    await ben.sets_up()
    number = await are_matched(anna, ben)
    await anna.uploads(await replay_of(anna, ben))
    won = await anna.sees("You won")
    lost = await ben.sees("You lost")
    for result in (won, lost):
        assert f"Match #{number}: result" in result["text"]
        assert "The replay shows it." in result["text"]
        assert "1500 → **1520**" in result["text"]
        assert "1500 → **1480**" in result["text"]
    await anna.person.slash("leaderboard")
    board = await anna.sees("Leaderboard")
    assert board["text"].index("Anna") < board["text"].index("Ben")
    profile = await ben.person.slash("profile")
    assert "1480" in profile.text


async def test_closed_messages_blame_nobody(evening: Evening) -> None:
    emil, frida = await evening.guest("emil"), await evening.guest("frida")
    await emil.sets_up()
    await frida.sets_up()
    await emil.person.closes_dms()
    await emil.queues(bw="bw_zerg")
    await frida.queues(sc2="sc2_zerg")
    off = await frida.sees("I could not reach your opponent.", button="Cancel queue")
    assert "You are back in the queue with your old place" in off["text"]
    await frida.presses("Cancel queue")
    await emil.person.opens_dms()
    told = await emil.person.slash("queue")
    assert "I could not reach you" in told.text
    assert "It cost you nothing" in told.text
    clean = await emil.person.slash("profile")
    assert "No aborted or missed matches this week" in clean.text
