"""Rows of replays and of the allow-list, to values and back."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter

from actors.ports import ReplayRow
from actors.rules.allowed import AllowList, Version
from actors.rules.replay import Finding, ReplayFacts
from storage.connection import Row

_FACTS = TypeAdapter(ReplayFacts)
_FINDINGS = TypeAdapter(tuple[Finding, ...])
_VERSION = TypeAdapter(Version)


def facts_document(value: ReplayFacts) -> Any:
    """For the column `facts`."""
    return _FACTS.dump_python(value, mode="json")


def findings_document(value: Sequence[Finding]) -> Any:
    """For the column `findings`."""
    return _FINDINGS.dump_python(tuple(value), mode="json")


def replay(row: Row) -> ReplayRow:
    """From `read_replay` and its kin."""
    return ReplayRow(
        row["id"],
        row["match"],
        row["uploader"],
        _FACTS.validate_python(row["facts"]),
        _FINDINGS.validate_python(row["findings"]),
        accepted=row["accepted"],
        word=row["word"],
        kept=row["dropped_at"] is None,
    )


def allow_list(found: Iterable[Row]) -> AllowList:
    """From `read_versions`."""
    return AllowList(tuple(_VERSION.validate_python(dict(row)) for row in found))


def version_documents(versions: Iterable[Version]) -> list[dict[str, Any]]:
    """For `learn_versions`; files in a fixed order, and what makes a version another one in one word."""
    documents = [
        {
            "name": each.name,
            "gateway": each.gateway.value,
            "files": sorted(each.files),
            "map": each.map,
            "map_hash": each.map_hash,
        }
        for each in versions
    ]
    for document in documents:
        what = [document["gateway"], document["map"] or "", document["map_hash"], *(document["files"] or ())]
        document["fingerprint"] = sha256("\n".join(map(str, what)).encode()).hexdigest()
    return documents
