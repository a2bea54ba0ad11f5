"""Laws of time-outs."""

from hypothesis import given
from hypothesis import strategies as st

from actors.rules.penalty import Offence, timeout_s
from actors.rules.settings import Settings

SETTINGS = Settings()
offences = st.sampled_from(Offence)
counts = st.integers(0, 1000)


@given(offences, counts)
def test_the_next_offence_never_costs_less(offence: Offence, earlier: int) -> None:
    assert 0.0 <= timeout_s(offence, earlier, SETTINGS) <= timeout_s(offence, earlier + 1, SETTINGS)


@given(counts)
def test_not_showing_up_costs_more_than_saying_so(earlier: int) -> None:
    assert timeout_s(Offence.NO_SHOW, earlier, SETTINGS) > timeout_s(Offence.ABORT, earlier, SETTINGS)


def test_the_first_abort_is_a_warning() -> None:
    assert timeout_s(Offence.ABORT, 0, SETTINGS) == 0.0
    assert timeout_s(Offence.NO_SHOW, 0, SETTINGS) > 0.0


@given(offences, st.lists(st.floats(0.0, 1e6), min_size=1, max_size=6), counts)
def test_the_last_step_repeats(offence: Offence, steps: list[float], earlier: int) -> None:
    chosen = Settings(abort_timeouts_s=tuple(steps), no_show_timeouts_s=tuple(steps))
    assert timeout_s(offence, earlier, chosen) == (steps[earlier] if earlier < len(steps) else steps[-1])
