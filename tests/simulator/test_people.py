"""The people of an evening: who comes, what they make of a card, and that a game leaves one truth behind."""

import asyncio
import json
from argparse import Namespace
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.rules import profile, screens
from actors.rules.ids import Game, MatchId, Race, Server
from actors.rules.match import Match
from actors.rules.player import Draft, Preferences, Profile
from actors.rules.queue import Crowd
from bot.drawing import Drawing, Form, draw
from bot.simulator import people
from bot.simulator.evening import Evening, Notebook, Options, Stage, closing_at
from bot.simulator.keyboard import Keyboard
from bot.simulator.lobby import Assignment, Lobby, NobodyCame, Played, Wish
from bot.simulator.model import Message
from bot.simulator.person import Person
from bot.simulator.rubbish import TOO_LARGE, Rubbish, make
from bot.simulator.sight import (
    ABORT,
    CONFIRM,
    JOIN,
    LEAVE,
    SURE,
    Face,
    assignment,
    face,
    menu,
    offers,
    report_menu,
)
from bot.simulator.tempers import Character, Temper, cast, deal, win_chance
from bot.simulator.world import World
from bot.text import texts_of
from tests.cast import ALICE, BOB, LIVE, NOW, PAIRED

T = TypeVar("T")


def plainly(what: Coroutine[Any, Any, T]) -> T:
    """Run on a plain asyncio loop, whatever other tests made of asyncio."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(what)


def shown(screen: screens.Screen) -> Message:
    """A screen as it lies on a person's desk."""
    drawing = draw(screen, texts_of())
    assert isinstance(drawing, Drawing)
    world = World()
    return Message(
        id=1,
        channel=world.dm(world.people[0]),
        author=world.bot,
        embeds=[dict(embed.to_dict()) for embed in drawing.embeds],
        components=[dict(row.to_component_dict()) for row in drawing.rows],
    )


ASSIGNMENT = Assignment(
    match=7,
    names=("Alice", "Bob"),
    races=(Race.BW_ZERG, Race.SC2_TERRAN),
    map=PAIRED.map,
    gateway=PAIRED.server.gateway,
)


def character(name: str, **changes: Any) -> Character:
    return replace(cast([name.lower()], 1)[0], name=name, temper=Temper.QUICK, **changes)


def played(**changes: Any) -> Played:
    game = Played(
        assignment=ASSIGNMENT,
        winner="Alice",
        uploader="Bob",
        seats=(character("Alice"), character("Bob")),
        ended_at=NOW,
        length_s=5.0,
    )
    return replace(game, **changes)


# Who comes.


@given(st.integers(2, 120), st.integers(0, 1000))
def test_everybody_who_comes_can_set_up_and_queue(players: int, seed: int) -> None:
    accounts = World(users=players).people
    for who in cast([user.name for user in accounts], seed):
        draft = Draft(
            name=who.name,
            battletag=who.battletag,
            alt_names=" ".join(who.alt_names),
            country=who.country,
            region=who.region,
        )
        assert isinstance(profile.check(draft), Profile)
        assert who.bw or who.sc2
        assert 0 <= who.vetoes <= 4


@given(st.integers(0, 1000))
def test_the_same_seed_invites_the_same_people(seed: int) -> None:
    accounts = [user.name for user in World(users=24).people]
    assert cast(accounts, seed) == cast(accounts, seed)


def test_the_default_evening_has_every_temper() -> None:
    assert set(deal(24)) == set(Temper)


@given(st.integers(2, 300))
def test_a_third_of_the_people_only_want_to_play(players: int) -> None:
    plain = [temper for temper in deal(players) if temper in {Temper.QUICK, Temper.STEADY}]
    assert len(plain) >= players / 3


@given(st.integers(2, 300))
def test_both_games_are_played_by_at_least_half_of_the_people_but_one(players: int) -> None:
    invited = cast([user.name for user in World(users=players).people], 7)
    for game in Game:
        playing = [who for who in invited if any(race and race.game is game for race in (who.bw, who.sc2))]
        assert len(playing) >= players // 2


@given(st.floats(0, 4000), st.floats(0, 4000))
def test_one_of_two_wins(skill: float, other: float) -> None:
    assert win_chance(skill, other) + win_chance(other, skill) == pytest.approx(1.0)
    assert (win_chance(skill, other) >= 0.5) is (skill >= other) or skill == pytest.approx(other)


# What they see.


