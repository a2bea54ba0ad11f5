"""From what people do to letters for their session, and the answers back, always in time.

The answer of the session races a deadline of `ACK_DEADLINE_S`: whichever comes first is the
acknowledgement. The race runs in this task, so nothing that an actor or the database does can
delay it, and no command can opt out.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

import structlog
import trio

from actors.boundaries import Boundary, passed
from actors.messages import Answer, Commanded, Pressed, Say, Uploaded
from actors.ports import Gone, OutcomeUnknown, Post, Priority, Unavailable
from actors.rules.ids import PlayerId
from actors.rules.screens import Notice, Press, Tone
from bot import custom_ids
from bot.discord_events import Clicked, CommandUsed, Event, File, Interaction, Submitted, Wrote
from bot.errors import TooLate
from bot.flows import TURNED_AWAY, UPLOAD, answering, flow_of
from bot.reply import Draw, Reply, TellCourier
from supervision import (
    Call,
    HandlerFailed,
    Histogram,
    KernelError,
    MailboxFull,
    MaxChildrenError,
    NotRunning,
    Reject,
    Restarting,
    StartError,
    TooSlow,
)
from supervision.flow import begin, checkpoint, conclude, current, step

log = structlog.get_logger()

ACK_DEADLINE_S = 0.25
"""How long an answer may take and still be the acknowledgement."""
ACK_LIMIT_S = 3.0
"""After this Discord takes no first answer any more. Source: Discord, receiving and responding."""
ANSWER_DEADLINE_S = 15.0
"""How long an answer may take at all."""
DELIVERY_S = 15.0
"""How long an answer may travel after a deferral; less than the loan of a card."""
UPLOAD_S = 90.0
"""How long an upload may take from the message to the verdict, those who died on the way included."""
EXCUSE_S = 0.9
"""How long one that is cut off may take to say so; the kernel calls nobody unkillable before a second."""
HINT_EVERY_S = 3600.0
MOST_HINTED = 1000
"""How many people are remembered as hinted; more are hinted again."""
STAFF_COMMANDS = frozenset({"actors", "admin", "flows", "replays"})
REPLAY_SUFFIX = ".sc2replay"

Ask: TypeAlias = Callable[[PlayerId, Call[Answer]], Awaitable[Answer]]
HandIn: TypeAlias = Callable[[PlayerId, Uploaded], Awaitable[Notice | None]]

_OF_ONE_PLAYER = frozenset(press for press in Press if press.value.startswith(("terms-", "setup-", "queue-")))
"""Presses whose subject is the player that the card belongs to, or 0."""
_FAILURES = (KernelError, Reject)
"""What a question to a session may raise; `Unavailable` is a `Reject`."""


@dataclass(slots=True)
class InboxStats:
    """How quickly people were answered since the start."""

    own: Histogram = field(default_factory=Histogram)
    """From the arrival of an interaction until its first answer left us."""
    acked: Histogram = field(default_factory=Histogram)
    """The same, until Discord took it."""
    deferred: int = 0
    """Answers that were not ready in `ACK_DEADLINE_S`."""
    late: int = 0
    """First answers that Discord did not take in `ACK_LIMIT_S`: the person saw a failure."""
    lost: int = 0
    """Answers that could not be delivered for another reason."""
    busy: int = 0
    """Interactions that were turned away because too many were being answered."""

    def summary(self) -> dict[str, float]:
        """The numbers of this moment, as plain values; times in milliseconds."""
        return {
            "answered": self.own.count,
            "own_p50_ms": round(self.own.quantile(0.5) * 1000, 2),
            "own_p99_ms": round(self.own.quantile(0.99) * 1000, 2),
            "acked_p50_ms": round(self.acked.quantile(0.5) * 1000, 2),
            "acked_p99_ms": round(self.acked.quantile(0.99) * 1000, 2),
            "deferred": self.deferred,
            "late": self.late,
            "lost": self.lost,
            "busy": self.busy,
        }


@dataclass(slots=True)
class _Asked:
    """A question that was put to a session, and its answer once there is one."""

    answer: Answer | None = None
    done: trio.Event = field(default_factory=trio.Event)


@dataclass(slots=True, kw_only=True)
class Inbox:
    """Answers what people do. Holds nothing about them but who was given a hint lately."""

    ask: Ask
    """Puts a question to a player's session, woken if need be. May raise what a `call` raises."""
    hand_in: HandIn
    """Has an upload judged: the sentence for its sender, or None when a card says it. May raise the same."""
    courier: TellCourier
    draw: Draw
    post: Post
    stats: InboxStats = field(default_factory=InboxStats)
    _under_way: int = 0
    """Events that are being answered."""
    _quiet: trio.Event = field(default_factory=trio.Event)
    _hinted: OrderedDict[PlayerId, float] = field(default_factory=OrderedDict)

    async def answer(self, event: Event) -> None:
        """Answer one event to its end: at most about half a minute, an upload a minute more."""
        self._under_way += 1
        try:
            await self._answer(event)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._quiet.set()

    def answering(self) -> int:
        """How many events are being answered at this moment."""
        return self._under_way

    async def all_answered(self) -> None:
        """Wait until nothing is being answered."""
        while self._under_way:
            self._quiet = trio.Event()
            await self._quiet.wait()

    async def _answer(self, event: Event) -> None:
        if isinstance(event, Wrote):
            async with self._excused(event, partial(self._write, event, Notice("unexpected"))):
                await self._read(event)
            return
        letter = letter_of(event)
        name = flow_of(event, letter)
        reply = Reply(event, self.draw, self.courier, answering(name))
        with begin(name, since=event.arrived, player=int(event.player)):
            checkpoint("interaction_start")
            async with self._excused(event, reply.excuse):
                if isinstance(letter, Notice):
                    await self._acknowledge(reply, Say(letter))
                else:
                    await self._race(reply, letter)

    async def turn_away(self, event: Event, *, stopping: bool = False) -> None:
        """Say that too much is going on, or that the program is about to stop. Small talk is not answered."""
        self.stats.busy += not stopping
        notice = Notice("stopping" if stopping else "busy")
        with begin(TURNED_AWAY, since=event.arrived, player=int(event.player)):
            if not isinstance(event, Wrote):
                await self._acknowledge(Reply(event, self.draw, self.courier), Say(notice))
            elif event.files:
                await self._write(event, notice)

    async def _race(self, reply: Reply, letter: Call[Answer]) -> None:
        asked = _Asked()
        async with trio.open_nursery() as asking:
            asking.start_soon(self._ask, reply.event.player, letter, asked)
            with trio.move_on_at(reply.event.arrived + ACK_DEADLINE_S):
                await asked.done.wait()
            if asked.answer is not None:
                await self._acknowledge(reply, asked.answer)
            else:
                await self._defer_and_answer(reply, asked)
            asking.cancel_scope.cancel(reason="the interaction is answered")

    async def _ask(self, player: PlayerId, letter: Call[Answer], asked: _Asked) -> None:
        try:
            asked.answer = await self.ask(player, letter)
        except _FAILURES as failure:
            log.warning("session.failed", player=player, message=type(letter).__name__, reason=repr(failure))
            conclude("failed")
            asked.answer = Say(notice_of(failure))
        asked.done.set()

    async def _acknowledge(self, reply: Reply, answer: Answer) -> None:
        """Send the first answer; when Discord refuses what it says, apologise instead."""
        passed(Boundary.ANSWER_LEAVES)
        with self._timed(reply.event), self._survived(reply.event):
            try:
                await reply.first(answer)
            except Gone as refused:
                log.exception("answer.refused", player=reply.event.player, reason=refused.reason)
                await reply.first(Say(Notice("unexpected")))
            _acknowledged()

    async def _defer_and_answer(self, reply: Reply, asked: _Asked) -> None:
        self.stats.deferred += 1
        with self._timed(reply.event), self._survived(reply.event), step("defer_interaction"):
            await reply.defer()
            _acknowledged()
        with trio.move_on_at(reply.event.arrived + ANSWER_DEADLINE_S):
            await asked.done.wait()
        with trio.move_on_after(DELIVERY_S), self._survived(reply.event):
            await reply.later(asked.answer or Say(Notice("unexpected")))

    @contextmanager
    def _timed(self, event: Interaction) -> Iterator[None]:
        """Measure a first answer and give it up when Discord would not take it any more."""
        self.stats.own.add(trio.current_time() - event.arrived)
        with trio.move_on_at(event.arrived + ACK_LIMIT_S) as limit:
            yield
        self.stats.acked.add(trio.current_time() - event.arrived)
        if limit.cancelled_caught:
            self._late(event)

    @asynccontextmanager
    async def _excused(self, event: Event, excuse: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """Whoever is cut off, by a bug or because this process is killed, still says so."""
        try:
            yield
        except BaseException:
            with trio.move_on_after(EXCUSE_S, shield=True), self._survived(event):
                await excuse()
            raise

    @contextmanager
    def _survived(self, event: Event) -> Iterator[None]:
        """What can go wrong on the way to Discord ends this answer and nothing else."""
        try:
            yield
        except TooLate:
            self._late(event)
        except (Gone, Unavailable) as failure:
            self.stats.lost += 1
            conclude("answer_lost")
            log.warning("answer.lost", player=event.player, reason=str(failure))

    def _late(self, event: Event) -> None:
        self.stats.late += 1
        conclude("too_late")
        age_ms = round((trio.current_time() - event.arrived) * 1000)
        log.warning("interaction.late", player=event.player, waited_ms=age_ms)

    async def _read(self, message: Wrote) -> None:
        """A direct message: a replay for the session, or a hint for the sender."""
        replays = [file for file in message.files if file.name.lower().endswith(REPLAY_SUFFIX)]
        if len(replays) > 1:
            await self._write(message, Notice("upload-several"))
        elif message.files and not replays:
            await self._write(message, Notice("upload-not-a-replay"))
        elif not replays:
            await self._hint(message)
        else:
            with begin(UPLOAD, since=message.arrived, player=int(message.player)):
                checkpoint("interaction_start")
                await self._upload(message, replays[0])

    async def _upload(self, message: Wrote, file: File) -> None:
        upload = Uploaded(message.discord_name, file.name, file.size, file.url)
        try:
            with trio.fail_after(UPLOAD_S):
                sentence = await self.hand_in(message.player, upload)
        except (trio.TooSlowError, *_FAILURES) as failure:
            log.warning("upload.lost", player=message.player, reason=repr(failure))
            conclude("failed")
            sentence = notice_of(failure)
        if sentence is not None:
            await self._write(message, sentence)

    async def _hint(self, message: Wrote) -> None:
        now = trio.current_time()
        if now - self._hinted.get(message.player, -HINT_EVERY_S) < HINT_EVERY_S:
            return
        self._hinted[message.player] = now
        self._hinted.move_to_end(message.player)
        while len(self._hinted) > MOST_HINTED:
            self._hinted.popitem(last=False)
        await self._write(message, Notice("hello", Tone.PLAIN))

    async def _write(self, message: Wrote, notice: Notice) -> None:
        try:
            await self.post.send(message.channel, notice, int(message.message), Priority.QUEUE)
        except (Gone, Unavailable) as failure:
            log.warning("answer.lost", player=message.player, reason=str(failure))


def _acknowledged() -> None:
    """Discord has taken the first answer of the flow at hand."""
    flow = current()
    if flow is not None:
        flow.acknowledged()


def letter_of(event: Interaction) -> Call[Answer] | Notice:
    """The letter for the session, or why there is none."""
    if isinstance(event, CommandUsed):
        if event.in_guild and event.name.partition(" ")[0] not in STAFF_COMMANDS:
            return Notice("use-dm")
        return Commanded(event.name, event.discord_name, event.options)
    return _press_of(event)


def _press_of(event: Clicked | Submitted) -> Pressed | Notice:
    picked = custom_ids.parse(event.custom_id)
    if picked is None:
        return Notice("old-card")
    if picked.press in _OF_ONE_PLAYER and picked.subject not in (0, event.player):
        return Notice("not-your-card")
    place = None if event.private else event.place
    if isinstance(event, Clicked):
        return Pressed(replace(picked, values=event.values), event.discord_name, place)
    return Pressed(replace(picked, fields=dict(event.fields)), event.discord_name, place)


def notice_of(failure: BaseException) -> Notice:
    """What a person is told when their session did not answer."""
    match failure:
        case OutcomeUnknown():
            return Notice("unexpected")
        case Unavailable():
            return Notice("storage-away")
        case MailboxFull() | MaxChildrenError() | NotRunning() | Restarting() | TooSlow():
            return Notice("busy")
        case HandlerFailed(__cause__=Unavailable()) | StartError(__cause__=Unavailable()):
            return Notice("storage-away")
        case Reject(__cause__=KernelError() as asked_in_vain):
            return notice_of(asked_in_vain)
        case _:
            return Notice("unexpected")
