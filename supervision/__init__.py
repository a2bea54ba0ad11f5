"""A supervision kernel on Trio: actors with bounded mailboxes in a tree that restarts what fails.

The public words; `docs/semantics.md` says what each of them promises.
"""

from supervision.actor import Actor, Context
from supervision.backoff import Backoff
from supervision.child import (
    ChildSpec,
    Exit,
    MailboxSpec,
    Overflow,
    PoolSpec,
    Restart,
    Spec,
    SupervisorSpec,
    restarts,
)
from supervision.clock import PlainClock
from supervision.dead_letters import DeadLetter, DeadLetters, Fate
from supervision.dump import Dump, Totals
from supervision.dump_client import ask_dump, follow_actor
from supervision.dump_server import serve_dump
from supervision.dynamic import (
    AlreadyPresent,
    AlreadyStarted,
    Children,
    ChildView,
    MaxChildren,
    Pool,
    PoolOutcome,
    Started,
    StartFailed,
    StartOutcome,
)
from supervision.errors import (
    ActorDied,
    AlreadyRegistered,
    AskCycle,
    CallTimeout,
    DumpRefused,
    DumpSilent,
    DumpUnavailable,
    HandlerFailed,
    IntensityReached,
    KernelError,
    KilledByOperator,
    LogConflict,
    LogFailed,
    MailboxFull,
    MaxChildrenError,
    Mute,
    NoReply,
    NotRunning,
    Reject,
    Restarting,
    StartError,
    StartTimeout,
    TooSlow,
    UnknownMessage,
)
from supervision.event_log import EventLog, Folded, MemoryLog, Receipt, Record
from supervision.flow import (
    Flow,
    begin,
    checkpoint,
    conclude,
    current,
    follow,
    outside,
    step,
)
from supervision.flow_stats import FlowRecord, FlowStats, FlowSummary, Histogram, StepSummary
from supervision.flow_text import completion_line, log_flow, printable
from supervision.intensity import Intensity
from supervision.journal import Event, Hook
from supervision.messages import Call, Down, Query
from supervision.record import ActorRecord, MailboxRecord
from supervision.ref import Ref, ReplyTo
from supervision.registry import Registry
from supervision.signal_dump import SignalDoor, dump_on_signal
from supervision.sourced import Decision, EventSourced
from supervision.strategy import Strategy
from supervision.system import System, open_system
from supervision.timer import Timers

PERMANENT = Restart.PERMANENT
TRANSIENT = Restart.TRANSIENT
TEMPORARY = Restart.TEMPORARY
ONE_FOR_ONE = Strategy.ONE_FOR_ONE
ONE_FOR_ALL = Strategy.ONE_FOR_ALL
REST_FOR_ONE = Strategy.REST_FOR_ONE
REJECT = Overflow.REJECT
DROP_OLDEST = Overflow.DROP_OLDEST
DROP_NEWEST = Overflow.DROP_NEWEST

__all__ = [
    "DROP_NEWEST",
    "DROP_OLDEST",
    "ONE_FOR_ALL",
    "ONE_FOR_ONE",
    "PERMANENT",
    "REJECT",
    "REST_FOR_ONE",
    "TEMPORARY",
    "TRANSIENT",
    "Actor",
    "ActorDied",
    "ActorRecord",
    "AlreadyPresent",
    "AlreadyRegistered",
    "AlreadyStarted",
    "AskCycle",
    "Backoff",
    "Call",
    "CallTimeout",
    "ChildSpec",
    "ChildView",
    "Children",
    "Context",
    "DeadLetter",
    "DeadLetters",
    "Decision",
    "Down",
    "Dump",
    "DumpRefused",
    "DumpSilent",
    "DumpUnavailable",
    "Event",
    "EventLog",
    "EventSourced",
    "Exit",
    "Fate",
    "Flow",
    "FlowRecord",
    "FlowStats",
    "FlowSummary",
    "Folded",
    "HandlerFailed",
    "Histogram",
    "Hook",
    "Intensity",
    "IntensityReached",
    "KernelError",
    "KilledByOperator",
    "LogConflict",
    "LogFailed",
    "MailboxFull",
    "MailboxRecord",
    "MailboxSpec",
    "MaxChildren",
    "MaxChildrenError",
    "MemoryLog",
    "Mute",
    "NoReply",
    "NotRunning",
    "Overflow",
    "PlainClock",
    "Pool",
    "PoolOutcome",
    "PoolSpec",
    "Query",
    "Receipt",
    "Record",
    "Ref",
    "Registry",
    "Reject",
    "ReplyTo",
    "Restart",
    "Restarting",
    "SignalDoor",
    "Spec",
    "StartError",
    "StartFailed",
    "StartOutcome",
    "StartTimeout",
    "Started",
    "StepSummary",
    "Strategy",
    "SupervisorSpec",
    "System",
    "Timers",
    "TooSlow",
    "Totals",
    "UnknownMessage",
    "ask_dump",
    "begin",
    "checkpoint",
    "completion_line",
    "conclude",
    "current",
    "dump_on_signal",
    "follow",
    "follow_actor",
    "log_flow",
    "open_system",
    "outside",
    "printable",
    "restarts",
    "serve_dump",
    "step",
]
