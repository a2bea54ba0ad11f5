"""Players: profile, preferences, standing with the staff."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from actors.ports import Record
from actors.rules.ids import PlayerId
from actors.rules.player import Draft, Player, Preferences, Profile
from storage import rows
from storage.connection import Connection
from storage.errors import ConstraintBroken
from storage.room import Room


class Players(Room):
    """The part of the store that knows people."""

    __slots__ = ()

    async def player(self, player: PlayerId, discord_name: str, now: datetime) -> Player:
        """Everything a click may need, in one query; a first contact creates the row."""
        row = await self.pool.fetchrow(self.sql.see_player, player, discord_name, now)
        if row is None:  # two first contacts at once: the other's row was not visible yet
            row = await self.pool.fetchrow(self.sql.read_player, player, now)
        assert row is not None
        return rows.player(row)

    async def accept_terms(self, player: PlayerId, accepted: bool, now: datetime) -> None:
        """Accepted, or declined."""
        await self.pool.execute(self.sql.accept_terms, player, accepted, now)

    async def save_draft(self, player: PlayerId, draft: Draft | None) -> None:
        """What the player typed so far."""
        await self.pool.execute(self.sql.save_draft, player, rows.draft_document(draft))

    async def save_profile(self, player: PlayerId, profile: Profile, now: datetime) -> bool:
        """Store the profile, drop the draft; False when the name is taken."""

        async def work(connection: Connection) -> None:
            await connection.execute(
                self.sql.save_profile,
                player,
                profile.name,
                profile.battletag,
                list(profile.alt_names),
                profile.country,
                profile.region.value,
            )
            await connection.execute(self.sql.touch_ratings, player, now)

        try:
            await self.pool.run(work)
        except ConstraintBroken as error:
            if error.constraint != "player_name_once":
                raise
            return False
        return True

    async def save_preferences(self, player: PlayerId, preferences: Preferences) -> None:
        """The last choice is the next default."""
        await self.pool.execute(
            self.sql.save_preferences,
            player,
            preferences.bw and preferences.bw.value,
            preferences.sc2 and preferences.sc2.value,
            sorted(preferences.vetoes),
        )

    async def reached(self, player: PlayerId) -> None:
        """The player was told why the last match was called off."""
        await self.pool.execute(self.sql.reached, player)

    async def is_staff(self, player: PlayerId) -> bool:
        """Whether this person may rule."""
        return bool(await self.pool.fetchval(self.sql.is_staff, player))

    async def ensure_staff(self, staff: Sequence[PlayerId]) -> None:
        """Those named in the configuration may rule; nobody is taken off."""
        await self.pool.execute(self.sql.ensure_staff, list(staff))

    async def record(self, player: PlayerId, now: datetime) -> Record:
        """Aborts and no-shows in the rolling window, and a time-out that lies ahead."""
        since = now - timedelta(seconds=self.settings.penalty_window_s)
        row = await self.pool.fetchrow(self.sql.record, player, since, now)
        assert row is not None, "an aggregate has a row"
        return Record(aborts=row["aborts"], no_shows=row["no_shows"], timed_out_until=row["timed_out_until"])

    async def learn_toons(self, toons: Mapping[PlayerId, str]) -> None:
        """Remember the Battle.net accounts that a verified replay showed."""
        await self.pool.execute(self.sql.learn_toons, list(toons), list(toons.values()))
