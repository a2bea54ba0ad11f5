"""key -> ref, unique, forgetting the dead in the same step in which they die."""

from collections.abc import Hashable
from typing import Any

from supervision.dynamic import Pool
from supervision.errors import AlreadyRegistered, NotRunning
from supervision.ref import Ref


class Registry:
    """The names of one system. A name is taken before `init` and kept across restarts."""

    __slots__ = ("_pools", "_refs")

    def __init__(self) -> None:
        self._refs: dict[Hashable, Ref[Any]] = {}
        self._pools: dict[Hashable, Pool] = {}

    def whereis(self, key: Hashable) -> Ref[Any] | None:
        """Who has this name, if anybody."""
        return self._refs.get(key)

    def ref(self, key: Hashable) -> Ref[Any]:
        """Who has this name.

        Raises:
            NotRunning: nobody.
        """
        found = self._refs.get(key)
        if found is None:
            raise NotRunning(repr(key))
        return found

    def pool(self, key: Hashable) -> Pool:
        """The pool with this name.

        Raises:
            NotRunning: there is none.
        """
        found = self._pools.get(key)
        if found is None:
            raise NotRunning(repr(key))
        return found

    def keys(self) -> tuple[Hashable, ...]:
        """Every actor's name, in order of registration."""
        return tuple(self._refs)

    def register(self, key: Hashable, ref: Ref[Any]) -> None:
        """Give a name to an actor; the kernel does it for `ChildSpec.key`.

        Raises:
            AlreadyRegistered: somebody has it.
        """
        holder = self._refs.setdefault(key, ref)
        if holder is not ref:
            raise AlreadyRegistered(key, holder.path)

    def unregister(self, key: Hashable, ref: Ref[Any]) -> None:
        """Free a name, if this actor has it."""
        if self._refs.get(key) is ref:
            del self._refs[key]

    def register_pool(self, key: Hashable, pool: Pool) -> None:
        """Give a name to a pool; the kernel does it for `PoolSpec.key`.

        Raises:
            AlreadyRegistered: another pool has it.
        """
        holder = self._pools.setdefault(key, pool)
        if holder is not pool:
            raise AlreadyRegistered(key, holder.path)

    def unregister_pool(self, key: Hashable, pool: Pool) -> None:
        """Free a pool's name, if this pool has it."""
        if self._pools.get(key) is pool:
            del self._pools[key]
