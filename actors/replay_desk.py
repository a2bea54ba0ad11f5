"""The replay desk: takes an upload, has it read, verifies it, tells the match.

It owns nothing but the uploads in work. What a replay proves is decided in
`rules.verification`; what follows for the match is the match's to decide. Each day
it throws away the files that no match needs any more.

Restart: permanent. Who handed an upload in waits for its end (`actors.uploads`) and
hands it in again when this process dies: the same file is the same upload.
"""

from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

import structlog
import trio

from actors import courier
from actors import match as matches
from actors.boundaries import Boundary, passed
from actors.cards import is_asked, of_replay
from actors.doors import Doors
from actors.judging import learn_accounts
from actors.keys import REPLAY_DESK
from actors.messages import LookAgain, Show, Upload
from actors.ports import DuplicateReplay, Gone, Reader, ReplayRow, Subject, Unavailable, Unreadable
from actors.rules import match as rules
from actors.rules import replay
from actors.rules.ids import PlayerId
from actors.rules.match import Match, Phase, ReplayVerified, may_be_contested
from actors.rules.replay import ReplayFacts
from actors.rules.replay_match import expectation
from actors.rules.screens import Notice
from actors.rules.verification import verify
from supervision import Actor, ChildSpec, KernelError, ReplyTo
from supervision.flow import conclude, follow, step

log = structlog.get_logger()

AT_ONCE = 8
"""Uploads in work; more are answered at once with a request to try again."""
UPLOAD_S = 60.0
"""One upload from the first byte to the verdict."""
JUDGED_AT_ONCE = 2
"""Uploads read, stored and shown at the same time; clicks must not wait behind a heap of them."""
SWEEP_S = 86400.0
FIRST_SWEEP_S = 300.0
SWEPT = 500
"""Files thrown away in one sweep; the rest waits a day."""


class _Sweep:
    """Look for files that nobody needs any more."""


Letter: TypeAlias = Upload | _Sweep


class Refusal(Exception):
    """An upload that changes nothing, with the sentence that says why."""

    def __init__(self, notice: Notice, status: str = "refused") -> None:
        super().__init__(notice.key)
        self.notice = notice
        self.status = status
        """How the flow of the upload ends."""


def spec(doors: Doors) -> ChildSpec:
    """How the desk is started."""
    return ChildSpec(id="replay_desk", key=REPLAY_DESK, start=lambda: ReplayDesk(doors))


