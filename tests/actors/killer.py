"""Somebody who kills a random process of the ladder between any two steps of the program."""

import random
from dataclasses import dataclass, field

import trio
import trio.lowlevel

from supervision import NotRunning, System
from supervision.crew import child_at

SPARED = 2


@dataclass(eq=False, repr=False)
class Killer(trio.abc.Instrument):
    """Strikes every so many steps. Leaves each budget a restart, so that no supervisor gives up."""

    system: System
    luck: random.Random
    steps: int
    """Steps between two kills, at most."""
    killed: list[str] = field(default_factory=list)
    _left: int = 0

    def __post_init__(self) -> None:
        self._left = self.luck.randint(1, self.steps)

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """Maybe kill somebody, before another task moves."""
        self._left -= 1
        if self._left == 0:
            self._left = self.luck.randint(1, self.steps)
            self.strike()

    def strike(self) -> None:
        """Kill anybody but the root."""
        victims = [path for path in self.system.tree.cells if self._affordable(path)]
        if not victims:
            return
        path = self.luck.choice(victims)
        try:
            self.system.kill(path, "the killer")
        except NotRunning:
            return
        self.killed.append(path)

    def _affordable(self, path: str) -> bool:
        """Whether its supervisor can spare the restarts; for one that starts, those above too."""
        found = child_at(self.system.root, path)
        if found is None:
            return False
        supervisor, child = found
        budget = supervisor.budget  # type: ignore[attr-defined]
        since = trio.current_time() - budget.limit.period_s
        spent = sum(at >= since for at in budget.spent_at)
        spared = budget.limit.most - spent >= SPARED
        above = supervisor.cell.path
        falls_alone = child.ready or above == self.system.root.cell.path
        return bool(spared) and (falls_alone or self._affordable(above))
