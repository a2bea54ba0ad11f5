"""The cards: within Discord's limits on the worst evening, and right in what they show and hide."""

import json
import re
from dataclasses import replace
from typing import Any, get_args

import pytest

from actors.rules import filters, screens
from actors.rules.ids import MapKey, Race, ReplayId
from actors.rules.match import Cause, Phase
from actors.rules.player import Draft, Preferences
from actors.rules.rank import Filter
from actors.rules.report import Claim
from actors.rules.screens import Picked, Press
from bot.custom_ids import parse
from bot.drawing import Drawing, Form, draw
from bot.embeds.leaderboard import line
from bot.embeds.result import change
from bot.languages import LOCALES
from bot.limits import check
from bot.text import texts_of
from tests.bot import cards, staff_cards
from tests.bot.cards import ALICE, BOB, DISPUTED, LIVE, PAIRED, REPORTED, RULED, SETTLED, confirmed, void
from tests.bot.worst_cards import worst

USUAL = (*cards.usual(), *cards.seldom(), *staff_cards.usual(), *staff_cards.seldom())
WORST = tuple(worst(screen) for screen in USUAL)


def shown(screen: screens.Screen) -> Drawing:
    drawn = draw(screen, texts_of())
    assert isinstance(drawn, Drawing)
    return drawn


def payload(screen: screens.Screen) -> str:
    """All that Discord would be sent, as it is."""
    drawn = shown(screen)
    embeds = [embed.to_dict() for embed in drawn.embeds]
    return json.dumps([*embeds, *(row.to_component_dict() for row in drawn.rows)], ensure_ascii=False)


def components(screen: screens.Screen) -> list[Any]:
    return [each for row in shown(screen).rows for each in row.to_component_dict()["components"]]


def labels(screen: screens.Screen) -> list[str]:
    return [each.get("label") or each["placeholder"] for each in components(screen)]


def presses(screen: screens.Screen) -> list[Picked]:
    found = [parse(each["custom_id"]) for each in components(screen)]
    assert None not in found
    return [picked for picked in found if picked is not None]


def only(screen: screens.Screen, press: Press) -> Any:
    (component,) = (each for each in components(screen) if each["custom_id"].startswith(f"{press.value}:"))
    return component


def chosen(select: Any) -> set[str]:
    return {option["value"] for option in select["options"] if option["default"]}


# Every card.


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("screen", [*USUAL, *WORST], ids=lambda screen: type(screen).__name__)
def test_every_card_is_within_discords_limits(screen: screens.Screen, locale: str) -> None:
    assert check(draw(screen, texts_of(locale))) == ()


def test_every_kind_of_screen_is_among_the_samples() -> None:
    assert {type(screen) for screen in USUAL} == set(get_args(screens.Screen))


def test_every_press_is_offered_by_some_card() -> None:
    offered = {
        picked.press
        for screen in USUAL
        if not isinstance(screen, screens.SetupForm)
        for picked in presses(screen)
    }
    assert offered | {Press.SETUP_FORM} == set(Press)


@pytest.mark.parametrize(
    "screen",
    # A form shows its entries as they are, to the one who wrote them.
    [screen for screen in WORST if not isinstance(screen, screens.SetupForm)],
    ids=lambda screen: type(screen).__name__,
)
def test_no_text_of_strangers_comes_alive(screen: screens.Screen) -> None:
    sent = payload(screen)
    outside = re.sub(r"```.*?```|`[^`]*`", "", read_as_markdown(sent), flags=re.DOTALL)
    assert "\u202e" not in sent
    assert "\u200b" not in sent
    assert not re.search(r"(?<!\\)<@1\\?>", outside)
    assert "**b**" not in outside
    assert "||s||" not in outside


def read_as_markdown(sent: str) -> str:
    """Titles, descriptions, names and values of fields."""
    texts = ((part.get("title"), part.get("description"), *_fields(part)) for part in json.loads(sent))
    return "\n".join(text for each in texts for text in each if text)


