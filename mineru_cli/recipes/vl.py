"""The adapter to ``mineru-vl-utils``: the only place that imports it.

It is imported on first use: other recipes do not need it, and the fork server has imported it already.
``tests/recipes/test_vl.py`` tests everything that is relied on.
"""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any

from mineru_cli.domain.request import Sampling


@cache
def library() -> ModuleType:
    """``mineru_vl_utils.mineru_client``, with its logging off: it quotes whole replies."""
    from loguru import logger

    logger.disable("mineru_vl_utils")
    from mineru_vl_utils import mineru_client  # type: ignore[import-untyped]

    module: ModuleType = mineru_client
    return module


@cache
def helper(*, table_formula_wrap: bool = True) -> Any:
    """The library's pure functions, configured as in MinerU, returning images instead of PNGs.

    Overlapping boxes are kept: MinerU 3.4.4 pins a version of the library that keeps them too.
    """
    client = library()

    class Helper(client.MinerUClientHelper):  # type: ignore[misc, name-defined]
        @classmethod
        def _deduplicate_layout_blocks(cls, blocks: list[Any]) -> list[Any]:
            return blocks

    return Helper(
        backend="transformers",
        prompts=client.DEFAULT_PROMPTS,
        sampling_params=client.DEFAULT_SAMPLING_PARAMS,
        layout_image_size=(1036, 1036),
        min_image_edge=28,
        max_image_edge_ratio=50,
        simple_post_process=False,
        handle_equation_block=True,
        abandon_list=False,
        abandon_paratext=False,
        image_analysis=True,
        debug=False,
        enable_table_formula_eq_wrap=table_formula_wrap,
    )


def prompt_for(block_type: str) -> str:
    """The prompt for a block."""
    prompts: dict[str, str] = library().DEFAULT_PROMPTS
    return prompts.get(block_type) or prompts["[default]"]


@cache
def sampling_for(block_type: str) -> Sampling:
    """The sampling parameters for a block."""
    known = library().DEFAULT_SAMPLING_PARAMS
    defaults = known.get(block_type) or known["[default]"]
    return Sampling(
        temperature=defaults.temperature,
        top_p=defaults.top_p,
        top_k=defaults.top_k,
        presence_penalty=defaults.presence_penalty,
        frequency_penalty=defaults.frequency_penalty,
        repetition_penalty=defaults.repetition_penalty,
        no_repeat_ngram_size=defaults.no_repeat_ngram_size,
        max_tokens=defaults.max_new_tokens,
    )


def otsl_to_html(otsl: str) -> str:
    """A table in OTSL as HTML."""
    from mineru_vl_utils.post_process.otsl2html import (  # type: ignore[import-untyped]
        convert_otsl_to_html,
    )

    html: str = convert_otsl_to_html(otsl)
    return html
