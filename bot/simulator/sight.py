"""What a person makes of a message: which card it is, of which match, and what can be pressed on it.

Only what a player can read goes in: titles, texts, labels, menus. No custom id, no state of the bot.
"""

import re
from collections.abc import Iterable
from enum import Enum

from actors.rules import maps
from actors.rules.ids import Gateway, MapKey, Race
from bot.simulator.lobby import Assignment
from bot.simulator.model import Json, Message, Select

CONFIRM, ABORT, SURE, KEEP = "Confirm match", "Abort match", "Yes, abort", "Keep playing"
JOIN, LEAVE = "Join queue", "Cancel queue"


class Face(Enum):
    """What a card says of its match, by its title."""

    FOUND = r"Match #(\d+) found!"
    ASKING = r"Abort match #(\d+)\?"
    CONFIRMED = r"Match #(\d+) confirmed"
    CALLED_OFF = r"Match #(\d+) called off"
    MATCH = r"Match #(\d+)"
    RESULT = r"Match #(\d+): result"
    VOID = r"Match #(\d+): void"
    DISPUTE = r"Match #(\d+): (?:the reports differ|two replays disagree)"
    REMINDER = r"Match #(\d+) is waiting for you"
    IN_MATCH = r"You are in match #(\d+)"


ENDS = frozenset({Face.CALLED_OFF, Face.RESULT, Face.VOID})
"""After these there is nothing left to do."""

_RACES = {
    "BW Terran": Race.BW_TERRAN,
    "BW Zerg": Race.BW_ZERG,
    "BW Protoss": Race.BW_PROTOSS,
    "SC2 Terran": Race.SC2_TERRAN,
    "SC2 Zerg": Race.SC2_ZERG,
    "SC2 Protoss": Race.SC2_PROTOSS,
}
_GATEWAYS = {"1": Gateway.AMERICAS, "2": Gateway.EUROPE, "3": Gateway.ASIA}
_LINK = re.compile(r"battlenet:+//starcraft/map/(\d)/(\d+)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_MOMENT = re.compile(r"<t:(\d+):")


def title(message: Message) -> str:
    """The title of a message's first embed; empty without one."""
    return str(message.embeds[0].get("title") or "") if message.embeds else ""


def face(message: Message) -> tuple[Face, int] | None:
    """Which card this is and of which match; None for anything else."""
    for each in Face:
        if found := re.fullmatch(each.value, title(message)):
            return each, int(found[1])
    return None


def shows(message: Message, faces: Iterable[Face], match: int) -> bool:
    """Whether this is such a card of this match."""
    seen = face(message)
    return seen is not None and seen[0] in faces and seen[1] == match


def offers(message: Message, label: str) -> bool:
    """Whether a button of this label can be pressed."""
    return any(button.label == label and not button.disabled for button in message.buttons)


def menu(message: Message, *values: str) -> Select | None:
    """The menu that has one of these values and can be used."""
    for each in message.selects:
        if not each.disabled and {value for _, value in each.options} & set(values):
            return each
    return None


def report_menu(message: Message) -> Select | None:
    """The menu in which a player says how the match ended."""
    return menu(message, "won")


def moment(message: Message) -> int | None:
    """The first moment named on a card, in seconds since 1970."""
    found = _MOMENT.search(message.text)
    return int(found[1]) if found else None


def assignment(message: Message) -> Assignment | None:
    """The game that a match card asks for; None when the card leaves something open."""
    seen = face(message)
    sides = _sides(message.embeds[0]) if message.embeds else []
    place = _map(message.text)
    if seen is None or place is None or len(sides) != 2:
        return None
    (first, bw), (second, sc2) = sides
    return Assignment(match=seen[1], names=(first, second), races=(bw, sc2), map=place[0], gateway=place[1])


def _sides(embed: Json) -> list[tuple[str, Race]]:
    """Name and race of both players, in the order of the card."""
    sides = []
    for entry in embed.get("fields") or []:
        race = next((race for name, race in _RACES.items() if name in entry["name"]), None)
        person = _BOLD.search(entry["value"])
        if race is not None and person is not None:
            sides.append((person[1], race))
    return sides


def _map(text: str) -> tuple[MapKey, Gateway] | None:
    for gateway_number, number in _LINK.findall(text):
        gateway = _GATEWAYS.get(gateway_number)
        for each in maps.POOL:
            if gateway is not None and each.links[gateway] == int(number):
                return each.key, gateway
    return None
