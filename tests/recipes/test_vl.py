"""Pins what is relied on of mineru-vl-utils: an update that changes any of it must be looked at."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import astuple
from importlib.metadata import version

import pytest
from mineru_vl_utils import mineru_client
from mineru_vl_utils.post_process import otsl2html, table_image_processor
from mineru_vl_utils.structs import BLOCK_TYPES, ContentBlock
from mineru_vl_utils.vlm_client import DEFAULT_SYSTEM_PROMPT
from recipes.sessions import box

from mineru_cli.domain.block import PAGE_FURNITURE, VISUAL_TYPES
from mineru_cli.recipes import mineru, vl
from mineru_cli.recipes.mineru_blocks import FIGURE_TYPES, TEXT_TYPES


def test_version():
    assert version("mineru-vl-utils").split(".")[:2] == ["2", "0"]


def test_prompts():
    assert {key: text for key, text in mineru_client.DEFAULT_PROMPTS.items() if "cross" not in key} == {
        "table": "\nTable Recognition:",
        "equation": "\nFormula Recognition:",
        "image": "\nImage Analysis:",
        "chart": "\nImage Analysis:",
        "[default]": "\nText Recognition:",
        "[layout]": "\nLayout Detection:",
    }
    assert vl.prompt_for("title") == "\nText Recognition:"
    assert vl.prompt_for("table") == "\nTable Recognition:"


def test_our_copies_for_the_layout_request():
    assert mineru_client.DEFAULT_PROMPTS["[layout]"] == mineru.LAYOUT_PROMPT
    assert mineru.SYSTEM_PROMPT == DEFAULT_SYSTEM_PROMPT
    assert vl.helper().layout_image_size == mineru.LAYOUT_SIZE
    assert vl.sampling_for("[layout]") == mineru.LAYOUT_SAMPLING


@pytest.mark.parametrize(
    ("kind", "frequency"), [("table", 0.005), ("equation", 0.05), ("text", 0.05), ("list_item", 0.05)]
)
def test_sampling(kind, frequency):
    assert astuple(vl.sampling_for(kind)) == (0.0, 0.01, 1, 1.0, frequency, 1.0, 100, None)


def test_settings_of_the_helper_are_mineru_s():
    import inspect

    defaults = {
        key: parameter.default
        for key, parameter in inspect.signature(mineru_client.MinerUClient.__init__).parameters.items()
    }
    for key in (
        "layout_image_size", "min_image_edge", "max_image_edge_ratio", "simple_post_process",
        "handle_equation_block", "abandon_list", "abandon_paratext", "debug",
    ):  # fmt: skip
        assert getattr(vl.helper(), key) == defaults[key], key
    assert vl.helper().image_analysis
    assert vl.helper().enable_table_formula_eq_wrap
    assert not vl.helper(table_formula_wrap=False).enable_table_formula_eq_wrap


def test_boxes_that_lie_on_each_other_are_kept():
    assert len(vl.helper().parse_layout_output(2 * box("text", 1, 2, 300, 400))) == 2


def test_the_question_about_tables_that_go_on_is_the_library_s():
    from mineru_vl_utils.post_process import cross_page_table

    from mineru_cli.output.tree import cell_merge
    from mineru_cli.output.tree.table_rows import CellExtent

    above, below = (
        [CellExtent("a 'b'", 0, 1), CellExtent("", 1, 3)],
        [CellExtent("c", 0, 2), CellExtent("d", 2, 3)],
    )
    context = cross_page_table._BoundaryRowContext(0, None, None, 2, 2, above, below)
    assert cell_merge.prompt(above, below) == cross_page_table.build_cell_merge_prompt(context)
    for reply in ("[1, 0]", "so: [0,1]!", "[2, 0]", "[1]", "[]", "no", "[1, 0, 1]", "[ 1 ,1 ]"):
        flags = cross_page_table.parse_cell_merge_response(reply)
        expected = None if flags is None or len(flags) != 2 else (flags[0], flags[1], flags[1])
        assert cell_merge.CellMergeQuestion(1, 0, "", tuple(above)).answer(reply) == expected


def test_layout_syntax():
    text = box("text", 1, 2, 300, 400, tail="txt_contd_tgt") + box("table", 500, 600, 700, 800, "left")
    first, second = vl.helper().parse_layout_output(text)
    assert (first.type, first.bbox, first.angle, first.merge_prev) == (
        "text",
        [0.001, 0.002, 0.3, 0.4],
        0,
        True,
    )
    assert (second.type, second.angle) == ("table", 270)


def test_block_types():
    assert BLOCK_TYPES >= TEXT_TYPES | FIGURE_TYPES | PAGE_FURNITURE | VISUAL_TYPES
    assert set(mineru_client.IMAGE_CAPTION_CONTAINER_TYPES) == {"image", "chart", "image_block"}


def test_functions_that_crops_are_built_on():
    for name in ("build_table_image_map", "mark_absorbed_table_images", "mask_and_encode_table_image"):
        assert getattr(mineru_client, name) is getattr(table_image_processor, name)
    assert callable(mineru_client.get_rgb_image)
    assert mineru_client.TABLE_IMAGE_TOKEN_MAP_KEY == table_image_processor.TABLE_IMAGE_TOKEN_MAP_KEY
    assert callable(vl.helper()._find_covered_block_indices)


def test_otsl():
    assert otsl2html.convert_otsl_to_html("<fcel>a<lcel><nl><fcel>b<ecel><nl>") == (
        '<table><tr><td colspan="2">a</td></tr><tr><td>b</td><td></td></tr></table>'
    )


def test_extra_keys_of_a_block_survive_post_processing():
    block = ContentBlock("list_item", [0.0, 0.0, 1.0, 1.0], 0, "x")
    block["flaw"] = "truncated"
    (processed,) = vl.helper().post_process([block])
    assert (processed.type, processed["flaw"]) == ("text", "truncated")


def test_the_library_is_loaded_late_and_quiet():
    """The registry must not load it, and a reply it dislikes must not reach the terminal."""
    code = (
        "import sys; from mineru_cli.recipes import registry, vl;"
        "assert 'mineru_vl_utils' not in sys.modules and 'loguru' not in sys.modules;"
        "vl.helper().parse_layout_output('prose')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
