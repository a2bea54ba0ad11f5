"""Clicks on the cards of a match and of replays: who decides, and what is too late."""

from contextlib import suppress

from actors.cards import is_asked, of_replay
from actors.doors import Doors
from actors.judging import judge, learn_accounts
from actors.keys import match_key
from actors.match import wake
from actors.messages import Answer, Command, LookAgain, Redisplay, Redraw, Say
from actors.ports import DuplicateReplay, Reader, Subject
from actors.rules import match as rules
from actors.rules.ids import MatchId, PlayerId, ReplayId
from actors.rules.player import Player
from actors.rules.report import Claim
from actors.rules.screens import Notice, Picked, Press
from actors.steps import finding, refused
from supervision import KernelError, NotRunning, Ref, Registry, conclude, step

WORDS = {Press.REPLAY_YES: True, Press.REPLAY_NO: False}
MATCH = {Press.CONFIRM, Press.ABORT, Press.ABORT_SURE, Press.ABORT_KEEP, Press.REPORT, *WORDS}


async def press_match(registry: Registry, doors: Doors, player: Player, picked: Picked) -> Answer:
    """One click on a card of a match."""
    number, order = MatchId(picked.subject), _order(player.id, picked)
    with step(finding(order)):
        running: Ref[Command] | None = registry.whereis(match_key(number)) if order else None
        match = None if running else await doors.store.match(number)
    if running is not None and order is not None:
        with suppress(NotRunning):  # it knows what the store would say
            return await running.call(Command(player.id, order))
        match = await doors.store.match(number)  # it ended just now
    if match is None:
        conclude(refused(order))
        return Say(Notice("old-card"))
    if picked.press in WORDS:
        return await _word(registry, doors, player.id, match, picked)
    if not match.phase.open and (reason := _too_late(match, order, doors)):
        conclude(refused(order))
        return Say(reason)
    ref = await wake(registry, doors, match.id)
    if order is None:
        return await ref.call(Redisplay(player.id))
    return await ref.call(Command(player.id, order))


async def _word(
    registry: Registry, doors: Doors, player: PlayerId, match: rules.Match, picked: Picked
) -> Answer:
    """Yes or no of the player whom a replay under unknown names costs something."""
    word = WORDS[picked.press]
    number = int(picked.state) if picked.state.isdecimal() else 0
    row = await doors.store.replay(ReplayId(number))
    if row is None or row.match != match.id or not is_asked(match, row, player):
        return Say(Notice("old-card"))
    verdict = await judge(match, row, doors, word)
    judged = await doors.store.judge_replay(row.id, verdict, word)
    if isinstance(judged, DuplicateReplay):
        return Say(Notice("upload-duplicate", values={"match": int(judged.match)}))
    after = match
    if verdict.outcome is not None:
        news = rules.ReplayVerified(row.id, verdict.outcome)
        after = rules.decide(match, news, doors.clock.now(), doors.settings).match
        await learn_accounts(match, row.facts, verdict, doors)
        await _look_again(registry, doors, match.id)
    card = await doors.store.new_card(
        Reader(player=player), Subject("replay", int(row.id)), doors.clock.now()
    )
    return Redraw(of_replay(after, judged, player), card)


async def _look_again(registry: Registry, doors: Doors, match: MatchId) -> None:
    """The word is stored: a match that does not hear of it now finds it when it starts again."""
    try:
        (await wake(registry, doors, match)).cast(LookAgain())
    except KernelError:
        return


def _order(by: PlayerId, picked: Picked) -> rules.Command | None:
    """What the click asks of the match; None to draw the card as it was."""
    match picked.press:
        case Press.CONFIRM:
            return rules.Confirm(by)
        case Press.ABORT:
            return rules.Abort(by, sure=False)
        case Press.ABORT_SURE:
            return rules.Abort(by, sure=True)
        case Press.REPORT:
            return rules.Report(by, Claim(picked.values[0]))
        case _:
            return None


def _too_late(match: rules.Match, order: rules.Command | None, doors: Doors) -> Notice | None:
    """A click on the card of a match that is over: why nothing happens; None if something does."""
    if order is None:
        return Notice(rules.Refusal.ALREADY_OVER.value)
    decided = rules.decide(match, order, doors.clock.now(), doors.settings)
    reasons = [effect.reason for effect in decided.effects if isinstance(effect, rules.Refuse)]
    return Notice(reasons[0].value) if reasons else None
