"""Runs inside vLLM: makes the model write what ``replies`` says, token for token, and then stop.

``--logits-processors scripted:Scripted`` with this folder on PYTHONPATH. The model computes every step in
full; only its choice is replaced, in three operations on the whole batch. So prompts, batches, cache and
lengths are those of real pages, and the layouts are layouts.
"""

from __future__ import annotations

from pathlib import Path

import torch
from replies import reply
from tokenizers import Tokenizer
from vllm.v1.sample.logits_processor import BatchUpdate, LogitsProcessor, MoveDirectionality

FIRST_WORD, WORDS = 256, 100_000


class Scripted(LogitsProcessor):
    """Holds for every place in the batch its script and the live list of what was written so far."""

    def __init__(self, vllm_config, device, is_pin_memory) -> None:
        folder = Path(vllm_config.model_config.tokenizer)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._image = self._tokenizer.token_to_id("<|image_pad|>")
        self._end = self._tokenizer.token_to_id("<|im_end|>")
        self._places: dict[int, tuple[list[int], list[int]]] = {}
        self._spoken = 0

    def is_argmax_invariant(self) -> bool:
        return False

    def update_state(self, batch_update: BatchUpdate | None) -> None:
        if batch_update is None:
            return
        for index in batch_update.removed:
            self._places.pop(index, None)
        for index, _, prompt, output in batch_update.added:
            self._places[index] = (self._script(prompt or []), output)
        for one, other, direction in batch_update.moved:
            moved, back = self._places.pop(one, None), self._places.pop(other, None)
            if moved is not None:
                self._places[other] = moved
            if back is not None and direction == MoveDirectionality.SWAP:
                self._places[one] = back

    def apply(self, logits: torch.Tensor) -> torch.Tensor:
        tokens = [self._next(index) for index in range(logits.shape[0])]
        chosen = torch.tensor(tokens, device="cpu").to(logits.device, non_blocking=True).unsqueeze(1)
        return logits.fill_(float("-inf")).scatter_(1, chosen, 0.0)

    def _next(self, index: int) -> int:
        script, output = self._places.get(index, ((), ()))
        return script[len(output)] if len(output) < len(script) else self._end

    def _script(self, prompt: list[int]) -> list[int]:
        images = sum(token == self._image for token in prompt)
        text = self._tokenizer.decode([token for token in prompt if token < FIRST_WORD])
        return reply(text, images, lambda said: self._tokenizer.encode(said).ids, self._words)

    def _words(self, count: int) -> list[int]:
        """New ones each time: nothing repeats itself."""
        first = self._spoken
        self._spoken += count
        return [FIRST_WORD + (first + number) * 7919 % WORDS for number in range(count)]
