"""The door to Discord, against the simulated Discord in a process of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import trio
import trio_asyncio
from disnake.webhook.async_ import async_context

from actors.messages import Answer, Drawn, Lend, Redraw, Say, Uploaded
from actors.ports import Priority, Reader
from actors.rules.ids import PlayerId, Race
from actors.rules.player import Draft, Preferences
from actors.rules.screens import Notice, QueueSetup, SetupForm, SetupIntro
from bot import gateway, intake
from bot.commands import COMMANDS
from bot.config import load
from bot.drawing import draw
from bot.errors import BadToken
from bot.gateway import Discord, open_discord
from bot.inbox import Inbox
from bot.intake import spec
from bot.post import DiscordPost
from bot.simulator.remote import Remote, RemotePerson, simulated_discord
from bot.text import texts_of
from supervision import Call, System, open_system
from tests.bot.post_laws import LAWS, World, title

PATIENCE_S = 20.0
LOOK_AGAIN_S = 0.01
CARD = Say(QueueSetup(Preferences(bw=Race.BW_ZERG)), private=False)


@dataclass
class Bot:
    """The Discord side of the program, with sessions that answer as they are told."""

    remote: Remote
    discord: Discord
    post: DiscordPost
    answers: dict[str, Answer]
    """By command or press; anything else gets the notice `busy`."""
    takes_s: float = 0.0
    uploads: list[Uploaded] = field(default_factory=list)
    heard: list[Any] = field(default_factory=list)
    gate: trio.Event | None = None
    """Sessions wait for it before they answer."""
    system: System = field(init=False)
    inbox: Inbox = field(init=False)

    def __post_init__(self) -> None:
        self.inbox = Inbox(
            ask=self._ask, hand_in=self._hand_in, courier=self._courier, draw=drawn, post=self.post
        )

    @property
    def alice(self) -> RemotePerson:
        return self.remote.person("alice")

    def gateway(self) -> tuple[int, str]:
        """Generation and phase of the gateway actor."""
        records = {record.path: record for record in self.system.dump().actors}
        return records["discord/gateway"].generation, records["discord/gateway"].status

    async def counters(self) -> dict[str, Any]:
        return dict((await self.remote.state())["counters"])

    async def _ask(self, player: PlayerId, letter: Call[Answer]) -> Answer:
        self.heard.append(letter)
        await trio.sleep(self.takes_s)
        if self.gate is not None:
            await self.gate.wait()
        name = getattr(letter, "name", None) or letter.picked.press.value  # type: ignore[attr-defined]
        return self.answers.get(name, Say(Notice("busy")))

    async def _hand_in(self, player: PlayerId, upload: Uploaded) -> None:
        self.uploads.append(upload)

    async def _courier(self, reader: Reader, message: Lend | Drawn) -> None:
        raise AssertionError("no card is kept here")


def drawn(screen: Any) -> Any:
    return draw(screen, texts_of())


@asynccontextmanager
async def connected(*arguments: str, **answers: Answer) -> AsyncIterator[Bot]:
    """A simulated Discord, and a bot that is connected to it."""
    with trio.fail_after(PATIENCE_S):
        async with (
            simulated_discord("--identify-every-s", "0.1", *arguments) as remote,
            trio_asyncio.open_loop(),
            open_discord(
                load(token=remote.token, api_url=f"{remote.base_url}/api/v10", env_file=None)
            ) as discord,
        ):
            bot = Bot(remote, discord, DiscordPost(discord, drawn), answers)
            async with open_system(spec(discord, bot.inbox, COMMANDS)) as bot.system:
                await _until(lambda: discord.synced)
                yield bot


async def _until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 (what another process causes has no event here; bounded by PATIENCE_S)
        await trio.sleep(LOOK_AGAIN_S)


async def test_a_command_is_answered_in_one_round_trip() -> None:
    async with connected(queue=CARD) as bot:
        happened = await bot.alice.slash("queue")
        assert happened.acknowledged_ms is not None
        assert (happened.deferred, happened.failure, happened.ephemeral) == (False, None, False)
        assert bot.heard[0].discord_name == "alice"


async def test_a_click_redraws_its_message() -> None:
    async with connected(queue=CARD, **{"queue-clear": Redraw(Notice("old-card"))}) as bot:
        shown = await bot.alice.slash("queue")
        assert shown.message is not None
        clear = next(button for button in shown.message["buttons"] if "queue-clear" in button["custom_id"])
        clicked = await bot.alice.presses(clear["custom_id"])
        assert clicked.failure is None
        (message,) = await bot.alice.messages()
        assert message["id"] == shown.message["id"]
        assert message["embeds"][0]["title"] == title(Notice("old-card"))
        assert message["buttons"] == []


@pytest.mark.parametrize("trouble", [{"kind": "lose"}, {"kind": "fail", "status": 503}])
async def test_a_first_answer_that_is_lost_on_the_way_is_given_again(trouble: dict[str, Any]) -> None:
    async with connected(queue=CARD) as bot:
        await bot.remote.fault(**trouble, route="POST /interactions/.*/callback")
        happened = await bot.alice.slash("queue")
        assert happened.failure is None
        assert len(await bot.alice.messages()) == 1
        assert (bot.inbox.stats.late, bot.inbox.stats.lost) == (0, 0)


@pytest.mark.parametrize("trouble", [{"kind": "lose"}, {"kind": "fail", "status": 503}, {"kind": "limited"}])
async def test_a_message_that_is_lost_on_the_way_is_posted_once(trouble: dict[str, Any]) -> None:
    async with connected() as bot:
        channel = await bot.post.open_dm(await _alice(bot))
        await bot.remote.fault(**trouble, route="POST /channels/.*/messages")
        await bot.post.send(channel, Notice("busy"), 4711, Priority.FOUND)
        assert len(await bot.alice.messages()) == 1


async def test_a_slow_answer_is_deferred_and_follows() -> None:
    async with connected(queue=CARD) as bot:
        bot.takes_s = 0.6
        happened = await bot.alice.slash("queue")
        assert (happened.deferred, happened.late, happened.failure) == (True, False, None)
        await bot.alice.sees(button="Join queue")
        assert bot.inbox.stats.deferred == 1


async def test_a_form_opens_from_a_button_and_its_entries_come_back() -> None:
    form: Answer = Redraw(SetupForm(Draft()))
    async with connected(
        setup=Say(SetupIntro()), **{"setup-begin": form, "setup-form": Say(Notice("old-card"))}
    ) as bot:
        shown = await bot.alice.slash("setup")
        assert shown.ephemeral
        assert shown.message is not None
        opened = await bot.alice.presses(shown.message["buttons"][0]["custom_id"])
        assert opened.modal is not None
        entries = {entry["custom_id"]: "Alice1" for entry in opened.modal["fields"]}
        sent = await bot.alice.submits(entries)
        assert sent.failure is None
        assert dict(bot.heard[-1].picked.fields) == entries


async def test_a_bug_in_one_answer_costs_that_answer_only_and_is_owned_up_to() -> None:
    async with connected(queue=Say(Notice("no such sentence")), profile=CARD) as bot:
        broken = await bot.alice.slash("queue")
        assert (broken.failure, "That went wrong" in broken.text) == (None, True)
        assert (await bot.alice.slash("profile")).failure is None
        assert bot.gateway() == (1, "running")


async def test_whoever_comes_when_too_much_is_going_on_hears_so_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intake, "MOST_ANSWERS", 1)
    async with connected(queue=CARD) as ladder, trio.open_nursery() as people:
        ladder.gate = trio.Event()
        people.start_soon(ladder.alice.slash, "queue")
        await _until(lambda: len(ladder.heard) == 1)
        turned_away = await ladder.remote.person("bob").slash("queue")
        assert turned_away.message is not None
        assert turned_away.message["embeds"][0]["title"] == title(Notice("busy"))
        assert (len(ladder.heard), ladder.inbox.stats.busy) == (1, 1)
        ladder.gate.set()


async def test_a_storm_of_restarts_spends_no_more_identifies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "IDENTIFIES", 2)
    monkeypatch.setattr(gateway, "IDENTIFY_EVERY_S", 0.1)
    async with connected() as ladder:
        await ladder.remote.fault("drop", code=4011)
        await _until(lambda: ladder.gateway() == (2, "running"))
        await ladder.remote.fault("drop", code=4011)
        await _until(lambda: ladder.gateway()[0] > 3)  # it tried, and was kept from it
        assert (await ladder.counters())["identifies"] == 2


async def test_commands_are_synced_once() -> None:
    async with connected() as bot:
        listed = (await bot.remote.state())["commands"].values()
        assert [command.name for command in COMMANDS] in listed
        puts = [line for line in await bot.remote.transcript() if _is_sync(line)]
        assert len(puts) == 1
        bot.discord.synced = False
        assert await bot.discord.sync(COMMANDS) is False
        assert [line for line in await bot.remote.transcript() if _is_sync(line)] == puts


def _is_sync(line: dict[str, Any]) -> bool:
    return line.get("method") == "PUT" and str(line.get("path", "")).endswith("/commands")


async def test_a_wrong_token_is_said_at_once() -> None:
    async with simulated_discord() as remote, trio_asyncio.open_loop():
        with pytest.raises(BadToken):
            async with open_discord(load(token="wrong", api_url=f"{remote.base_url}/api/v10", env_file=None)):
                pytest.fail("logged in")


async def test_a_lost_connection_is_resumed_without_a_new_session() -> None:
    async with connected(queue=CARD) as bot:
        await bot.remote.fault("drop")
        await bot.alice.slash("queue")  # while nobody listens: the event is replayed
        await _until(lambda: len(bot.heard) == 1)
        assert (await bot.counters())["identifies"] == 1


async def test_a_connection_that_ends_for_good_is_made_anew_and_posts_go_on() -> None:
    async with connected(queue=CARD) as bot:
        await bot.remote.fault("drop", code=4011)
        channel = await bot.post.open_dm(PlayerId(bot.remote.staff_user_id))
        assert channel
        await _until(lambda: bot.gateway() == (2, "running"))
        assert (await bot.alice.slash("queue")).failure is None


async def test_an_exception_that_nobody_waits_for_is_an_alarm_and_no_end() -> None:
    async with connected(queue=CARD) as bot:
        bot.discord.client.loop.call_soon(_burst)
        await _until(lambda: bot.discord.alarms == 1)
        assert (await bot.alice.slash("queue")).failure is None


def _burst() -> None:
    raise RuntimeError("nobody waits for this")


async def test_no_lock_is_kept_for_an_answered_interaction() -> None:
    async with connected(queue=CARD) as bot:
        for _ in range(3):
            await bot.alice.slash("queue")
        await _until(lambda: len(async_context.get()._locks) == 0)  # let go of once the request is put away


async def test_a_replay_in_the_direct_messages_is_handed_in() -> None:
    async with connected() as bot:
        await bot.alice.uploads("game.SC2Replay", b"x" * 10)
        await _until(lambda: len(bot.uploads) == 1)
        assert bot.uploads[0].size == 10
        assert await bot.post.fetch(bot.uploads[0].url, 10) == b"x" * 10


async def test_an_ordered_stop_lets_the_answers_under_way_end() -> None:
    async with simulated_discord() as remote, trio_asyncio.open_loop():
        config = load(token=remote.token, api_url=f"{remote.base_url}/api/v10", env_file=None)
        async with open_discord(config) as discord, trio.open_nursery() as people:
            bot = Bot(remote, discord, DiscordPost(discord, drawn), {"queue": CARD}, gate=trio.Event())
            async with open_system(spec(discord, bot.inbox, COMMANDS)):
                await _until(lambda: discord.synced)
                people.start_soon(bot.alice.slash, "queue")
                await _until(lambda: len(bot.heard) == 1)
                people.start_soon(_open_later, bot)
            await bot.alice.sees(button="Join queue")


async def _open_later(bot: Bot) -> None:
    await trio.sleep(0.1)
    assert bot.gate is not None
    bot.gate.set()


class SimulatedWorld:
    """The post office over the simulated Discord, with alice as the reader."""

    def __init__(self, bot: Bot, player: PlayerId) -> None:
        self.post = self.downloads = bot.post
        self.player = player
        self._bot = bot

    async def titles(self) -> list[str]:
        return [message["embeds"][0]["title"] for message in await self._bot.alice.messages()]

    async def close_dms(self) -> None:
        await self._bot.alice.closes_dms()

    async def file(self, content: bytes) -> str:
        await self._bot.alice.uploads("game.SC2Replay", content)
        await _until(lambda: len(self._bot.uploads) == 1)
        return self._bot.uploads[0].url


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
async def test_the_real_post_office(law: Callable[[World], Awaitable[None]]) -> None:
    async with connected() as bot:
        await law(SimulatedWorld(bot, await _alice(bot)))


async def _alice(bot: Bot) -> PlayerId:
    users = (await bot.remote.state())["users"]
    return next(PlayerId(int(user["id"])) for user in users if user["name"] == "alice")
