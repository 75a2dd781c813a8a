"""The published shapes of models: with made-up weights every step costs what it costs with the real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>",
    "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>",
    "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
FIRST_SPECIAL = 151_643
MINERU = (
    "<|ref_start|>", "<|ref_end|>", "<|rotate_up|>", "<|rotate_right|>", "<|rotate_down|>", "<|rotate_left|>",
    "<fcel>", "<ecel>", "<lcel>", "<ucel>", "<xcel>", "<nl>",
)  # fmt: skip
"""MinerU's own, behind those of Qwen."""


@dataclass(frozen=True)
class Shape:
    """``name`` is what the server calls the model: it decides the recipe."""

    name: str
    config: dict[str, Any]

    def tiny(self) -> Shape:
        """Two thin layers: everything but the work, for a machine without a GPU."""
        small = {"num_hidden_layers": 2, "hidden_size": 64, "intermediate_size": 128}
        heads = {"num_attention_heads": 2, "num_key_value_heads": 2}
        vision = {**self.config["vision_config"], "depth": 2, "num_heads": 2}
        if "embed_dim" in vision:
            vision |= {"embed_dim": 64, "hidden_size": 64}
        else:
            vision |= {"hidden_size": 64, "out_hidden_size": 64, "intermediate_size": 128}
            vision["fullatt_block_indexes"] = [1]
        rope = {"rope_scaling": {"type": "mrope", "mrope_section": [4, 6, 6]}}
        return Shape(self.name, {**self.config, **small, **heads, **rope, "vision_config": vision})


def _common(eos: int = FIRST_SPECIAL + 2) -> dict[str, Any]:
    return {
        "bos_token_id": FIRST_SPECIAL,
        "eos_token_id": eos,
        "vision_start_token_id": FIRST_SPECIAL + SPECIAL.index("<|vision_start|>"),
        "vision_end_token_id": FIRST_SPECIAL + SPECIAL.index("<|vision_end|>"),
        "image_token_id": FIRST_SPECIAL + SPECIAL.index("<|image_pad|>"),
        "video_token_id": FIRST_SPECIAL + SPECIAL.index("<|video_pad|>"),
        "hidden_act": "silu",
        "rms_norm_eps": 1e-6,
        "rope_theta": 1_000_000.0,
        "torch_dtype": "bfloat16",
        "use_cache": True,
        "use_sliding_window": False,
        "attention_dropout": 0.0,
        "initializer_range": 0.02,
    }


SHAPES = {
    "mineru2.5": Shape(
        "MinerU2.5-2509-1.2B-dummy",
        {
            **_common(),
            "architectures": ["Qwen2VLForConditionalGeneration"],
            "model_type": "qwen2_vl",
            "hidden_size": 896,
            "intermediate_size": 4864,
            "num_hidden_layers": 24,
            "num_attention_heads": 14,
            "num_key_value_heads": 2,
            "max_position_embeddings": 16_384,
            "tie_word_embeddings": True,
            "vocab_size": 151_936,
            "rope_scaling": {"type": "mrope", "mrope_section": [8, 12, 12]},
            "vision_config": {
                "model_type": "qwen2_vl", "depth": 32, "embed_dim": 1280, "hidden_size": 896, "num_heads": 16,
                "mlp_ratio": 4, "patch_size": 14, "spatial_merge_size": 2, "temporal_patch_size": 2,
                "in_channels": 3, "hidden_act": "quick_gelu",
            },
        },
    ),
    "qwen2.5-vl-7b": Shape(
        "Qwen2.5-VL-7B-Instruct-dummy",
        {
            **_common(),
            "architectures": ["Qwen2_5_VLForConditionalGeneration"],
            "model_type": "qwen2_5_vl",
            "hidden_size": 3584,
            "intermediate_size": 18_944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
            "max_position_embeddings": 128_000,
            "tie_word_embeddings": False,
            "vocab_size": 152_064,
            "rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]},
            "vision_config": {
                "model_type": "qwen2_5_vl", "depth": 32, "hidden_size": 1280, "intermediate_size": 3420,
                "out_hidden_size": 3584, "num_heads": 16, "patch_size": 14, "spatial_merge_size": 2,
                "spatial_patch_size": 14, "temporal_patch_size": 2, "in_channels": 3, "hidden_act": "silu",
                "window_size": 112, "fullatt_block_indexes": [7, 15, 23, 31], "tokens_per_second": 2,
            },
        },
    ),
}  # fmt: skip
"""MinerU2.5 is a Qwen2-VL encoder (675 M) on Qwen2-0.5B with tied embeddings."""
