"""What the simulated Discord says no with, and what a person cannot do at all."""

from typing import Any


class Refused(Exception):
    """An error answer of the REST interface: HTTP status, Discord's code, message and `errors` tree."""

    def __init__(self, status: int, code: int, message: str, errors: dict[str, Any] | None = None) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def body(self) -> dict[str, Any]:
        """The JSON object Discord sends."""
        answer: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.errors is not None:
            answer["errors"] = self.errors
        return answer


class Unimplemented(Exception):
    """A route or a field that this simulator does not know: answered with 501 and counted, never guessed."""


class SetupError(Exception):
    """A person tried what no client offers: a missing or disabled button, an unsynced command, ...

    It is the script that is wrong, not the bot under test.
    """


class NotSeen(AssertionError):
    """A person did not see what was expected within the time given."""


def unknown(what: str) -> Refused:
    """404 for a resource that does not exist, with the code that Discord gives to its kind.

    >>> unknown("Message").code
    10008
    """
    codes = {
        "Application": 10002,
        "Channel": 10003,
        "Guild": 10004,
        "Member": 10007,
        "Message": 10008,
        "Role": 10011,
        "User": 10013,
        "Webhook": 10015,
        "Interaction": 10062,
        "Application Command": 10063,
    }
    label = what.lower() if what == "Interaction" else what
    return Refused(404, codes[what], f"Unknown {label}")
