"""A model's folder for ``vllm serve --load-format dummy``: everything but weights.

The vocabulary has the published size, and its special tokens stand in their published places; every other
token is a byte or a made-up word, so that no file has to be downloaded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.gpu.shapes import FIRST_SPECIAL, MINERU, SPECIAL, Shape

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.content is string %}{{ m.content }}{% else %}"
    "{% for c in m.content %}{% if c.type == 'text' %}{{ c.text }}{% else %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}


def write_model(shape: Shape, folder: Path) -> None:
    """All its files."""
    files = {
        "config.json": shape.config,
        "generation_config.json": {
            "eos_token_id": shape.config["eos_token_id"],
            "pad_token_id": FIRST_SPECIAL,
        },
        "preprocessor_config.json": _images(shape),
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "eos_token": "<|im_end|>",
            "pad_token": "<|endoftext|>",
            "chat_template": TEMPLATE,
            "clean_up_tokenization_spaces": False,
            "model_max_length": 131_072,
        },
        "tokenizer.json": _tokenizer(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_text(json.dumps(data))


def _images(shape: Shape) -> dict[str, Any]:
    second = shape.config["model_type"] == "qwen2_vl"
    return {
        "min_pixels": 3136,
        "max_pixels": 12_845_056,
        "patch_size": 14,
        "temporal_patch_size": 2,
        "merge_size": 2,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": "Qwen2VLProcessor" if second else "Qwen2_5_VLProcessor",
    }


def _tokenizer() -> dict[str, Any]:
    """Byte-level, without merges: a prompt becomes bytes; words are for what is written."""
    letters = _byte_letters()
    vocab = {letter: number for number, letter in enumerate(letters)}
    vocab |= {f"Ġword{number:06}": number for number in range(len(letters), FIRST_SPECIAL)}
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    added = [
        {"id": FIRST_SPECIAL + number, "content": name, "special": True, **flags}
        for number, name in enumerate((*SPECIAL, *MINERU))
    ]
    model = {
        "type": "BPE", "vocab": vocab, "merges": [], "dropout": None, "unk_token": None,
        "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False,
    }  # fmt: skip
    return {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None, "post_processor": None,
        "added_tokens": added, "pre_tokenizer": BYTES, "decoder": BYTES, "model": model,
    }  # fmt: skip


def _byte_letters() -> list[str]:
    """One printing letter for each byte, as byte-level vocabularies write them; its index is the byte."""
    plain = {*range(33, 127), *range(161, 173), *range(174, 256)}
    spare = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(spare)) for byte in range(256)]
