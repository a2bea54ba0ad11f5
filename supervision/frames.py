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


def told_apart(raised: BaseException) -> tuple[BaseException | None, BaseException]:
    """The crash in what is more than a crash, and the rest: Ctrl-C, SystemExit or the like if it is there.

    A rest that is a group holds nothing but cancellations.
    """
    if not isinstance(raised, BaseExceptionGroup):
        return None, raised
    crash, rest = raised.split(Exception)
    assert rest is not None, "an exception that is not just one"
    leave: BaseException | None = rest.subgroup(
        lambda each: not isinstance(each, trio.Cancelled | BaseExceptionGroup)
    )
    while isinstance(leave, BaseExceptionGroup):
        leave = leave.exceptions[0]
    return crash and innermost(crash), leave or rest


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
