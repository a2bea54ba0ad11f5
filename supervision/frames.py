"""Where an exception or a task stands: file, line and function."""

import sys
import threading
from pathlib import Path
from types import CodeType, FrameType
from typing import NamedTuple, TypeAlias

import trio
import trio.lowlevel

TRIO_FOLDER = str(Path(trio.__file__).parent)
KERNEL_FOLDER = str(Path(__file__).parent)


class Spot(NamedTuple):
    """One frame of a stack."""

    file: str
    line: int
    function: str

    @property
    def place(self) -> str:
        """`file:line`."""
        return f"{self.file}:{self.line}"

    def __str__(self) -> str:
        return f"{self.place} {self.function}"


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


Frames: TypeAlias = tuple[tuple[CodeType, int], ...]
"""Code and line of each frame, the innermost last: what is quick to copy."""


def stack_of(thread: int) -> tuple[Spot, ...]:
    """Every frame of a thread, the innermost last; empty if it has ended."""
    frame = sys._current_frames().get(thread)  # noqa: SLF001 - the documented way in
    return tuple(_spot(frame.f_code, frame.f_lineno) for frame in _from_outside(frame))


def frames_of(task: trio.lowlevel.Task, loop: int) -> Frames:
    """The frames of a task that waits, or runs.

    Args:
        task: of the loop that runs in the thread `loop`; the thread may be stuck.
        loop: identity of that thread. From inside it, a task that runs (the one that asks) has no frames.
    """
    if not runs(task):
        return tuple([(frame.f_code, line) for frame, line in task.iter_await_frames()])
    # A coroutine that runs does not show what it awaits: its frames are those of the thread, from its own on.
    if loop == threading.get_ident():
        return ()
    running = _from_outside(sys._current_frames().get(loop))  # noqa: SLF001
    first = running.index(task.coro.cr_frame) if task.coro.cr_frame in running else len(running)
    return tuple([(frame.f_code, frame.f_lineno) for frame in running[first:]])


def runs(task: trio.lowlevel.Task) -> bool:
    """Whether it is this task's turn at this moment."""
    return bool(getattr(task.coro, "cr_running", False))


def spots(frames: Frames) -> tuple[Spot, ...]:
    """The frames that are not Trio's own; nor the kernel's, if there are others."""
    found = tuple(_spot(code, line) for code, line in frames if not code.co_filename.startswith(TRIO_FOLDER))
    return tuple(spot for spot in found if not spot.file.startswith(KERNEL_FOLDER)) or found


def _from_outside(frame: FrameType | None) -> list[FrameType]:
    """From the outermost frame to this one."""
    found = []
    while frame is not None:
        found.append(frame)
        frame = frame.f_back
    return found[::-1]


def _spot(code: CodeType, line: int) -> Spot:
    return Spot(code.co_filename, line, code.co_name)
