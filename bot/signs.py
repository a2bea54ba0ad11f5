"""The small pictures: one emoji for each race, result and grade. Unicode only, so that they fit any bot."""

from collections.abc import Mapping

from actors.rules.ids import Game, Race
from actors.rules.replay import Grade, Result

RACES: Mapping[Race, str] = {
    Race.BW_TERRAN: "🛠️",
    Race.BW_ZERG: "🦂",
    Race.BW_PROTOSS: "🔷",
    Race.SC2_TERRAN: "🚀",
    Race.SC2_ZERG: "🐛",
    Race.SC2_PROTOSS: "🔮",
}
GAMES: Mapping[Game, str] = {Game.BW: "📼", Game.SC2: "💿"}
GRADES: Mapping[Grade, str] = {Grade.PASSED: "✅", Grade.WARNED: "⚠️", Grade.FAILED: "❌"}
RESULTS: Mapping[Result, str] = {Result.WON: "🏆", Result.LOST: "🥈", Result.DRAW: "🤝", Result.UNKNOWN: "❔"}

SHORT: Mapping[Race, str] = {
    Race.BW_TERRAN: "T1",
    Race.BW_ZERG: "Z1",
    Race.BW_PROTOSS: "P1",
    Race.SC2_TERRAN: "T2",
    Race.SC2_ZERG: "Z2",
    Race.SC2_PROTOSS: "P2",
}
"""Two characters for tables. Source: domain.md, glossary."""
