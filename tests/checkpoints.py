"""Tiny checkpoints, with random weights, in the layout that `lerobot-train` writes; nothing is downloaded."""

from pathlib import Path

import torch
from lerobot.configs import FeatureType, PolicyFeature, PreTrainedConfig
from lerobot.configs.default import DatasetConfig
from lerobot.configs.train import TrainPipelineConfig
from lerobot.policies import ACTConfig, SmolVLAConfig, VQBeTConfig, get_policy_class, make_pre_post_processors
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    PreTrainedTokenizerFast,
    SmolVLMConfig,
    SmolVLMImageProcessor,
    SmolVLMProcessor,
    SmolVLMVideoProcessor,
)

CAMERAS = ("front", "top", "wrist")

# the project's reference dataset lift_cube_3cams [deg]: mean and standard deviation by joint
STATE_MEAN, STATE_STD = (2.55, 15.93, -17.21, 75.45, 4.75, 28.40), (8.69, 24.58, 33.84, 19.99, 11.22, 10.80)
ACTION_MEAN, ACTION_STD = (2.55, 13.68, -19.39, 76.21, 4.79, 23.37), (8.72, 24.19, 33.97, 18.91, 11.25, 16.16)

# a base that drives [m/s, m/s, deg/s]
BASE_MEAN, BASE_STD, BASE_LIMITS = (0.05, 0.0, 0.0), (0.08, 0.02, 15.0), ((-0.2657, 0.2657), (-0.23, 0.23), (-105, 105))

Statistics = dict[str, dict[str, torch.Tensor]]


LIMITS_DEG = ((-110, 110), (-100, 100), (-96.8, 96.8), (-95, 95), (-157, 162), (-10, 100))


def statistics_of(mean, std, limits=LIMITS_DEG) -> dict[str, torch.Tensor]:
    """All that a normaliser keeps of one feature (C,): quantiles of a normal distribution, cut at the joint limits."""
    mean, std = torch.as_tensor(mean, dtype=torch.float32), torch.as_tensor(std, dtype=torch.float32)
    low, high = torch.as_tensor(limits, dtype=torch.float32).unbind(-1)
    spreads = {"min": -2.5, "q01": -2.3, "q10": -1.3, "q50": 0.0, "q90": 1.3, "q99": 2.3, "max": 2.5}
    return {"mean": mean, "std": std, **{name: (mean + by * std).clamp(low, high) for name, by in spreads.items()}}


def reference_statistics() -> Statistics:
    """State and action of the reference dataset [deg]."""
    return {
        "observation.state": statistics_of(STATE_MEAN, STATE_STD),
        "action": statistics_of(ACTION_MEAN, ACTION_STD),
    }


def features(cameras=CAMERAS, image_size=(96, 128), state: int | None = 6, action: int = 6) -> dict:
    """Input and output features of a policy's configuration."""
    inputs = {f"observation.images.{camera}": PolicyFeature(FeatureType.VISUAL, (3, *image_size)) for camera in cameras}
    if state is not None:
        inputs["observation.state"] = PolicyFeature(FeatureType.STATE, (state,))
    return {"input_features": inputs, "output_features": {"action": PolicyFeature(FeatureType.ACTION, (action,))}}


def make_act(
    folder: Path,
    *,
    cameras=CAMERAS,
    image_size=(96, 128),
    statistics: Statistics | None = None,
    chunk_size: int = 8,
    n_action_steps: int = 4,
    dataset_root: Path | None = None,
    weights: bool = True,
    arms: int = 1,
    drives: bool = False,
    **config,
) -> Path:
    """Write an ACT checkpoint, for one arm or several, or for one that drives; returns `folder`/pretrained_model.

    ResNet18 is the smallest backbone that ACT takes: on one CPU thread it takes 10 ms an image of 96x128.
    """
    act = ACTConfig(
        **features(cameras, image_size, state=6 * arms + 3 * drives, action=6 * arms + 3 * drives),
        **{"dim_model": 16, "n_heads": 2, "dim_feedforward": 16, "n_encoder_layers": 1, "latent_dim": 4, **config},
        device="cpu",
        push_to_hub=False,
        pretrained_backbone_weights=None,
        use_vae=False,
        chunk_size=chunk_size,
        n_action_steps=n_action_steps,
    )
    if statistics is None:
        one = reference_statistics()
        statistics = {name: {what: value.repeat(arms) for what, value in each.items()} for name, each in one.items()}
        if drives:
            base = statistics_of(BASE_MEAN, BASE_STD, BASE_LIMITS)
            for each in statistics.values():
                each.update({what: torch.cat([value, base[what]]) for what, value in each.items()})
    return write(folder, act, statistics, dataset_root, weights=weights)


