"""What can go wrong between a sender and an actor, each error saying what its reader must do."""
# the words of OTP and of the design: NotRunning, MailboxFull, CallTimeout

from collections.abc import Hashable

from supervision.messages import title


class KernelError(Exception):
    """A fault of timing or of supervision; the base of all errors of this package."""


class UnsentError(KernelError):
    """The message was not delivered and will never be handled; it is kept in `message`."""

    def __init__(self, path: str, message: object, why: str) -> None:
        super().__init__(f"{path} {why}: {title(message)} was not delivered")
        self.path = path
        self.message = message


class NotRunning(UnsentError):
    """Nobody is there: the actor stopped for good, is draining, or never was."""

    def __init__(self, path: str, message: object = None, reason: str = "") -> None:
        super().__init__(path, message, f"is not running ({reason})" if reason else "is not running")


class MailboxFull(UnsentError):
    """The mailbox holds as many letters as it may; shed load or ask the player to try again."""

    def __init__(self, path: str, message: object = None, capacity: int = 0, doing: str = "") -> None:
        why = f"has a full mailbox ({capacity})" + (f", {doing}" if doing else "")
        super().__init__(path, message, why)


class UnknownMessage(UnsentError):
    """The actor does not understand this type of message; it lives on."""

    def __init__(self, path: str, message: object) -> None:
        super().__init__(path, message, "does not understand")


class CallTimeout(KernelError):
    """No answer in time. The request may have been carried out: ask again only if it is idempotent.

    `doing` is the target's record at that moment: "busy 5.1 s in Report, queue 17 of 256, the oldest 4.2 s,
    waiting on ladder/store for 4.9 s, 0.1 s left, at /app/actors/match.py:211 [match 4711 LIVE alice v bob]".
    """

    def __init__(self, path: str, message: object, timeout_s: float, doing: str) -> None:
        super().__init__(f"{path} did not answer {title(message)} within {timeout_s} s: {doing}")
        self.path = path
        self.message = message
        self.timeout_s = timeout_s
        self.doing = doing


class TooSlow(CallTimeout):
    """The deadline passed while the letter still waited in the mailbox: nothing was carried out so far."""


class ActorDied(KernelError):
    """The generation that was asked ended without an answer; `reason` says how, `where` at which line."""

    def __init__(self, path: str, reason: str, where: str = "") -> None:
        at = f", at {where}" if where else ""
        super().__init__(f"{path} ended before it answered: {reason}{at}")
        self.path = path
        self.reason = reason


class Restarting(ActorDied):
    """The actor ended and a new generation follows; a letter still queued was not carried out: ask again."""


class NoReply(ActorDied):
    """The actor kept the reply for later and stopped without giving it."""


class HandlerFailed(KernelError):
    """The actor crashed over this very message; the crash itself is `__cause__`."""

    def __init__(self, path: str, message: object, cause: BaseException) -> None:
        super().__init__(f"{path} crashed over {title(message)}: {cause!r}")
        self.path = path
        self.message = message
        self.__cause__ = cause


class AskCycle(KernelError):
    """The call would wait for itself; `chain` names every actor on the way round."""

    def __init__(self, chain: tuple[str, ...]) -> None:
        super().__init__(f"a call that waits for itself: {' -> '.join(chain)}")
        self.chain = chain


class AlreadyRegistered(KernelError):
    """The key belongs to another living actor."""

    def __init__(self, key: Hashable, path: str) -> None:
        super().__init__(f"{key!r} already names {path}")
        self.key = key
        self.path = path


class StartError(KernelError):
    """A child did not start; its own exception is `__cause__`."""

    def __init__(self, path: str, cause: BaseException | None = None) -> None:
        super().__init__(f"{path} did not start: {cause!r}")
        self.path = path
        self.__cause__ = cause


class StartTimeout(KernelError):
    """A child's `init` did not end in time and was cancelled."""

    def __init__(self, path: str, timeout_s: float) -> None:
        super().__init__(f"{path} was not ready within {timeout_s} s")
        self.path = path
        self.timeout_s = timeout_s


class MaxChildrenError(KernelError):
    """The pool has as many children as it may have."""

    def __init__(self, path: str, most: int) -> None:
        super().__init__(f"{path} has its {most} children already")
        self.path = path
        self.most = most


class IntensityReached(KernelError):
    """A supervisor spent its restart budget and stopped; the last crash is `__cause__`."""

    def __init__(self, path: str, offender: str, reason: str) -> None:
        super().__init__(f"{path} gave up: {offender} ended once too often, last {reason}")
        self.path = path
        self.offender = offender
        self.reason = reason


class Mute(KernelError):
    """Stands for a crash whose own `repr` fails; that one is `__cause__`."""

    def __init__(self, crash: BaseException | None) -> None:
        super().__init__(f"a {type(crash).__name__} that cannot say what it is")
        self.__cause__ = crash
        self.__traceback__ = None if crash is None else crash.__traceback__


class Reject(Exception):
    """Raised in `handle`: reaches the caller only, and the actor lives."""


class KilledByOperator(KernelError):
    """Somebody outside the tree ended this actor; it counts as a crash."""

    def __init__(self, path: str, by: str) -> None:
        super().__init__(f"{path} was killed by {by}")
        self.path = path
        self.by = by


class DumpUnavailable(KernelError):
    """The dump door cannot be opened or did not answer; the text says why."""


class DumpRefused(DumpUnavailable):
    """The dump's door answers, but not this; the text is a sentence for whoever asked."""


class DumpSilent(DumpUnavailable):
    """Somebody listens at the dump's door but did not answer in time: what was asked may still be done."""


class LogConflict(KernelError):
    """Raised by an event log that does not end where the writer thinks: the writer's memory is stale."""

    def __init__(self, after: int) -> None:
        super().__init__(
            f"the log does not end at number {after}: somebody else wrote, or a late append landed"
        )
        self.after = after


class LogFailed(KernelError):
    """An event log did not say that `record` is written; only reading it again can tell whether it is."""

    def __init__(self, path: str, record: object, why: Exception) -> None:
        super().__init__(f"{path} does not know whether its record is written: {why!r}")
        self.path = path
        self.record = record
