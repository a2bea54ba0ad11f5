"""A first answer that Discord never took: what follows comes too late, and is no bug."""

from typing import Any, cast

import disnake
import pytest

from bot.errors import TooLate, discord_faults


def test_an_answer_after_a_deferral_that_was_never_heard_is_too_late() -> None:
    unheard = disnake.InteractionNotResponded(cast("Any", object()))
    with pytest.raises(TooLate, match="never heard"), discord_faults():
        raise unheard
