"""An inbox with everything around it played by the test: Discord, couriers, sessions."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import disnake
import trio

from actors.messages import Answer, Drawn, Lend, Say, Uploaded
from actors.ports import CardRow, Place, Reader, Subject
from actors.rules.ids import ChannelId, MatchId, MessageId, PlayerId
from actors.rules.player import Draft
from actors.rules.screens import Notice, Press, QueueClosed, Screen, SetupForm
from bot import custom_ids
from bot.discord_events import Clicked, CommandUsed, Deferral, Event, File, Submitted, Wrote
from bot.drawing import Drawing, Form
from bot.inbox import Inbox
from supervision import Call
from tests.fakes.post import FakePost

ALICE, EVE = PlayerId(1), PlayerId(3)
DM = ChannelId(10_001)
HERE = Place(DM, MessageId(500))
CARD = CardRow(
    id=9,
    reader=Reader(player=ALICE),
    subject=Subject("queue"),
    channel=DM,
    message=MessageId(500),
    generation=2,
    shown=1,
    behind_since=datetime(2026, 3, 1, tzinfo=UTC),
)
SCREEN = QueueClosed(MatchId(7))
FORM = SetupForm(Draft())


def draw(screen: Screen) -> Drawing | Form:
    """A drawing whose title is the name of the screen, or the key of the notice."""
    if isinstance(screen, SetupForm):
        return Form("form", "setup-form:0:1", ())
    title = screen.key if isinstance(screen, Notice) else type(screen).__name__
    return Drawing((disnake.Embed(title=title),))


@dataclass
class Diary:
    """Writes down what Discord, the courier and the session hear, and when."""

    lines: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    slow_s: float = 0.0
    """How long Discord takes to take an answer."""
    trouble: list[Exception] = field(default_factory=list)
    """What the next answers fail with."""

    async def _take(self, line: str) -> None:
        self.note(line)
        await trio.sleep(self.slow_s)
        if self.trouble:
            raise self.trouble.pop(0)

    def note(self, line: str) -> None:
        self.lines.append(line)
        self.at.append(trio.current_time())

    async def redraw(self, drawing: Drawing) -> None:
        await self._take(f"redraw {drawing.embeds[0].title}")

    async def say(self, drawing: Drawing, *, private: bool) -> None:
        await self._take(f"say {drawing.embeds[0].title}{' privately' if private else ''}")

    async def open(self, form: Form) -> None:
        await self._take("open form")

    async def defer(self, kind: Deferral) -> None:
        await self._take(f"defer {kind.name.lower()}")

    async def original(self) -> Place:
        return HERE

    async def complete(self, drawing: Drawing) -> Place:
        await self._take(f"complete {drawing.embeds[0].title}")
        return HERE

    async def follow(self, drawing: Drawing, *, private: bool) -> None:
        await self._take(f"follow {drawing.embeds[0].title}{' privately' if private else ''}")


@dataclass
class Desk:
    """An inbox, and everything around it."""

    diary: Diary = field(default_factory=Diary)
    post: FakePost = field(default_factory=FakePost)
    letters: list[Any] = field(default_factory=list)
    answer: Answer | Exception = field(default_factory=lambda: Say(SCREEN))
    verdict: Notice | None = None
    """What is said about an upload."""
    takes_s: float = 0.0
    """How long the session, or the replay desk, needs."""
    inbox: Inbox = field(init=False)

    def __post_init__(self) -> None:
        self.inbox = Inbox(
            ask=self._ask, hand_in=self._hand_in, courier=self._courier, draw=draw, post=self.post
        )

    async def _ask(self, player: PlayerId, letter: Call[Answer]) -> Answer:
        self.letters.append(letter)
        await trio.sleep(self.takes_s)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def _hand_in(self, player: PlayerId, upload: Uploaded) -> Notice | None:
        self.letters.append(upload)
        await trio.sleep(self.takes_s)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.verdict

    async def _courier(self, reader: Reader, message: Lend | Drawn) -> None:
        if isinstance(message, Lend):
            self.diary.note("lend")
        else:
            self.diary.note("drawn" if message.place == HERE else "not drawn")

    async def hears(self, event: Event) -> list[str]:
        await self.inbox.answer(event)
        return self.diary.lines

    def command(self, name: str = "queue", **more: Any) -> CommandUsed:
        given: dict[str, Any] = {"in_guild": False, "options": ()} | more
        return CommandUsed(
            player=ALICE,
            discord_name="alice",
            arrived=trio.current_time(),
            answerer=self.diary,
            name=name,
            **given,
        )

    def click(self, custom_id: str = custom_ids.write(Press.CONFIRM, 7), **more: Any) -> Clicked:
        given: dict[str, Any] = {"in_guild": False, "values": (), "place": HERE, "private": False} | more
        return Clicked(
            player=ALICE,
            discord_name="alice",
            arrived=trio.current_time(),
            answerer=self.diary,
            custom_id=custom_id,
            **given,
        )

    def form(self, place: Place | None = HERE, **more: Any) -> Submitted:
        return Submitted(
            player=ALICE,
            discord_name="alice",
            arrived=trio.current_time(),
            answerer=self.diary,
            in_guild=False,
            custom_id=custom_ids.write(Press.SETUP_FORM, 0),
            fields=(("name", "Alice"),),
            place=place,
            private=False,
            **more,
        )

    def dm(self, *names: str) -> Wrote:
        files = tuple(File(name, 100, f"http://cdn/{name}") for name in names)
        return Wrote(
            player=ALICE,
            discord_name="alice",
            arrived=trio.current_time(),
            channel=DM,
            message=MessageId(77),
            files=files,
        )

    def told(self) -> list[str]:
        """The notices in the direct messages, by key."""
        return [screen.key for screen in self.post.shows(DM) if isinstance(screen, Notice)]
