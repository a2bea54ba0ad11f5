"""Where an exception or a task stands: `file:line`."""

from pathlib import Path

import trio
import trio.lowlevel

TRIO_FOLDER = str(Path(trio.__file__).parent)


def innermost(error: BaseException) -> BaseException:
    """The exception itself, if nurseries have wrapped one exception in groups."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def place(error: BaseException) -> str:
    """`file:line` of the frame that raised, empty if it has none."""
    trace = error.__traceback__
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"


def place_of(task: trio.lowlevel.Task) -> str:
    """`file:line` where a task waits, or runs: the innermost frame that is not Trio's own."""
    found = ""
    for frame, line in task.iter_await_frames():
        name = frame.f_code.co_filename
        if not name.startswith(TRIO_FOLDER):
            found = f"{name}:{line}"
    return found
