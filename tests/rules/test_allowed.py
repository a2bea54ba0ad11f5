"""The laws of the allow-list: nothing unknown, everything required, and what may be learned from what."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.rules.allowed import AllowList, Fault, Untaught, Version, learn
from actors.rules.ids import Gateway, MapKey
from actors.rules.known_versions import mod_files, shipped
from actors.rules.maps import POOL

KERES, RADEON, RUBY = MapKey("keres_passage"), MapKey("radeon"), MapKey("ruby_rock")
MOD = frozenset({"base", "mod one", "mod two"})
NEW_MOD = frozenset({"base", "mod one", "mod three"})
KNOWN = AllowList(
    (
        Version(name="v1", gateway=Gateway.EUROPE, files=MOD),
        Version(name="v1", gateway=Gateway.EUROPE, files=frozenset({"desert"}), map=KERES, map_hash="keres"),
        Version(
            name="v1",
            gateway=Gateway.EUROPE,
            files=frozenset({"space", "art"}),
            map=RADEON,
            map_hash="radeon",
        ),
    )
)


def _learned(
    known: AllowList, *handles: str, played: MapKey = RADEON, sure: bool = False
) -> tuple[Version, ...] | Untaught:
    return learn(known, gateway=Gateway.EUROPE, handles=handles, played=played, name="v2", sure=sure)


def _after(known: AllowList, *handles: str, played: MapKey = RADEON, sure: bool = False) -> AllowList:
    learned = _learned(known, *handles, played=played, sure=sure)
    assert not isinstance(learned, Untaught)
    return known.with_versions(learned)


def _fault(known: AllowList, *dependencies: str, gateway: Gateway | None = Gateway.EUROPE) -> Fault | None:
    misfit = known.misfit(gateway, frozenset(dependencies))
    return None if misfit is None else misfit.fault


@given(st.sets(st.sampled_from(["desert", "space", "art"])))
def test_the_mod_with_any_known_companions_fits(companions: set[str]) -> None:
    assert _fault(KNOWN, *MOD, *companions) is None


@given(st.sampled_from(sorted(MOD)), st.sets(st.sampled_from(["desert", "space", "art"])))
def test_without_one_required_file_it_does_not(missing: str, companions: set[str]) -> None:
    assert _fault(KNOWN, *MOD - {missing}, *companions) is Fault.MISSING


@given(st.text(min_size=1).filter(lambda name: name not in MOD | {"desert", "space", "art"}))
def test_one_unknown_file_is_one_too_many_however_much_is_known(foreign: str) -> None:
    misfit = KNOWN.misfit(Gateway.EUROPE, MOD | {"space", "art", foreign})
    assert misfit is not None
    assert (misfit.fault, misfit.files) == (Fault.FOREIGN, (foreign,))


def test_each_gateway_has_its_own_list() -> None:
    assert _fault(KNOWN, *MOD, gateway=Gateway.ASIA) is Fault.NO_VERSION
    assert _fault(KNOWN, *MOD, gateway=None) is Fault.NO_VERSION
    there = KNOWN.with_versions([Version(name="v1", gateway=Gateway.ASIA, files=MOD)])
    assert _fault(there, *MOD, gateway=Gateway.ASIA) is None
    assert _fault(there, *MOD, "desert", gateway=Gateway.ASIA) is Fault.FOREIGN


def test_two_publishes_count_side_by_side_until_one_is_retired() -> None:
    both = KNOWN.with_versions([Version(name="v2", gateway=Gateway.EUROPE, files=NEW_MOD)])
    assert _fault(both, *MOD) is _fault(both, *NEW_MOD) is None
    old, *others = both.versions
    after = AllowList((replace(old, retired=True), *others))
    assert _fault(after, *MOD) is Fault.MISSING
    assert _fault(after, *NEW_MOD) is None


def test_a_map_is_known_by_its_hash_until_it_is_retired() -> None:
    assert (KNOWN.map_of("radeon"), KNOWN.map_of("ruby")) == (RADEON, None)
    assert KNOWN.hashes(RADEON) == {"radeon"}
    assert not KNOWN.hashes(RUBY)
    retired = AllowList(tuple(replace(each, retired=True) for each in KNOWN.versions))
    assert retired.map_of("radeon") is None
    assert _fault(retired, *MOD) is Fault.NO_VERSION


# Learning


def test_from_nothing_the_first_file_is_taken_whole_and_a_copy_does_not_fit() -> None:
    known = _after(AllowList(), *MOD, "space", "radeon")
    assert _fault(known, *MOD, "space") is None
    assert _fault(known, *MOD, "space", "copied") is Fault.FOREIGN
    assert known.map_of("radeon") == RADEON


def test_a_new_map_brings_its_companions_when_the_mod_is_known() -> None:
    known = _after(KNOWN, *MOD, "jungle", "ruby", played=RUBY)
    assert known.hashes(RUBY) == {"ruby"}
    assert _fault(known, *MOD, "jungle") is None
    assert len(known.versions) == len(KNOWN.versions) + 1


def test_a_new_mod_is_what_is_left_after_the_known_companions() -> None:
    learned = _learned(KNOWN, *NEW_MOD, "space", "art", "radeon")
    assert isinstance(learned, tuple)
    assert [(each.map, each.files) for each in learned] == [(None, NEW_MOD)]
    known = KNOWN.with_versions(learned)
    assert _fault(known, *NEW_MOD, "desert") is None


def test_mod_and_map_may_be_new_together() -> None:
    known = _after(KNOWN, *NEW_MOD, "space", "art", "radeon two")
    assert known.hashes(RADEON) == {"radeon", "radeon two"}
    assert _fault(known, *NEW_MOD, "space", "art") is None


def test_what_looks_like_a_copy_teaches_only_whoever_is_sure() -> None:
    copied = (*MOD, "copied", "space", "art", "radeon")
    assert _learned(KNOWN, *copied) is Untaught.COPY
    known = _after(KNOWN, *copied, sure=True)
    assert _fault(known, *MOD, "copied", "desert") is None


def test_what_is_known_is_not_learned_twice_and_a_map_is_not_another() -> None:
    assert _learned(KNOWN, *MOD, "space", "art", "radeon") is Untaught.KNOWN
    assert _learned(KNOWN, *MOD, "space", "art", "radeon", played=RUBY) is Untaught.OTHER_MAP
    of_nowhere = learn(KNOWN, gateway=None, handles=("radeon",), played=RADEON, name="v2")
    assert of_nowhere is Untaught.NO_GATEWAY


def test_what_was_retired_can_be_learned_again() -> None:
    retired = AllowList(tuple(replace(each, retired=True) for each in KNOWN.versions))
    learned = _learned(retired, *MOD, "space", "radeon")
    assert isinstance(learned, tuple)
    assert {each.map for each in learned} == {None, RADEON}


@given(st.sets(st.sampled_from("abcdefgh"), min_size=1), st.sets(st.sampled_from("abcdefgh")))
def test_whatever_teaches_fits_afterwards(dependencies: set[str], more: set[str]) -> None:
    known = _after(AllowList(), *dependencies, "map one")
    for handles in ((*dependencies, *more, "map two"), (*more, "map three")):
        learned = _learned(known, *handles, sure=True)
        known = known.with_versions(learned) if isinstance(learned, tuple) else known
        assert known.misfit(Gateway.EUROPE, frozenset(handles[:-1])) is None
        assert known.map_of(handles[-1]) == RADEON


# What is shipped


def test_the_shipped_list_has_the_mod_of_every_gateway_and_five_maps() -> None:
    known = shipped()
    assert {gateway: len(mod_files(gateway)) for gateway in Gateway} == {
        Gateway.AMERICAS: 14,
        Gateway.EUROPE: 14,
        Gateway.ASIA: 21,
    }
    with_hash = [each.key for each in POOL if known.hashes(each.key)]
    assert with_hash == ["death_valley", "keres_passage", "radeon", "sylphid", "vermeer"]
    names = {each.map_hash for each in known.versions if each.map} | set().union(
        *(each.files for each in known.versions)
    )
    assert all(re.fullmatch("[0-9a-f]{64}", name) for name in names)


@pytest.mark.parametrize("gateway", Gateway)
def test_the_shipped_mod_fits_and_a_copy_of_it_does_not(gateway: Gateway) -> None:
    assert shipped().misfit(gateway, frozenset(mod_files(gateway))) is None
    assert _fault(shipped(), *mod_files(gateway), "c0" * 32, gateway=gateway) is Fault.FOREIGN
