"""The whole supervision tree, written once.

    ladder                            rest_for_one
    |- store                          its health; the pool itself is open around the tree
    |- desks                          one_for_one
    |  |- ranks                       leaderboard and letters
    |  |- couriers       (dynamic)    one for each Discord channel with something to say
    |  |- replay_desk                 uploads in work
    |  |- collector                   whole garbage collections, when nobody waits for an answer
    |  |- metrics                     figures for Prometheus, if somebody wants them
    |- play                           one_for_one
    |  |- matches        (dynamic)    one for each open match
    |  |- sessions       (dynamic)    one for each player in action
    |  |- matchmaker                  the queue
    |  |- steward                     wakes open matches, shows cards that are out of date
    |- discord                        the gateway and the answers under way; last to start, first to stop

Start is left to right, each ready before the next; stop is right to left.
"""

from actors import health, matchmaker, ranks, replay_desk, steward
from actors.doors import Doors
from actors.keys import COURIERS, MATCHES, SESSIONS
from supervision import Intensity, PoolSpec, Spec, Strategy, SupervisorSpec

PLAYERS_AT_MOST = 20_000


def ladder(doors: Doors, gateway: Spec, *more: Spec) -> SupervisorSpec:
    """The tree, around the doors, the gateway and the `more` desks that the composition root made."""
    often = Intensity(30, 60.0)
    desks = SupervisorSpec(
        id="desks",
        strategy=Strategy.ONE_FOR_ONE,
        intensity=Intensity(10, 60.0),
        children=(
            ranks.spec(doors),
            PoolSpec(id="couriers", key=COURIERS, max_children=PLAYERS_AT_MOST, intensity=often),
            replay_desk.spec(doors),
            *more,
        ),
    )
    play = SupervisorSpec(
        id="play",
        strategy=Strategy.ONE_FOR_ONE,
        intensity=Intensity(10, 60.0),
        children=(
            PoolSpec(id="matches", key=MATCHES, max_children=PLAYERS_AT_MOST, intensity=often),
            PoolSpec(id="sessions", key=SESSIONS, max_children=PLAYERS_AT_MOST, intensity=often),
            matchmaker.spec(doors),
            steward.spec(doors),
        ),
    )
    return SupervisorSpec(
        id="ladder",
        strategy=Strategy.REST_FOR_ONE,
        intensity=Intensity(5, 60.0),
        children=(health.spec(doors), desks, play, gateway),
    )
