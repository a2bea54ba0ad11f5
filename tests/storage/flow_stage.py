"""The inbox, the tree and PostgreSQL, with a Discord of paper: people act, and their flows are kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import trio

from actors import courier, session, uploads
from actors.doors import Doors
from actors.messages import Answer, Drawn, Lend
from actors.ports import Place, Reader
from actors.rules.ids import MatchId, MessageId, PlayerId, Race
from actors.rules.match import Match
from actors.rules.player import Preferences
from actors.rules.replay import ReplayFacts
from actors.rules.report import Outcome
from actors.rules.screens import FoundCard, Press, QueueSetup
from actors.rules.settings import Settings
from actors.tree import ladder as tree
from bot import custom_ids
from bot.discord_events import Clicked, CommandUsed, File, Wrote
from bot.drawing import draw
from bot.inbox import Inbox
from bot.text import texts_of
from storage.store import PostgresStore
from supervision import Call, ChildSpec, Flow, Registry, open_system
from tests.actors.ladder import FakeFiles, Half, _Nobody
from tests.actors.replays import everything_known, facts_of
from tests.bot.inbox_desk import Diary
from tests.cast import profile
from tests.fakes.post import FakePost

HURRY = Settings(debounce_s=0.05)
PATIENCE_S = 20.0
BW, SC2 = Race.BW_ZERG, Race.SC2_TERRAN


@dataclass(slots=True)
class LateClock:
    """Real time, moved on when a test wants it later."""

    moved_s: float = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.moved_s)


@dataclass(slots=True)
class FlowStage:
    """People and what they do."""

    store: PostgresStore
    post: FakePost = field(default_factory=FakePost)
    files: FakeFiles = field(default_factory=FakeFiles)
    clock: LateClock = field(default_factory=LateClock)
    flows: list[Flow] = field(default_factory=list)
    """Completed, in their order."""
    slow_s: float = 0.0
    """How long every session takes longer."""
    inbox: Inbox = field(init=False)
    _news: trio.Event = field(default_factory=trio.Event)
    _messages: int = 0

    def keep(self, flow: Flow) -> None:
        self.flows.append(flow)
        self._news.set()
        self._news = trio.Event()

    def ends(self, name: str) -> list[str]:
        return [flow.status for flow in self.flows if flow.name == name]

    async def until(self, name: str, status: str, times: int = 1) -> None:
        """Wait until such flows ended so."""
        with trio.fail_after(PATIENCE_S):
            while self.ends(name).count(status) < times:
                await self._news.wait()

    async def enroll(self, *players: tuple[PlayerId, str]) -> None:
        for player, name in players:
            now = self.clock.now()
            await self.store.player(player, name.lower(), now)
            await self.store.accept_terms(player, accepted=True, now=now)
            await self.store.save_profile(player, profile(name), now)

    async def commands(self, player: PlayerId, name: str, **options: str) -> Flow:
        used = CommandUsed(
            player=player,
            discord_name=f"p{player}",
            arrived=trio.current_time(),
            answerer=Diary(),
            in_guild=False,
            name=name,
            options=tuple(options.items()),
        )
        await self.inbox.answer(used)
        return self.flows[-1]

    async def presses(
        self,
        player: PlayerId,
        press: Press,
        subject: int = 0,
        *,
        values: tuple[str, ...] = (),
        state: str = "",
    ) -> Flow:
        clicked = Clicked(
            player=player,
            discord_name=f"p{player}",
            arrived=trio.current_time(),
            answerer=Diary(),
            in_guild=False,
            custom_id=custom_ids.write(press, subject, state),
            values=values,
            place=self.card(player),
            private=False,
        )
        await self.inbox.answer(clicked)
        return self.flows[-1]

    def card(self, player: PlayerId) -> Place:
        """Some message of the bot's in the player's chat."""
        return self.post.put(self.post.dm(player), QueueSetup(Preferences()))

    async def joins(self, player: PlayerId, *, bw: Race | None = None, sc2: Race | None = None) -> Flow:
        await self.store.save_preferences(player, Preferences(bw=bw, sc2=sc2))
        return await self.presses(player, Press.QUEUE_JOIN)

    async def are_matched(self, one: PlayerId, other: PlayerId) -> Match:
        """Both join, and the first at least sees the card."""
        so_far = len(self.ends("listen_for_match"))
        await self.joins(one, bw=BW)
        await self.joins(other, sc2=SC2)
        with trio.fail_after(PATIENCE_S):
            while len(self.ends("listen_for_match")) == so_far:
                await self._news.wait()
        found = [each.match.id for each in self.post.sees(one) if isinstance(each, FoundCard)]
        return await self.match(max(found))

    async def match(self, number: MatchId) -> Match:
        match = await self.store.match(number)
        assert match is not None
        return match

    async def play(self, one: PlayerId, other: PlayerId) -> Match:
        """Matched and confirmed by both."""
        match = await self.are_matched(one, other)
        for player in (one, other):
            await self.presses(player, Press.CONFIRM, match.id)
        return await self.match(match.id)

    def plays(self, match: Match, outcome: Outcome) -> ReplayFacts:
        """A game of two minutes, just over."""
        self.clock.moved_s += 200.0
        return facts_of(match, outcome, self.clock.now(), 120.0)

    async def uploads(self, player: PlayerId, name: str, facts: ReplayFacts | Exception) -> Flow:
        self._messages += 1
        renamed = replace(facts, digest=name.encode().hex()) if isinstance(facts, ReplayFacts) else facts  # type: ignore[arg-type]
        self.files.facts[name] = renamed
        await self.inbox.answer(
            Wrote(
                player=player,
                discord_name=f"p{player}",
                arrived=trio.current_time(),
                channel=self.post.dm(player),
                message=MessageId(self._messages),
                files=(File("game.SC2Replay", 1000, name),),
            )
        )
        return next(flow for flow in reversed(self.flows) if flow.name == "replay_upload")


@asynccontextmanager
async def open_stage(stage: FlowStage, settings: Settings = HURRY) -> AsyncIterator[FlowStage]:
    """Start the tree; leaving stops it in order."""
    stage.store.settings = settings
    await stage.store.ensure_versions(everything_known().versions, stage.clock.now())
    registry = Registry()
    doors = Doors(
        store=stage.store,
        post=stage.post,
        downloads=stage.files,
        reader=stage.files,
        files=stage.files,
        clock=stage.clock,
        luck=Half(),
        settings=settings,
        staff_channel=stage.store.staff_channel,
        look=_nothing,
    )

    async def ask(player: PlayerId, letter: Call[Answer]) -> Answer:
        await trio.sleep(stage.slow_s)
        ref = await session.wake(registry, doors, player)
        return await ref.call(letter)

    async def tell(reader: Reader, letter: Lend | Drawn) -> None:
        await courier.tell(registry, doors, reader, letter)

    stage.inbox = Inbox(
        ask=ask,
        hand_in=partial(uploads.hand_in, registry, doors),
        courier=tell,
        draw=partial(draw, texts=texts_of("en-US")),
        post=stage.post,
    )
    gateway = ChildSpec(id="gateway", start=_Nobody)
    async with open_system(tree(doors, gateway), registry=registry, flow_sink=stage.keep):
        yield stage


async def _nothing() -> tuple[str, ...]:
    return ("a line",)
