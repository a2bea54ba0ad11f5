"""Under which names people's actions are timed, and where a timed action goes when it is over."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from actors.messages import Answer, Pressed
from actors.rules.aims import aim, over_percent
from actors.rules.screens import Notice, Press
from bot.discord_events import CommandUsed, Interaction
from supervision import Call, Flow, log_flow

log = structlog.get_logger()

UPLOAD = "replay_upload"
TURNED_AWAY = "interaction.turned_away"
_COMMANDS: Mapping[str, str] = {
    "queue": "queue_command",
    "setup": "setup_command",
    "leaderboard": "leaderboard_command",
    "profile": "profile_command",
}
_PRESSES: Mapping[Press, str] = {
    Press.QUEUE_JOIN: "join_queue_button",
    Press.ABORT: "match_abort",
    Press.ABORT_SURE: "match_abort",
    Press.REPORT: "confirm_match_result",
}


@dataclass(frozen=True, slots=True)
class Answering:
    """What the two steps of an answer are called: drawing it, and Discord's taking it."""

    draw: str = "build_embed"
    send: str = "send_response"


PLAIN = Answering()
_ANSWERING: Mapping[str, Answering] = {
    "join_queue_button": Answering("create_searching_view", "build_and_send_embed"),
    "match_abort": Answering("update_button_ui", "send_abort_ui"),
    "confirm_match_result": Answering("update_ui_state", "update_discord_message"),
    "leaderboard_command": Answering("embed_generation", "discord_api_call"),
    "profile_command": Answering("create_embed", "send_response"),
    "setup_command": Answering("create_modal", "send_modal"),
}


def flow_of(event: Interaction, letter: Call[Answer] | Notice) -> str:
    """The name under which an interaction is timed."""
    if isinstance(event, CommandUsed):
        return _COMMANDS.get(event.name, f"interaction.{event.name.replace(' ', '-')}")
    if isinstance(letter, Pressed):
        return _PRESSES.get(letter.picked.press, f"interaction.{letter.picked.press.value}")
    return "interaction.refused"


def answering(flow: str) -> Answering:
    """What the last steps of a flow are called."""
    return _ANSWERING.get(flow, PLAIN)


def report(flow: Flow) -> None:
    """A sink: the flow's line, and another when it missed what was aimed at."""
    log_flow(flow)
    took_ms, target_ms = (flow.took_s or 0.0) * 1000, aim(flow.name).target_ms
    if took_ms > target_ms:
        log.warning(
            "flow.over_target",
            flow=flow.id,
            name=flow.name,
            took_ms=round(took_ms, 2),
            target_ms=target_ms,
            over_percent=over_percent(took_ms, target_ms),
        )
