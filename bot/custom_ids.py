"""The names that buttons, selects and forms carry, and that come back with a press.

    kind:subject:version[:state]      abort:1204:1      board-page:2:1:...

All that a press needs is in its name, so a button made before a restart works after it (F-11).
"""

from actors.rules.screens import Picked, Press

VERSION = 1
"""Rises when the meaning of `subject` or `state` changes; names of another version are not understood."""

LONGEST = 100
"""Characters that Discord allows."""


def write(press: Press, subject: int, state: str = "") -> str:
    """The name of a component.

    Args:
        press: what it is.
        subject: the player, match or page that it is about, or 0.
        state: anything else it must remember, in `LONGEST` less about 40 characters.

    >>> write(Press.RULE, 1204, "draw")
    'rule:1204:1:draw'
    """
    assert subject >= 0, subject
    name = f"{press.value}:{subject}:{VERSION}" + (f":{state}" if state else "")
    assert len(name) <= LONGEST, name
    return name


def parse(custom_id: str) -> Picked | None:
    """What was pressed; None when the name is not ours, or of another version.

    >>> parse("rule:1204:1:draw")
    Picked(press=<Press.RULE: 'rule'>, subject=1204, state='draw', values=(), fields={})
    >>> parse("rule:1204:99")
    """
    kind, _, rest = custom_id.partition(":")
    subject, _, rest = rest.partition(":")
    version, _, state = rest.partition(":")
    if version != str(VERSION) or len(custom_id) > LONGEST:
        return None
    if kind not in _PRESSES or not (subject.isascii() and subject.isdecimal()):
        return None
    return Picked(_PRESSES[kind], int(subject), state)


_PRESSES = {press.value: press for press in Press}
