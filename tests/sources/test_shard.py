from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mineru_cli.errors import SettingsError
from mineru_cli.sources.shard import Shard


@pytest.mark.spec("orchestration/worker-pool/a-document-belongs-to-one-shard")
@given(st.sets(st.text(max_size=20).filter(str.isprintable)), st.integers(1, 20))
def test_every_document_belongs_to_exactly_one_shard(keys, count):
    shards = [Shard.parse(f"{number}/{count}") for number in range(1, count + 1)]
    assert all(sum(shard.holds(key) for shard in shards) == 1 for key in keys)


@pytest.mark.spec("orchestration/worker-pool/a-document-belongs-to-one-shard")
def test_shards_are_of_like_size():
    held = [sum(Shard(number, 8).holds(f"folder/{n}") for n in range(8000)) for number in range(1, 9)]
    assert min(held) > 850
    assert max(held) < 1150


@pytest.mark.spec("orchestration/worker-pool/shards-agree-between-machines")
def test_membership_is_the_same_on_every_machine():
    assert [key for key in "abcdefgh" if Shard(1, 3).holds(key)] == ["c", "f"]


@pytest.mark.parametrize("text", ["", "1", "0/3", "4/3", "1/0", "a/b", "1/3/5", "-1/3", "٣/٤"])
def test_nonsense_is_refused(text):
    with pytest.raises(SettingsError):
        Shard.parse(text)


def test_a_pod_of_an_indexed_job_takes_the_share_of_its_index():
    assert Shard.parse("index/8", {"JOB_COMPLETION_INDEX": "0"}) == Shard(1, 8)
    assert Shard.parse("index/8", {"JOB_COMPLETION_INDEX": "7"}) == Shard(8, 8)


@pytest.mark.parametrize(
    "environment", [{}, {"JOB_COMPLETION_INDEX": "eight"}, {"JOB_COMPLETION_INDEX": "8"}]
)
def test_an_index_that_is_missing_or_too_high_is_refused(environment):
    with pytest.raises(SettingsError, match=r"index/N needs JOB_COMPLETION_INDEX|is not a share"):
        Shard.parse("index/8", environment)
