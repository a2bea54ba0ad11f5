"""How the program logs: for people on a terminal, one JSON object a line anywhere else. Always to stderr.

Libraries that log with the standard library (disnake, aiohttp) come out in the same shape, from warnings up.
"""

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from bot.config import LogShape
from supervision.flow_text import printable

_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def set_up(shape: LogShape = LogShape.AUTO, least: str = "info") -> None:
    """Decide the shape of every log line from now on, and from which level on there are any."""
    last = _last(for_people=shape is LogShape.HUMAN or (shape is LogShape.AUTO and sys.stderr.isatty()))
    structlog.configure(
        processors=[*_SHARED, *last],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    foreign = logging.StreamHandler(sys.stderr)
    foreign.setFormatter(_foreign(last))
    logging.basicConfig(level=logging.WARNING, handlers=[foreign], force=True)


def _last(*, for_people: bool) -> Sequence[structlog.typing.Processor]:
    if for_people:
        # Plain, since rich tracebacks show local variables: tokens, and a page of them a frame.
        return (
            _FlowsInWords(structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)),
        )
    return (structlog.processors.format_exc_info, structlog.processors.JSONRenderer(sort_keys=True))


@dataclass(frozen=True, slots=True)
class _FlowsInWords:
    """Renders a line that brings its own words, that of a flow, as these words."""

    otherwise: structlog.typing.Processor

    def __call__(self, logger: Any, method: str, entry: structlog.typing.EventDict) -> Any:
        """One entry as text."""
        line = entry.get("line")
        if not isinstance(line, str):
            return self.otherwise(logger, method, entry)
        ids = "".join(f"{key}={entry[key]} " for key in ("flow", "player", "match") if key in entry)
        return f"{entry['timestamp']} {ids}{printable(line, sys.stderr.encoding or 'ascii')}"


def _foreign(last: Sequence[structlog.typing.Processor]) -> structlog.stdlib.ProcessorFormatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
