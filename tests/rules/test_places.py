"""Laws of regions, servers, maps and their links."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.rules.ids import Game, Gateway, MapKey, Region, Server
from actors.rules.maps import MOD, POOL, Map, by_key, link
from actors.rules.region import GATEWAY_NAMES, REGION_NAMES, SERVER_NAMES, server

regions = st.sampled_from(Region)


@given(regions, regions)
def test_two_homes_meet_on_one_server_whoever_is_named_first(home: Region, other: Region) -> None:
    assert server(home, other) is server(other, home)


@pytest.mark.parametrize(
    ("home", "other", "expected"),
    [
        (Region.NAW, Region.NAW, Server.USW),
        (Region.NAW, Region.SEA, Server.KOR),
        (Region.NAC, Region.FER, Server.EUC),
        (Region.CAM, Region.SEA, Server.USW),
        (Region.SAM, Region.FER, Server.USW),
        (Region.EUE, Region.KRJ, Server.USC),
        (Region.AFR, Region.OCE, Server.SNG),
        (Region.SEA, Region.KRJ, Server.TWN),
        (Region.CHN, Region.THM, Server.KOR),
        (Region.THM, Region.THM, Server.TWN),
        (Region.OCE, Region.OCE, Server.AUS),
        (Region.USB, Region.FER, Server.EUC),
        (Region.FER, Region.FER, Server.KOR),
    ],
)
def test_the_cross_table_is_the_leagues(home: Region, other: Region, expected: Server) -> None:
    assert server(home, other) is expected


def test_the_cross_table_uses_each_server_as_often_as_the_leagues() -> None:
    pairs = [(home, other) for home in Region for other in Region if home.value <= other.value]
    assert len(pairs) == 136
    counts = {each: sum(server(*two) is each for two in pairs) for each in Server}
    assert counts == {
        Server.USW: 36,
        Server.USC: 5,
        Server.USE: 24,
        Server.BRZ: 0,
        Server.EUC: 31,
        Server.SNG: 19,
        Server.AUS: 1,
        Server.KOR: 16,
        Server.TWN: 4,
    }


def test_everything_on_the_globe_has_a_name_of_its_own() -> None:
    for names, places in ((REGION_NAMES, Region), (SERVER_NAMES, Server), (GATEWAY_NAMES, Gateway)):
        assert set(names) == set(places)
        assert len(set(names.values())) == len(names)


def test_singapore_and_australia_are_reached_through_the_americas() -> None:
    assert {each: each.gateway for each in (Server.SNG, Server.AUS)} == {
        Server.SNG: Gateway.AMERICAS,
        Server.AUS: Gateway.AMERICAS,
    }
    assert server(Region.EUW, Region.EUW).gateway is Gateway.EUROPE
    assert server(Region.KRJ, Region.KRJ).gateway is Gateway.ASIA


def test_the_pool_has_nine_maps_and_nothing_twice() -> None:
    assert len(POOL) == 9
    assert len({each.key for each in POOL}) == len({each.full_name for each in POOL}) == 9
    numbers = [number for links in (MOD.links, *(each.links for each in POOL)) for number in links.values()]
    assert len(set(numbers)) == len(numbers) == 30


def test_brood_war_maps_carry_their_korean_name() -> None:
    assert by_key(MapKey("radeon")).full_name == "[SC:Evo] Radeon (라데온)"
    assert by_key(MapKey("holy_world")).full_name == "[SC:Evo] Holy World (홀리월드)"
    assert by_key(MapKey("ruby_rock")).full_name == "Ruby Rock SEL"
    for each in POOL:
        assert each.full_name.startswith("[SC:Evo]") == (each.game is Game.BW)


@pytest.mark.parametrize("each", POOL, ids=lambda each: each.key)
def test_a_map_is_found_by_its_key(each: Map) -> None:
    assert by_key(each.key) is each


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        by_key(MapKey("khione"))


def test_a_link_names_the_gateway_and_the_map_published_there() -> None:
    vermeer = by_key(MapKey("vermeer"))
    assert link(vermeer, Gateway.AMERICAS) == "battlenet:://starcraft/map/1/367512"
    assert link(vermeer, Gateway.EUROPE) == "battlenet:://starcraft/map/2/258908"
    assert link(vermeer, Gateway.ASIA) == "battlenet:://starcraft/map/3/184704"
    assert link(MOD, Gateway.ASIA) == "battlenet:://starcraft/map/3/162487"
