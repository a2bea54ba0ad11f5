"""Who plays in the storage tests, and short ways to bring them into a state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from actors.ports import Joined, Place, Proposal, Saved, Store
from actors.rules.ids import (
    ChannelId,
    Gateway,
    MapKey,
    MatchId,
    MessageId,
    PlayerId,
    Race,
    Rank,
    Region,
    ReplayDigest,
    Server,
)
from actors.rules.match import Abort, Command, Confirm, Delivered, Match, Report, Save, Step, decide
from actors.rules.player import Preferences, Profile
from actors.rules.queue import Member
from actors.rules.replay import (
    Check,
    Finding,
    Grade,
    Part,
    Reason,
    ReplayFacts,
    ReplayPlayer,
    Result,
    Verdict,
)
from actors.rules.report import Claim, Outcome
from actors.rules.settings import Settings

SETTINGS = Settings()
STAFF = ChannelId(900)
ALICE, BOB, EVE, MOD = PlayerId(11), PlayerId(12), PlayerId(13), PlayerId(14)
NAMES = {ALICE: "Alice", BOB: "Bobby", EVE: "Evelyn", MOD: "Modesta"}
BW, SC2 = Race.BW_ZERG, Race.SC2_TERRAN
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE = Place(ChannelId(500), MessageId(600))
THERE = Place(ChannelId(501), MessageId(601))


def later(seconds: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(seconds=seconds)


def since(match: Match, seconds: float) -> datetime:
    """So long after it was paired."""
    return match.paired_at + timedelta(seconds=seconds)


def profile(player: PlayerId) -> Profile:
    """What this player set up."""
    return Profile(
        name=NAMES[player],
        battletag=f"{NAMES[player]}#1234",
        alt_names=(f"{NAMES[player]}Two",),
        country="KR",
        region=Region.KRJ,
    )


async def settle_in(
    store: Store, player: PlayerId, *, bw: Race | None = None, sc2: Race | None = None
) -> None:
    """First contact, terms, profile, preferences."""
    await store.player(player, f"{NAMES[player]} of Discord", NOON)
    await store.accept_terms(player, True, NOON)
    assert await store.save_profile(player, profile(player), NOON)
    vetoes = frozenset({MapKey("radeon"), MapKey("eclipse")})
    await store.save_preferences(player, Preferences(bw=bw, sc2=sc2, vetoes=vetoes))


async def queue(store: Store, player: PlayerId, now: datetime = NOON, place: Place = HERE) -> Member:
    """Join, which must succeed."""
    joined = await store.join(player, place, now)
    assert isinstance(joined, Joined), joined
    return joined.member


async def both_wait(store: Store) -> Proposal:
    """Alice with Brood War and Bob with StarCraft II are in the queue."""
    await settle_in(store, ALICE, bw=BW)
    await settle_in(store, BOB, sc2=SC2)
    return proposal(await queue(store, ALICE), await queue(store, BOB, later(5), THERE))


def proposal(bw: Member, sc2: Member, map_key: str = "radeon") -> Proposal:
    """That these two play."""
    return Proposal(bw=bw, sc2=sc2, ranks=(Rank.B, Rank.U), map=MapKey(map_key), server=Server.KOR, seed=0.25)


async def paired(store: Store) -> Saved:
    """Alice and Bob were just put together."""
    saved = await store.pair(await both_wait(store), later(10))
    assert saved is not None
    return saved


async def step(store: Store, match: Match, command: Command, now: datetime) -> Saved:
    """One command on a match, decided and saved."""
    return await store.save_match(saves(decide(match, command, now, SETTINGS)), now)


def saves(done: Step) -> Save:
    """The save of a step that has one."""
    (save,) = [effect for effect in done.effects if isinstance(effect, Save)]
    return save


async def live(store: Store, match: Match | None = None) -> Match:
    """Both cards arrived and both confirmed."""
    match = match or (await paired(store)).match
    for player in match.players:
        match = (await step(store, match, Delivered(player), since(match, 1))).match
    for player in match.players:
        match = (await step(store, match, Confirm(player), since(match, 2))).match
    return match


async def settled(store: Store, match: Match | None = None) -> Saved:
    """The Brood War side won and both say so."""
    match = match or await live(store)
    match = (await step(store, match, Report(match.players[0], Claim.WON), since(match, 90))).match
    return await step(store, match, Report(match.players[1], Claim.LOST), since(match, 100))


async def disputed(store: Store) -> Saved:
    """Both say that they won."""
    match = await live(store)
    match = (await step(store, match, Report(match.players[0], Claim.WON), later(100))).match
    return await step(store, match, Report(match.players[1], Claim.WON), later(110))


async def aborted(store: Store, by: PlayerId, now: datetime) -> Saved:
    """Alice and Bob are paired at `now` and one of them aborts at once."""
    for player, place in ((ALICE, HERE), (BOB, THERE)):
        if player not in [member.player for member in await store.waiting()]:
            await queue(store, player, now, place)
    bw, sc2 = sorted(await store.waiting(), key=lambda member: member.player)
    saved = await store.pair(proposal(bw, sc2), now)
    assert saved is not None
    return await step(store, saved.match, Abort(by, sure=True), now)


async def an_evening(store: Store) -> None:
    """Match 1 settled (Alice beat Bob), 2 void (Alice aborted), 3 live (Modesta and Bob); Evelyn waits."""
    await settled(store)
    await store.save_replay(MatchId(1), ALICE, facts(), JUDGED, later(95))
    await aborted(store, ALICE, later(200))
    await settle_in(store, MOD, bw=BW)
    drawn = proposal(await queue(store, MOD, later(300)), (await store.waiting())[0])
    saved = await store.pair(drawn, later(300))
    assert saved is not None
    await live(store, saved.match)
    await settle_in(store, EVE, bw=BW, sc2=SC2)
    await queue(store, EVE, later(400))
    for card in await store.pending_cards():
        await store.card_shown(card.id, Place(ChannelId(1), MessageId(card.id)), card.generation)


def facts(digest: str = "d1") -> ReplayFacts:
    """What was read from a file."""
    alice = ReplayPlayer(
        name="Alice", clan="EVO", race="Zerg", result=Result.WON, human=True, toon="3-S2-1-1"
    )
    bob = replace(alice, name="Bobby", clan="", race="Terran", result=Result.LOST, toon="3-S2-1-2")
    return ReplayFacts(
        digest=ReplayDigest(digest),
        size=4321,
        build=94137,
        gateway=Gateway.ASIA,
        map_name="Radeon \u2603",
        map_hash="aa",
        handles=("bb", "aa"),
        players=(alice, bob),
        observers=("Eve",),
        ended_at=later(90),
        length_s=61.25,
        settings=(("Game Speed", "Faster"),),
        from_events=True,
        seed=2**32 - 1,
        contradictions=(Part.LENGTH,),
    )


FINDINGS = (
    Finding(Check.MAP, Grade.PASSED, "Radeon"),
    Finding(Check.NAMES, Grade.WARNED, "<b>'\x01", Reason.VOUCHED),
)
JUDGED = Verdict(FINDINGS)
ACCEPTED = Verdict(FINDINGS, Outcome.FIRST)
