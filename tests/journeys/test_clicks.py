"""Clicks that come twice, too late, or by the wrong person: a sentence, and nothing changes."""

import pytest

from tests.journeys.evening import Evening, are_matched

pytestmark = pytest.mark.journey


async def test_nobody_joins_twice(evening: Evening) -> None:
    adam = await evening.guest("adam")
    await adam.sets_up()
    await adam.leaves_a_queue_card(bw="bw_terran")
    await adam.queues(bw="bw_terran")
    second = await adam.presses("Join queue")
    assert "Already in the queue" in second.text
    again = await adam.person.slash("queue")
    assert "Already in the queue" in again.text
    await adam.presses("Cancel queue")
    outside = await adam.person.slash("queue")
    assert "Matchmaking queue" in outside.text


async def test_an_old_queue_card_cannot_leave_a_match(evening: Evening) -> None:
    bert, cora = await evening.guest("bert"), await evening.guest("cora")
    await bert.sets_up()
    await cora.sets_up()
    await bert.leaves_a_queue_card(bw="bw_zerg")
    number = await are_matched(bert, cora)
    busy = await bert.presses("Join queue")
    assert f"You are in match #{number}" in busy.text
    await bert.reports("draw")
    await cora.reports("draw")
    await bert.sees(f"Match #{number}: result")
    await cora.sees("A draw.")


async def test_a_card_that_could_not_be_edited_says_that_it_is_old(evening: Evening) -> None:
    """Discord refuses edits for a while, so the opponent's card still offers a match that is called off."""
    dirk, elsa = await evening.guest("dirk"), await evening.guest("elsa")
    await dirk.sets_up()
    await elsa.sets_up()
    number = await are_matched(dirk, elsa, confirm=False)
    await elsa.sees("found!", button="Confirm match")
    await evening.discord.fault("fail", route=r"PATCH /channels/", status=500, times=-1)
    await dirk.presses("Abort match")
    await dirk.presses("Yes, abort")
    late = await elsa.presses("Confirm match")
    assert "Too late to confirm" in late.text
    await evening.discord.fault("clear")
    await elsa.sees(f"Match #{number} called off")
    await elsa.sees_no_more(button="Confirm match")


async def test_an_abort_is_asked_for_twice(evening: Evening) -> None:
    finn, gina = await evening.guest("finn"), await evening.guest("gina")
    await finn.sets_up()
    await gina.sets_up()
    number = await are_matched(finn, gina, confirm=False)
    await gina.sees("found!", button="Confirm match")
    await finn.presses("Abort match")
    asked = await finn.sees(f"Abort match #{number}?")
    assert "This one costs you no time-out" in asked["text"]
    await finn.presses("Keep playing")
    await finn.sees("Confirm match", button="Abort match")
    await finn.presses("Abort match")
    await finn.sees(f"Abort match #{number}?")
    await finn.presses("Yes, abort")
    await finn.sees("You aborted the match.")
    back = await gina.sees("Your opponent aborted the match.", button="Cancel queue")
    assert "You are back in the queue with your old place" in back["text"]
    left = await gina.presses("Cancel queue")
    assert "You left the queue" in left.text or "Matchmaking queue" in left.text
    free = await finn.person.slash("queue")
    assert "Matchmaking queue" in free.text


async def test_only_staff_rule_a_quarrel(evening: Evening) -> None:
    hans, ines = await evening.guest("hans"), await evening.guest("ines")
    staff = evening.discord.person("staff")
    await hans.sets_up()
    await ines.sets_up()
    number = await are_matched(hans, ines)
    await hans.reports("won")
    await ines.reports("won")
    await hans.sees("staff will decide")
    dispute = await staff.sees(f"Match #{number}: the reports differ", where=evening.disputes, within_s=15)
    refused = await hans.person.presses("Hans won", message=dispute["id"])
    assert "Staff only" in refused.text
    assert refused.ephemeral
    shown = await staff.presses("Hans won", message=dispute["id"])
    assert "Nothing is done yet" in shown.text
    assert shown.ephemeral
    ruled = await staff.presses("Confirm")
    assert "This was changed" in ruled.text
    await hans.sees("You won!")
    await staff.presses("Ines won", message=dispute["id"])
    again = await staff.presses("Confirm")
    assert "1520 → **1480**" in again.text
    await ines.sees("Staff decided it.")
    await ines.sees("You won!")
    await hans.sees("You lost.")
    assert await staff.messages(evening.disputes)
    await staff.sees(f"Match #{number}: dispute closed", where=evening.disputes)


async def test_staff_release_who_is_stuck_and_he_reads_why(evening: Evening) -> None:
    karl, lisa = await evening.guest("karl"), await evening.guest("lisa")
    staff = evening.discord.person("staff")
    await karl.sets_up()
    await lisa.sets_up()
    number = await are_matched(karl, lisa)
    read = await staff.slash("admin match", {"match": number})
    assert "Karl" in read.text
    assert read.ephemeral
    order = {"player": karl.name, "reason": "his power went out"}
    asked = await staff.slash("admin release", order)
    assert f"#{number} → **–**" in asked.text
    assert "This was changed" in (await staff.presses("Confirm")).text
    await karl.sees("his power went out")
    await lisa.sees("Staff called the match off.")
    free = await karl.person.slash("queue")
    assert "Matchmaking queue" in free.text


async def test_the_actors_are_shown_to_staff_only(evening: Evening) -> None:
    jana = await evening.guest("jana")
    refused = await jana.person.slash("actors")
    assert "Staff only" in refused.text
    assert "matchmaker" not in refused.text
    staff = evening.discord.person("staff")
    told = (await staff.slash("actors", {"page": 1})).text + (await staff.slash("actors", {"page": 2})).text
    assert "matchmaker" in told
    assert "gateway" in told