def test_a_match_card_tells_both_players_the_same_game() -> None:
    cards = [shown(screens.MatchCard(LIVE, viewer)) for viewer in (ALICE, BOB)]
    assert [assignment(card) for card in cards] == [ASSIGNMENT, ASSIGNMENT]


@pytest.mark.parametrize("server", list(Server))
def test_the_map_link_tells_the_gateway(server: Server) -> None:
    told = assignment(shown(screens.MatchCard(replace(LIVE, server=server), ALICE)))
    assert told is not None
    assert told.gateway is server.gateway


def test_a_match_card_has_a_menu_to_report() -> None:
    card = shown(screens.MatchCard(LIVE, ALICE))
    seen = report_menu(card)
    assert face(card) == (Face.MATCH, 7)
    assert seen is not None
    assert [value for _, value in seen.options] == ["won", "lost", "draw"]


def test_a_found_card_can_be_confirmed_and_aborted() -> None:
    card = shown(screens.FoundCard(PAIRED, ALICE))
    assert face(card) == (Face.FOUND, 7)
    assert offers(card, CONFIRM)
    assert offers(card, ABORT)
    assert report_menu(card) is None


def test_an_abort_asks_whether_one_is_sure() -> None:
    card = shown(screens.FoundCard(PAIRED, ALICE, asking=True))
    assert face(card) == (Face.ASKING, 7)
    assert offers(card, SURE)


def test_the_queue_card_can_be_joined_once_a_race_is_chosen() -> None:
    empty, ready = (shown(screens.QueueSetup(Preferences(bw=race))) for race in (None, Race.BW_ZERG))
    assert not offers(empty, JOIN)
    assert offers(ready, JOIN)
    assert menu(empty, "bw_terran") != menu(empty, "sc2_terran")
    assert menu(empty, "radeon") is not None


def test_a_searching_card_can_be_cancelled() -> None:
    card = shown(screens.Searching(Preferences(bw=Race.BW_ZERG), NOW, Crowd(bw_only=1)))
    assert offers(card, LEAVE)
    assert face(card) is None


@pytest.mark.parametrize("number", [1, 4711, 10**9])
def test_the_number_of_a_match_is_read_from_its_card(number: int) -> None:
    match: Match = replace(LIVE, id=MatchId(number))
    assert face(shown(screens.MatchCard(match, ALICE))) == (Face.MATCH, number)
    assert face(shown(screens.FoundCard(match, ALICE))) == (Face.CONFIRMED, number)


def test_the_form_has_the_entries_that_people_fill_in() -> None:
    form = draw(screens.SetupForm(Draft()), texts_of())
    assert isinstance(form, Form)
    assert [field.custom_id for field in form.inputs] == ["name", "battletag", "alt_names", "country"]


# The notebook.


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(Stage)), max_size=30))
def test_a_match_never_goes_back_to_an_earlier_stage(sights: list[tuple[int, Stage]]) -> None:
    order, notebook = list(Stage), Notebook()
    for match, stage in sights:
        before = notebook.stages.get(match)
        news = notebook.stage(match, stage)
        after = notebook.stages[match]
        assert before is None or order.index(after) >= order.index(before)
        assert news is (before is None or order.index(stage) > order.index(before))


@given(st.floats(0.2, 600))
def test_nobody_queues_at_the_end_of_the_evening(minutes: float) -> None:
    assert 0 < closing_at(Options(minutes=minutes)) < minutes * 60


def test_the_state_of_an_evening_is_plain_json() -> None:
    evening = Evening(Options())
    evening.surprise("Alice", "saw nothing")
    evening.notebook.stage(7, Stage.DISPUTED)
    told = json.loads(json.dumps(evening.as_json()))
    assert told["surprises"][0].endswith("Alice: saw nothing")
    assert told["matches"]["disputed"] == told["ever_disputed"] == 1


# The game.


def fast() -> Evening:
    return Evening(Options(speed=1000.0))


def test_both_players_remember_the_same_game() -> None:
    async def evening() -> tuple[Played, Played]:
        lobby = Lobby(fast())
        one, other = lobby.play(character("Alice"), ASSIGNMENT), lobby.play(character("Bob"), ASSIGNMENT)
        first, second = await asyncio.gather(one, other)
        assert lobby.winner(7) == first.winner
        return first, second

    first, second = plainly(evening())
    assert first == second
    assert first.winner in {"Alice", "Bob"}
    assert [seat.name for seat in first.seats] == ["Alice", "Bob"]


