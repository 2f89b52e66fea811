"""A tiny checkpoint of each policy type of LeRobot that can be built without a download, with random weights."""

import contextlib
from pathlib import Path
from unittest import mock

import checkpoints
import torch
import transformers
from lerobot.policies import DiffusionConfig
from lerobot.policies.gaussian_actor.configuration_gaussian_actor import GaussianActorConfig
from lerobot.policies.multi_task_dit.configuration_multi_task_dit import MultiTaskDiTConfig
from lerobot.policies.pi0.configuration_pi0 import PI0Config
from lerobot.policies.pi05.configuration_pi05 import PI05Config
from lerobot.policies.tdmpc.configuration_tdmpc import TDMPCConfig
from lerobot.policies.xvla.configuration_xvla import XVLAConfig
from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPVisionConfig

IMAGE_SIZE = (64, 64)

REFUSED = {"tdmpc": "of type tdmpc cannot act: LeRobot fails with KeyError"}
"""Which of them LeRobot 0.6.1 itself cannot carry out, and what is said of it when it is asked to act."""


def act(folder: Path, **config) -> Path:
    return checkpoints.make_act(folder, image_size=IMAGE_SIZE, **config)


def diffusion(folder: Path, n_obs_steps: int = 2) -> Path:
    config = DiffusionConfig(
        **checkpoints.features(("front",), IMAGE_SIZE),
        device="cpu",
        push_to_hub=False,
        n_obs_steps=n_obs_steps,
        horizon=8,
        n_action_steps=4,
        crop_shape=None,
        pretrained_backbone_weights=None,
        down_dims=(16, 32),
        n_groups=4,
        diffusion_step_embed_dim=16,
        spatial_softmax_num_keypoints=4,
        num_inference_steps=2,
    )
    return checkpoints.write(folder, config, _with_images("front"))


def vqbet(folder: Path) -> Path:
    return checkpoints.make_vqbet(folder, image_size=IMAGE_SIZE)


def smolvla(folder: Path) -> Path:
    return checkpoints.make_smolvla(folder, checkpoints.make_vlm(folder / "vlm"), image_size=IMAGE_SIZE)


def pi0(folder: Path, **config) -> Path:
    return _pi(folder, PI0Config, "pi0", **config)


def pi05(folder: Path, **config) -> Path:
    return _pi(folder, PI05Config, "pi05", **config)


def tdmpc(folder: Path, image_size: tuple[int, int] = IMAGE_SIZE) -> Path:
    config = TDMPCConfig(
        **checkpoints.features(("front",), image_size),
        device="cpu",
        push_to_hub=False,
        latent_dim=8,
        mlp_dim=16,
        image_encoder_hidden_dim=8,
        state_encoder_hidden_dim=16,
        n_gaussian_samples=8,
        n_pi_samples=4,
        n_elites=4,
        cem_iterations=1,
    )
    return checkpoints.write(folder, config)


def gaussian_actor(folder: Path) -> Path:
    config = GaussianActorConfig(
        **checkpoints.features(("front",), IMAGE_SIZE),
        device="cpu",
        push_to_hub=False,
        latent_dim=16,
        state_encoder_hidden_dim=16,
        image_encoder_hidden_dim=8,
    )
    return checkpoints.write(folder, config, _with_images("front"))


def multi_task_dit(folder: Path, n_obs_steps: int = 2) -> Path:
    clip = folder / "tiny-clip"
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    checkpoints.make_vlm(clip)  # its tokenizer is as good as CLIP's
    CLIPModel(
        CLIPConfig(
            text_config=CLIPTextConfig(
                vocab_size=512, max_position_embeddings=77, projection_dim=16, **sizes
            ).to_dict(),
            vision_config=CLIPVisionConfig(image_size=32, patch_size=16, projection_dim=16, **sizes).to_dict(),
            projection_dim=16,
        )
    ).save_pretrained(clip)
    config = MultiTaskDiTConfig(
        **checkpoints.features(("front",), IMAGE_SIZE),
        device="cpu",
        push_to_hub=False,
        n_obs_steps=n_obs_steps,
        horizon=8,
        n_action_steps=4,
        hidden_dim=16,
        num_layers=1,
        num_heads=2,
        timestep_embed_dim=16,
        num_train_timesteps=4,
        num_inference_steps=2,
        image_crop_shape=(32, 32),
        vision_encoder_name=str(clip),
        text_encoder_name=str(clip),
    )
    return checkpoints.write(folder, config, _with_images("front"))


