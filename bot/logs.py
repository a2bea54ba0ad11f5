"""How the program logs: for people on a terminal, one JSON object a line anywhere else. Always to stderr.

Libraries that log with the standard library (disnake, aiohttp) come out in the same shape, from warnings up.
"""

import logging
import sys
from collections.abc import Sequence

import structlog

from bot.config import LogShape

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
        return (structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),)
    return (structlog.processors.format_exc_info, structlog.processors.JSONRenderer(sort_keys=True))


def _foreign(last: Sequence[structlog.typing.Processor]) -> structlog.stdlib.ProcessorFormatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
