"""Implements `actors.ports.Store` on PostgreSQL: one method, one transaction."""

from storage.store_cards import Cards
from storage.store_ladder import Ladder
from storage.store_players import Players
from storage.store_queue import Queue
from storage.store_replays import Replays
from storage.store_staff import Staff


class PostgresStore(Players, Queue, Staff, Replays, Cards, Ladder):
    """Durable memory: `PostgresStore(pool, settings, staff_channel)`.

    Locks are always taken in the order match, players by number, ratings, cards.
    """

    __slots__ = ()
