"""The whole ladder on a virtual clock: the real tree and kernel, fakes at the ports, no Discord."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import trio

from actors import courier, session
from actors.doors import Doors, TrioClock
from actors.messages import Answer, Commanded, Drawn, Pressed, Redraw, Uploaded
from actors.ports import Gone, Place, Post
from actors.rules.ids import ChannelId, MatchId, PlayerId, Race, ReplayDigest
from actors.rules.player import Preferences
from actors.rules.replay import ReplayFacts
from actors.rules.screens import (
    DisputeCard,
    FoundCard,
    MatchCard,
    Picked,
    Press,
    QueueSetup,
    Screen,
    StaffDone,
    StaffPreview,
)
from actors.rules.settings import Settings
from actors.tree import ladder as tree
from actors.uploads import hand_in
from supervision import Actor, ChildSpec, System, open_system
from tests.actors.replays import everything_known
from tests.cast import NOW, profile
from tests.fakes.post import FakePost
from tests.fakes.store import FakeStore

STAFF_CHANNEL = ChannelId(5000)
S = TypeVar("S", bound=Screen)


_CARDS: dict[Press, type[Screen]] = {
    Press.CONFIRM: FoundCard,
    Press.ABORT: FoundCard,
    Press.ABORT_SURE: FoundCard,
    Press.ABORT_KEEP: FoundCard,
    Press.REPORT: MatchCard,
    Press.RULE: DisputeCard,
}


class _Nobody(Actor[object]):
    """In the place of the gateway: the tests click by themselves."""

    async def handle(self, message: object) -> None:
        raise AssertionError(message)


@dataclass(slots=True)
class FakeFiles:
    """Downloads, reader and files in one: facts by address."""

    facts: dict[str, ReplayFacts | Exception] = field(default_factory=dict)
    kept: dict[ReplayDigest, bytes] = field(default_factory=dict)

    async def fetch(self, url: str, limit: int) -> bytes:
        await trio.sleep(0.1)
        if url not in self.facts:
            raise Gone("expired", recipient_lost=False)
        return url.encode()

    async def read(self, content: bytes) -> ReplayFacts:
        found = self.facts[content.decode()]
        if isinstance(found, Exception):
            raise found
        return found

    async def put(self, content: bytes) -> ReplayDigest:
        digest = ReplayDigest(content.hex())
        self.kept[digest] = content
        return digest

    async def get(self, digest: ReplayDigest) -> bytes | None:
        return self.kept.get(digest)

    async def drop(self, digest: ReplayDigest) -> None:
        self.kept.pop(digest, None)


class Half:
    """A coin on its edge."""

    def draw(self) -> float:
        return 0.5


@dataclass(slots=True)
class World:
    """What outlives a crash of the program: the store and Discord."""

    store: FakeStore = field(default_factory=lambda: FakeStore(staff_channel=STAFF_CHANNEL))
    post: FakePost = field(default_factory=FakePost)
    files: FakeFiles = field(default_factory=FakeFiles)
    settings: Settings = field(default_factory=Settings)
    queue_cards: dict[PlayerId, Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Staff have learned the map that everybody plays here."""
        self.store.versions = list(everything_known().versions)

    async def enroll(self, player: PlayerId, name: str) -> None:
        """A player who has been through set-up."""
        await self.store.player(player, name.lower(), NOW)
        await self.store.accept_terms(player, accepted=True, now=NOW)
        await self.store.save_profile(player, profile(name), NOW)


