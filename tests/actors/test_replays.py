"""Replays are the referee: forged, foreign, twice, doubted, contested; and what staff do about them."""

from dataclasses import replace

import pytest
import trio
from trio.testing import MockClock

from actors.messages import Answer
from actors.ports import Unavailable
from actors.rules.ids import MatchId, PlayerId, ReplayId
from actors.rules.match import Cause, Match, Phase
from actors.rules.replay import Check, Grade, ReplayFacts
from actors.rules.report import Outcome
from actors.rules.screens import (
    DisputeCard,
    Dossier,
    Meaning,
    Notice,
    Press,
    ReplayCard,
    ReplayFiles,
    Report,
    ResultCard,
)
from bot.simulator.replay_files import COPIED_MOD, game_files
from tests.actors.ladder import STAFF_CHANNEL, Ladder, World, open_ladder
from tests.actors.replays import facts_of
from tests.actors.test_evening import NUMBER, live, notice, paired, stored
from tests.cast import ALICE, BOB, EVE, MOD
from tests.fakes.tables import Trouble

SENTENCE_S = 5.0
"""Within this everybody was told."""


@pytest.fixture
async def world() -> World:
    world = World()
    for player, name in ((ALICE, "Alice"), (BOB, "Bob"), (EVE, "Eve"), (MOD, "Mod")):
        await world.enroll(player, name)
    await world.store.ensure_staff([MOD])
    return world


def game(ladder: Ladder, match: Match, outcome: Outcome, **changes: object) -> ReplayFacts:
    """What the replay says that ends now, changed if so wished."""
    facts = facts_of(match, outcome, ladder.doors.clock.now(), 60.0)
    return replace(facts, **changes)  # type: ignore[arg-type]


def nameless(facts: ReplayFacts) -> ReplayFacts:
    """The same game, played under names that the ladder does not know."""
    players = tuple(replace(player, name=f"barcode{number}") for number, player in enumerate(facts.players))
    return replace(facts, players=players)


async def uploads(ladder: Ladder, player: PlayerId, name: str, facts: ReplayFacts | None = None) -> None:
    """Send a file and wait until everybody who has to know was told."""
    if facts is not None:
        ladder.world.files.facts[name] = replace(facts, digest=name.encode().hex())  # type: ignore[arg-type]
    await ladder.uploads(player, name)
    await trio.sleep(SENTENCE_S)


async def says(ladder: Ladder, player: PlayerId, press: Press) -> Answer:
    """Yes or no to the newest replay card with a question."""
    card = ladder.sees(player, ReplayCard)
    return await ladder.presses(player, press, int(card.match), state=str(card.replay))


def failed(card: ReplayCard) -> set[Check]:
    """What the card names as the reason."""
    return {finding.check for finding in card.findings if finding.grade is Grade.FAILED}


def dispute(ladder: Ladder) -> DisputeCard:
    """The newest post of the staff channel."""
    posts = [card for card in ladder.world.post.shows(STAFF_CHANNEL) if isinstance(card, DisputeCard)]
    assert posts
    return posts[-1]


# One file.