class ReplayDesk(Actor[Letter]):
    """Uploads in work."""

    tasks = True

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._in_work = 0
        self._judging = trio.CapacityLimiter(JUDGED_AT_ONCE)

    def describe(self) -> str:
        """How many uploads are in work."""
        return f"{self._in_work} of at most {AT_ONCE} uploads in work"

    async def resume(self) -> None:
        """The first sweep waits until the evening has begun."""
        self.context.timers.arm("sweep", FIRST_SWEEP_S, _Sweep())

    async def handle(self, letter: Letter) -> Notice | None:
        """Begin to work on an upload and answer at its end; the next need not wait for it."""
        if isinstance(letter, _Sweep):
            self.context.timers.arm("sweep", SWEEP_S, _Sweep())
            self.context.tasks.start_soon(self._sweep)
            return None
        if self._in_work >= AT_ONCE:
            return Notice("busy")
        self._in_work += 1
        self.context.tasks.start_soon(self._work, letter, self.context.defer())
        return None

    async def _work(self, upload: Upload, asker: ReplyTo) -> None:
        sentence: Notice | None = None
        try:
            with trio.fail_after(UPLOAD_S):
                await self._take(upload)
        except Refusal as refusal:
            log.info("replay.refused", match=upload.match, player=upload.uploader, reason=refusal.notice.key)
            conclude(refusal.status)
            sentence = refusal.notice
        except (Unavailable, trio.TooSlowError):
            # What was stored before the answer was lost, the match finds when it looks again.
            conclude("put_off")
            await self._tell_match(upload, LookAgain())
            sentence = Notice("storage-away")
        self._in_work -= 1
        asker.answer(sentence)

    async def _take(self, upload: Upload) -> None:
        match, earlier = await self._wanted(upload)
        content = await self._content(upload)
        async with self._judging:
            await self._judge(upload, match, earlier, content)

    async def _judge(
        self, upload: Upload, match: Match, earlier: tuple[ReplayRow, ...], content: bytes
    ) -> None:
        facts = await self._facts(content)
        who = _whose(upload.uploader, facts, earlier)
        now, settings = self._doors.clock.now(), self._doors.settings
        with step("validate_replay_data"):
            allowed = await self._doors.store.allowed()
            verdict = verify(facts, expectation(match, allowed), who, now, settings)
        with step("storage_and_verification"):
            row = await self._doors.store.save_replay(
                match.id, who.uploader, facts, verdict, now, word=who.word
            )
        if isinstance(row, DuplicateReplay):
            raise Refusal(Notice("upload-duplicate", values={"match": int(row.match)}))
        passed(Boundary.DESK_STORED)
        with step("update_match_views"):
            await self._spread(upload, match, row, verdict)
        await learn_accounts(match, facts, verdict, self._doors)

    async def _spread(self, upload: Upload, match: Match, row: ReplayRow, verdict: replay.Verdict) -> None:
        now, settings = self._doors.clock.now(), self._doors.settings
        after = match
        if verdict.outcome is not None:  # first: what follows may find the store away
            news = ReplayVerified(row.id, verdict.outcome)
            after = rules.decide(match, news, now, settings).match
            await self._tell_match(upload, news)
        passed(Boundary.DESK_TOLD)
        log.info("replay.judged", match=match.id, replay=row.id, accepted=verdict.accepted)
        await self._show(upload.uploader, after, row)
        for player in match.players:
            if is_asked(after, row, player):
                await self._show(player, after, row)

    async def _wanted(self, upload: Upload) -> tuple[Match, tuple[ReplayRow, ...]]:
        """The match, when a replay can still say something about it, and what was sent for it before."""
        match = await self._doors.store.match(upload.match)
        now, settings = self._doors.clock.now(), self._doors.settings
        if match is None or not (
            match.phase in {Phase.LIVE, Phase.DISPUTED}
            or may_be_contested(match, now, settings)
            or (match.contested and match.differ)
        ):
            raise Refusal(Notice("upload-not-live", values={"match": int(upload.match)}))
        earlier = await self._doors.store.replays_of(match.id)
        if sum(row.uploader == upload.uploader for row in earlier) >= settings.replays_each:
            raise Refusal(Notice("upload-too-many", values={"most": settings.replays_each}))
        return match, earlier

    async def _content(self, upload: Upload) -> bytes:
        limit = self._doors.settings.replay_max_bytes
        if upload.size > limit:
            raise Refusal(Notice("upload-too-large"))
        try:
            with step("download_replay"):
                return await self._doors.downloads.fetch(upload.url, limit)
        except Gone as gone:
            raise Refusal(Notice("upload-expired")) from gone

    async def _facts(self, content: bytes) -> ReplayFacts:
        try:
            with step("parse_replay"):
                facts = await self._doors.reader.read(content)
        except Unreadable as unreadable:
            raise Refusal(Notice(f"upload-{unreadable.reason}"), "parse_failed") from unreadable
        passed(Boundary.DESK_READ)
        with step("keep_file"):
            await self._doors.files.put(content)
        passed(Boundary.DESK_KEPT)
        return facts

    async def _tell_match(self, upload: Upload, news: ReplayVerified | LookAgain) -> None:
        try:
            with follow(None):  # what follows for the match is timed by itself
                ref = await matches.wake(self.context.registry, self._doors, upload.match)
                ref.cast(news)
        except (KernelError, Unavailable) as refused:
            # The replay is stored with its verdict: the match finds it when it starts again.
            log.warning("match.unheard", match=upload.match, reason=type(refused).__name__)

    async def _show(self, player: PlayerId, match: Match, row: ReplayRow) -> None:
        reader = Reader(player=player)
        card = await self._doors.store.new_card(
            reader, Subject("replay", int(row.id)), self._doors.clock.now()
        )
        screen = of_replay(match, row, player)
        await courier.tell(self.context.registry, self._doors, reader, Show(card, screen))

    async def _sweep(self) -> None:
        now = self._doors.clock.now()
        before = now - timedelta(seconds=self._doors.settings.replay_keep_s)
        try:
            stale = await self._doors.store.stale_files(before, SWEPT)
            for digest in stale:
                await self._doors.files.drop(digest)
            if stale:
                await self._doors.store.drop_files(stale, now)
        except Unavailable as away:
            log.warning("sweep.put_off", reason=str(away))
        else:
            log.info("replays.swept", files=len(stale))


def _whose(uploader: PlayerId, facts: ReplayFacts, earlier: tuple[ReplayRow, ...]) -> replay.Upload:
    """The same file again is the same upload; when the other player sends it too, that is a yes."""
    before = next((row.upload for row in earlier if row.facts.digest == facts.digest), None)
    if before is None:
        return replay.Upload(uploader)
    return before if before.uploader == uploader else replace(before, word=True)
