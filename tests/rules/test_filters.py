"""Laws of filters as text."""

from hypothesis import given
from hypothesis import strategies as st

from actors.rules.filters import parse, write
from actors.rules.ids import Race
from actors.rules.rank import Filter

filters = st.builds(Filter, races=st.frozensets(st.sampled_from(Race)), best_only=st.booleans())


@given(filters)
def test_a_filter_survives_being_written(chosen: Filter) -> None:
    assert parse(write(chosen)) == chosen
    assert len(write(chosen)) <= 8