@pytest.mark.parametrize(
    ("wishes", "uploader"), [((Wish.MENU, Wish.UPLOAD), None), ((Wish.ANY, Wish.UPLOAD), "Bob")]
)
def test_who_reports_follows_the_wishes(wishes: tuple[Wish, Wish], uploader: str | None) -> None:
    async def evening() -> Played:
        lobby = Lobby(fast())
        two = zip((character("Alice"), character("Bob")), wishes, strict=True)
        return (await asyncio.gather(*(lobby.play(who, ASSIGNMENT, wish) for who, wish in two)))[0]

    assert plainly(evening()).uploader == uploader


def test_the_better_player_wins_more_often() -> None:
    async def evening() -> int:
        lobby = Lobby(fast())
        strong, weak = character("Alice", skill=2000.0), character("Bob", skill=1400.0)
        for number in range(40):
            game = replace(ASSIGNMENT, match=number)
            await asyncio.gather(lobby.play(strong, game), lobby.play(weak, game))
        return sum(game.winner == "Alice" for game in lobby.games)

    assert plainly(evening()) > 30


def test_cards_that_differ_are_a_surprise() -> None:
    async def evening() -> Evening:
        night = fast()
        lobby = Lobby(night)
        other = replace(ASSIGNMENT, names=("Alice", "Eve"))
        await asyncio.gather(lobby.play(character("Alice"), ASSIGNMENT), lobby.play(character("Bob"), other))
        return night

    assert len(plainly(evening()).notebook.surprises) == 1


def test_who_is_alone_in_the_lobby_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.simulator.lobby.MEET_S", 0.01)
    with pytest.raises(NobodyCame):
        plainly(Lobby(fast()).play(character("Alice"), ASSIGNMENT))


def test_the_replay_names_the_winner_the_map_and_the_races() -> None:
    spec = played().spec()
    assert [(seat.name, seat.race, seat.result.value) for seat in spec.players] == [
        ("Alice", "BW Zerg", "won"),
        ("Bob", "Terran", "lost"),
    ]
    assert spec.map_name == "[SC:Evo] Radeon (라데온)"
    assert spec.handles[-1].startswith("3436cfad")


@pytest.mark.parametrize("kind", list(Rubbish))
def test_no_wrong_file_is_the_right_one(kind: Rubbish) -> None:
    right = make(Rubbish.OTHER_MATCH, played(), [played()])[1]
    others = [played(assignment=replace(ASSIGNMENT, match=3), winner="Bob")]
    name, content = make(kind, played(), others)
    assert content != right
    assert name.endswith(".SC2Replay")
    assert (len(content) == TOO_LARGE) is (kind is Rubbish.TOO_LARGE)


# Hands.


def test_people_do_not_press_what_is_gone() -> None:
    async def evening() -> tuple[object, int]:
        world = World()
        keyboard = Keyboard(Person(world, "alice"), character("Alice"), fast())
        card = shown(screens.FoundCard(PAIRED, ALICE))
        card.components.clear()
        return await keyboard.press(card, CONFIRM), world.counters.interactions

    assert plainly(evening()) == (None, 0)


def test_a_click_without_an_answer_is_a_surprise() -> None:
    async def evening() -> Evening:
        world, night = World(), fast()
        world.deadline_s = 0.01
        keyboard = Keyboard(Person(world, "alice"), character("Alice"), night)
        card = shown(screens.FoundCard(PAIRED, ALICE))
        card.channel = keyboard.hands.dm
        await keyboard.press(card, CONFIRM)
        return night

    assert "failed" in plainly(evening()).notebook.surprises[0]


def test_a_person_sees_a_card_as_soon_as_it_is_there() -> None:
    async def evening() -> Message | None:
        world = World()
        keyboard = Keyboard(Person(world, "alice"), character("Alice"), fast())
        card = shown(screens.FoundCard(PAIRED, ALICE))
        card.channel, card.author = keyboard.hands.dm, world.bot
        asyncio.get_running_loop().call_later(0.01, world.add_message, card)
        return await keyboard.offered(CONFIRM, 5.0)

    assert plainly(evening()) is not None


def test_an_evening_without_a_bot_ends_with_a_surprise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "BOT_S", 0.02)
    monkeypatch.setattr(people, "LOOK_S", 0.01)
    world = World(users=2)
    plainly(people.live(world, Namespace(seed=7, people='{"minutes": 0.2}')))
    told = world.evening()
    assert told["finished"]
    assert len(told["surprises"]) == 1
