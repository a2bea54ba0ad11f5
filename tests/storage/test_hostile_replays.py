"""Hostile files end in a sentence; those that once did more are read again, and some of each way."""

import pytest

from actors.rules.settings import Settings
from storage.replay_reader import open_replay_reader
from tests.fuzz.__main__ import CORPUS
from tests.fuzz.mutants import WAYS, mutant
from tests.fuzz.trial import judged

SOME = range(1, 151)
KEPT = sorted(CORPUS.glob("*.SC2Replay"))


async def test_some_of_each_way_end_in_a_sentence() -> None:
    seen = set()
    async with open_replay_reader(Settings()) as reader:
        for number in SOME:
            way, content = mutant(number)
            seen.add(way)
            assert (await judged(reader, content)).sentence, number
    assert seen == {way.__name__.strip("_") for way in WAYS}


@pytest.mark.skipif(not KEPT, reason="nothing was found yet")
async def test_what_was_found_once_ends_in_a_sentence() -> None:
    async with open_replay_reader(Settings()) as reader:
        for path in KEPT:
            assert (await judged(reader, path.read_bytes())).sentence, path.name


def test_the_same_number_makes_the_same_file() -> None:
    assert [mutant(number) for number in SOME[:20]] == [mutant(number) for number in SOME[:20]]