def xvla(folder: Path) -> Path:
    vlm = checkpoints.make_vlm(folder / "vlm")
    text = {
        "vocab_size": 512,
        "d_model": 16,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 16,
        "decoder_ffn_dim": 16,
        "max_position_embeddings": 256,
    }
    vision = {
        "dim_embed": [8, 16],
        "num_heads": [1, 2],
        "num_groups": [1, 2],
        "depths": [1, 1],
        "patch_size": [7, 3],
        "patch_stride": [4, 2],
        "patch_padding": [3, 1],
        "patch_prenorm": [False, True],
        "window_size": 4,
        "projection_dim": 16,
    }
    config = XVLAConfig(
        **checkpoints.features(checkpoints.CAMERAS, IMAGE_SIZE),
        device="cpu",
        push_to_hub=False,
        florence_config={"vision_config": vision, "text_config": text, "pad_token_id": 1},
        tokenizer_name=str(vlm),
        hidden_size=16,
        depth=1,
        num_heads=2,
        dim_time=8,
        max_len_seq=512,
        len_soft_prompts=4,
        num_denoising_steps=2,
        chunk_size=8,
        n_action_steps=4,
        action_mode="auto",
        resize_imgs_with_padding=(64, 64),
    )
    return checkpoints.write(folder, config)


@contextlib.contextmanager
def small_gemma():
    """Within it LeRobot's pi0 policies, of 600 million parameters and more, are built of a few thousand."""
    from lerobot.policies.pi0 import modeling_pi0
    from lerobot.policies.pi05 import modeling_pi05

    def shrunk(build):
        def build_small(config):
            text = getattr(config, "text_config", config)
            text.vocab_size = 512
            if text is not config:
                config.image_token_index = config._vocab_size = 512
                for name in ("hidden_size", "intermediate_size", "projection_dim"):
                    setattr(config.vision_config, name, 16)
                config.vision_config.num_hidden_layers, config.vision_config.num_attention_heads = 1, 2
            return build(config=config)

        return build_small

    with contextlib.ExitStack() as stack:
        for module in (modeling_pi0, modeling_pi05):
            tiny = module.GemmaConfig(width=16, depth=1, mlp_dim=16, num_heads=2, num_kv_heads=1, head_dim=8)
            stack.enter_context(mock.patch.object(module, "get_gemma_config", lambda variant, tiny=tiny: tiny))
            for name in ("PaliGemmaForConditionalGenerationWithPiGemma", "PiGemmaForCausalLM"):
                stack.enter_context(mock.patch.object(module, name, shrunk(getattr(module, name))))
        yield


def _pi(folder: Path, config_class, name: str, **config) -> Path:
    tokenizer = checkpoints.make_vlm(folder / "vlm")
    made = config_class(
        **checkpoints.features(checkpoints.CAMERAS, IMAGE_SIZE),
        device="cpu",
        push_to_hub=False,
        chunk_size=8,
        n_action_steps=4,
        num_inference_steps=2,
        **config,
    )
    real = transformers.AutoTokenizer.from_pretrained
    with (
        small_gemma(),
        mock.patch.object(
            transformers.AutoTokenizer, "from_pretrained", lambda name, **options: real(tokenizer, **options)
        ),
    ):
        out = checkpoints.write(folder, made)
    tokenizer.rename(out / "vlm")
    return out


def _with_images(*cameras: str):
    flat = {"mean": torch.full((3, 1, 1), 0.5), "std": torch.full((3, 1, 1), 0.25)}
    flat |= {"min": torch.zeros(3, 1, 1), "max": torch.ones(3, 1, 1)}
    return checkpoints.reference_statistics() | {f"observation.images.{camera}": flat for camera in cameras}
