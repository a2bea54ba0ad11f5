"""What holds for the whole tree: import contracts, sizes, one blind except, no traces of a machine."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("actors", "bot", "storage", "supervision")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
WALL_OF_A_MODULE = 400
WALL_OF_A_FUNCTION = 40


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_import_contracts_are_kept() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_module_is_longer_than_the_wall(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= WALL_OF_A_MODULE


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_module_says_what_it_is(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text()))
    assert said
    assert len(said) > len("a word")


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_function_is_longer_than_the_wall(path: Path) -> None:
    """Counted from `def` to the end, the docstring left out: it is the shorter half of some."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            said = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
            length = (node.end_lineno or 0) - node.lineno + 1 - said
            assert length <= WALL_OF_A_FUNCTION, f"{node.name} has {length} lines"


def blind(handler: ast.ExceptHandler) -> bool:
    """Whether it catches whatever there is and does not raise it again."""
    caught = (
        {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
        if handler.type
        else {"Exception"}
    )
    last = handler.body[-1]
    return bool(caught & {"Exception", "BaseException"}) and not (
        isinstance(last, ast.Raise) and last.exc is None
    )


def test_only_the_supervisor_catches_everything() -> None:
    guilty = {
        name_of(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler) and blind(node)
    }
    assert guilty == {"supervision/supervisor.py"}


PARALLEL = ("trio.", "asyncio.", "threading.", "_thread.", "queue.", "multiprocessing.", "concurrent.")
WAYS_ROUND_A_MAILBOX = {
    "open_memory_channel", "Queue", "LifoQueue", "PriorityQueue", "SimpleQueue", "JoinableQueue", "Manager",
    "Lock", "RLock", "StrictFIFOLock", "Semaphore", "BoundedSemaphore", "Condition", "CapacityLimiter",
    "Event", "Barrier", "Thread", "Timer", "ThreadPoolExecutor", "ProcessPoolExecutor", "Process",
    "start_new_thread", "start_thread_soon", "create_task", "ensure_future", "gather", "TaskGroup",
    "run_in_executor", "run_coroutine_threadsafe", "spawn_system_task", "current_trio_token", "TrioToken",
    "get_event_loop", "get_running_loop",
}  # fmt: skip
"""Names of these modules by which a letter, or work, could go round the mailboxes and the tree."""
WITH_A_REASON = {
    ("actors/matchmaker.py", "trio.Event"): "a stop waits for what the wave under way is writing",
    ("actors/replay_desk.py", "trio.CapacityLimiter"): "uploads leave room for clicks, in one actor",
    ("actors/solving.py", "trio.CapacityLimiter"): "a long queue is planned in one worker process",
    ("bot/demo_process.py", "trio.Process"): "the demo's bot and its Discord are programs of their own",
    ("bot/inbox.py", "trio.Event"): "an answer races against Discord's deadline, in one actor",
    ("bot/intake.py", "trio.Event"): "the gateway's end waits for the tasks it owns",
    ("bot/pace.py", "trio.Event"): "requests that are on their way to Discord wait for its rate limit",
    ("storage/connection.py", "asyncio.ensure_future"): "a commit runs to its end, and is waited for",
    ("storage/replay_reader.py", "trio.CapacityLimiter"): "as many readers as there are worker processes",
    ("supervision/crew.py", "trio.Event"): "a start is waited for",
    ("supervision/dump_server.py", "threading.Event"): "its threads are told that the door closes",
    ("supervision/dump_server.py", "threading.Semaphore"): "only so many visitors are let in",
    ("supervision/dump_server.py", "threading.Thread"): "it answers when the loop is stuck",
    ("supervision/dynamic.py", "trio.Event"): "who asks for a start waits for the answer",
    ("supervision/mailbox.py", "trio.open_memory_channel"): "the mailbox",
    ("supervision/onlooker.py", "threading.Event"): "the thread waits for the loop, up to a limit",
    (
        "supervision/onlooker.py",
        "threading.Lock",
    ): "a question is answered by the loop or beside it, not by both",
    ("supervision/onlooker.py", "trio.lowlevel.current_trio_token"): "the thread asks the loop",
    ("supervision/signal_dump.py", "threading.Thread"): "it writes the dump when the loop is stuck",
    ("supervision/supervisor.py", "trio.open_memory_channel"): "the inbox of a supervisor",
    ("supervision/system.py", "trio.Event"): "the program waits for the end of the tree",
    ("supervision/talkers.py", "threading.Lock"): "two who look at once compare with the same look before",
    ("supervision/trace.py", "threading.Lock"): "two threads may follow one actor at once",
}


def dotted_names(module: ast.Module) -> Iterator[str]:
    """Every name that a module uses, with the module it comes from: `trio.Event`."""
    origins = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        if isinstance(node, ast.ImportFrom)
        else alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute | ast.Name):
            head, _, rest = ast.unparse(node).partition(".")
            yield f"{origins.get(head, head)}.{rest}".rstrip(".")