def make_smolvla(
    folder: Path,
    vlm_folder: Path,
    *,
    cameras=CAMERAS,
    image_size=(96, 128),
    statistics: Statistics | None = None,
    chunk_size: int = 8,
    n_action_steps: int = 4,
    dataset_root: Path | None = None,
    weights: bool = True,
    **config,
) -> Path:
    """Write a SmolVLA checkpoint over the VLM of :func:`make_vlm`; returns `folder`/pretrained_model."""
    smolvla = SmolVLAConfig(
        **features(cameras, image_size),
        device="cpu",
        push_to_hub=False,
        vlm_model_name=str(vlm_folder),
        num_vlm_layers=2,
        num_expert_layers=-1,
        expert_width_multiplier=0.5,
        self_attn_every_n_layers=2,
        num_steps=2,
        resize_imgs_with_padding=(64, 64),
        tokenizer_max_length=48,
        chunk_size=chunk_size,
        n_action_steps=n_action_steps,
        **{"load_vlm_weights": False, **config},
    )
    return write(folder, smolvla, statistics, dataset_root, weights=weights)


def make_vqbet(
    folder: Path, *, camera="front", image_size=(96, 128), statistics: Statistics | None = None, n_obs_steps: int = 2
) -> Path:
    """Write a VQ-BeT checkpoint, a policy that keeps a history; returns `folder`/pretrained_model."""
    vqbet = VQBeTConfig(
        **features((camera,), image_size),
        device="cpu",
        push_to_hub=False,
        n_obs_steps=n_obs_steps,
        action_chunk_size=3,
        crop_shape=None,
        pretrained_backbone_weights=None,
        gpt_input_dim=16,
        gpt_output_dim=16,
        gpt_hidden_dim=16,
        gpt_n_layer=1,
        gpt_n_head=2,
        vqvae_embedding_dim=16,
        vqvae_enc_hidden_dim=16,
    )
    return write(folder, vqbet, statistics)


def make_vlm(folder: Path) -> Path:
    """Write configuration, processor and tokenizer of a SmolVLM of two layers; returns `folder`."""
    special = {
        "eos_token": "<end_of_utterance>",
        "bos_token": "<|im_start|>",
        "pad_token": "<|im_end|>",
        "unk_token": "<|endoftext|>",
    }
    images = {
        "image_token": "<image>",
        "fake_image_token": "<fake_token_around_image>",
        "global_image_token": "<global-img>",
    }
    # bytes alone, with no merges: any text can be tokenised
    words = [*special.values(), *images.values(), *sorted(pre_tokenizers.ByteLevel.alphabet())]
    vocabulary = {word: index for index, word in enumerate(words)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        **special,
        extra_special_tokens={**images, "end_of_utterance_token": special["eos_token"]},
        model_max_length=8192,
        padding_side="right",
    )
    side, patch, scale = 64, 16, 2
    SmolVLMConfig(
        text_config={
            "model_type": "llama",
            "vocab_size": len(vocabulary),
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 8,
            "max_position_embeddings": 8192,
            "bos_token_id": vocabulary[special["bos_token"]],
            "eos_token_id": vocabulary[special["eos_token"]],
            "pad_token_id": vocabulary[special["pad_token"]],
            "tie_word_embeddings": False,
        },
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": side,
            "patch_size": patch,
        },
        image_token_id=vocabulary[images["image_token"]],
        scale_factor=scale,
        pad_token_id=vocabulary[special["pad_token"]],
        tie_word_embeddings=False,
    ).save_pretrained(folder)
    size = {"longest_edge": side}
    SmolVLMProcessor(
        image_processor=SmolVLMImageProcessor(do_image_splitting=False, size=size, max_image_size=size),
        tokenizer=fast,
        video_processor=SmolVLMVideoProcessor(size=size, max_image_size=size),
        image_seq_len=(side // patch // scale) ** 2,
    ).save_pretrained(folder)
    return folder


def write(
    folder: Path,
    config: PreTrainedConfig,
    statistics: Statistics | None = None,
    dataset_root: Path | None = None,
    rename_map: dict[str, str] | None = None,
    weights: bool = True,
) -> Path:
    """Write `folder`/pretrained_model as lerobot-train writes `checkpoints/last/pretrained_model`.

    Without `weights` it has one number for weights, in no time.
    """
    out = folder / "pretrained_model"
    torch.manual_seed(0)
    if weights:
        get_policy_class(config.type)(config).save_pretrained(out)
    else:
        config.save_pretrained(out)
        save_file({"none": torch.zeros(1)}, out / "model.safetensors")
    preprocessor, postprocessor = make_pre_post_processors(config, dataset_stats=statistics or reference_statistics())
    if rename_map:
        preprocessor.steps[0].rename_map = rename_map
    preprocessor.save_pretrained(out)
    postprocessor.save_pretrained(out)
    dataset = DatasetConfig(repo_id="user/lift", root=None if dataset_root is None else str(dataset_root))
    TrainPipelineConfig(dataset=dataset, policy=config, output_dir=folder).save_pretrained(out)
    return out
