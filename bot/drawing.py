"""From a screen to what Discord shows: embeds and rows of components, or a form.

A drawing is a pure function of screen and language, and needs no event loop.
"""

from dataclasses import dataclass
from typing import TypeAlias, assert_never

import disnake

from actors.rules import screens
from actors.rules.screens import Press, Screen
from bot import custom_ids, embeds, views
from bot.text import Texts
from bot.views.rows import Rows


@dataclass(frozen=True, slots=True)
class Drawing:
    """A message."""

    embeds: tuple[disnake.Embed, ...]
    rows: Rows = ()
    """From top to bottom. An edit must send them even when there are none, or old buttons stay."""
    files: tuple[tuple[str, bytes], ...] = ()
    """Name and content. Only an answer to a command has any."""


@dataclass(frozen=True, slots=True)
class Form:
    """A modal. `inputs` go one to a row; their custom ids are the names of the entries."""

    title: str
    custom_id: str
    inputs: tuple[disnake.ui.TextInput, ...]


_Beginning: TypeAlias = (
    screens.Terms | screens.SetupIntro | screens.SetupInvalid | screens.SetupReview | screens.SetupDone
)
_Queueing: TypeAlias = screens.QueueSetup | screens.Searching | screens.QueueClosed
_Playing: TypeAlias = screens.FoundCard | screens.MatchCard | screens.ResultCard | screens.DisputeCard
_Proving: TypeAlias = screens.ReplayCard | screens.Dossier | screens.ReplayFiles
_Ordering: TypeAlias = screens.StaffPreview | screens.StaffDone | screens.StaffNotice | screens.StaffMatch
_Reading: TypeAlias = screens.Notice | screens.Leaderboard | screens.ProfileCard | screens.Report


def draw(screen: Screen, texts: Texts) -> Drawing | Form:
    """What Discord shows for this screen, in this language. Only `SetupForm` becomes a form."""
    match screen:
        case screens.SetupForm():
            return form(screen, texts)
        case (
            screens.Terms()
            | screens.SetupIntro()
            | screens.SetupInvalid()
            | screens.SetupReview()
            | screens.SetupDone()
        ):
            return _beginning(screen, texts)
        case screens.QueueSetup() | screens.Searching() | screens.QueueClosed():
            return _queueing(screen, texts)
        case screens.FoundCard() | screens.MatchCard() | screens.ResultCard() | screens.DisputeCard():
            return _playing(screen, texts)
        case screens.ReplayCard() | screens.Dossier() | screens.ReplayFiles():
            return _proving(screen, texts)
        case screens.Notice() | screens.Leaderboard() | screens.ProfileCard() | screens.Report():
            return _reading(screen, texts)
        case screens.StaffPreview() | screens.StaffDone() | screens.StaffNotice() | screens.StaffMatch():
            return _ordering(screen, texts)
        case _:
            assert_never(screen)


def form(screen: screens.SetupForm, texts: Texts) -> Form:
    """The set-up form, filled in with what is known."""
    return Form(
        title=texts.say("setup-form-title"),
        custom_id=custom_ids.write(Press.SETUP_FORM, 0),
        inputs=views.setup.inputs(screen, texts),
    )


def _beginning(screen: _Beginning, texts: Texts) -> Drawing:
    match screen:
        case screens.Terms():
            return Drawing((embeds.terms.terms(screen, texts),), views.setup.terms(screen, texts))
        case screens.SetupIntro():
            return Drawing((embeds.setup.intro(texts),), views.setup.intro(texts))
        case screens.SetupInvalid():
            return Drawing((embeds.setup.invalid(screen, texts),), views.setup.invalid(texts))
        case screens.SetupReview():
            return Drawing((embeds.setup.review(screen, texts),), views.setup.review(screen, texts))
        case screens.SetupDone():
            return Drawing((embeds.setup.done(screen, texts),), views.setup.done(texts))
        case _:
            assert_never(screen)


def _queueing(screen: _Queueing, texts: Texts) -> Drawing:
    match screen:
        case screens.QueueSetup():
            return Drawing((embeds.queue.choosing(screen, texts),), views.queue.choosing(screen, texts))
        case screens.Searching():
            return Drawing((embeds.queue.searching(screen, texts),), views.queue.searching(texts))
        case screens.QueueClosed():
            return Drawing((embeds.queue.closed(screen, texts),))
        case _:
            assert_never(screen)


def _playing(screen: _Playing, texts: Texts) -> Drawing:
    match screen:
        case screens.FoundCard():
            return Drawing((embeds.found.found(screen, texts),), views.match.found(screen, texts))
        case screens.MatchCard():
            return Drawing((embeds.match.live(screen, texts),), views.match.live(screen, texts))
        case screens.ResultCard():
            return Drawing((embeds.result.result(screen, texts),), views.match.result(screen, texts))
        case screens.DisputeCard():
            return Drawing((embeds.dispute.dispute(screen, texts),), views.match.dispute(screen, texts))
        case _:
            assert_never(screen)


def _proving(screen: _Proving, texts: Texts) -> Drawing:
    match screen:
        case screens.ReplayCard():
            return Drawing((embeds.replay.replay(screen, texts),), views.match.replay(screen, texts))
        case screens.Dossier():
            return Drawing((embeds.dossier.dossier(screen, texts),))
        case screens.ReplayFiles():
            return Drawing((embeds.dossier.files(screen, texts),), files=screen.files)
        case _:
            assert_never(screen)


def _ordering(screen: _Ordering, texts: Texts) -> Drawing:
    match screen:
        case screens.StaffPreview():
            return Drawing((embeds.staff.preview(screen, texts),), views.staff.preview(screen, texts))
        case screens.StaffDone():
            return Drawing((embeds.staff.done(screen, texts),))
        case screens.StaffNotice():
            return Drawing((embeds.staff.notice(screen, texts),))
        case screens.StaffMatch():
            return Drawing((embeds.staff.history(screen, texts),), views.staff.history(screen, texts))
        case _:
            assert_never(screen)


def _reading(screen: _Reading, texts: Texts) -> Drawing:
    match screen:
        case screens.Notice():
            return Drawing((embeds.notice.notice(screen, texts),))
        case screens.Leaderboard():
            return Drawing(
                (embeds.leaderboard.leaderboard(screen, texts),), views.board.leaderboard(screen, texts)
            )
        case screens.ProfileCard():
            return Drawing((embeds.profile.profile(screen, texts),))
        case screens.Report():
            return Drawing((embeds.report.report(screen, texts),), views.board.report(screen, texts))
        case _:
            assert_never(screen)