def test_nothing_goes_round_the_mailboxes() -> None:
    """Queues, locks, threads and loose tasks: each of them is here with its reason, and no other is."""
    found = {
        (name_of(path), dotted)
        for path in SOURCES
        if "simulator" not in path.parts
        for dotted in dotted_names(ast.parse(path.read_text()))
        if dotted.startswith(PARALLEL) and dotted.rpartition(".")[2] in WAYS_ROUND_A_MAILBOX
    }
    assert found == set(WITH_A_REASON)


def nurseries_of(function: ast.AST) -> set[str]:
    """The names of the nurseries that a function opens and waits for."""
    return {
        ast.unparse(item.optional_vars)
        for node in ast.walk(function)
        if isinstance(node, ast.AsyncWith)
        for item in node.items
        if item.optional_vars is not None and ast.unparse(item.context_expr).endswith("open_nursery()")
    }


def test_every_task_has_an_owner() -> None:
    """A task is started in a nursery of the same function, an actor's own, or its supervisor's."""
    owned = {"self.context.tasks", "self.nursery"}
    loose = {
        (name_of(path), ast.unparse(call.func))
        for path in SOURCES
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        if call.func.attr == "start_soon"
        if ast.unparse(call.func.value) not in nurseries_of(function) | owned
    }
    assert loose == set()


def test_work_for_a_connection_waits_for_nothing_else() -> None:
    """It runs on asyncio's side of the bridge, where a call of Trio's would break Trio itself."""
    speakers = {"connection", "patient", "doing"}
    works = [
        function
        for path in SOURCES
        if name_of(path).startswith("storage/") and path.stem not in {"connection", "pool"}
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.AsyncFunctionDef)
        if speakers & {each.arg for each in function.args.args}
    ]
    calls = [wait.value for work in works for wait in ast.walk(work) if isinstance(wait, ast.Await)]
    strange = [
        ast.unparse(call)
        for call in calls
        if not isinstance(call, ast.Call)
        or not speakers & {ast.unparse(each).partition(".")[0] for each in (call.func, *call.args)}
    ]
    assert len(works) > 25
    assert strange == []


def test_asyncio_enters_by_two_doors() -> None:
    """Discord and PostgreSQL, with the bridge that both cross. The simulator is a program of its own."""
    foreign = re.compile(r"^\s*(import|from) (asyncio|trio_asyncio)\b", re.MULTILINE)
    doors = {"bot/gateway.py", "storage/bridge.py", "storage/connection.py", "storage/pool.py"}
    users = {
        name_of(path)
        for path in SOURCES
        if "simulator" not in path.parts and foreign.search(path.read_text())
    }
    assert users <= doors


def test_nothing_committed_names_a_machine() -> None:
    """Paths and ways of the place where this was written do not belong here."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    words = ("/wor" + "k/", "farm-" + "studio", "/roo" + "t/")
    for name in listed.stdout.split():
        path = ROOT / name
        if path.is_file() and path.suffix in {".py", ".md", ".toml", ".txt", ".sql", ".ftl", ".yml", ""}:
            text = path.read_text(errors="replace")
            assert not [word for word in words if word in text], name
