"""Files that are not the replay of the match: each gets its sentence, and the match goes on."""

import pytest

from bot.simulator.replay_writer import write
from tests.journeys.evening import (
    Evening,
    are_matched,
    forged_replay_of,
    game_of,
    replay_of,
    replay_of_another_game,
)

pytestmark = pytest.mark.journey

TOO_LARGE = 5_500_000
"""Bytes; above the ladder's limit and below Discord's."""


async def test_every_wrong_file_gets_its_sentence_and_decides_nothing(evening: Evening) -> None:
    kurt, lena = await evening.guest("kurt"), await evening.guest("lena")
    await kurt.sets_up()
    await lena.sets_up()
    await kurt.uploads(b"gl hf, well played\n" * 20)
    await kurt.sees("No open match")
    number = await are_matched(kurt, lena)
    right = await replay_of(kurt, lena)
    strange = right.replace(b"StarCraft II replay", b"HeroesOfStorm replay"[:19])
    wrong = (
        (b"gl hf, well played\n" * 20, "Not a replay"),
        (right[: len(right) // 3], "The file is incomplete"),
        (right.ljust(TOO_LARGE, b"\0"), "File too large"),
        (strange, "Another game"),
    )
    for content, answer in wrong:
        await kurt.uploads(content)
        await kurt.sees(answer)
    await kurt.uploads(b"a picture", name="victory.png")
    await kurt.sees("Not a replay")
    await kurt.uploads(await replay_of_another_game(kurt, lena))
    checked = await kurt.sees("This replay does not decide the match.")
    assert "Not the map of this match" in checked["text"]
    assert "Not the races of this match." in checked["text"]
    busy = await lena.person.slash("queue")
    assert f"You are in match #{number}" in busy.text
    await lena.uploads(right)
    await kurt.sees("The replay shows it.")
    await lena.sees("You lost.")


async def test_one_replay_counts_for_one_match(evening: Evening) -> None:
    mara, nils = await evening.guest("mara"), await evening.guest("nils")
    await mara.sets_up()
    await nils.sets_up()
    first = await are_matched(mara, nils)
    replay = await replay_of(mara, nils)
    await mara.uploads(replay)
    await nils.sees(f"Match #{first}: result")
    await mara.sees(f"Match #{first}: result")
    await nils.uploads(replay)
    again = await nils.sees("Replay of match")
    assert "This match is decided." in again["text"]
    second = await are_matched(mara, nils)
    assert second != first
    await nils.uploads(replay)
    twice = await nils.sees("Already uploaded")
    assert f"for match #{first}" in twice["text"]
    await mara.reports("lost")
    await nils.reports("won")
    await nils.sees(f"Match #{second}: result")


async def test_a_forged_file_of_the_loser_is_found_out_and_the_real_one_settles_once(
    evening: Evening,
) -> None:
    olga, paul = await evening.regulars("olga", "paul")
    number = await are_matched(olga, paul)
    await paul.uploads(await forged_replay_of(olga, paul))
    caught = await paul.sees(f"Replay of match #{number}")
    assert "This file was changed after the game: it contradicts itself. Found: result" in caught["text"]
    assert "This replay does not decide the match." in caught["text"]
    await olga.uploads(await replay_of(olga, paul))
    won = await olga.sees(f"Match #{number}: result")
    assert "You won" in won["text"]
    lost = await paul.sees(f"Match #{number}: result")
    assert "1500 → **1480** (−20)" in lost["text"]
    staff = evening.discord.person("staff")
    why = await staff.slash("replays match", match=number)
    assert "This file was changed after the game" in why.text
    assert "Olga won" in why.text
    board = await staff.slash("leaderboard")
    assert [board.text.count(name) for name in ("Olga", "Paul")] == [1, 1]


async def test_a_perfect_forgery_stands_only_until_the_real_file_comes_and_staff_have_seen_both(
    evening: Evening,
) -> None:
    rosa, sven = await evening.regulars("rosa", "sven")
    number = await are_matched(rosa, sven)
    real = await replay_of(rosa, sven)
    await sven.uploads(write(await game_of(sven, rosa, swapped=True)))
    await rosa.sees("You lost.")
    await rosa.uploads(real)
    await rosa.sees("Staff will look at both; until then the result stands.")
    staff = evening.discord.person("staff")
    await staff.sees("two replays disagree", button="Rosa won", where=evening.disputes)
    shown = await staff.presses("Rosa won")
    assert f"#{number}" in shown.text
    assert "Contested by" in shown.text
    assert (await staff.presses("Confirm")).failure is None
    await rosa.sees(f"Match #{number}: result")
    await rosa.sees("1520")
    await sven.sees("1480")
