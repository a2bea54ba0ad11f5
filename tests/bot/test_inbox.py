"""Every interaction is answered, and in time, whatever the session does."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import trio
from trio.testing import MockClock

from actors.messages import Answer, Commanded, Drawn, Lend, Pressed, Redraw, Say
from actors.ports import Gone, OutcomeUnknown, Reader, Unavailable
from actors.rules.ids import MessageId
from actors.rules.screens import Press
from bot import custom_ids
from bot.discord_events import Event
from bot.errors import DiscordUnavailable, TooLate
from bot.inbox import ACK_DEADLINE_S, ANSWER_DEADLINE_S, HINT_EVERY_S
from supervision import ActorDied, CallTimeout, HandlerFailed, MailboxFull, NotRunning, StartError
from tests.bot.inbox_desk import ALICE, CARD, EVE, FORM, HERE, SCREEN, Desk

SLOW_S = 1.0


@pytest.fixture
def desk() -> Desk:
    return Desk()


# The race.


async def test_a_quick_answer_is_the_acknowledgement(autojump_clock: MockClock, desk: Desk) -> None:
    desk.takes_s = ACK_DEADLINE_S - 0.01
    desk.answer = Redraw(SCREEN)
    assert await desk.hears(desk.click()) == ["redraw QueueClosed"]
    assert desk.inbox.stats.deferred == 0


async def test_a_slow_answer_is_deferred_at_the_deadline_and_follows(
    autojump_clock: MockClock, desk: Desk
) -> None:
    desk.takes_s = SLOW_S
    desk.answer = Redraw(SCREEN)
    began = trio.current_time()
    assert await desk.hears(desk.click()) == ["defer unchanged", "complete QueueClosed"]
    assert [at - began for at in desk.diary.at] == pytest.approx([ACK_DEADLINE_S, SLOW_S])
    assert desk.inbox.stats.deferred == 1


async def test_the_deadline_counts_from_the_arrival_not_from_when_the_inbox_got_to_it(
    autojump_clock: MockClock, desk: Desk
) -> None:
    desk.takes_s = SLOW_S
    click = desk.click()
    await trio.sleep(0.2)
    await desk.hears(click)
    assert desk.diary.at[0] - click.arrived == pytest.approx(ACK_DEADLINE_S)


@pytest.mark.parametrize(
    ("event", "answer", "quick", "slow"),
    [
        (Desk.command, Say(SCREEN), ["say QueueClosed privately"], ["defer shown", "complete QueueClosed"]),
        (
            Desk.command,
            Say(SCREEN, private=False),
            ["say QueueClosed"],
            ["defer shown", "complete QueueClosed"],
        ),
        (Desk.command, Redraw(SCREEN), ["say QueueClosed"], ["defer shown", "complete QueueClosed"]),
        (Desk.command, Redraw(FORM), ["open form"], ["defer shown", "complete SetupIntro"]),
        (Desk.click, Redraw(SCREEN), ["redraw QueueClosed"], ["defer unchanged", "complete QueueClosed"]),
        (
            Desk.click,
            Say(SCREEN),
            ["say QueueClosed privately"],
            ["defer unchanged", "follow QueueClosed privately"],
        ),
        (Desk.click, Say(FORM), ["open form"], ["defer unchanged", "follow SetupIntro privately"]),
        (Desk.form, Redraw(SCREEN), ["redraw QueueClosed"], ["defer unchanged", "complete QueueClosed"]),
        (
            Desk.form,
            Redraw(FORM),
            ["say SetupIntro privately"],
            ["defer unchanged", "follow SetupIntro privately"],
        ),
        (
            lambda desk: desk.form(place=None),
            Redraw(SCREEN),
            ["say QueueClosed"],
            ["defer shown", "complete QueueClosed"],
        ),
    ],
)
async def test_each_kind_of_answer_takes_the_way_that_discord_has_for_it(
    autojump_clock: MockClock,
    event: Callable[[Desk], Event],
    answer: Answer,
    quick: list[str],
    slow: list[str],
) -> None:
    at_once, later = Desk(answer=answer), Desk(answer=answer, takes_s=SLOW_S)
    assert await at_once.hears(event(at_once)) == quick
    assert await later.hears(event(later)) == slow


async def test_the_answer_to_staff_in_the_guild_is_for_their_eyes_only(
    autojump_clock: MockClock, desk: Desk
) -> None:
    desk.answer, desk.takes_s = Say(SCREEN), SLOW_S
    assert await desk.hears(desk.command("actors", in_guild=True)) == [
        "defer private",
        "complete QueueClosed",
    ]


async def test_an_answer_that_never_comes_becomes_a_sentence(autojump_clock: MockClock, desk: Desk) -> None:
    desk.takes_s = 3600.0
    click = desk.click()
    assert await desk.hears(click) == ["defer unchanged", "follow unexpected privately"]
    assert desk.diary.at[-1] - click.arrived == pytest.approx(ANSWER_DEADLINE_S)


# Cards that a courier keeps.


async def test_a_kept_card_is_borrowed_and_given_back(autojump_clock: MockClock, desk: Desk) -> None:
    desk.answer = Redraw(SCREEN, CARD)
    assert await desk.hears(desk.click()) == ["lend", "redraw QueueClosed", "drawn"]


async def test_a_kept_card_is_borrowed_for_a_late_answer_too(autojump_clock: MockClock, desk: Desk) -> None:
    desk.answer, desk.takes_s = Redraw(SCREEN, CARD), SLOW_S
    assert await desk.hears(desk.click()) == ["defer unchanged", "lend", "complete QueueClosed", "drawn"]


async def test_a_command_that_shows_a_kept_card_says_where_it_is(
    autojump_clock: MockClock, desk: Desk
) -> None:
    desk.answer = Redraw(SCREEN, CARD)
    assert await desk.hears(desk.command()) == ["lend", "say QueueClosed", "drawn"]


@pytest.mark.parametrize(
    "trouble", [TooLate("10062"), DiscordUnavailable("503"), Gone("10008", recipient_lost=False)]
)
async def test_a_card_that_could_not_be_drawn_goes_back_undrawn(
    autojump_clock: MockClock, desk: Desk, trouble: Exception
) -> None:
    desk.answer, desk.diary.trouble = Redraw(SCREEN, CARD), [trouble]
    lines = await desk.hears(desk.click())
    assert lines[:3] == ["lend", "redraw QueueClosed", "not drawn"]


async def test_a_card_in_a_private_message_stays_with_its_courier(
    autojump_clock: MockClock, desk: Desk
) -> None:
    desk.answer = Redraw(SCREEN, CARD)
    assert await desk.hears(desk.click(private=True)) == ["lend", "redraw QueueClosed", "not drawn"]


async def test_a_courier_that_hangs_holds_up_no_acknowledgement(
    autojump_clock: MockClock, desk: Desk
) -> None:
    async def hang(reader: Reader, message: Lend | Drawn) -> None:
        await trio.sleep_forever()

    desk.answer = Redraw(SCREEN, CARD)
    desk.inbox.courier = hang
    click = desk.click()
    assert await desk.hears(click) == ["redraw QueueClosed"]
    assert desk.diary.at[0] - click.arrived < ACK_DEADLINE_S


# What can go wrong.


@pytest.mark.parametrize(
    ("failure", "key"),
    [
        (Unavailable("away"), "storage-away"),
        (OutcomeUnknown("lost"), "unexpected"),
        (MailboxFull("s", None, 4), "busy"),
        (NotRunning("s", None), "busy"),
        (ActorDied("s", "crashed"), "unexpected"),
        (CallTimeout("s", None, 5.0, "busy"), "unexpected"),
        (HandlerFailed("s", None, ValueError("bug")), "unexpected"),
        (StartError("s", Unavailable("away")), "storage-away"),
        (StartError("s", ValueError("bug")), "unexpected"),
    ],
)
async def test_a_session_that_fails_becomes_a_sentence(
    autojump_clock: MockClock, desk: Desk, failure: Exception, key: str
) -> None:
    desk.answer = failure
    assert await desk.hears(desk.click()) == [f"say {key} privately"]


async def test_an_answer_that_discord_refuses_becomes_an_apology(
    autojump_clock: MockClock, desk: Desk
) -> None:
    desk.diary.trouble = [Gone("50035 form body", recipient_lost=False)]
    assert await desk.hears(desk.command()) == ["say QueueClosed privately", "say unexpected privately"]
    assert desk.inbox.stats.lost == 0


@pytest.mark.parametrize("takes_s", [0.0, SLOW_S])
async def test_late_is_counted_when_discord_says_so(
    autojump_clock: MockClock, desk: Desk, takes_s: float
) -> None:
    desk.takes_s = takes_s
    desk.diary.trouble = [TooLate("10062")]
    await desk.hears(desk.click())
    assert desk.inbox.stats.late == 1


async def test_late_is_counted_when_discord_does_not_take_it_in_three_seconds(
    autojump_clock: MockClock, desk: Desk
) -> None:
    desk.diary.slow_s = 4.0
    click = desk.click()
    await desk.hears(click)
    assert desk.inbox.stats.late == 1
    assert trio.current_time() - click.arrived == pytest.approx(3.0)


async def test_what_discord_did_not_take_is_counted_and_breaks_nothing(
    autojump_clock: MockClock, desk: Desk
) -> None:
    desk.diary.trouble = [DiscordUnavailable("503")]
    await desk.hears(desk.click())
    assert (desk.inbox.stats.lost, desk.inbox.stats.late) == (1, 0)


async def test_the_two_parts_of_an_acknowledgement_are_measured_apart(
    autojump_clock: MockClock, desk: Desk
) -> None:
    desk.takes_s, desk.diary.slow_s = 0.1, 0.5
    await desk.hears(desk.click())
    assert desk.inbox.stats.own.max_s == pytest.approx(0.1)
    assert desk.inbox.stats.acked.max_s == pytest.approx(0.6)
    summary = desk.inbox.stats.summary()
    assert (summary["answered"], summary["late"]) == (1, 0)
    assert summary["own_p99_ms"] == pytest.approx(100.0)


# Who is heard, and as what.


async def test_a_command_reaches_the_session_with_its_options(autojump_clock: MockClock, desk: Desk) -> None:
    await desk.hears(desk.command("actors", options=(("page", "2"),)))
    assert desk.letters == [Commanded("actors", "alice", (("page", "2"),))]


async def test_a_press_reaches_the_session_with_what_was_chosen(
    autojump_clock: MockClock, desk: Desk
) -> None:
    await desk.hears(desk.click(custom_ids.write(Press.REPORT, 7), values=("won",)))
    picked = custom_ids.parse(custom_ids.write(Press.REPORT, 7))
    assert picked is not None
    assert desk.letters == [Pressed(replace(picked, values=("won",)), "alice", HERE)]


async def test_a_form_reaches_the_session_with_its_entries(autojump_clock: MockClock, desk: Desk) -> None:
    await desk.hears(desk.form())
    assert dict(desk.letters[0].picked.fields) == {"name": "Alice"}


async def test_a_private_message_is_no_place_for_a_card(autojump_clock: MockClock, desk: Desk) -> None:
    await desk.hears(desk.click(private=True))
    assert desk.letters[0].place is None


@pytest.mark.parametrize(
    ("custom_id", "key"),
    [
        ("confirm:7:99", "old-card"),
        ("something else", "old-card"),
        (custom_ids.write(Press.QUEUE_JOIN, int(EVE)), "not-your-card"),
    ],
)
async def test_a_press_that_is_not_ours_to_follow_gets_a_sentence(
    autojump_clock: MockClock, desk: Desk, custom_id: str, key: str
) -> None:
    assert await desk.hears(desk.click(custom_id)) == [f"say {key} privately"]
    assert desk.letters == []


@pytest.mark.parametrize("subject", [0, int(ALICE)])
async def test_a_press_on_ones_own_card_is_followed(
    autojump_clock: MockClock, desk: Desk, subject: int
) -> None:
    await desk.hears(desk.click(custom_ids.write(Press.QUEUE_JOIN, subject)))
    assert len(desk.letters) == 1


async def test_players_commands_in_the_guild_are_sent_to_direct_messages(
    autojump_clock: MockClock, desk: Desk
) -> None:
    assert await desk.hears(desk.command(in_guild=True)) == ["say use-dm privately"]


async def test_who_is_turned_away_hears_why(autojump_clock: MockClock, desk: Desk) -> None:
    await desk.inbox.turn_away(desk.click())
    assert desk.diary.lines == ["say busy privately"]
    assert (desk.inbox.stats.busy, desk.letters) == (1, [])


# Direct messages.


@pytest.mark.parametrize("names", [("a.SC2Replay",), ("a.sc2replay", "lobby.png"), ("x.txt", "B.SC2REPLAY")])
async def test_the_one_replay_of_a_message_reaches_the_session(
    autojump_clock: MockClock, desk: Desk, names: tuple[str, ...]
) -> None:
    await desk.hears(desk.dm(*names))
    assert [upload.filename.lower().endswith(".sc2replay") for upload in desk.letters] == [True]
    assert desk.told() == []


@pytest.mark.parametrize(
    ("names", "key"),
    [(("a.SC2Replay", "b.SC2Replay"), "upload-several"), (("a.zip",), "upload-not-a-replay")],
)
async def test_other_files_get_a_sentence(
    autojump_clock: MockClock, desk: Desk, names: tuple[str, ...], key: str
) -> None:
    await desk.hears(desk.dm(*names))
    assert (desk.letters, desk.told()) == ([], [key])


async def test_an_upload_that_no_session_takes_gets_a_sentence(autojump_clock: MockClock, desk: Desk) -> None:
    desk.answer = MailboxFull("s", None, 4)
    await desk.hears(desk.dm("a.SC2Replay"))
    assert desk.told() == ["busy"]


async def test_small_talk_is_answered_once_an_hour(autojump_clock: MockClock, desk: Desk) -> None:
    await desk.hears(desk.dm())
    await desk.hears(replace(desk.dm(), message=MessageId(78)))
    assert len(desk.told()) == 1
    await trio.sleep(HINT_EVERY_S)
    await desk.hears(replace(desk.dm(), message=MessageId(79)))
    assert len(desk.told()) == 2


async def test_a_sentence_that_discord_does_not_take_breaks_nothing(
    autojump_clock: MockClock, desk: Desk
) -> None:
    desk.post.down = True
    await desk.hears(desk.dm("a.zip"))
    assert desk.told() == []
