"""Write the configuration and tokenizer of a small, untrained SmolVLM: what LeRobot's SmolVLA is built from.

    python scripts/make_small_vlm.py outputs/small_vlm

The directory takes the place of a Hub id in ``--policy.vlm_model_name``. The tokenizer is byte level: a word of the
tasks' instructions is one token, so that a colour is told by one embedding, and any other text is told in bytes. The
model gets its weights from `lerobot-train`, which trains all of it.
"""

from __future__ import annotations

from pathlib import Path

import tyro
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers  # type: ignore[import-untyped]
from transformers import (
    PreTrainedTokenizerFast,
    SmolVLMConfig,
    SmolVLMImageProcessor,
    SmolVLMProcessor,
    SmolVLMVideoProcessor,
)

from lerobot_env_leisaac.catalog import tasks
from lerobot_env_leisaac.tasks.common.variations import COLOR_WORDS

_SPECIAL_TOKENS = {
    "unk_token": "<|endoftext|>",
    "bos_token": "<|im_start|>",
    "pad_token": "<|im_end|>",
    "eos_token": "<end_of_utterance>",
}
_IMAGE_TOKENS = {
    "fake_image_token": "<fake_token_around_image>",
    "image_token": "<image>",
    "global_image_token": "<global-img>",
    "end_of_utterance_token": "<end_of_utterance>",
}
_PATCH_SIZE, _SCALE_FACTOR = 16, 2


def make_tokenizer() -> PreTrainedTokenizerFast:
    """Return a byte-level tokenizer with SmolVLM's special tokens and the words of the tasks' instructions."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=4096,  # more than there are: what ends it is that every word is one token
        special_tokens=list(dict.fromkeys([*_SPECIAL_TOKENS.values(), *_IMAGE_TOKENS.values()])),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_instructions(), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        **_SPECIAL_TOKENS,
        extra_special_tokens=_IMAGE_TOKENS,
        model_max_length=8192,
        padding_side="right",
    )


def _instructions() -> list[str]:
    """Return all that a policy is told."""
    told = [task.instruction for task in tasks()]
    told += [task.choice.instruction.format(color=color) for task in tasks() if task.choice for color in COLOR_WORDS]
    return told


def make_config(tokenizer: PreTrainedTokenizerFast, image_size: int, width: int, layers: int) -> SmolVLMConfig:
    """Return the configuration of a SmolVLM whose image and text towers have the same width and depth."""
    head_dim = 64
    tokens = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    return SmolVLMConfig(
        text_config={
            "model_type": "llama",
            "vocab_size": len(tokenizer),
            "hidden_size": width,
            "intermediate_size": 2 * width,
            "num_hidden_layers": layers,
            "num_attention_heads": width // head_dim,
            "num_key_value_heads": width // head_dim // 2,
            "head_dim": head_dim,
            "max_position_embeddings": 8192,
            "rms_norm_eps": 1e-5,
            "tie_word_embeddings": False,
            **tokens,
        },
        vision_config={
            "hidden_size": width,
            "intermediate_size": 3 * width,
            "num_hidden_layers": layers,
            "num_attention_heads": width // head_dim,
            "image_size": image_size,
            "patch_size": _PATCH_SIZE,
        },
        image_token_id=tokenizer.convert_tokens_to_ids(_IMAGE_TOKENS["image_token"]),
        pad_token_id=tokenizer.pad_token_id,
        scale_factor=_SCALE_FACTOR,
        tie_word_embeddings=False,
    )


def main(out: Path, /, image_size: int = 128, width: int = 256, layers: int = 5) -> None:
    """Write the directory.

    Args:
        out: Where to.
        image_size: Height and width of the images [px].
        width: Width of both towers, a multiple of 128.
        layers: Layers of each tower.
    """
    tokenizer = make_tokenizer()
    size = {"longest_edge": image_size}
    processor = SmolVLMProcessor(
        image_processor=SmolVLMImageProcessor(do_image_splitting=False, size=size, max_image_size=size),
        tokenizer=tokenizer,
        video_processor=SmolVLMVideoProcessor(size=size, max_image_size=size),
        image_seq_len=(image_size // _PATCH_SIZE // _SCALE_FACTOR) ** 2,
    )
    out.mkdir(parents=True, exist_ok=True)
    make_config(tokenizer, image_size, width, layers).save_pretrained(out)
    processor.save_pretrained(out)


if __name__ == "__main__":
    tyro.cli(main)
