"""What ``benchmarks.gpu`` serves: models of the published size, answers that clients can read."""

from __future__ import annotations

import json

import pytest

from benchmarks.gpu.folder import write_model
from benchmarks.gpu.replies import BLOCKS, MOST, PAGE, reply
from benchmarks.gpu.shapes import FIRST_SPECIAL, SHAPES, SPECIAL
from mineru_cli.recipes.readers.html import HtmlReader
from mineru_cli.recipes.readers.reader import SeenPage
from mineru_cli.recipes.vl import helper


def parameters(config: dict) -> float:
    """Weights of the language model and of the vision encoder, by their sizes."""
    hidden, inner, vision = config["hidden_size"], config["intermediate_size"], config["vision_config"]
    keys = hidden // config["num_attention_heads"] * config["num_key_value_heads"]
    layer = 2 * hidden**2 + 2 * hidden * keys + 3 * hidden * inner
    words = config["vocab_size"] * hidden * (1 if config["tie_word_embeddings"] else 2)
    wide = vision.get("embed_dim") or vision["hidden_size"]
    mlp = 3 * vision["intermediate_size"] if "intermediate_size" in vision else 2 * vision["mlp_ratio"] * wide
    encoder = vision["depth"] * (4 * wide**2 + wide * mlp) + (4 * wide) ** 2 + 4 * wide * hidden
    return config["num_hidden_layers"] * layer + words + encoder


@pytest.mark.parametrize(("name", "published"), [("mineru2.5", 1.16e9), ("qwen2.5-vl-7b", 8.29e9)])
def test_shapes_have_as_many_parameters_as_the_models(name: str, published: float) -> None:
    assert parameters(SHAPES[name].config) == pytest.approx(published, rel=0.01)


def test_a_vocabulary_needs_no_download_and_has_its_special_tokens_in_place(tmp_path) -> None:
    write_model(SHAPES["mineru2.5"], tmp_path)
    tokenizer = json.loads((tmp_path / "tokenizer.json").read_text())
    places = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    assert places["<|im_end|>"] == 151_645 == FIRST_SPECIAL + SPECIAL.index("<|im_end|>")
    assert places["<|image_pad|>"] == 151_655
    vocab = tokenizer["model"]["vocab"]
    assert sorted(vocab.values()) == list(range(FIRST_SPECIAL))
    assert vocab["!"] == ord("!")
    assert max(places.values()) < json.loads((tmp_path / "config.json").read_text())["vocab_size"]


class Letters:
    """A tokenizer of letters, and of a word for each made-up token."""

    def encode(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]

    def words(self, count: int) -> list[int]:
        return [0xE000] * count

    def text(self, tokens: list[int]) -> str:
        return "".join(" word" if token == 0xE000 else chr(token) for token in tokens)


def answer(prompt: str, image_tokens: int) -> tuple[list[int], str]:
    letters = Letters()
    tokens = reply(prompt, image_tokens, letters.encode, letters.words)
    return tokens, letters.text(tokens)


def test_a_layout_is_read_by_the_clients_own_parser() -> None:
    blocks = helper().parse_layout_output(answer("\nLayout Detection:", 1369)[1])
    assert len(blocks) == BLOCKS
    assert {block.type for block in blocks} == {"title", "text", "table"}


def test_html_has_blocks_with_places() -> None:
    tokens, text = answer("QwenVL HTML", 2048)
    assert len(HtmlReader().blocks(text, SeenPage(1204, 1708), 100)) == BLOCKS
    assert tokens.count(0xE000) == pytest.approx(PAGE, rel=0.03)


def test_the_larger_a_crop_the_longer_its_text() -> None:
    lengths = [len(answer("\nText Recognition:", tokens)[0]) for tokens in (1, 100, 300, 3000, 10**6)]
    assert lengths == sorted(lengths)
    assert lengths[-1] == MOST
    crops = sum(len(answer("\nText Recognition:", 4770 * 0.75 / 10)[0]) for _ in range(10))
    assert crops == pytest.approx(PAGE, rel=0.03), "the crops of a page hold what a page holds"


def test_a_table_is_cells_and_rows() -> None:
    assert answer("\nTable Recognition:", 900)[1].count("<nl>") >= 2