def _fields(part: Any) -> list[str]:
    return [text for field in part.get("fields", ()) for text in (field["name"], field["value"])]


# Set-up.


def test_the_form_keeps_what_was_typed() -> None:
    form = draw(screens.SetupForm(cards.DRAFT), texts_of())
    assert isinstance(form, Form)
    kept = {each.custom_id: each.value for each in form.inputs}
    assert kept == {
        "name": "Alice",
        "battletag": "Alice#1234",
        "alt_names": "Smurf Alt.Name",
        "country": "korea",
    }
    assert parse(form.custom_id) == Picked(Press.SETUP_FORM, 0)


def test_a_form_without_entries_is_empty_and_asks_for_all_but_other_names() -> None:
    form = draw(screens.SetupForm(Draft()), texts_of())
    assert isinstance(form, Form)
    assert [(each.value, each.required) for each in form.inputs] == [(None, each != 2) for each in range(4)]


def test_set_up_is_confirmed_only_with_a_region() -> None:
    without, complete = (
        screens.SetupReview(replace(cards.DRAFT, region=None)),
        screens.SetupReview(cards.DRAFT),
    )
    assert only(without, Press.SETUP_CONFIRM)["disabled"]
    assert not only(complete, Press.SETUP_CONFIRM)["disabled"]
    assert chosen(only(complete, Press.SETUP_REGION)) == {"KRJ"}
    assert len(only(complete, Press.SETUP_REGION)["options"]) == 16


def test_each_broken_rule_is_explained_with_what_was_typed() -> None:
    invalid = payload(screens.SetupInvalid(cards.DRAFT, cards.of_all_rules("Al1ce")))
    assert invalid.count("`Al1ce`") >= 5


# The queue.


def test_the_last_choice_is_the_default() -> None:
    queue = screens.QueueSetup(cards.PREFERENCES)
    assert chosen(only(queue, Press.QUEUE_BW)) == {"bw_zerg"}
    assert chosen(only(queue, Press.QUEUE_SC2)) == {"sc2_terran"}
    assert chosen(only(queue, Press.QUEUE_VETO)) == set(cards.PREFERENCES.vetoes)


def test_races_are_one_or_none_of_three_and_vetoes_up_to_four_of_nine() -> None:
    queue = screens.QueueSetup(Preferences())
    shapes = [
        (each["min_values"], each["max_values"], len(each["options"]))
        for each in components(queue)
        if "options" in each
    ]
    assert shapes == [(0, 1, 3), (0, 1, 3), (0, 4, 9)]


def test_nobody_joins_without_a_race() -> None:
    assert only(screens.QueueSetup(Preferences()), Press.QUEUE_JOIN)["disabled"]
    assert not only(screens.QueueSetup(Preferences(bw=Race.BW_ZERG)), Press.QUEUE_JOIN)["disabled"]


def test_a_vetoed_map_that_left_the_pool_is_forgotten() -> None:
    gone = replace(cards.PREFERENCES, vetoes=cards.PREFERENCES.vetoes | {MapKey("khione")})
    assert check(shown(screens.QueueSetup(gone))) == ()
    assert "(2/4)" in payload(screens.QueueSetup(gone))


# Found.


@pytest.mark.parametrize("asking", [False, True])
@pytest.mark.parametrize("match", [PAIRED, confirmed(PAIRED)])
def test_the_opponent_is_hidden_until_both_confirmed(match: Any, asking: bool) -> None:
    sent = payload(screens.FoundCard(match, ALICE, asking=asking))
    assert not re.search(rf"bob|{BOB}|protoss|sc2|holy", sent, re.IGNORECASE)


@pytest.mark.parametrize("cause", [Cause.ABORTED, Cause.NO_SHOW, Cause.UNREACHABLE])
def test_a_match_called_off_tells_nothing_about_the_other(cause: Cause) -> None:
    sent = payload(screens.FoundCard(void(PAIRED, cause, BOB, timeout=True), ALICE))
    assert not re.search(rf"bob|{BOB}|{cards.until_of_timeout()}", sent, re.IGNORECASE)


