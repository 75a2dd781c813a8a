from __future__ import annotations

from pathlib import Path

import pytest

from mineru_cli.errors import SettingsError
from mineru_cli.recipes.profiles.catalogue import (
    choose,
    names,
    profile,
    profile_for,
    profiles,
    read_profile,
    server_args,
)
from mineru_cli.recipes.readers.registry import READERS

# 54 names as people serve them, with what --recipe auto makes of each.
SERVED = {
    "opendatalab/MinerU2.5-Pro-2605-1.2B": "mineru",
    "opendatalab/MinerU2.5-2509-1.2B": "mineru",
    "/models/MinerU2.5/": "mineru",
    "mineru-embedded-cpu": "mineru",
    "opendatalab/MinerU2.0-2505-0.9B": None,
    "Qwen/Qwen2.5-VL-7B-Instruct": "qwenvl",
    "Qwen/Qwen2.5-VL-72B-Instruct-AWQ": "qwenvl",
    "qwen2_5_vl": "qwenvl",
    "Qwen/Qwen3-VL-8B-Instruct": "qwen3-vl",
    "Qwen/Qwen3-VL-235B-A22B-Instruct-FP8": "qwen3-vl",
    "Qwen/Qwen3-VL-8B-Thinking": None,
    "Qwen/Qwen3.5-27B": "qwen3.5",
    "Qwen/Qwen3.6-35B-A3B": "qwen3.5",
    "PaddlePaddle/PaddleOCR-VL": "paddleocr-vl",
    "PaddleOCR-VL-0.9B": "paddleocr-vl",
    "PaddlePaddle/PaddleOCR-VL-1.5": "paddleocr-vl",
    "PaddlePaddle/PaddleOCR-VL-1.6": "paddleocr-vl",
    "zai-org/GLM-OCR": "glm-ocr",
    "glm-ocr": "glm-ocr",
    "deepseek-ai/DeepSeek-OCR": "deepseek-ocr",
    "deepseek-ai/DeepSeek-OCR-2": "deepseek-ocr",
    "baidu/Unlimited-OCR": "unlimited-ocr",
    "baidu/Unlimited-OCR-2": None,
    "rednote-hilab/dots.ocr": "dots-ocr",
    "rednote-hilab/dots.mocr": "dots-ocr",
    "DotsOCR": "dots-ocr",
    "model": None,
    "datalab-to/chandra-ocr-2": "chandra-2",
    "chandra": "chandra-2",
    "datalab-to/surya-ocr-2": "surya-2",
    "allenai/olmOCR-2-7B-1025-FP8": "olmocr-2",
    "olmocr": "olmocr-2",
    "allenai/olmOCR-7B-0225-preview": None,
    "lightonai/LightOnOCR-2-1B": "lightonocr-2",
    "lightonai/LightOnOCR-2-1B-bbox-soup": "lightonocr-2",
    "nanonets/Nanonets-OCR2-3B": "nanonets-ocr2",
    "nanonets/Nanonets-OCR-s": None,
    "tencent/HunyuanOCR": "hunyuanocr",
    "ibm-granite/granite-docling-258M": "granite-docling",
    "docling-project/SmolDocling-256M-preview": "granite-docling",
    "infly/Infinity-Parser2-Pro": "infinity-parser2",
    "infly/Infinity-Parser2-Flash": "infinity-parser2",
    "infly/Infinity-Parser-7B": None,
    "baidu/Qianfan-OCR": None,
    "ChatDOC/OCRFlux-3B": None,
    "reducto/RolmOCR": None,
    "numind/NuMarkdown-8B-Thinking": None,
    "google/gemma-3-12b-it": "markdown",
    "google/gemma-4-27b-it": "markdown",
    "zai-org/GLM-4.6V": "markdown",
    "OpenGVLab/InternVL3_5-8B": "markdown",
    "Qwen/Qwen2-VL-2B": "markdown",
    "gpt-4o-mini": "markdown",
    "meta-llama/Llama-3.1-8B": None,
}


