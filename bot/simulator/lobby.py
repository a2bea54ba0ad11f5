"""The game itself, as far as the ladder can know of it: two people meet, one wins, a replay is left behind.

It stands in for StarCraft II. People bring what their match cards told them; if the cards of the two
differ, somebody was told wrong.
"""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum

from actors.rules import maps
from actors.rules.ids import Gateway, MapKey, Race
from actors.rules.replay import Result
from bot.simulator.evening import Evening
from bot.simulator.replay_files import game_files
from bot.simulator.replay_spec import GameSpec, Seat
from bot.simulator.tempers import Character, win_chance

PLAY_S = (3.5, 6.5)
"""How long a game takes, at speed 1."""

MEET_S = 40.0
"""How long one waits for the other in the lobby."""

REPLAY_SHARE = 0.75
"""Games after which somebody uploads the replay, when neither minds."""

_IN_GAME = {
    Race.BW_TERRAN: "BW Terran",
    Race.BW_ZERG: "BW Zerg",
    Race.BW_PROTOSS: "BW Protoss",
    Race.SC2_TERRAN: "Terran",
    Race.SC2_ZERG: "Zerg",
    Race.SC2_PROTOSS: "Protoss",
}
"""As the mod names them in a replay of an English client (domain.md, 6)."""

_REALM = {Gateway.AMERICAS: 1, Gateway.EUROPE: 2, Gateway.ASIA: 3}


class NobodyCame(Exception):
    """The opponent did not come into the lobby."""


class Wish(Enum):
    """How a player wants the result to be told."""

    ANY = "any"
    MENU = "menu"
    UPLOAD = "upload"
    """To be the one who uploads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What a match card says about the game to be played."""

    match: int
    names: tuple[str, str]
    """Who plays Brood War, then who plays StarCraft II."""
    races: tuple[Race, Race]
    map: MapKey
    gateway: Gateway


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A game that was played to its end."""

    assignment: Assignment
    winner: str
    uploader: str | None
    """Who uploads the replay; None when both report by the menu."""
    seats: tuple[Character, Character]
    """In the order of the assignment."""
    ended_at: datetime
    length_s: float

    def spec(self) -> GameSpec:
        """The replay that this game leaves behind."""
        game = self.assignment
        known = maps.by_key(game.map)
        return GameSpec(
            players=(self._seat(0), self._seat(1)),
            map_name=known.full_name,
            handles=game_files(game.map, game.gateway),
            gateway=game.gateway,
            ended_at=self.ended_at,
            length_s=self.length_s,
            seed=game.match,
        )

    def _seat(self, place: int) -> Seat:
        person = self.seats[place]
        return Seat(
            name=person.name,
            race=_IN_GAME[self.assignment.races[place]],
            toon=f"{_REALM[self.assignment.gateway]}-S2-1-{person.account_number}",
            result=Result.WON if person.name == self.winner else Result.LOST,
        )


@dataclass(slots=True)
class _Table:
    """Two chairs."""

    assignment: Assignment
    host: Character
    wish: Wish
    over: asyncio.Future[Played] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    guests: int = 0


class Lobby:
    """Where players meet, by the number of their match."""

    def __init__(self, evening: Evening) -> None:
        self._evening = evening
        self._dice = random.Random(f"games {evening.options.seed}")
        self._tables: dict[int, _Table] = {}
        self._winners: dict[int, str] = {}
        self.games: list[Played] = []
        """All games of the evening, oldest first."""

    def winner(self, match: int) -> str | None:
        """Who won this game: what an honest witness tells a moderator. None when it was not played."""
        return self._winners.get(match)

    async def play(self, who: Character, assignment: Assignment, wish: Wish = Wish.ANY) -> Played:
        """Come into the lobby, wait for the opponent, play.

        Args:
            who: the player.
            assignment: what this player's match card says.
            wish: how this player wants to report.

        Returns:
            The same for both.

        Raises:
            NobodyCame: the opponent did not, in `MEET_S`.
        """
        table = self._tables.get(assignment.match)
        if table is None:
            table = self._tables[assignment.match] = _Table(assignment, who, wish)
            return await _wait(table, MEET_S * self._evening.patience)
        if table.assignment != assignment:
            told = f"told {assignment}, but {table.host.name} was told {table.assignment}"
            self._evening.surprise(who.name, told)
        played = await self._game(table, who, wish)
        if not table.over.done():
            table.over.set_result(played)
        return played

    async def _game(self, table: _Table, guest: Character, wish: Wish) -> Played:
        begun = datetime.now(UTC)
        await self._evening.hesitate(self._dice, *PLAY_S)
        ended = datetime.now(UTC)
        seats = _seated(table.assignment, table.host, guest)
        chance = win_chance(seats[0].skill, seats[1].skill)
        played = Played(
            assignment=table.assignment,
            winner=seats[0 if self._dice.random() < chance else 1].name,
            uploader=self._uploader({table.host.name: table.wish, guest.name: wish}),
            seats=seats,
            ended_at=ended,
            length_s=(ended - begun) / timedelta(seconds=1),
        )
        self._winners[table.assignment.match] = played.winner
        self.games.append(played)
        return played

    def _uploader(self, wishes: dict[str, Wish]) -> str | None:
        if Wish.MENU in wishes.values():
            return None
        eager = [name for name, wish in wishes.items() if wish is Wish.UPLOAD]
        if not eager and self._dice.random() >= REPLAY_SHARE:
            return None
        return self._dice.choice(eager or list(wishes))


async def _wait(table: _Table, within_s: float) -> Played:
    try:
        async with asyncio.timeout(within_s):
            return await asyncio.shield(table.over)
    except TimeoutError:
        raise NobodyCame(f"alone in the lobby of match #{table.assignment.match}") from None


def _seated(assignment: Assignment, one: Character, other: Character) -> tuple[Character, Character]:
    return (one, other) if one.name == assignment.names[0] else (other, one)
