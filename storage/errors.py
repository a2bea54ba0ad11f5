"""What can go wrong behind the doors of `storage`, in words of ours.

Foreign exceptions stop here: each door turns them into one of these, `from` the foreign one. Where the
actors know a kind of trouble by a name of their own (`actors.ports`), ours is also that kind.
"""

from enum import StrEnum

from actors.ports import OutcomeUnknown, Stale, Unavailable, Unreadable


class StorageError(Exception):
    """Anything that a door of this room raises."""


class StorageUnavailable(StorageError, Unavailable):
    """The database (or the disk) did not answer within the bounded time of retries: nothing was done."""


class CommitUnknown(StorageUnavailable, OutcomeUnknown):
    """The answer to a commit was lost and could not be found out in time: reload before going on."""


class DatabaseRefused(StorageError):
    """The address is wrong, its server does not let us in, or it is not our database: no retry mends that."""


class ConstraintBroken(StorageError):
    """The database refused an impossible state. Where nobody expects it, a bug of ours."""

    def __init__(self, constraint: str, detail: str) -> None:
        """Args: `constraint` is its name in the schema."""
        super().__init__(f"{constraint}: {detail}")
        self.constraint = constraint


class Conflict(StorageError, Stale):
    """Somebody else wrote first, or the database refused what must not be: nothing was done."""


class Unreadability(StrEnum):
    """Why a replay could not be read; the value is a key of the message catalogue."""

    TOO_LARGE = "too-large"
    """More bytes than a replay may have; nothing of it was looked at."""
    NOT_A_REPLAY = "not-a-replay"
    """Not the container that the game writes: some other file with the ending of a replay."""
    OTHER_GAME = "other-game"
    """The right container, but the replay of another game, or a map."""
    TRUNCATED = "truncated"
    """The file ends before the tables that its header names: an upload or a recording was cut."""
    TOO_SLOW = "too-slow"
    """The reader used up its time, or none came free in time: a file built to be slow, or too much to do."""
    UNREADABLE = "unreadable"
    """A replay by its header, but its parts make no sense, or they killed their reader."""


class ReplayUnreadable(StorageError, Unreadable):
    """A replay that cannot be read. The fault is the file's, and only this upload's."""

    reason: Unreadability

    def __init__(self, reason: Unreadability, detail: str = "") -> None:
        """Args: `detail` is for the log, never for players; it may quote the file."""
        super().__init__(reason)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else str(self.reason)