def test_there_are_54():
    assert len(SERVED) == 54


@pytest.mark.parametrize("model", SERVED)
def test_profile_by_served_name(model):
    wanted = SERVED[model]
    if wanted is not None:
        assert profile_for(model).name == wanted
        return
    with pytest.raises(SettingsError) as caught:
        profile_for(model)
    assert "--recipe-file" in caught.value.hint
    assert "--recipe markdown" in caught.value.hint


@pytest.mark.parametrize(
    ("served", "root", "wanted"),
    [
        ("model", "rednote-hilab/dots.ocr", "dots-ocr"),
        ("model", "/weights/DotsOCR", "dots-ocr"),
        ("chandra", "datalab-to/chandra", "chandra-1"),
        ("chandra", "datalab-to/chandra-ocr-2", "chandra-2"),
        ("gpt-4o", "opendatalab/MinerU2.5-Pro-2605-1.2B", "mineru"),
        ("mineru", "/models/a", "mineru"),
        ("ocr", "Qwen/Qwen3-VL-8B-Instruct", "qwen3-vl"),
    ],
)
def test_the_root_counts_before_the_served_name(served, root, wanted):
    assert profile_for(served, root=root).name == wanted
    assert root in choose(served, root=root).reason or served in choose(served, root=root).reason


def test_no_specialised_model_gets_the_general_prompt():
    for model, wanted in SERVED.items():
        if wanted == "markdown":
            assert not any(part in model.lower() for part in ("ocr", "docling", "parser"))


def test_every_profile_of_the_package_is_whole():
    for one in profiles():
        assert one.reader in READERS
        assert one.sources or one.name == "markdown"
        assert one.licence or one.name in ("markdown", "mineru2.0")
        assert one.recipe != "whole-page" or one.prompt or one.name in ("lightonocr-2", "mineru2.0")
        assert profile(one.name) == one


def test_names_begin_with_mineru_and_end_with_the_general_one():
    assert (names()[0], names()[-1]) == ("mineru", "markdown")


def test_unknown_name():
    with pytest.raises(SettingsError) as caught:
        profile("x")
    assert "qwen3-vl" in caught.value.hint


def test_a_profile_of_the_user_s_own(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\ntitle: My model\nprompt: Read this.\nimage: {longest_side: 900}\n")
    assert read_profile(path).prompt == "Read this."
    assert read_profile(path).image.size(1800, 900) == (900, 450)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [", "not valid YAML"),
        ("just words", "not a profile"),
        ("title: x", "name: Field required"),
        ("name: mine\ntitle: x\nprompts: {text: a}", "prompts are for recipe 'regions'"),
        ("name: mine\ntitle: x\npromt: a", "promt: unknown key"),
        (
            "name: mine\ntitle: x\nimage: {min_pixels: 9, max_pixels: 4}",
            "min_pixels is larger than max_pixels",
        ),
        ("name: mine\ntitle: x\nrecipe: regions", "needs prompts"),
        ("name: mine\ntitle: x\nsampling: {temperature: -1}", "sampling.temperature"),
        ("name: mine\ntitle: x\nmatch: {contains: [My-Model]}", "write 'mymodel'"),
    ],
)
def test_mistakes_in_a_recipe_file_are_named_with_their_place(tmp_path, text, said):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_profile(path)
    assert said in caught.value.message
    assert str(path) in caught.value.message


def test_a_recipe_file_that_is_not_there():
    with pytest.raises(SettingsError, match="cannot be read"):
        read_profile(Path("/nowhere/mine.yaml"))


def test_options_that_a_served_model_needs():
    assert "--no-enable-prefix-caching" in server_args("deepseek-ai/DeepSeek-OCR")
    assert server_args("Qwen/Qwen3-VL-8B-Instruct") is None
    assert server_args("opendatalab/MinerU2.5-2509-1.2B") is None
    assert server_args("acme/unknown") is None
