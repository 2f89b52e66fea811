"""`lerobot-train` with the dataset's videos decoded once, before the first step; it takes the same options.

A small policy's step is short: what LeRobot does beside it for every sample is done once here, with the same results,
but that an epoch's last samples are left out where they fill no batch.

The processes that decode import this file, too: at its top stands nothing that takes time to import.
"""

from __future__ import annotations

from typing import Any


def main() -> None:
    """Train."""
    from lerobot.datasets import factory
    from lerobot.processor import tokenizer_processor
    from lerobot.scripts import lerobot_train
    from torch.utils import data
    from transformers.models.smolvlm import modeling_smolvlm

    from lerobot_env_leisaac.datasets.in_memory import InMemoryDataset

    factory.LeRobotDataset = InMemoryDataset
    tokenizer_processor.TokenizerProcessorStep._tokenize_text = _tokenize_each_once(
        tokenizer_processor.TokenizerProcessorStep._tokenize_text
    )
    modeling_smolvlm.SmolVLMVisionTransformer.forward = _vision_of_whole_images
    data.DataLoader = _of_whole_batches(data.DataLoader)  # type: ignore[misc]
    lerobot_train.main()


def _of_whole_batches(loader: Any) -> Any:
    """Return a loader that leaves out what fills no batch at an epoch's end: another size is compiled for anew."""

    class OfWholeBatches(loader):
        def __init__(self, *args: Any, **kwargs: Any):
            super().__init__(*args, **kwargs)
            if hasattr(self.batch_sampler, "drop_last") and len(self) > 1:
                self.batch_sampler.drop_last = True

    return OfWholeBatches


def _tokenize_each_once(tokenize: Any) -> Any:
    """Return what tokenises the different instructions of a batch alone: 512 take 40 ms."""

    def each_once(step: Any, text: str | list[str]) -> dict[str, Any]:
        if isinstance(text, str):
            return tokenize(step, text)
        different = list(dict.fromkeys(text))
        rows = [different.index(instruction) for instruction in text]
        return {name: tensor[rows] for name, tensor in tokenize(step, different).items()}

    return each_once


def _vision_of_whole_images(tower: Any, pixel_values: Any, **_: Any) -> Any:
    """Return what SmolVLM's vision tower gives for images without padding.

    Its own looks up which patches are padding, which depends on values: torch.compile cannot see through that.
    """
    from transformers.modeling_outputs import BaseModelOutput

    embeddings = tower.embeddings
    hidden = embeddings.patch_embedding(pixel_values).flatten(2).transpose(1, 2) + embeddings.position_embedding.weight
    hidden = tower.encoder(inputs_embeds=hidden, attention_mask=None).last_hidden_state
    return BaseModelOutput(last_hidden_state=tower.post_layernorm(hidden))


if __name__ == "__main__":
    main()
