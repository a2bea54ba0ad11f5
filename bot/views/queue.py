"""Buttons and selects of the queue card."""

from actors.rules.ids import Game, Race
from actors.rules.maps import POOL
from actors.rules.screens import Press, QueueSetup
from actors.rules.settings import Settings
from bot import custom_ids, signs
from bot.text import Texts
from bot.views.rows import GREEN, RED, Row, Rows, button, choice, row, select


def choosing(screen: QueueSetup, texts: Texts) -> Rows:
    """Join, Clear, Close; a select for each game; the vetoes."""
    chosen = screen.preferences
    raceless = chosen.bw is None and chosen.sc2 is None
    join = button(
        texts.say("button-queue-join"), Press.QUEUE_JOIN, style=GREEN, emoji="🚀", disabled=raceless
    )
    clear = button(
        texts.say("button-queue-clear"), Press.QUEUE_CLEAR, disabled=raceless and not chosen.vetoes
    )
    close = button(texts.say("button-queue-close"), Press.QUEUE_CLOSE)
    return (
        row(join, clear, close),
        _races(Press.QUEUE_BW, Game.BW, chosen.bw, texts),
        _races(Press.QUEUE_SC2, Game.SC2, chosen.sc2, texts),
        _vetoes(screen, texts),
    )


def searching(texts: Texts) -> Rows:
    """Cancel queue."""
    return (row(button(texts.say("button-queue-leave"), Press.QUEUE_LEAVE, style=RED)),)


def _races(press: Press, game: Game, chosen: Race | None, texts: Texts) -> Row:
    options = (
        choice(texts.say(f"race-{race.value}"), race.value, chosen=race is chosen, emoji=signs.RACES[race])
        for race in Race
        if race.game is game
    )
    return select(texts.say(f"select-{game.value}"), custom_ids.write(press, 0), options)


def _vetoes(screen: QueueSetup, texts: Texts) -> Row:
    vetoed = screen.preferences.vetoes
    most = Settings().max_vetoes
    options = (
        choice(each.short_name, each.key, chosen=each.key in vetoed, emoji=signs.GAMES[each.game])
        for each in POOL
    )
    custom_id = custom_ids.write(Press.QUEUE_VETO, 0)
    return select(texts.say("select-vetoes", most=most), custom_id, options, most=most)
