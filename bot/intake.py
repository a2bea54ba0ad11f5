"""The gateway actor and the actors that answer: between the door to Discord and the inbox.

    discord                    one_for_one
    |- answers     (dynamic)   one for each interaction or message that is being answered
    |- gateway                 the connection; hands each event to an actor of its own

One actor for each event: a bug in one answer costs that answer, not the connection, and an ordered
stop lets the answers that are under way end.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias, assert_never

import disnake
import structlog
import trio

from actors.ports import Gone, Unavailable
from bot import custom_ids
from bot.discord_events import Clicked, CommandUsed, Event, Submitted, Wrote
from bot.gateway import Discord
from bot.inbox import ANSWER_DEADLINE_S, Inbox
from supervision import (
    Actor,
    Backoff,
    ChildSpec,
    Intensity,
    MailboxFull,
    MailboxSpec,
    NotRunning,
    PoolSpec,
    Restart,
    Started,
    Strategy,
    SupervisorSpec,
)

log = structlog.get_logger()

ANSWERS: Final = ("pool", "answers")
GATEWAY: Final = ("desk", "gateway")
MOST_ANSWERS = 500
"""Events being answered at one time; whoever comes then is told that the bot is busy."""
MOST_AT_THE_DOOR = 2 * MOST_ANSWERS
"""Events being let in or turned away; beyond, Discord itself says that the bot did not respond."""
READY_S = 30.0
"""How long Discord may take from the first request to READY."""
ENDING_S = 3.0
"""How long answers under way may take once a stop is ordered, before the connection is given up."""
FAREWELL_S = 2.0
"""How long the last words may take after that."""
SYNC_AGAIN_S = 60.0


def spec(discord: Discord, inbox: Inbox, commands: Sequence[disnake.SlashCommand]) -> SupervisorSpec:
    """How the Discord side of the tree is started: the last branch."""
    # Waits grow to a minute: a day of failing spends no IDENTIFY that matters.
    patience = Backoff(base_s=1.0, cap_s=60.0, reset_s=300.0)
    gateway = ChildSpec(
        id="gateway",
        key=GATEWAY,
        start=lambda: GatewayActor(discord, inbox, commands),
        shutdown_s=ENDING_S + FAREWELL_S + 1.0,
        start_timeout_s=READY_S,
        mailbox=MailboxSpec(capacity=2 * MOST_ANSWERS),
        backoff=patience,
    )
    answers = PoolSpec(id="answers", key=ANSWERS, max_children=MOST_ANSWERS, shutdown_s=FAREWELL_S)
    return SupervisorSpec(
        id="discord",
        strategy=Strategy.ONE_FOR_ONE,  # the connection need not end when the answers have to begin anew
        children=(answers, gateway),
        intensity=Intensity(60, 3600.0),
        backoff=patience,
    )


class Answering(Actor[Event]):
    """Answers one event and ends. Temporary: an answer that crashed is not tried again."""

    def __init__(self, event: Event, inbox: Inbox) -> None:
        self._event = event
        self._inbox = inbox

    def describe(self) -> str:
        """What it answers, whom, and for how long already."""
        age_s = self.context.now() - self._event.arrived
        return f"{_named(self._event)} of player {self._event.player}, {age_s:.1f} s ago"

    async def init(self) -> None:
        """Have a letter to begin with: whoever starts this may not live to send one."""
        self.context.ref.cast(self._event)

    async def handle(self, event: Event) -> None:
        """Answer, once."""
        await self._inbox.answer(event)
        self.context.stop()


def _named(event: Event) -> str:
    """What kind of event it is; nothing that somebody wrote."""
    match event:
        case CommandUsed():
            return f"/{event.name}"
        case Clicked() | Submitted():
            picked = custom_ids.parse(event.custom_id)
            return "an old button" if picked is None else f"{picked.press.value} {picked.subject}"
        case Wrote():
            return f"a message with {len(event.files)} files"
        case _:
            assert_never(event)


class _SyncCommands:
    """The commands are not with Discord yet."""


_Letter: TypeAlias = Event | _SyncCommands


class GatewayActor(Actor[_Letter]):
    """Keeps the connection and hands out what comes in; when it stops, it says so to whoever still comes.

    It owns the connection and decides nothing. Restart: permanent, with growing waits. A crash costs
    the events of the moments without a connection; people see "did not respond" and click again.
    """

    tasks = True

    def __init__(self, discord: Discord, inbox: Inbox, commands: Sequence[disnake.SlashCommand]) -> None:
        self._discord = discord
        self._inbox = inbox
        self._commands = commands
        self._events = 0
        self._at_the_door = 0
        self._door_is_empty = trio.Event()
        self._closing = False

    def describe(self) -> str:
        """Whether there is a connection, and how much it handed out."""
        stats = self._inbox.stats
        counts = f"{self._events} events, {stats.late} late, {stats.busy} turned away"
        return f"{self._discord.line}, {counts}, {self._discord.alarms} alarms"

    async def init(self) -> None:
        """Connect; ready means that Discord said READY."""
        await self.context.tasks.start(self._discord.run, self._take)

    async def resume(self) -> None:
        """Compare the commands with Discord's, while people are answered already."""
        self.context.tasks.start_soon(self._sync)

    async def handle(self, letter: _Letter) -> None:
        """Start an actor for an event."""
        if isinstance(letter, _SyncCommands):
            self.context.tasks.start_soon(self._sync)
            return
        self._events += 1
        # Each start in a task of its own: the next event does not wait for it.
        self._at_the_door += 1
        self.context.tasks.start_soon(self._let_in, letter, f"{self.context.generation}-{self._events}")

    async def close(self) -> None:
        """Let the answers under way end, while whoever comes hears why not; then hang up."""
        self._closing = True
        with trio.move_on_after(ENDING_S):
            await self._inbox.all_answered()
        self._discord.hang_up()
        with trio.move_on_after(FAREWELL_S):
            while self._at_the_door:
                self._door_is_empty = trio.Event()
                await self._door_is_empty.wait()

    def _take(self, event: Event) -> None:
        """Called by the door, inside asyncio's task: nothing here may wait."""
        try:
            self.context.ref.cast(event)
        except (MailboxFull, NotRunning):
            if self._at_the_door >= MOST_AT_THE_DOOR:
                log.warning("event.dropped", player=event.player, message=type(event).__name__)
                return
            self._at_the_door += 1
            self.context.tasks.start_soon(self._turn_away, event)

    async def _let_in(self, event: Event, name: str) -> None:
        child = ChildSpec(
            id=f"{event.player}-{name}",
            start=lambda: Answering(event, self._inbox),
            restart=Restart.TEMPORARY,
            shutdown_s=ANSWER_DEADLINE_S,
        )
        # Shielded: whoever was heard gets a word, even if this gateway dies meanwhile. Both ways are bounded.
        with trio.CancelScope(shield=True):
            try:
                outcome = await self.context.registry.pool(ANSWERS).start_child(child)
                if isinstance(outcome, Started):
                    self._left_the_door()
                    return
                log.warning("event.refused", player=event.player, reason=type(outcome).__name__)
            except NotRunning as closed:
                log.warning("event.refused", player=event.player, reason=str(closed))
            await self._turn_away(event)

    async def _turn_away(self, event: Event) -> None:
        await self._inbox.turn_away(event, stopping=self._closing)
        self._left_the_door()

    def _left_the_door(self) -> None:
        self._at_the_door -= 1
        if not self._at_the_door:
            self._door_is_empty.set()

    async def _sync(self) -> None:
        """Commands are worth a try again, never a crash."""
        try:
            await self._discord.sync(self._commands)
        except (Gone, Unavailable) as failure:
            log.warning("commands.unsynced", reason=str(failure), pause_s=SYNC_AGAIN_S)
            self.context.timers.arm("sync", SYNC_AGAIN_S, _SyncCommands())
