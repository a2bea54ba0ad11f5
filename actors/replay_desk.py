"""The replay desk: takes an upload, has it read, verifies it, tells the match.

It owns nothing but the uploads in work. What a replay proves is decided in
`rules.replay`; what follows for the match is the match's to decide.

Restart: permanent. Who handed an upload in waits for its end (`actors.uploads`) and
hands it in again when this process dies: the same file is the same upload.
"""

from collections.abc import Sequence

import structlog
import trio

from actors import courier
from actors import match as matches
from actors.doors import Doors
from actors.keys import REPLAY_DESK
from actors.messages import Show, Upload
from actors.ports import Gone, Reader, ReplayRow, Subject, Unavailable, Unreadable
from actors.rules.ids import PlayerId
from actors.rules.match import Match, Phase, ReplayVerified
from actors.rules.replay import Finding, ReplayFacts, learned_toons
from actors.rules.replay_match import expectation, verdict_of
from actors.rules.screens import Notice, ReplayCard
from supervision import Actor, ChildSpec, KernelError, ReplyTo, begin, checkpoint

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

    async def handle(self, upload: Upload) -> Notice | None:
        """Begin to work on an upload and answer at its end; the next need not wait for it."""
        if self._in_work >= AT_ONCE:
            return Notice("busy")
        self._in_work += 1
        self.context.tasks.start_soon(self._work, upload, self.context.defer())
        return None

    async def _work(self, upload: Upload, asker: ReplyTo) -> None:
        sentence: Notice | None = None
        try:
            with begin("replay_upload", match=int(upload.match)), trio.fail_after(UPLOAD_S):
                await self._judge(upload)
        except Refusal as refusal:
            log.info("replay.refused", match=upload.match, player=upload.uploader, reason=refusal.notice.key)
            sentence = refusal.notice
        except (Unavailable, trio.TooSlowError):
            sentence = Notice("storage-away")
        self._in_work -= 1
        asker.answer(sentence)

    async def _judge(self, upload: Upload) -> None:
        match = await self._live_match(upload)
        facts = await self._facts(upload)
        checkpoint("parse_replay_complete")
        now, settings = self._doors.clock.now(), self._doors.settings
        verdict = verdict_of(match, facts, now, settings)
        row = await self._stored(match, upload.uploader, facts, verdict.findings)
        checkpoint("replay_stored")
        settles = verdict.outcome is not None and match.phase is Phase.LIVE
        if verdict.outcome is not None:  # first: what follows may find the store away
            await self._settle(match, ReplayVerified(row.id, verdict.outcome))
        await self._show(upload, row, Phase.SETTLED if settles else match.phase)
        if verdict.outcome is not None:
            await self._learn(match, facts)

    async def _stored(
        self, match: Match, uploader: PlayerId, facts: ReplayFacts, findings: Sequence[Finding]
    ) -> ReplayRow:
        """The upload as stored, now or by a desk that did not live to tell of it."""
        store, now = self._doors.store, self._doors.clock.now()
        row = await store.save_replay(match.id, uploader, facts, findings, now)
        if isinstance(row, ReplayRow):
            return row
        for before in await store.replays_of(match.id):
            if (before.facts.digest, before.uploader) == (facts.digest, uploader):
                return before
        raise Refusal(Notice("upload-duplicate", values={"match": int(row.match)}))

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
