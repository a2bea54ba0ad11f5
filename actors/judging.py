"""What follows from a verdict over a stored replay, whoever asked for it: desk, session, match or staff."""

from dataclasses import replace

import structlog

from actors.doors import Doors
from actors.ports import DuplicateReplay, ReplayRow
from actors.rules.match import Match, ReplayVerified
from actors.rules.replay import ReplayFacts, Verdict
from actors.rules.replay_match import expectation
from actors.rules.verification import learned_toons, verify

log = structlog.get_logger()


async def judge(match: Match, row: ReplayRow, doors: Doors, word: bool | None = None) -> Verdict:
    """Hold a stored replay against its match as both are now."""
    upload = row.upload if word is None else replace(row.upload, word=word)
    allowed = await doors.store.allowed()
    return verify(row.facts, expectation(match, allowed), upload, doors.clock.now(), doors.settings)


async def judge_again(match: Match, doors: Doors) -> tuple[ReplayVerified, ...]:
    """Judge all replays of a match anew and store what changed; those that prove something, oldest first."""
    proofs = []
    for row in await doors.store.replays_of(match.id):
        verdict = await judge(match, row, doors)
        if (verdict.findings, verdict.accepted) != (row.findings, row.accepted):
            judged = await doors.store.judge_replay(row.id, verdict)
            if isinstance(judged, DuplicateReplay):
                continue
            log.info("replay.judged_again", match=match.id, replay=row.id, accepted=verdict.accepted)
        if verdict.outcome is not None:
            proofs.append(ReplayVerified(row.id, verdict.outcome))
            await learn_accounts(match, row.facts, verdict, doors)
    return tuple(proofs)


async def learn_accounts(match: Match, facts: ReplayFacts, verdict: Verdict, doors: Doors) -> None:
    """Remember whose accounts these are, if the replay proves it."""
    allowed = await doors.store.allowed()
    toons = learned_toons(facts, expectation(match, allowed), verdict)
    if toons is not None:
        await doors.store.learn_toons(dict(zip(match.players, toons, strict=True)))
