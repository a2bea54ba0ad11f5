"""Stories of players, told against the whole program."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trio

from tests.journeys.evening import Evening, are_matched, open_evening, replay_of

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, for sockets, and where the database's own user may look."""
    with TemporaryDirectory(prefix="evening-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
async def evening(folder: Path) -> AsyncIterator[Evening]:
    async with open_evening(folder) as running:
        yield running


async def test_two_newcomers_play_and_climb(evening: Evening) -> None:
    anna, ben = await evening.guest("anna"), await evening.guest("ben")
    await anna.sets_up()
    await ben.sets_up()
    number = await are_matched(anna, ben)
    await anna.uploads(await replay_of(anna, ben))
    await anna.sees("You won")
    await ben.sees("You lost")
    await ben.sees(f"Match #{number}: result")
    await anna.person.slash("leaderboard")
    board = await anna.sees("Leaderboard")
    assert board["text"].index("Anna") < board["text"].index("Ben")
    await anna.person.slash("profile")
    await anna.sees("1520")
    counters = await evening.counters()
    assert counters["interactions"]["late"] == 0
    assert (await evening.asks("audit")).returncode == 0
    assert await evening.closes() == 0


async def test_a_kill_loses_nothing(evening: Evening) -> None:
    """Queued players are still queued, open matches go on, the buttons of before work."""
    anna, ben = await evening.guest("anna"), await evening.guest("ben")
    carl, dora = await evening.guest("carl"), await evening.guest("dora")
    eve = await evening.guest("eve")
    for guest in (anna, ben, carl, dora, eve):
        await guest.sets_up()
    played = await are_matched(anna, ben)
    await are_matched(carl, dora, confirm=False)
    await dora.sees("found!", button="Confirm match")
    await eve.queues(bw="bw_protoss")

    await evening.is_killed()
    dead = await eve.person.presses("Cancel queue")
    assert dead.failure is not None, "nobody is there to answer"
    await evening.opens()

    await carl.presses("Confirm match")
    await dora.presses("Confirm match")
    await dora.sees("How to report")
    await anna.reports("won")
    await ben.reports("lost")
    await anna.sees(f"Match #{played}: result")
    again = await eve.person.slash("queue")
    assert "Already in the queue" in again.text
    await eve.presses("Cancel queue")
    await eve.sees("Matchmaking queue")
    audit = await evening.asks("audit")
    assert audit.returncode == 0, audit.stdout


async def test_wrong_entries_name_the_rule_and_are_kept(evening: Evening) -> None:
    anna = await evening.guest("anna")
    await anna.person.slash("setup")
    await anna.presses("Accept")
    await anna.presses("Begin set-up")
    wrong = await anna.submits(name="x9", battletag="nohash", country="Atlantis")
    for words in ("x9", "nohash", "Atlantis", "3 to 12"):
        assert words in wrong.text, wrong.text
    again = await anna.presses("Try again")
    assert again.modal is not None
    assert "Atlantis" in str(again.modal)
    await anna.submits()
    await anna.person.selects("Where do you live?", "EUW")
    await anna.presses("Confirm")
    await anna.sees("Set-up complete")


async def test_rubbish_gets_a_sentence_and_changes_nothing(evening: Evening) -> None:
    anna, ben = await evening.guest("anna"), await evening.guest("ben")
    await anna.sets_up()
    await ben.sets_up()
    await anna.uploads(b"x" * 100)
    await anna.sees("No open match")
    number = await are_matched(anna, ben)
    right = await replay_of(anna, ben)
    for content, answer in (
        (b"gl hf" * 100, "Not a replay"),
        (right[: len(right) // 3], "The file is incomplete"),
        (right.ljust(5_500_000, b"\0"), "File too large"),
    ):
        await anna.uploads(content)
        await anna.sees(answer)
    busy = await ben.person.slash("queue")
    assert f"You are in match #{number}" in busy.text
    await ben.uploads(right)
    await anna.sees("You won")
    over = await anna.person.slash("queue")
    assert "Matchmaking queue" in over.text


async def test_a_quarrel_is_ruled_by_staff(evening: Evening) -> None:
    anna, ben = await evening.guest("anna"), await evening.guest("ben")
    staff = evening.discord.person("staff")
    await anna.sets_up()
    await ben.sets_up()
    number = await are_matched(anna, ben)
    await anna.reports("won")
    await ben.reports("won")
    where = str(evening.discord.staff_channel_id)
    await staff.sees(f"Match #{number}: the reports differ", where=where)
    await staff.presses("Ben won")
    await ben.sees("You won")
    await anna.sees("You lost")


async def test_closed_messages_blame_nobody(evening: Evening) -> None:
    anna, ben = await evening.guest("anna"), await evening.guest("ben")
    await anna.sets_up()
    await ben.sets_up()
    await anna.person.closes_dms()
    await anna.queues(bw="bw_zerg")
    await ben.queues(sc2="sc2_zerg")
    await ben.sees("called off")
    await ben.sees("back in the queue")
    await anna.person.opens_dms()
    told = await anna.person.slash("queue")
    assert "I could not reach you" in told.text or "could not" in told.text, told.text


async def test_a_bad_connection_costs_no_answer(evening: Evening) -> None:
    anna = await evening.guest("anna")
    await anna.sets_up()
    await evening.discord.fault("slow", ms=400, times=50)
    for _ in range(3):
        await anna.person.slash("leaderboard")
    await evening.discord.fault("drop")
    await evening.discord.bot_is_ready()
    await anna.person.slash("profile")
    await anna.sees("Profile of")
    await evening.discord.fault("invalidate")
    await evening.discord.bot_is_ready()
    with trio.fail_after(30):
        await anna.queues(bw="bw_zerg")
    assert (await evening.counters())["interactions"]["late"] == 0


async def test_operators_can_look_inside(evening: Evening) -> None:
    anna = await evening.guest("anna")
    await anna.sets_up()
    staff = evening.discord.person("staff")
    tree = await evening.asks("dump")
    for name in ("matchmaker", "couriers", "gateway"):
        assert name in tree.stdout
    refused = await anna.person.slash("actors")
    assert "Staff only" in refused.text
    shown = await staff.slash("actors")
    assert "matchmaker" in shown.text