@dataclass(slots=True)
class Ladder:
    """A running ladder and the hands of its players."""

    world: World
    doors: Doors
    system: System

    async def commands(self, player: PlayerId, name: str, /, **options: str) -> Answer:
        """A slash command."""
        ref = await session.wake(self.system.registry, self.doors, player)
        return await ref.call(Commanded(name, "somebody", tuple(options.items())))

    async def presses(
        self,
        player: PlayerId,
        press: Press,
        subject: int = 0,
        *,
        values: tuple[str, ...] = (),
        state: str = "",
        fields: Mapping[str, str] | None = None,
        place: Place | None = None,
    ) -> Answer:
        """A click, drawn by the inbox as it would be: the kept card goes back to its courier."""
        picked = Picked(press, subject, state, values, fields or {})
        where = place or self._under_the_button(player, press, subject)
        ref = await session.wake(self.system.registry, self.doors, player)
        answer = await ref.call(Pressed(picked, "somebody", where))
        if isinstance(answer, Redraw) and answer.card is not None:
            self.world.post.redraw(where, answer.screen)
            reader = answer.card.reader
            await courier.tell(self.system.registry, self.doors, reader, Drawn(answer.card, where))
        return answer

    def _under_the_button(self, player: PlayerId, press: Press, subject: int) -> Place:
        """The newest message that has such a button, else the player's queue card."""
        kind = _CARDS.get(press)
        post = self.world.post
        channel = STAFF_CHANNEL if kind is DisputeCard else post.dm(player)
        alike = [
            (place, screen) for place, screen in post.placed(channel) if kind and isinstance(screen, kind)
        ]
        wanted = [place for place, screen in alike if _match_of(screen) in {None, subject}] or [
            place for place, _ in alike
        ]
        if wanted:
            return wanted[-1]
        if player not in self.world.queue_cards:
            self.world.queue_cards[player] = post.put(post.dm(player), QueueSetup(Preferences()))
        return self.world.queue_cards[player]

    async def queues(self, player: PlayerId, *, bw: Race | None = None, sc2: Race | None = None) -> Answer:
        """Choose races, then join."""
        await self.world.store.save_preferences(player, Preferences(bw=bw, sc2=sc2))
        return await self.presses(player, Press.QUEUE_JOIN)

    async def rules(self, by: PlayerId, match: MatchId, state: str) -> StaffDone:
        """A button to rule, and Confirm under the preview."""
        return await self.confirms(by, await self.presses(by, Press.RULE, match, state=state))

    async def orders(self, by: PlayerId, name: str, **options: object) -> StaffDone:
        """An order of the staff, previewed and confirmed."""
        given = {"reason": "a test asks"} | {key: str(value) for key, value in options.items()}
        return await self.confirms(by, await self.commands(by, f"admin {name}", **given))

    async def confirms(self, by: PlayerId, shown: Answer) -> StaffDone:
        """Confirm, under a preview that only its asker sees."""
        assert isinstance(shown.screen, StaffPreview), shown
        picked = Picked(Press.STAFF_CONFIRM, int(shown.screen.action.id))
        ref = await session.wake(self.system.registry, self.doors, by)
        answer = await ref.call(Pressed(picked, "somebody", None))
        assert isinstance(answer.screen, StaffDone), answer
        return answer.screen

    async def uploads(self, player: PlayerId, url: str, size: int = 1000) -> None:
        """A file by DM; what there is to say is said by the inbox."""
        uploaded = Uploaded("somebody", "game.SC2Replay", size, url)
        sentence = await hand_in(self.system.registry, self.doors, player, uploaded)
        if sentence is not None:
            self.world.post.put(self.world.post.dm(player), sentence)

    def sees(self, player: PlayerId, kind: type[S]) -> S:
        """The newest message of this kind that the player has."""
        shown = [screen for screen in self.world.post.sees(player) if isinstance(screen, kind)]
        assert shown, f"{player} sees {[type(screen).__name__ for screen in self.world.post.sees(player)]}"
        return shown[-1]


async def _look() -> tuple[str, ...]:
    return ("a line",)


def _match_of(screen: Screen) -> int | None:
    match = getattr(screen, "match", None)
    return None if match is None else int(match.id)


@asynccontextmanager
async def open_ladder(world: World, post: Post | None = None) -> AsyncIterator[Ladder]:
    """Start the tree over this world; leaving stops it in order."""
    doors = Doors(
        store=world.store,
        post=post or world.post,
        downloads=world.files,
        reader=world.files,
        files=world.files,
        clock=TrioClock(NOW, 0.0),
        luck=Half(),
        settings=world.settings,
        staff_channel=STAFF_CHANNEL,
        look=_look,
    )
    gateway = ChildSpec(id="gateway", start=_Nobody)
    async with open_system(tree(doors, gateway)) as system:
        yield Ladder(world, doors, system)
