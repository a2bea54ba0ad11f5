"""Laws of the rematch: two who just met wait a little longer for each other than for anybody else."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from actors.rules.ids import PlayerId
from actors.rules.pairing import next_look, pair
from actors.rules.queue import Member
from actors.rules.settings import Settings
from tests.rules.test_waves import member
from tests.strategies import NOON

SETTINGS = Settings(window_base=100, window_growth=50.0, rematch_handicap=50, rematch_s=3600.0)
PLAYERS = frozenset((PlayerId(1), PlayerId(2)))


def two(gap: int, wait_s: float = 0.0) -> list[Member]:
    return [member(1, 1500, None, wait_s), member(2, None, 1500 + gap, wait_s)]


def test_two_who_just_met_wait_until_the_window_is_wider_by_the_handicap() -> None:
    met = {PLAYERS: NOON}
    assert pair(two(80), NOON, {}, SETTINGS).left == ()
    assert pair(two(80), NOON, met, SETTINGS).pairs == ()
    assert len(pair(two(80, wait_s=36.0), NOON, met, SETTINGS).pairs) == 1


def test_the_handicap_fades_with_the_hour() -> None:
    assert pair(two(80), NOON, {PLAYERS: NOON - timedelta(minutes=30)}, SETTINGS).pairs == ()
    assert len(pair(two(80), NOON, {PLAYERS: NOON - timedelta(minutes=37)}, SETTINGS).pairs) == 1


def test_a_third_who_fits_is_met_at_once() -> None:
    found = pair([*two(80), member(3, None, 1590)], NOON, {PLAYERS: NOON}, SETTINGS)
    assert [(each.bw.player, each.sc2.player) for each in found.pairs] == [(1, 3)]


@given(st.integers(0, 400), st.floats(0.0, 3600.0), st.floats(0.0, 600.0))
def test_who_looks_again_when_told_to_finds_the_rematch(gap: int, ago_s: float, wait_s: float) -> None:
    queue, met = two(gap, wait_s), {PLAYERS: NOON - timedelta(seconds=ago_s)}
    look = next_look(queue, NOON, SETTINGS, met)
    assert look is not None
    assert len(pair(queue, look, met, SETTINGS).pairs) == 1


def test_who_is_left_with_a_rematch_looks_for_the_next_nearest() -> None:
    queue = [*two(0), member(3, None, 1610)]
    assert next_look(queue, NOON, SETTINGS, {PLAYERS: NOON - timedelta(seconds=1)}) == NOON
    apart = Settings(window_base=0, window_growth=60.0, rematch_handicap=200, rematch_s=3600.0)
    look = next_look(queue, NOON, apart, {PLAYERS: NOON})
    assert look == NOON + timedelta(seconds=110, milliseconds=1)


def test_a_meeting_with_somebody_who_does_not_wait_delays_nobody() -> None:
    strangers = {frozenset((PlayerId(1), PlayerId(99))): NOON}
    assert len(pair(two(100), NOON, strangers, SETTINGS).pairs) == 1
    assert next_look(two(100), NOON, SETTINGS, strangers) == NOON
