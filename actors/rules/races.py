"""The races as a replay names them, in the language of the client that played."""

from typing import Final

from actors.rules.ids import Race

_PEOPLES: Final = {
    "terran": ("terran", "terraner", "terrano", "terranie", "терраны", "терран", "테란", "人类", "人類"),
    "zerg": ("zerg", "zergi", "зерги", "зерг", "저그", "异虫", "蟲族"),
    "protoss": ("protoss", "protosi", "протоссы", "протосс", "토스", "프로토스", "星灵", "神族"),
}
"""Names of the three peoples in the languages of the client (domain.md, 6; constants of sc2reader)."""
_BW_MARKS: Final = ("bw", "스1", "sc1")
"""What the mod writes before a people of Brood War, by language (domain.md, 6)."""


def race_of(text: str) -> Race | None:
    """The race that a replay names, in any language that is known; None for any other text.

    >>> race_of("BW Zerg"), race_of("스1 토스"), race_of("Терраны"), race_of("Hybrid")
    (<Race.BW_ZERG: 'bw_zerg'>, <Race.BW_PROTOSS: 'bw_protoss'>, <Race.SC2_TERRAN: 'sc2_terran'>, None)
    """
    name = text.strip().casefold()
    mark = next((mark for mark in _BW_MARKS if name.startswith(mark)), "")
    name = name.removeprefix(mark).lstrip()
    people = next((people for people, names in _PEOPLES.items() if name in names), None)
    return Race(f"{'bw' if mark else 'sc2'}_{people}") if people else None
