"""Loads `queries/*.sql` by name; a missing, unknown or doubled name stops the start."""

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeAlias

from storage.errors import StorageError

FOLDER = Path(__file__).with_name("queries")
AUDIT = "audit.sql"
"""The invariants: their names are sentences, and they are run all together."""

_HEAD = re.compile(r"^-- (?P<name>.+) --$", re.MULTILINE)


class QueryFileBroken(StorageError):
    """A query file lacks a name, has one too many, or holds one twice."""


@dataclass(frozen=True, slots=True)
class Query:
    """One statement as it stands in its file."""

    name: str
    why: str
    """The comment line under the name."""
    text: str

    @property
    def parameters(self) -> int:
        """How many arguments it takes."""
        return max((int(number) for number in re.findall(r"\$(\d+)", self.text)), default=0)


Blocks: TypeAlias = dict[str, Query]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queries:
    """Every query that the ladder runs, by the name it has in its file."""

    # players.sql
    see_player: Query
    lock_player: Query
    read_player: Query
    accept_terms: Query
    save_draft: Query
    save_profile: Query
    touch_ratings: Query
    save_preferences: Query
    reached: Query
    unreachable: Query
    is_staff: Query
    ensure_staff: Query
    record: Query
    learn_toons: Query
    # queue.sql
    enter_queue: Query
    leave_queue: Query
    waiting: Query
    crowd: Query
    dequeue: Query
    return_to_queue: Query
    met: Query
    recent_maps: Query
    save_wave: Query
    # matches.sql
    lock_players: Query
    toons_of: Query
    insert_match: Query
    insert_sides: Query
    lock_match: Query
    write_match: Query
    begin_match: Query
    release: Query
    ensure_ratings: Query
    lock_ratings: Query
    write_ledger: Query
    settled_changes: Query
    compensate: Query
    recount: Query
    move_ratings: Query
    count_offences: Query
    insert_penalty: Query
    read_match: Query
    read_open_matches: Query
    # replays.sql
    save_replay: Query
    judge_replay: Query
    match_of_digest: Query
    digest_of_replay: Query
    read_replay: Query
    replays_of_match: Query
    contestable_match: Query
    stale_files: Query
    drop_files: Query
    read_versions: Query
    learn_versions: Query
    ensure_versions: Query
    retire_version: Query
    # cards.sql
    bump_cards: Query
    move_card: Query
    pending_cards: Query
    read_card: Query
    card_shown: Query
    card_tried: Query
    card_deleted: Query
    card_lost: Query
    reader_of_card: Query
    # ladder.sql
    standings: Query
    tally: Query
    tally_by_cause: Query
    # staff.sql
    lock_staff: Query
    known_player: Query
    stands: Query
    holding_match: Query
    let_go: Query
    set_banned: Query
    forgive: Query
    penalise: Query
    rerate: Query
    requeue_rating: Query
    insert_action: Query
    action_tried: Query
    action_done: Query
    lock_action: Query
    read_action: Query
    actions_of_match: Query
    history_of_match: Query
    # keeping.sql
    insert_receipt: Query
    drop_receipts: Query
    drop_previews: Query
    lock_migrations: Query
    unlock_migrations: Query
    make_migration_table: Query
    read_migrations: Query
    insert_migration: Query
    ping: Query

    def texts(self) -> tuple[str, ...]:
        """Every statement."""
        return tuple(getattr(self, each.name).text for each in fields(self))


def load(folder: Path = FOLDER) -> Queries:
    """All queries but the audit.

    Raises:
        QueryFileBroken: a name is missing, unknown or doubled, or a block is empty.
    """
    blocks: Blocks = {}
    for path in sorted(folder.glob("*.sql")):
        if path.name == AUDIT:
            continue
        found = parse(path.read_text(encoding="utf-8"), path.name)
        doubled = sorted(blocks.keys() & found.keys())
        if doubled:
            raise QueryFileBroken(f"{path.name} holds {doubled[0]}, which another file has")
        blocks |= found
    wanted = {field.name for field in fields(Queries)}
    if blocks.keys() != wanted:
        raise QueryFileBroken(
            f"missing: {sorted(wanted - blocks.keys())}, unknown: {sorted(blocks.keys() - wanted)}"
        )
    return Queries(**blocks)


def load_audit(folder: Path = FOLDER) -> tuple[Query, ...]:
    """The invariants in the order of their file. Each returns the offending rows as `detail`.

    Raises:
        QueryFileBroken: as `load`.
    """
    return tuple(parse((folder / AUDIT).read_text(encoding="utf-8"), AUDIT).values())


def parse(text: str, origin: str) -> Blocks:
    """Cut a file into its blocks: `-- name --`, one line why, the statement.

    Raises:
        QueryFileBroken: a doubled name, or a block without its reason or statement.

    >>> list(parse("", "empty.sql"))
    []
    """
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    blocks: Blocks = {}
    for head, end in zip(heads, ends, strict=True):
        name = head["name"]
        why, _, statement = text[head.end() : end].strip().partition("\n")
        if name in blocks:
            raise QueryFileBroken(f"{origin} holds {name} twice")
        if not why.startswith("-- ") or not statement.strip():
            raise QueryFileBroken(f"{origin}: {name} needs a line that says why, and a statement")
        blocks[name] = Query(name, why.removeprefix("-- "), statement.strip())
    return blocks
