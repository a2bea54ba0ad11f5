"""After a round: what Discord shows against what the database says.

lost      a player was told something that the database does not know
doubled   the same message twice
stuck     a match or a player that nothing moves on, or somebody who is not answered
stale     a message that does not show what the bot would draw now
    unguarded  something impossible that the database would have taken
audit     an invariant of the database that does not hold
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import trio

from actors.cards import QUEUE, screen_for
from actors.doors import Doors, TrioClock
from actors.ports import CardRow, Stale
from actors.rules.ids import MatchId
from actors.rules.match import Match, Phase, Save
from actors.rules.player import Queued
from actors.rules.screens import QueueClosed, ResultCard, Screen
from actors.rules.settings import Settings
from benchmarks.chaos.guards import Answer, ask_all
from benchmarks.chaos.stage import Stage
from bot.drawing import Drawing, draw
from bot.simulator.model import Channel, ChannelKind, Json, Message, User
from bot.simulator.payloads import view_json
from bot.simulator.refusals import NotSeen, SetupError
from bot.simulator.sight import LEAVE, Face, face, offers, title
from bot.text import texts_of
from storage import rows
from storage.embedded import open_postgres
from storage.pool import Pool, open_bridge, open_pool
from storage.sql import Query
from storage.store import PostgresStore

CAUGHT_UP_S = 90.0
"""How long cards may be behind after the last trouble."""
LOOK_S = 0.5

ALL_CARDS = Query("all_cards", "", "SELECT * FROM card ORDER BY id")
AFTER_THE_END = Query(
    "after_the_end",
    "",
    """SELECT format('match %s was %s, then came %s', e.match, p.phase, e.event) AS detail
    FROM match_event AS e
    JOIN match_event AS p ON p.match = e.match AND p.version = e.version - 1
    WHERE (p.phase IN ('settled', 'void')
            AND e.event NOT IN ('confirmed', 'contested', 'exhibited', 'upheld', 'overruled'))
        OR (e.event = 'live' AND p.phase <> 'paired')""",
)
RULED = Query("ruled", "", "SELECT match FROM match_event WHERE event = 'overruled'")
ANY_MATCH = Query("any_match", "", "SELECT min(id) FROM match WHERE phase IN ('settled', 'void')")
NAMED = Query("named", "", "SELECT id FROM player WHERE name IS NOT NULL")

GRAVE = (
    "to the wrong player",
    "has no result",
    "neither began nor was called off",
    "still busy",
    "was told",
    "does not say what to play",
)
"""Surprises that no weather excuses."""

KIND = {
    Face.FOUND: "found",
    Face.ASKING: "found",
    Face.CONFIRMED: "found",
    Face.CALLED_OFF: "found",
    Face.MATCH: "match",
    Face.RESULT: "result",
    Face.VOID: "result",
    Face.DISPUTE: "dispute",
}


KINDS = ("audit", "lost", "doubled", "stuck", "stale", "unguarded")


@dataclass(slots=True)
class Verdict:
    """What is wrong, in sentences; empty lists for a round that ended right."""

    audit: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    unguarded: list[str] = field(default_factory=list)
    matches: dict[str, int] = field(default_factory=dict)
    """By phase."""
    cards: int = 0
    """How many messages were compared with what the bot would draw."""
    results: int = 0
    """How many told results were looked up."""
    guards: int = 0
    """How many impossible things the database refused."""

    @property
    def wrong(self) -> dict[str, list[str]]:
        """What is wrong by kind."""
        return {name: getattr(self, name) for name in KINDS}


@dataclass(slots=True)
class Judge:
    """Looks at one round, while its bot still runs."""

    stage: Stage
    pool: Pool
    doors: Doors
    verdict: Verdict = field(default_factory=Verdict)
    state: Json = field(default_factory=dict)

    async def judge(self) -> Verdict:
        """Everything."""
        await self._catches_up()
        await self._probe()
        await self._catches_up()
        self.state = await self.stage.discord.state()
        self.verdict.audit = [
            f"{each.name}: {each.detail}"
            for each in await self.doors.store.audit(datetime.now(UTC))
            if not each.ok
        ]
        await self._nobody_is_held()
        await self._cards_show_the_truth()
        await self._what_was_told_is_known()
        self._nothing_is_there_twice()
        guards = await ask_all(self.pool)
        self.verdict.unguarded = [name for name, answer in guards.items() if answer is Answer.TAKEN]
        self.verdict.guards = sum(answer is Answer.REFUSED for answer in guards.values())
        await self._late_save_is_refused()
        return self.verdict

    async def _catches_up(self) -> None:
        """Cards that are behind are shown, or they are stale."""
        with trio.move_on_after(CAUGHT_UP_S):
            while behind := await self.doors.store.pending_cards():  # noqa: ASYNC110  # of another program
                await trio.sleep(LOOK_S)
            return
        self.verdict.stale += [f"never shown: {card}" for card in behind]

    async def _probe(self) -> None:
        """Everybody can act: a click is answered, and says that nothing holds them."""
        evening = (await self.stage.evening())["evening"]
        self.verdict.stuck += [said for said in evening.get("surprises", ()) if any(g in said for g in GRAVE)]
        if not evening.get("finished"):
            self.verdict.stuck.append(f"the evening did not end: {evening.get('situations')}")
        for user in (await self.stage.discord.state())["users"]:
            if not user["bot"] and user["name"] != "staff":
                await self._ask(user["name"])

    async def _ask(self, name: str) -> None:
        try:
            told = await self.stage.discord.person(name).slash("queue")
        except (NotSeen, SetupError, OSError) as error:
            self.verdict.stuck.append(f"{name} cannot ask: {error}")
            return
        held = "You are in match" in told.text or "Already in the queue" in told.text
        if told.failure or held:
            self.verdict.stuck.append(f"{name}: {told.failure or told.text.splitlines()[0]}")

    async def _nobody_is_held(self) -> None:
        store = self.doors.store
        tally = await store.tally()
        self.verdict.matches = {"settled": tally.settled, "void": tally.void, "open": tally.open}
        self.verdict.stuck += [f"open: {match.id} {match.phase}" for match in await store.open_matches()]
        self.verdict.stuck += [f"queued: {member.player}" for member in await store.waiting()]

    async def _late_save_is_refused(self) -> None:
        """Whoever decided on an old version of a match saves nothing."""
        number = await self.pool.fetchval(ANY_MATCH)
        match = None if number is None else await self.doors.store.match(MatchId(number))
        if match is None:
            return
        late = Save(replace(match, version=match.version - 1), "confirmed")
        try:
            await self.doors.store.save_match(late, datetime.now(UTC))
        except Stale:
            self.verdict.guards += 1
        else:
            self.verdict.unguarded.append("the version of a match")

    async def _cards_show_the_truth(self) -> None:
        shown = {int(view["id"]): view for view in self._views()}
        for row in await self.pool.fetch(ALL_CARDS):
            card = rows.card(row)
            if row["lost_reason"] is not None:
                continue
            view = shown.get(int(card.message or 0))
            if view is None:
                self.verdict.stale.append(f"no message of {card}")
                continue
            self.verdict.cards += 1
            if not await self._is_true(card, message_of(view)):
                self.verdict.stale.append(f"{card} shows {view['text']!r}")

    async def _is_true(self, card: CardRow, message: Message) -> bool:
        if card.subject == QUEUE:
            assert card.reader.player is not None
            player = await self.doors.store.player(card.reader.player, "", datetime.now(UTC))
            # Closed, or open for the next search: only whether it searches is kept up to date.
            return offers(message, LEAVE) == isinstance(player.situation, Queued)
        if card.subject.kind == "replay":
            return True  # what a replay meant when it came, not what became of the match
        screen = await screen_for(card, self.doors)
        return screen is not None and _look(message) == _look(drawn(screen))

    async def _what_was_told_is_known(self) -> None:
        self.verdict.lost += [row["detail"] for row in await self.pool.fetch(AFTER_THE_END)]
        ruled = {row["match"] for row in await self.pool.fetch(RULED)}
        for match, fields in sorted(set(self._told_results())):
            if match in ruled:
                continue  # it may have been told otherwise before
            self.verdict.results += 1
            known = await self.doors.store.match(MatchId(match))
            if known is None or known.phase is not Phase.SETTLED or fields not in _results(known):
                self.verdict.lost.append(f"match {match} was told to end as {fields}, known is {known}")
        named = {row["id"] for row in await self.pool.fetch(NAMED)}
        readers = {channel["id"]: channel["name"] for channel in self.state["channels"]}
        people = {user["name"]: int(user["id"]) for user in self.state["users"]}
        for view in self._views():
            name = readers.get(view["channel_id"], "")
            if title(message_of(view)) == "Set-up complete" and people.get(name, 0) not in named:
                self.verdict.lost.append(f"{name} was told that set-up is complete")

    def _told_results(self) -> Iterator[tuple[int, str]]:
        """Every result that ever left the bot, also on messages that show something else now."""
        with self.stage.traffic.open(encoding="utf-8") as lines:
            for line in lines:
                for embed in _embeds(json.loads(line)):
                    message = _message([embed], [])
                    seen = face(message)
                    if seen is not None and seen[0] is Face.RESULT:
                        yield seen[1], _fields(message)

    def _nothing_is_there_twice(self) -> None:
        seen: Counter[tuple[str, str, int]] = Counter()
        for view in self._views():
            message = message_of(view)
            found = face(message)
            if found is None or found[0] not in KIND or view["ephemeral_to"] is not None:
                continue
            if _look(message) != _look(drawn(QueueClosed(MatchId(found[1])))):
                seen[view["channel_id"], KIND[found[0]], found[1]] += 1
        self.verdict.doubled += [f"{times} times {what}" for what, times in seen.items() if times > 1]

    def _views(self) -> list[Json]:
        """Every message of the bot that is there."""
        names = {user["name"] for user in self.state["users"] if user["bot"]}
        found = [view for channel in self.state["channels"] for view in channel["messages"]]
        return [view for view in found if view["author"] in names]


def drawn(screen: Screen) -> Message:
    """What the bot would show now, as a person would see it."""
    drawing = draw(screen, texts_of())
    assert isinstance(drawing, Drawing)
    embeds = [cast("Json", embed.to_dict()) for embed in drawing.embeds]
    return _message(embeds, [cast("Json", row.to_component_dict()) for row in drawing.rows])


def message_of(view: Json) -> Message:
    """A message as the simulator showed it."""
    return _message(view["embeds"], view["components"])


def _message(embeds: list[Json], components: list[Json]) -> Message:
    nobody = User(id=0, name="", display_name="")
    channel = Channel(id=0, kind=ChannelKind.DM)
    return Message(id=0, channel=channel, author=nobody, embeds=embeds, components=components)


def _look(message: Message) -> object:
    """What can be read and used on it; Discord trims texts."""
    view = view_json(message)
    lines = [line.strip() for line in view["text"].splitlines()]
    return [line for line in lines if line], view["buttons"], view["selects"]


def _results(match: Match) -> set[str]:
    return {_fields(drawn(ResultCard(match, player))) for player in match.players}


def _fields(message: Message) -> str:
    """The two sides of a result card: who won, and what it did to the ratings."""
    sides = (message.embeds[0].get("fields") or [])[:2]
    return " / ".join(f"{each['name']} {each['value']}".replace("\n", " ").strip() for each in sides)


def _embeds(line: Mapping[str, Any]) -> Sequence[Json]:
    body = line.get("json")
    if not isinstance(body, dict):
        return ()
    body = body.get("data") or body
    return body.get("embeds") or () if isinstance(body, dict) else ()


@asynccontextmanager
async def open_judge(stage: Stage) -> AsyncIterator[Judge]:
    """A judge with a look into the database of the running bot."""
    async with open_bridge(), open_postgres(stage.folder) as dsn, open_pool(dsn) as pool:
        store = PostgresStore(pool, Settings(), None)
        clock = TrioClock(datetime.now(UTC), trio.current_time())
        absent = cast("Any", None)  # whoever only looks needs no other door
        doors = Doors(
            store=cast("Any", store),
            post=absent,
            downloads=absent,
            reader=absent,
            files=absent,
            clock=clock,
            luck=absent,
            settings=Settings(),
            staff_channel=None,
            look=absent,
        )
        yield Judge(stage, pool, doors)