async def test_a_forged_file_decides_nothing_and_the_real_one_settles_once(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        copied = game_files(match.map, match.server.gateway, COPIED_MOD)
        await uploads(ladder, BOB, "forged", game(ladder, match, Outcome.SECOND, handles=copied))
        assert failed(ladder.sees(BOB, ReplayCard)) == {Check.MOD}
        assert (await stored(world)).phase is Phase.LIVE
        await uploads(ladder, ALICE, "real", game(ladder, match, Outcome.FIRST))
        assert ladder.sees(BOB, ResultCard).match.outcome is Outcome.FIRST
        assert [row.change for row in (await stored(world)).changes] == [20, -20]


async def test_a_failed_file_sent_again_by_either_is_the_same_upload(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        wrong = game(ladder, match, Outcome.FIRST, map_hash="00")
        for player in (ALICE, BOB, BOB):
            await uploads(ladder, player, "wrong", wrong)
        rows = await world.store.replays_of(match.id)
        assert [(row.uploader, row.accepted) for row in rows] == [(ALICE, False)]
        assert ladder.sees(BOB, ReplayCard).meaning is Meaning.LIVE


async def test_a_file_that_settled_a_match_is_refused_in_the_next(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        first = await live(ladder)
        await uploads(ladder, ALICE, "old", game(ladder, first, Outcome.FIRST))
        await paired(ladder)
        await trio.sleep(60)  # two who just met wait a little longer for each other
        second = first.id + 1
        for player in (ALICE, BOB):
            await ladder.presses(player, Press.CONFIRM, second)
        await trio.sleep(1)
        again = await world.store.match(second)  # type: ignore[arg-type]
        assert again is not None
        await uploads(ladder, ALICE, "old", game(ladder, again, Outcome.FIRST))
        assert ladder.sees(ALICE, Notice) == Notice("upload-duplicate", values={"match": int(first.id)})


async def test_who_sends_file_after_file_is_asked_to_stop(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        for number in range(world.settings.replays_each + 1):
            await uploads(ladder, ALICE, f"wrong {number}", game(ladder, match, Outcome.FIRST, map_hash="00"))
        assert ladder.sees(ALICE, Notice).key == "upload-too-many"
        assert len(await world.store.replays_of(match.id)) == world.settings.replays_each


# Names that nobody knows.


async def test_a_winner_under_an_unknown_name_waits_for_the_yes_of_the_loser(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        await uploads(ladder, ALICE, "doubted", nameless(game(ladder, match, Outcome.FIRST)))
        assert ladder.sees(ALICE, ReplayCard).meaning is Meaning.WAITING
        assert ladder.sees(BOB, ReplayCard).meaning is Meaning.ASKED
        answer = await says(ladder, BOB, Press.REPLAY_YES)
        assert isinstance(answer.screen, ReplayCard)
        assert answer.screen.meaning is Meaning.SETTLED
        await trio.sleep(SENTENCE_S)
        assert ladder.sees(ALICE, ResultCard).match.outcome is Outcome.FIRST
        assert set(world.store.toons) >= {ALICE, BOB}


async def test_a_no_of_the_loser_leaves_the_match_open_and_is_a_reason(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        await uploads(ladder, ALICE, "doubted", nameless(game(ladder, match, Outcome.FIRST)))
        answer = await says(ladder, BOB, Press.REPLAY_NO)
        assert isinstance(answer.screen, ReplayCard)
        assert failed(answer.screen) == {Check.NAMES}
        assert notice(await says(ladder, BOB, Press.REPLAY_YES)) == "old-card"
        assert (await stored(world)).phase is Phase.LIVE


async def test_whoever_sends_the_same_doubted_file_has_said_yes(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        doubted = nameless(game(ladder, match, Outcome.FIRST))
        for player in (ALICE, BOB):
            await uploads(ladder, player, "doubted", doubted)
        assert (await stored(world)).cause is Cause.REPLAY
        assert [row.word for row in await world.store.replays_of(match.id)] == [True]


async def test_only_the_one_who_is_asked_can_answer(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        await uploads(ladder, ALICE, "doubted", nameless(game(ladder, match, Outcome.FIRST)))
        state = str(ladder.sees(BOB, ReplayCard).replay)
        for player in (ALICE, EVE):
            answer = await ladder.presses(player, Press.REPLAY_YES, NUMBER, state=state)
            assert notice(answer) == "old-card"
        assert notice(await ladder.presses(BOB, Press.REPLAY_YES, NUMBER, state="77")) == "old-card"
        assert (await stored(world)).phase is Phase.LIVE


async def test_a_yes_to_a_file_that_settled_another_match_meanwhile_is_told(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        doubted = nameless(game(ladder, match, Outcome.FIRST))
        await uploads(ladder, ALICE, "doubted", doubted)
        row = (await world.store.replays_of(match.id))[0]
        other = replace(row, id=ReplayId(row.id + 1), match=MatchId(match.id + 1), accepted=True)
        world.store.replays[other.id] = other
        answer = await says(ladder, BOB, Press.REPLAY_YES)
        assert notice(answer) == "upload-duplicate"


# Two files.


async def test_two_files_that_agree_confirm_each_other(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        await uploads(ladder, ALICE, "hers", game(ladder, match, Outcome.FIRST))
        await uploads(ladder, BOB, "his", game(ladder, match, Outcome.FIRST))
        assert ladder.sees(BOB, ReplayCard).meaning is Meaning.CONFIRMED
        settled = await stored(world)
        assert settled.confirmation is not None
        assert settled.objection is None
        await uploads(ladder, BOB, "a third", game(ladder, match, Outcome.SECOND))
        assert ladder.sees(BOB, Notice).key == "upload-no-match"


@pytest.mark.parametrize(
    ("ruling", "phase", "changes"),
    [
        ("first", Phase.SETTLED, [20, -20]),
        ("second", Phase.SETTLED, [-20, 20]),
        ("void", Phase.VOID, [0, 0]),
    ],
)
async def test_two_files_that_disagree_are_both_in_the_staff_post_until_a_ruling(
    autojump_clock: MockClock, world: World, ruling: str, phase: Phase, changes: list[int]
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        await uploads(ladder, ALICE, "hers", game(ladder, match, Outcome.FIRST))
        await uploads(ladder, BOB, "his", game(ladder, match, Outcome.SECOND))
        assert ladder.sees(BOB, ReplayCard).meaning is Meaning.CONTESTED
        post = dispute(ladder)
        assert post.match.contested
        assert [(each.uploader, each.shows) for each in post.exhibits] == [
            (ALICE, Outcome.FIRST),
            (BOB, Outcome.SECOND),
        ]
        await ladder.rules(MOD, NUMBER, ruling)
        await trio.sleep(SENTENCE_S)
        ruled = await stored(world)
        assert ruled.phase is phase
        assert not dispute(ladder).match.contested
        standings = {each.player: each.rating for each in await world.store.standings()}
        assert [standings.get(player, 1500) - 1500 for player in match.players] == changes
        again = await ladder.presses(MOD, Press.RULE, NUMBER, state=ruling)
        assert notice(again) == "staff-nothing-to-do"


async def test_a_file_in_a_dispute_is_an_exhibit_and_staff_still_rule(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        for player in (ALICE, BOB):
            await ladder.presses(player, Press.REPORT, NUMBER, values=("won",))
        await uploads(ladder, ALICE, "hers", game(ladder, match, Outcome.FIRST))
        assert [each.shows for each in dispute(ladder).exhibits] == [Outcome.FIRST]
        assert (await stored(world)).phase is Phase.DISPUTED


async def test_a_day_after_the_end_a_file_comes_too_late(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        late = game(ladder, match, Outcome.SECOND)
        await uploads(ladder, ALICE, "hers", game(ladder, match, Outcome.FIRST))
        await trio.sleep(world.settings.objection_s)
        await uploads(ladder, BOB, "his", late)
        assert ladder.sees(BOB, Notice).key == "upload-no-match"


# Staff.


async def test_a_retired_version_fails_and_a_learned_one_settles_what_waited(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        mods = [each for each in world.store.versions if each.map is None]
        for each in mods:
            retired = await ladder.commands(MOD, "replays retire", version=str(each.id))
            assert notice(retired) == "version-retired"
        assert notice(await ladder.commands(MOD, "replays retire", version=str(mods[0].id))) == (
            "version-unknown"
        )
        await uploads(ladder, ALICE, "hers", game(ladder, match, Outcome.FIRST))
        assert failed(ladder.sees(ALICE, ReplayCard)) == {Check.MOD}
        learned = await ladder.commands(MOD, "replays learn", replay="1")
        assert notice(learned) == "version-learned"
        await trio.sleep(SENTENCE_S)
        assert (await stored(world)).cause is Cause.REPLAY
        assert notice(await ladder.commands(MOD, "replays learn", replay="1")) == "learn-known"


async def test_staff_learn_from_a_file_and_are_told_why_not(autojump_clock: MockClock, world: World) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        facts = game(ladder, match, Outcome.FIRST)
        copied = game_files(match.map, match.server.gateway, COPIED_MOD)
        world.files.facts |= {
            "copy": replace(facts, handles=copied),
            "foreign": replace(facts, map_hash="00", map_name="Lost Temple"),
        }
        assert notice(await ladder.commands(MOD, "replays learn")) == "learn-what"
        assert notice(await ladder.commands(MOD, "replays learn", replay="9")) == "learn-what"
        assert notice(await ladder.commands(MOD, "replays learn", file="gone")) == "upload-expired"
        assert notice(await ladder.commands(MOD, "replays learn", file="foreign")) == "learn-which-map"
        assert notice(await ladder.commands(MOD, "replays learn", file="copy")) == "learn-copy"
        sure = await ladder.commands(MOD, "replays learn", file="copy", sure="True", name="spring")
        assert notice(sure) == "version-learned"
        listed = (await ladder.commands(MOD, "replays list")).screen
        assert isinstance(listed, Report)
        last = (await ladder.commands(MOD, "replays list", page=str(listed.pages))).screen
        assert isinstance(last, Report)
        assert any("spring" in line for line in last.lines)


async def test_staff_see_and_judge_again_and_players_download(
    autojump_clock: MockClock, world: World
) -> None:
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        world.store.versions, kept = [], world.store.versions
        await uploads(ladder, ALICE, "hers", game(ladder, match, Outcome.FIRST))
        world.store.versions = kept
        seen = (await ladder.commands(MOD, "replays match", match=str(NUMBER))).screen
        assert isinstance(seen, Dossier)
        assert [each.accepted for each in seen.exhibits] == [False]
        again = (await ladder.commands(MOD, "replays verify", match=str(NUMBER))).screen
        assert isinstance(again, Dossier)
        assert [each.accepted for each in again.exhibits] == [True]
        await trio.sleep(SENTENCE_S)
        assert (await stored(world)).cause is Cause.REPLAY
        for reader in (ALICE, BOB, MOD):
            files = (await ladder.commands(reader, "replay", match=str(NUMBER))).screen
            assert isinstance(files, ReplayFiles)
            assert [content for _, content in files.files] == [b"hers"]
        assert notice(await ladder.commands(EVE, "replay", match=str(NUMBER))) == "replay-none"
        assert notice(await ladder.commands(MOD, "replay", match="9")) == "replay-none"
        assert notice(await ladder.commands(MOD, "replays match", match="9")) == "replay-none"


@pytest.mark.parametrize("name", ["replays list", "replays learn", "replays retire", "replays match"])
async def test_the_allow_list_is_for_staff(autojump_clock: MockClock, world: World, name: str) -> None:
    async with open_ladder(world) as ladder:
        assert notice(await ladder.commands(ALICE, name)) == "not-staff"


# Files.


async def test_files_are_kept_for_half_a_year_after_the_match_and_what_they_said_for_ever(
    autojump_clock: MockClock, world: World
) -> None:
    world.settings = replace(world.settings, replay_keep_s=86400.0)
    async with open_ladder(world) as ladder:
        match = await live(ladder)
        await uploads(ladder, ALICE, "hers", game(ladder, match, Outcome.FIRST))
        await trio.sleep(80_000)
        assert b"hers" in world.files.kept.values()
        world.store.troubles.append(Trouble("stale_files", Unavailable("away")))
        await trio.sleep(2 * 86_400)
        assert world.files.kept == {}
        rows = await world.store.replays_of(match.id)
        assert [(row.kept, row.accepted) for row in rows] == [(False, True)]
        assert notice(await ladder.commands(ALICE, "replay", match=str(NUMBER))) == "replay-none"
