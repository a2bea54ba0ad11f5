"""Set-up: terms, form, region, review. Entries are kept as a draft until they are confirmed."""

from dataclasses import replace
from typing import Protocol

from actors.boundaries import Boundary, passed
from actors.doors import Doors
from actors.messages import Answer, Redraw, Say
from actors.rules.ids import Region
from actors.rules.player import Draft, Player, Profile
from actors.rules.profile import Field, Problem, Rule, check, check_form
from actors.rules.screens import (
    Notice,
    Picked,
    Press,
    SetupDone,
    SetupForm,
    SetupIntro,
    SetupInvalid,
    SetupReview,
    Terms,
    Tone,
)

SETUP = frozenset(
    {
        Press.TERMS_ACCEPT,
        Press.TERMS_DECLINE,
        Press.SETUP_BEGIN,
        Press.SETUP_FORM,
        Press.SETUP_REGION,
        Press.SETUP_CONFIRM,
        Press.SETUP_CANCEL,
    }
)


class Keeper(Protocol):
    """Who remembers the player: the session."""

    doors: Doors

    def keep(self, player: Player) -> Player:
        """Remember what was just stored."""
        ...


def begin_setup(player: Player) -> Answer:
    """`/setup`: terms first, then the form, filled in with what is known."""
    if not player.accepted_terms:
        return Say(Terms(), private=False)
    return Say(SetupForm(_draft_of(player)), private=False)


async def press_setup(session: Keeper, player: Player, picked: Picked) -> Answer:
    """One click in set-up."""
    if picked.press is Press.TERMS_ACCEPT:
        return await _accept(session, player)
    if picked.press is Press.TERMS_DECLINE:
        await session.doors.store.accept_terms(player.id, accepted=False, now=session.doors.clock.now())
        session.keep(replace(player, accepted_terms=False))
        return Redraw(Notice("terms-declined", Tone.PLAIN))
    if not player.accepted_terms:
        return Redraw(Terms())
    match picked.press:
        case Press.SETUP_BEGIN:
            return Redraw(SetupForm(_draft_of(player)))
        case Press.SETUP_FORM:
            return await _submitted(session, player, picked)
        case Press.SETUP_REGION:
            draft = replace(_draft_of(player), region=Region(picked.values[0]))
            return await _review(session, player, draft)
        case Press.SETUP_CONFIRM:
            return await _confirm(session, player)
        case _:
            await session.doors.store.save_draft(player.id, None)
            session.keep(replace(player, draft=None))
            return Redraw(Notice("setup-cancelled", Tone.PLAIN))


async def _accept(session: Keeper, player: Player) -> Answer:
    await session.doors.store.accept_terms(player.id, accepted=True, now=session.doors.clock.now())
    session.keep(replace(player, accepted_terms=True))
    return Redraw(SetupIntro())


async def _submitted(session: Keeper, player: Player, picked: Picked) -> Answer:
    typed = picked.fields
    draft = replace(
        _draft_of(player),
        name=typed.get("name", ""),
        battletag=typed.get("battletag", ""),
        alt_names=typed.get("alt_names", ""),
        country=typed.get("country", ""),
    )
    return await _review(session, player, draft)


async def _review(session: Keeper, player: Player, draft: Draft) -> Answer:
    """Keep the entries, valid or not, then say what is wrong or show them all."""
    await session.doors.store.save_draft(player.id, draft)
    session.keep(replace(player, draft=draft))
    problems = check_form(draft)
    return Redraw(SetupInvalid(draft, problems) if problems else SetupReview(draft))


async def _confirm(session: Keeper, player: Player) -> Answer:
    if player.draft is None:
        return Say(Notice("old-card"))
    checked = check(player.draft)
    if not isinstance(checked, Profile):
        return Redraw(SetupInvalid(player.draft, checked))
    saved = await session.doors.store.save_profile(player.id, checked, session.doors.clock.now())
    passed(Boundary.SESSION_SET_UP)
    if not saved:
        taken = Problem(Field.NAME, Rule.NAME_TAKEN, checked.name)
        return Redraw(SetupInvalid(player.draft, (taken,)))
    session.keep(replace(player, profile=checked, draft=None))
    return Redraw(SetupDone(checked))


def _draft_of(player: Player) -> Draft:
    """What was typed last, else what is stored."""
    if player.draft is not None or player.profile is None:
        return player.draft or Draft()
    stored = player.profile
    return Draft(
        name=stored.name,
        battletag=stored.battletag,
        alt_names=" ".join(stored.alt_names),
        country=stored.country,
        region=stored.region,
    )