def test_the_innocent_may_leave_the_queue_and_the_blamed_is_not_in_it() -> None:
    called_off = void(PAIRED, Cause.NO_SHOW, BOB, timeout=True)
    assert presses(screens.FoundCard(called_off, ALICE)) == [Picked(Press.QUEUE_LEAVE, ALICE)]
    assert presses(screens.FoundCard(called_off, BOB)) == []
    assert f"<t:{cards.until_of_timeout()}:R>" in payload(screens.FoundCard(called_off, BOB))


def test_who_confirmed_can_only_abort() -> None:
    assert labels(screens.FoundCard(PAIRED, ALICE)) == ["Confirm match", "Abort match"]
    assert labels(screens.FoundCard(confirmed(PAIRED), ALICE)) == ["Abort match"]


def test_an_abort_asks_and_says_what_it_costs() -> None:
    asking = screens.FoundCard(PAIRED, ALICE, asking=True, abort_costs_s=300.0)
    assert labels(asking) == ["Yes, abort", "Keep playing"]
    assert "5 minutes" in payload(asking)
    assert "no time-out" in payload(replace(asking, abort_costs_s=0.0))


def test_a_live_match_leaves_no_button_on_the_found_card() -> None:
    for match in (LIVE, DISPUTED, SETTLED, void(LIVE, Cause.UNREPORTED)):
        assert presses(screens.FoundCard(match, ALICE)) == []
        assert "below" in payload(screens.FoundCard(match, ALICE))


# Live.


def test_the_match_card_has_all_that_two_people_need_to_meet() -> None:
    sent = payload(screens.MatchCard(LIVE, ALICE))
    for needed in (
        *("Alice", "Bob", f"<@{ALICE}>", f"<@{BOB}>", "`Alice#1234`", "`Bob#1234`", "`Smurf`", "1512", "🇰🇷"),
        *(
            "BW Zerg (you)",
            "SC2 Protoss",
            "Rank **B**",
            "Unranked",
            "`SCEvoLadder`",
            "**Western United States** / Americas",
        ),
        *(
            "Holy World",
            "SCEvoLadder",
            "`battlenet:://starcraft/map/1/367497`",
            "`battlenet:://starcraft/map/1/349669`",
        ),
        *("Locked Alliances", "Game Privacy", "Game Speed", "Game Duration", ".SC2Replay"),
    ):
        assert needed in sent, needed


def test_the_report_menu_is_there_only_while_a_report_is_wanted() -> None:
    assert presses(screens.MatchCard(LIVE, ALICE)) == [Picked(Press.REPORT, LIVE.id)]
    assert presses(screens.MatchCard(REPORTED, BOB)) == [Picked(Press.REPORT, LIVE.id)]
    assert presses(screens.MatchCard(REPORTED, ALICE)) == []
    for match in (DISPUTED, SETTLED, void(LIVE, Cause.UNREPORTED)):
        assert presses(screens.MatchCard(match, ALICE)) == []


def test_reports_are_values_that_the_rules_know() -> None:
    menu = only(screens.MatchCard(LIVE, ALICE), Press.REPORT)
    assert [Claim(option["value"]) for option in menu["options"]] == list(Claim)


def test_who_reported_sees_what_and_the_other_does_not() -> None:
    assert "You reported: **I won**" in payload(screens.MatchCard(REPORTED, ALICE))
    other = shown(screens.MatchCard(REPORTED, BOB)).embeds[0].to_dict()
    assert "Your opponent has reported" in str(other)
    assert not re.search("I won|I lost", str(other))


# Results, disputes, replays.


def test_both_see_both_ratings_move_and_who_won() -> None:
    for viewer in (ALICE, BOB):
        sent = payload(screens.ResultCard(SETTLED, viewer))
        assert "1512 → **1532** (+20)" in sent
        assert "1512 → **1492** (−20)" in sent
    assert "You won" in payload(screens.ResultCard(SETTLED, ALICE))
    assert "You lost" in payload(screens.ResultCard(SETTLED, BOB))


