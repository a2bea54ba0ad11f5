"""A `Store` in memory, held to the same laws as PostgreSQL by `tests/storage/test_store.py`.

`troubles` makes the world go wrong on request: an exception raised before a method does
anything, or after it did everything (the lost answer to a commit).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from actors.ports import (
    CardRow,
    DuplicateReplay,
    Invariant,
    Joined,
    Place,
    Proposal,
    Reader,
    Record,
    Refused,
    ReplayAnswer,
    ReplayRow,
    Saved,
    Stale,
    Subject,
    Tally,
)
from actors.rules.allowed import AllowList, Version, VersionId
from actors.rules.ids import MapKey, MatchId, PlayerId, ReplayDigest, ReplayId
from actors.rules.match import Cause, Match, Phase, Save, begin
from actors.rules.penalty import Offence
from actors.rules.player import Draft, Player, Preferences, Profile
from actors.rules.queue import Crowd, Member
from actors.rules.rank import Standing
from actors.rules.replay import ReplayFacts, Verdict
from tests.fakes import ladder_book
from tests.fakes.staff_book import StaffTables
from tests.fakes.tables import Trouble

__all__ = ["FakeStore", "Trouble"]


@dataclass(slots=True)
class FakeStore(StaffTables):
    """Each method is one transaction: it checks, then changes, without a pause."""

    # for tests, beside the port

    async def ensure_staff(self, staff: Sequence[PlayerId]) -> None:
        await self._begin("ensure_staff")
        self.staff.update(staff)
        self._end("ensure_staff")

    # players

    async def player(self, player: PlayerId, discord_name: str, now: datetime) -> Player:
        await self._begin("player")
        row = self.players.get(player, Player(id=player, discord_name=discord_name))
        self.players[player] = replace(row, discord_name=discord_name)
        self._end("player")
        return self._seen(player, now)

    async def accept_terms(self, player: PlayerId, accepted: bool, now: datetime) -> None:
        await self._begin("accept_terms")
        self.players[player] = replace(self.players[player], accepted_terms=accepted)
        self.terms_at[player] = now
        self._end("accept_terms")

    async def save_draft(self, player: PlayerId, draft: Draft | None) -> None:
        await self._begin("save_draft")
        self.players[player] = replace(self.players[player], draft=draft)
        self._end("save_draft")

    async def save_profile(self, player: PlayerId, profile: Profile, now: datetime) -> bool:
        await self._begin("save_profile")
        names = {
            row.profile.name.lower() for row in self.players.values() if row.profile and row.id != player
        }
        if profile.name.lower() in names:
            return False
        old = self.players[player].profile
        for name in ("name", "battletag", "alt_names", "country", "region"):
            if old is None or getattr(old, name) != getattr(profile, name):
                self.log.append((player, name, now))
        self.players[player] = replace(self.players[player], profile=profile, draft=None)
        self._end("save_profile")
        return True

    async def save_preferences(self, player: PlayerId, preferences: Preferences) -> None:
        await self._begin("save_preferences")
        self.players[player] = replace(self.players[player], preferences=preferences)
        self._end("save_preferences")

    async def reached(self, player: PlayerId) -> None:
        await self._begin("reached")
        self.players[player] = replace(self.players[player], unreachable=False)
        self._end("reached")

    async def is_staff(self, player: PlayerId) -> bool:
        await self._begin("is_staff")
        return player in self.staff

    async def record(self, player: PlayerId, now: datetime) -> Record:
        await self._begin("record")
        return Record(
            aborts=ladder_book.earlier(self.penalties, player, Offence.ABORT, now, self.settings),
            no_shows=ladder_book.earlier(self.penalties, player, Offence.NO_SHOW, now, self.settings),
            timed_out_until=self._timeout(player, now),
        )

    # queue

    async def join(self, player: PlayerId, place: Place, now: datetime) -> Joined | Refused:
        await self._begin("join")
        refused = self._refusal(player, now)
        if refused is not None:
            return refused
        row = self.players[player]
        assert row.profile is not None
        wanted = row.preferences
        member = Member(
            player=player,
            bw=wanted.bw,
            sc2=wanted.sc2,
            bw_rating=row.ratings.get(wanted.bw, self.settings.rating_start) if wanted.bw else None,
            sc2_rating=row.ratings.get(wanted.sc2, self.settings.rating_start) if wanted.sc2 else None,
            vetoes=wanted.vetoes,
            region=row.profile.region,
            joined_at=now,
        )
        self.queue[player] = member
        card = self.box.bump(Reader(player=player), Subject("queue"), now, place)
        self._end("join")
        return Joined(member, card)

    async def leave(self, player: PlayerId, now: datetime) -> CardRow | None:
        await self._begin("leave")
        if self.queue.pop(player, None) is None:
            return None
        card = self.box.bump(Reader(player=player), Subject("queue"), now)
        self._end("leave")
        return card

    async def waiting(self) -> tuple[Member, ...]:
        await self._begin("waiting")
        return tuple(sorted(self.queue.values(), key=lambda member: (member.joined_at, member.player)))

    async def met(
        self, players: Sequence[PlayerId], since: datetime
    ) -> Mapping[frozenset[PlayerId], datetime]:
        await self._begin("met")
        found: dict[frozenset[PlayerId], datetime] = {}
        for match in sorted(self.matches.values(), key=lambda match: match.paired_at):
            pair = frozenset(match.players)
            if match.phase is not Phase.VOID and match.paired_at >= since and pair <= set(players):
                found[pair] = match.paired_at
        return found

    async def recent_maps(self, players: Sequence[PlayerId], count: int) -> tuple[MapKey, ...]:
        await self._begin("recent_maps")
        played = [match for match in self.matches.values() if match.phase is not Phase.VOID]
        played.sort(key=lambda match: (match.paired_at, match.id), reverse=True)
        chosen = {match.id for who in players for match in [m for m in played if who in m.players][:count]}
        return tuple(match.map for match in played if match.id in chosen)

    async def crowd(self) -> Crowd:
        await self._begin("crowd")
        waiting = self.queue.values()
        return Crowd(
            bw_only=sum(member.sc2 is None for member in waiting),
            sc2_only=sum(member.bw is None for member in waiting),
            both=sum(member.bw is not None and member.sc2 is not None for member in waiting),
            open_matches=sum(match.phase.open for match in self.matches.values()),
        )

    # matches

    async def pair(self, proposal: Proposal, now: datetime) -> Saved | None:
        await self._begin("pair")
        members = (proposal.bw, proposal.sc2)
        for member in members:
            stored = self.queue.get(member.player)
            if stored is None or stored.joined_at != member.joined_at:
                return None
        number = MatchId(len(self.matches) + 1)
        sides = (self._side(proposal, 0), self._side(proposal, 1))
        blank = Match(
            id=number, sides=sides, map=proposal.map, server=ladder_book.server(proposal), paired_at=now
        )
        match = begin(blank, now, self.settings)
        for member in members:
            del self.queue[member.player]
        self.matches[number] = match
        self.seeds[number] = proposal.seed
        self.events.append((number, "paired"))
        readers = [Reader(player=member.player) for member in members]
        queue_cards = tuple(self.box.bump(reader, Subject("queue"), now) for reader in readers)
        found_cards = tuple(self.box.bump(reader, Subject("found", number), now) for reader in readers)
        self._end("pair")
        return Saved(match, queue_cards + found_cards)

    async def save_wave(self, members: Sequence[Member], matches: Sequence[MatchId], now: datetime) -> None:
        await self._begin("save_wave")
        self.waves.append((tuple(members), tuple(matches), now))
        self._end("save_wave")

    async def match(self, match: MatchId) -> Match | None:
        await self._begin("match")
        return self.matches.get(match)

    async def open_matches(self) -> tuple[Match, ...]:
        await self._begin("open_matches")
        return tuple(match for match in self.matches.values() if match.phase.open)

    async def save_match(self, save: Save, now: datetime) -> Saved:
        await self._begin("save_match")
        stored = self.matches.get(save.match.id)
        if stored is None or stored.version != save.match.version:
            raise Stale(f"match {save.match.id} was saved by somebody else")
        saved = self._save(save, now)
        self._end("save_match")
        return saved

    # replays

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
        await self._begin("save_replay")
        reserved = self._reserved(facts.digest, match)
        if reserved is not None:
            return DuplicateReplay(reserved)
        assert uploader in self.matches[match].players
        same = [
            row for row in self.replays.values() if (row.match, row.facts.digest) == (match, facts.digest)
        ]
        if same:
            row = replace(
                same[0],
                facts=facts,
                findings=verdict.findings,
                accepted=same[0].accepted or verdict.accepted,
                word=same[0].word if word is None else word,
                kept=True,
            )
        else:
            number = ReplayId(len(self.replays) + 1)
            row = ReplayRow(
                number, match, uploader, facts, verdict.findings, accepted=verdict.accepted, word=word
            )
            self.uploaded_at[number] = now
        self.replays[row.id] = row
        self._end("save_replay")
        return row

    async def judge_replay(
        self, replay: ReplayId, verdict: Verdict, word: bool | None = None
    ) -> ReplayAnswer:
        await self._begin("judge_replay")
        old = self.replays[replay]
        reserved = self._reserved(old.facts.digest, old.match)
        if verdict.accepted and reserved is not None:
            return DuplicateReplay(reserved)
        self.replays[replay] = replace(
            old,
            findings=verdict.findings,
            accepted=old.accepted or verdict.accepted,
            word=old.word if word is None else word,
        )
        self._end("judge_replay")
        return self.replays[replay]

    def _reserved(self, digest: ReplayDigest, match: MatchId) -> MatchId | None:
        """For which other match this file was accepted."""
        rows = [row for row in self.replays.values() if row.facts.digest == digest and row.accepted]
        return next((row.match for row in rows if row.match != match), None)

    async def replay(self, replay: ReplayId) -> ReplayRow | None:
        await self._begin("replay")
        return self.replays.get(replay)

    async def replays_of(self, match: MatchId) -> tuple[ReplayRow, ...]:
        await self._begin("replays_of")
        return tuple(row for row in self.replays.values() if row.match == match)

    async def contestable(self, player: PlayerId, since: datetime) -> MatchId | None:
        await self._begin("contestable")
        found = [
            (match.ended_at, match.id)
            for match in self.matches.values()
            if player in match.players
            and match.phase is Phase.SETTLED
            and match.cause in {Cause.REPLAY, Cause.ONE_REPORT}
            and match.confirmation is match.objection is None
            and (any(side.claim is None for side in match.sides) or match.contested)
            and match.ended_at is not None
            and match.ended_at > since
        ]
        return max(found)[1] if found else None

    async def stale_files(self, before: datetime, most: int) -> tuple[ReplayDigest, ...]:
        await self._begin("stale_files")
        fresh = {
            row.facts.digest
            for row in self.replays.values()
            if not ladder_book.over_since(self.matches[row.match], before)
        }
        old = {row.facts.digest for row in self.replays.values() if row.kept}
        return tuple(sorted(old - fresh))[:most]

    async def drop_files(self, digests: Sequence[ReplayDigest], now: datetime) -> None:
        await self._begin("drop_files")
        for number, row in self.replays.items():
            if row.facts.digest in digests:
                self.replays[number] = replace(row, kept=False)

    async def allowed(self) -> AllowList:
        await self._begin("allowed")
        return AllowList(tuple(self.versions))

    async def learn_versions(self, versions: Sequence[Version], by: PlayerId, now: datetime) -> None:
        await self._begin("learn_versions")
        for version in versions:
            known = {each.same: place for place, each in enumerate(self.versions)}
            if version.same in known:
                place = known[version.same]
                self.versions[place] = replace(self.versions[place], name=version.name, retired=False)
            else:
                self.versions.append(replace(version, id=VersionId(len(self.versions) + 1)))
        self._end("learn_versions")

    async def ensure_versions(self, versions: Sequence[Version], now: datetime) -> None:
        await self._begin("ensure_versions")
        known = {each.same for each in self.versions}
        for version in versions:
            if version.same not in known:
                self.versions.append(replace(version, id=VersionId(len(self.versions) + 1)))

    async def retire_version(self, version: VersionId, by: PlayerId, now: datetime) -> bool:
        await self._begin("retire_version")
        for place, each in enumerate(self.versions):
            if each.id == version and not each.retired:
                self.versions[place] = replace(each, retired=True)
                return True
        return False

    async def learn_toons(self, toons: Mapping[PlayerId, str]) -> None:
        await self._begin("learn_toons")
        for player, toon in toons.items():
            self.toons.setdefault(player, set()).add(toon)
        self._end("learn_toons")

    # cards

    async def pending_cards(self) -> tuple[CardRow, ...]:
        await self._begin("pending_cards")
        return self.box.pending()

    async def card(self, reader: Reader, subject: Subject) -> CardRow | None:
        await self._begin("card")
        return self.box.find(reader, subject)

    async def new_card(self, reader: Reader, subject: Subject, now: datetime) -> CardRow:
        await self._begin("new_card")
        card = self.box.bump(reader, subject, now)
        self._end("new_card")
        return card

    async def card_shown(self, card: int, place: Place, generation: int) -> None:
        await self._begin("card_shown")
        self.box.shown(card, place, generation)
        self._end("card_shown")

    async def card_tried(self, card: int, reason: str) -> None:
        await self._begin("card_tried")
        self.box.tried(card, reason)
        self._end("card_tried")

    async def card_deleted(self, card: int, now: datetime) -> None:
        await self._begin("card_deleted")
        self.box.deleted(card, now)
        self._end("card_deleted")

    async def card_lost(self, card: int, reason: str, recipient_lost: bool) -> None:
        await self._begin("card_lost")
        player = self.box.lost(card, reason)
        if recipient_lost and player is not None:
            self.players[player] = replace(self.players[player], unreachable=True)
        self._end("card_lost")

    # ladder

    async def standings(self, since: datetime | None = None) -> tuple[Standing, ...]:
        await self._begin("standings")
        played = ladder_book.standings(self.matches.values(), self.players)
        return played if since is None else (*played, *ladder_book.unplayed(played, self.players, since))

    async def tally(self) -> Tally:
        await self._begin("tally")
        return ladder_book.tally(self.matches.values(), self.ever_disputed)

    async def audit(self, now: datetime) -> tuple[Invariant, ...]:
        await self._begin("audit")
        late = [row.id for row in self.box.behind() if now - row.behind_since > ladder_book.CARD_LAG]
        found = ladder_book.audit(self.matches.values(), self.queue, self.players, self.ledger, self.settings)
        return (*found, Invariant("card long out of date", not late, repr(late) if late else ""))
