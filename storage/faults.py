"""What asyncpg raises, as errors of ours: what passes by itself, what stays wrong, what may be done."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from storage.errors import CommitUnknown, ConstraintBroken, StorageUnavailable

GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutdown, crash, statement cancelled
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby; it may become the primary
    asyncpg.InternalClientError,  # the server's farewell crossed our question
    OSError,  # TimeoutError is one
)
"""What passes by itself: the server or the way to it is away."""

_CONTENDED = (
    asyncpg.TransactionRollbackError,  # serialization failure, deadlock
    asyncpg.LockNotAvailableError,
)
"""What passes by itself: others were first."""

WRONG = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.ClientConfigurationError,
    ValueError,
)
"""What stays wrong at the next try to connect."""


@contextmanager
def translated(*, committing: bool = False) -> Iterator[None]:
    """Foreign errors become ours. While committing, a lost answer is not a refusal."""
    try:
        yield
    except _CONTENDED as error:  # even while committing, this answer says that nothing was done
        raise StorageUnavailable(str(error)) from error
    except asyncpg.IntegrityConstraintViolationError as error:
        raise ConstraintBroken(error.constraint_name or "", str(error)) from error
    except asyncpg.InterfaceError as error:
        if "clos" not in str(error):  # closed, closing; anything else is a wrong use of the driver
            raise
        raise _lost(error, committing) from error
    except GONE as error:
        raise _lost(error, committing) from error


def _lost(error: BaseException, committing: bool) -> StorageUnavailable:
    reason = f"{type(error).__name__}: {error}"
    return CommitUnknown(reason) if committing else StorageUnavailable(reason)
