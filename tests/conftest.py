"""What every test wants: log lines that are cheap to write, properties that have time."""

import structlog
from hypothesis import HealthCheck, settings

# A busy machine is no bug: nothing here is judged by the clock on the wall.
settings.register_profile(
    "ladder", deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.load_profile("ladder")

structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
