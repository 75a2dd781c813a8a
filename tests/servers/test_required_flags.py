from __future__ import annotations

import pytest

from mineru_cli.servers.required_flags import FlagCheck, check_flags, is_checkable

PREFIX, IMAGES, OTHER = "--no-enable-prefix-caching", "--mm-processor-cache-gb 0", "--trust-remote-code"


def page(caching: str = "False", hits: float = 0.0, engine: int = 0) -> str:
    """As vLLM 0.32 writes it, shortened."""
    return (
        "# HELP vllm:cache_config_info Information of the LLMEngine CacheConfig\n"
        f'vllm:cache_config_info{{block_size="128",enable_prefix_caching="{caching}",engine="{engine}"}} 1.0\n'
        f'vllm:mm_cache_hits_total{{engine="{engine}",model_name="m"}} {hits}\n'
    )


@pytest.mark.parametrize(
    ("pages", "kept", "servers"),
    [
        ({"a": page("False")}, "kept", ()),
        ({"a": page("True")}, "broken", ("a",)),
        ({"a": page("False"), "b": page("True")}, "broken", ("b",)),
        ({"a": page("False"), "b": ""}, "unknown", ()),
        ({"a": page("None")}, "unknown", ()),
        ({"a": page("False") + page("True", engine=1)}, "broken", ("a",)),
        ({}, "unknown", ()),
    ],
)
def test_prefix_caching(pages, kept, servers):
    assert check_flags([PREFIX], pages) == [FlagCheck(PREFIX, kept, servers)]


@pytest.mark.parametrize(("hits", "kept", "servers"), [(0.0, "unknown", ()), (3.0, "broken", ("a",))])
def test_a_hit_proves_the_cache_of_images_and_its_absence_proves_nothing(hits, kept, servers):
    assert check_flags([IMAGES], {"a": page(hits=hits)}) == [FlagCheck(IMAGES, kept, servers)]


def test_what_no_server_reports_stays_unknown():
    assert check_flags([OTHER], {"a": page()}) == [FlagCheck(OTHER, "unknown")]
    assert not is_checkable([OTHER])
    assert is_checkable([OTHER, PREFIX])
