"""Replays and the allow-list: uploads, verdicts, versions, and files that nobody needs any more."""

from collections.abc import Sequence
from datetime import datetime

from actors.ports import DuplicateReplay, ReplayAnswer, ReplayRow
from actors.rules.allowed import AllowList, Version, VersionId
from actors.rules.ids import MatchId, PlayerId, ReplayDigest, ReplayId
from actors.rules.replay import ReplayFacts, Verdict
from storage import replay_rows as rows
from storage.connection import Connection, Row
from storage.errors import ConstraintBroken
from storage.room import Room

RESERVED = "file_settles_one_match"


class Replays(Room):
    """The part of the store that knows what was uploaded."""

    __slots__ = ()

    async def save_replay(
        self,
        match: MatchId,
        uploader: PlayerId,
        facts: ReplayFacts,
        verdict: Verdict,
        now: datetime,
        *,
        word: bool | None = None,
    ) -> ReplayAnswer:
        """Store an upload, the same again as the same; or say which match the file settled."""
        document = rows.facts_document(facts)
        findings = rows.findings_document(verdict.findings)
        values = (facts.digest, match, uploader, document, findings, verdict.accepted, now, word)
        try:
            row = await self.pool.fetchrow(self.sql.save_replay, *values)
        except ConstraintBroken as error:
            return await self._reserved(error, facts.digest)
        return await self._duplicate(facts.digest) if row is None else rows.replay(row)

    async def judge_replay(
        self, replay: ReplayId, verdict: Verdict, word: bool | None = None
    ) -> ReplayAnswer:
        """A new verdict over a stored upload, and the word of the one who was asked."""
        findings = rows.findings_document(verdict.findings)
        try:
            row = await self.pool.fetchrow(self.sql.judge_replay, replay, findings, verdict.accepted, word)
        except ConstraintBroken as error:
            digest = await self.pool.fetchval(self.sql.digest_of_replay, replay)
            return await self._reserved(error, ReplayDigest(digest))
        assert row is not None, "an upload is never deleted"
        return rows.replay(row)

    async def _reserved(self, error: ConstraintBroken, digest: ReplayDigest) -> DuplicateReplay:
        if error.constraint != RESERVED:
            raise error
        return await self._duplicate(digest)

    async def _duplicate(self, digest: ReplayDigest) -> DuplicateReplay:
        return DuplicateReplay(MatchId(await self.pool.fetchval(self.sql.match_of_digest, digest)))

    async def replay(self, replay: ReplayId) -> ReplayRow | None:
        """One upload as stored."""
        row = await self.pool.fetchrow(self.sql.read_replay, replay)
        return None if row is None else rows.replay(row)

    async def replays_of(self, match: MatchId) -> tuple[ReplayRow, ...]:
        """The uploads for this match, oldest first."""
        return tuple(map(rows.replay, await self.pool.fetch(self.sql.replays_of_match, match)))

    async def contestable(self, player: PlayerId, since: datetime) -> MatchId | None:
        """The last match of this player, ended after `since`, that another replay can confirm or contest."""
        number = await self.pool.fetchval(self.sql.contestable_match, player, since)
        return None if number is None else MatchId(number)

    # Files

    async def stale_files(self, before: datetime, most: int) -> tuple[ReplayDigest, ...]:
        """Files that were only sent for matches that ended before."""
        found: Sequence[Row] = await self.pool.fetch(self.sql.stale_files, before, most)
        return tuple(ReplayDigest(row["digest"]) for row in found)

    async def drop_files(self, digests: Sequence[ReplayDigest], now: datetime) -> None:
        """Their files are gone."""
        await self.pool.execute(self.sql.drop_files, list(digests), now)

    # The allow-list

    async def allowed(self) -> AllowList:
        """All versions of mod and maps, retired ones too."""
        return rows.allow_list(await self.pool.fetch(self.sql.read_versions))

    async def learn_versions(self, versions: Sequence[Version], by: PlayerId, now: datetime) -> None:
        """These count from now on; what was retired counts again."""
        await self.pool.execute(self.sql.learn_versions, rows.version_documents(versions), now, by)

    async def ensure_versions(self, versions: Sequence[Version], now: datetime) -> None:
        """Those that the ladder is shipped with; what staff retired stays retired."""
        await self.pool.execute(self.sql.ensure_versions, rows.version_documents(versions), now)

    async def retire_version(self, version: VersionId, by: PlayerId, now: datetime) -> bool:
        """It counts no more; False when there is none or it was retired before."""

        async def work(connection: Connection) -> bool:
            return await connection.fetchval(self.sql.retire_version, version, now, by) is not None

        return await self.pool.run(work)
