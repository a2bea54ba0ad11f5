"""The replay desk: takes an upload, has it read, verifies it, tells the match.

It owns nothing but the uploads in work. What a replay proves is decided in
`rules.replay`; what follows for the match is the match's to decide.

Restart: permanent. A replay that was stored and not yet told is found by its
match at the match's start; an upload that was not stored has to be sent again.
"""

import structlog
import trio

from actors import courier
from actors import match as matches
from actors.doors import Doors
from actors.keys import REPLAY_DESK
from actors.messages import Show, Tell, Upload
from actors.ports import DuplicateReplay, Gone, Reader, ReplayRow, Subject, Unavailable, Unreadable
from actors.rules.match import Match, Phase, ReplayVerified
from actors.rules.replay import ReplayFacts, learned_toons
from actors.rules.replay_match import expectation, verdict_of
from actors.rules.screens import Notice, ReplayCard
from supervision import Actor, ChildSpec, KernelError, begin, checkpoint

log = structlog.get_logger()

AT_ONCE = 8
"""Uploads in work; more are answered at once with a request to try again."""
UPLOAD_S = 60.0
"""One upload from the first byte to the verdict."""


class Refusal(Exception):
    """An upload that changes nothing, with the sentence that says why."""

    def __init__(self, notice: Notice) -> None:
        super().__init__(notice.key)
        self.notice = notice


def spec(doors: Doors) -> ChildSpec:
    """How the desk is started."""
    return ChildSpec(id="replay_desk", key=REPLAY_DESK, start=lambda: ReplayDesk(doors))


class ReplayDesk(Actor[Upload]):
    """Uploads in work."""

    tasks = True

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._in_work = 0

    def describe(self) -> str:
        """How many uploads are in work."""
        return f"{self._in_work} of at most {AT_ONCE} uploads in work"

    async def handle(self, upload: Upload) -> None:
        """Begin to work on an upload; the next need not wait for it."""
        if self._in_work >= AT_ONCE:
            await self._say(upload, Notice("busy"))
            return
        self._in_work += 1
        self.context.tasks.start_soon(self._work, upload)

    async def _work(self, upload: Upload) -> None:
        try:
            with begin("replay_upload", match=int(upload.match)), trio.fail_after(UPLOAD_S):
                await self._judge(upload)
        except Refusal as refusal:
            log.info("replay.refused", match=upload.match, player=upload.uploader, reason=refusal.notice.key)
            await self._say(upload, refusal.notice)
        except (Unavailable, trio.TooSlowError):
            await self._say(upload, Notice("storage-away"))
        finally:
            self._in_work -= 1

    async def _judge(self, upload: Upload) -> None:
        match = await self._live_match(upload)
        facts = await self._facts(upload)
        checkpoint("parse_replay_complete")
        now, settings = self._doors.clock.now(), self._doors.settings
        verdict = verdict_of(match, facts, now, settings)
        row = await self._doors.store.save_replay(match.id, upload.uploader, facts, verdict.findings, now)
        if isinstance(row, DuplicateReplay):
            raise Refusal(Notice("upload-duplicate", values={"match": int(row.match)}))
        checkpoint("replay_stored")
        settles = verdict.outcome is not None and match.phase is Phase.LIVE
        if verdict.outcome is not None:  # first: what follows may find the store away
            await self._settle(match, ReplayVerified(row.id, verdict.outcome))
        await self._show(upload, row, Phase.SETTLED if settles else match.phase)
        if verdict.outcome is not None:
            await self._learn(match, facts)

    async def _live_match(self, upload: Upload) -> Match:
        match = await self._doors.store.match(upload.match)
        if match is None or match.phase not in {Phase.LIVE, Phase.DISPUTED}:
            raise Refusal(Notice("upload-not-live", values={"match": int(upload.match)}))
        return match

    async def _facts(self, upload: Upload) -> ReplayFacts:
        limit = self._doors.settings.replay_max_bytes
        if upload.size > limit:
            raise Refusal(Notice("upload-too-large"))
        try:
            content = await self._doors.downloads.fetch(upload.url, limit)
            checkpoint("download_replay_complete")
            facts = await self._doors.reader.read(content)
        except Gone as gone:
            raise Refusal(Notice("upload-expired")) from gone
        except Unreadable as unreadable:
            raise Refusal(Notice(f"upload-{unreadable.reason}")) from unreadable
        await self._doors.files.put(content)
        return facts

    async def _learn(self, match: Match, facts: ReplayFacts) -> None:
        toons = learned_toons(facts, expectation(match))
        if toons is not None:
            await self._doors.store.learn_toons(dict(zip(match.players, toons, strict=True)))

    async def _settle(self, match: Match, news: ReplayVerified) -> None:
        try:
            ref = await matches.wake(self.context.registry, self._doors, match.id)
            ref.cast(news)
        except KernelError as refused:
            # The replay is stored with its verdict: the match finds it when it starts again.
            log.warning("match.unheard", match=match.id, reason=type(refused).__name__)

    async def _show(self, upload: Upload, row: ReplayRow, phase: Phase) -> None:
        reader = Reader(player=upload.uploader)
        card = await self._doors.store.new_card(
            reader, Subject("replay", int(row.id)), self._doors.clock.now()
        )
        screen = ReplayCard(row.match, row.id, row.facts, row.findings, phase)
        await courier.tell(self.context.registry, self._doors, reader, Show(card, screen))

    async def _say(self, upload: Upload, notice: Notice) -> None:
        reader = Reader(player=upload.uploader)
        await courier.tell(self.context.registry, self._doors, reader, Tell(notice, upload.nonce))