def test_a_change_always_has_a_sign() -> None:
    assert [change(amount) for amount in (18, -22, 0)] == ["+18", "−22", "±0"]


def test_the_ruling_buttons_name_the_match_and_the_ruling() -> None:
    ruled = [
        (picked.press, picked.subject, picked.state) for picked in presses(screens.DisputeCard(DISPUTED))
    ]
    assert ruled == [(Press.RULE, 7, state) for state in ("first", "second", "draw", "void")]
    assert labels(screens.DisputeCard(DISPUTED)) == ["Alice won", "Bob won", "Draw", "Void"]


def test_a_contested_match_may_be_upheld_or_ruled_otherwise() -> None:
    contested = replace(SETTLED, objection=ReplayId(8))
    pressable = [each["label"] for each in components(screens.DisputeCard(contested)) if not each["disabled"]]
    assert pressable == ["Alice won", "Bob won", "Draw", "Void"]


def test_after_the_ruling_there_is_who_ruled_and_the_buttons_to_rule_otherwise() -> None:
    pressable = [each["label"] for each in components(screens.DisputeCard(RULED)) if not each["disabled"]]
    assert pressable == ["Bob won", "Draw", "Void"]
    assert f"<@{cards.MOD}> ruled: **Alice won**" in payload(screens.DisputeCard(RULED))
    voided = replace(RULED, phase=Phase.VOID, outcome=None)
    assert "void" in payload(screens.DisputeCard(voided))


def test_a_replay_shows_its_game_and_each_check_with_its_sign() -> None:
    sent = payload(screens.ReplayCard(LIVE.id, cards.REPLAY, cards.FACTS, cards.MIXED, screens.Meaning.LIVE))
    for needed in ("🏆 **Alice** · BW Zerg", "12:34", "<t:1795463245:T>", "Found: Khione SEL"):
        assert needed in sent, needed
    assert [sent.count(sign) for sign in "✅❌"] == [3, 3]
    assert sent.count("⚠️") == 3


# Pages.


def test_the_table_of_the_leaderboard_is_aligned() -> None:
    names = ("Abc", "Maximilianus", "x" * 40, "`")
    spans = {len(line(cards.placed(index, name)).split("`")[1]) for index, name in enumerate(names)}
    assert spans == {28}


def test_the_filter_travels_with_every_button_of_the_leaderboard() -> None:
    wanted = Filter(races=frozenset({Race.BW_ZERG, Race.SC2_PROTOSS}), best_only=True)
    board = replace(cards.BOARD, filter=wanted)
    assert {filters.parse(picked.state) for picked in presses(board)} == {wanted}


@pytest.mark.parametrize(
    ("page", "targets", "live"), [(1, [1, 1, 2, 3], [0, 0, 1, 1]), (3, [1, 2, 3, 3], [1, 1, 0, 0])]
)
def test_the_pager_leads_to_the_pages_around(page: int, targets: list[int], live: list[int]) -> None:
    board = replace(cards.BOARD, page=page)
    pages = [picked.subject for picked in presses(board) if picked.press is Press.BOARD_PAGE]
    enabled = [
        not each["disabled"] for each in components(board) if each["custom_id"].startswith("board-page")
    ]
    assert (pages, enabled) == (targets, [bool(each) for each in live])


def test_chosen_races_stay_chosen() -> None:
    board = replace(cards.BOARD, filter=Filter(races=frozenset({Race.BW_ZERG})))
    assert chosen(only(board, Press.BOARD_RACES)) == {"bw_zerg"}


def test_a_profile_adds_up_all_races() -> None:
    sent = payload(cards.PROFILE)
    assert "51 W · 36 L · 6 D (55 %)" in sent
    assert "place 1" in sent


def test_a_report_cannot_leave_its_code_block() -> None:
    text = shown(screens.Report("actors", ("a ``` b", "  c"), 1, 1)).embeds[0].description
    assert text is not None
    assert text.count("```") == 2
    assert "\n  c\n" in text
