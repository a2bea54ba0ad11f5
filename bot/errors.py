"""What can go wrong at the door to Discord, in our words, and the one place that translates theirs."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import disnake
import trio

from actors.ports import Gone, Unavailable


class BadToken(Exception):
    """Discord does not know the bot's token."""


class GatewayEnded(Exception):
    """The connection to Discord ended for good; only a new session helps."""


class TooLate(Exception):
    """The interaction cannot be answered any more: three seconds, or its fifteen minutes, are over."""


class AlreadyAnswered(Exception):
    """The interaction has its first answer: one of ours arrived although we did not hear so."""


class DiscordUnavailable(Unavailable):
    """Discord did not take it this time."""

    def __init__(self, reason: str, *, mendable: bool = True) -> None:
        """Args: `mendable` is False when trying again soon cannot help."""
        super().__init__(reason)
        self.mendable = mendable


def mendable(error: BaseException) -> bool:
    """Whether trying again soon can help."""
    return isinstance(error, DiscordUnavailable) and error.mendable


_LOST: dict[int, tuple[str, bool]] = {
    10003: ("unknown channel", True),
    10013: ("unknown user", True),
    50001: ("no access", True),
    50007: ("direct messages are closed", True),
    50013: ("no permission", True),
    50278: ("no guild in common", True),
    10008: ("unknown message", False),
    50005: ("not our message", False),
}
"""Codes after which Discord will never deliver, and whether nothing else would arrive either.
Source: Discord's list of JSON error codes."""

_TOO_LATE = {10015, 10062, 50027}
"""The codes of an interaction token that is void."""

_ALREADY_ANSWERED = 40060

_LATER = {30046, 40003}
"""Refusals with status 400 that time mends: too many edits of old messages, opening DMs too fast."""

_REFUSED = 400
_SERVER_ERROR = 500


@contextmanager
def discord_faults() -> Iterator[None]:
    """Turn the exceptions of disnake and aiohttp into ours.

    Raises:
        Gone: Discord will never take this message (a refused body counts: it stays wrong).
        TooLate: the interaction's token is void.
        AlreadyAnswered: it has its first answer.
        DiscordUnavailable: anything else that is not our bug.
    """
    try:
        yield
    except disnake.InteractionTimedOut as late:
        raise TooLate("the interaction is unknown by now") from late
    except disnake.InteractionNotResponded as unheard:  # our deferral did not get there in time
        raise TooLate("Discord never heard a first answer") from unheard
    except disnake.InteractionResponded as answered:
        raise AlreadyAnswered("by ourselves") from answered
    except disnake.HTTPException as refusal:
        raise _translated(refusal) from refusal
    except trio.TooSlowError as slow:
        raise DiscordUnavailable("no answer in time", mendable=False) from slow
    except (aiohttp.ClientError, OSError) as broken:
        raise DiscordUnavailable(f"{type(broken).__name__} {broken}".strip()) from broken


def _translated(refusal: disnake.HTTPException) -> Exception:
    if refusal.code == _ALREADY_ANSWERED:
        return AlreadyAnswered(f"{refusal.code}")
    if refusal.code in _LOST:
        reason, recipient_lost = _LOST[refusal.code]
        return Gone(f"{refusal.code} {reason}", recipient_lost=recipient_lost)
    if refusal.code in _TOO_LATE:
        return TooLate(f"{refusal.code}")
    if refusal.status == _REFUSED and refusal.code not in _LATER:
        return Gone(f"refused: {refusal.code} {refusal.text}"[:500], recipient_lost=False)
    mendable = refusal.status >= _SERVER_ERROR
    return DiscordUnavailable(f"{refusal.status} {refusal.code}", mendable=mendable)
