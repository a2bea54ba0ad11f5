"""What the door to the database measures: the pool, each query, and on whose behalf it ran."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
import trio

from storage.sql import Query
from supervision import Histogram, current

log = structlog.get_logger()

SLOW_QUERY_S = 0.1
"""A query that took longer gets a line in the log."""
MOST_NAMES = 256
QUERIES = "queries"
"""What a flow counts its queries under."""


@dataclass(slots=True)
class Gauges:
    """Counted since the pool was opened. Any thread may read."""

    waiting: int = 0
    """Tasks that wait for a connection at this moment."""
    in_use: int = 0
    acquired: Histogram = field(default_factory=Histogram)
    """Waits for a connection, those in vain included."""
    refused: int = 0
    """Waits in vain."""
    queries: dict[str, Histogram] = field(default_factory=dict)
    """By the name of the query."""
    slow: int = 0

    @contextmanager
    def acquiring(self) -> Iterator[None]:
        """Measure a wait for a connection."""
        begun = trio.current_time()
        self.waiting += 1
        try:
            yield
        except BaseException:
            self.refused += 1
            raise
        finally:
            self.waiting -= 1
            self.acquired.add(trio.current_time() - begun)

    @contextmanager
    def running(self, query: Query) -> Iterator[None]:
        """Measure one query, and count it for the flow that it is run for."""
        flow, begun = current(), trio.current_time()
        if flow is not None:
            flow.count(QUERIES)
        try:
            yield
        finally:
            took_s = trio.current_time() - begun
            name = query.name if query.name in self.queries or len(self.queries) < MOST_NAMES else "(others)"
            self.queries.setdefault(name, Histogram()).add(took_s)
            if took_s > SLOW_QUERY_S:
                self.slow += 1
                log.warning(
                    "query.dragged",
                    query=query.name,
                    took_ms=round(took_s * 1000, 2),
                    flow=flow and flow.id,
                    name=flow and flow.name,
                )
