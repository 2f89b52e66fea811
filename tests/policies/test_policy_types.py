"""Every policy type of LeRobot that can be built without a download: it plays, or one line says why it does not."""

import contextlib

import policy_types
import pytest
import torch

from lerobot_env_leisaac.envs.make import apply_policy_keywords, load_cfg
from lerobot_env_leisaac.policies.load import load

CONFIG = "lerobot_env_leisaac.tasks.lift_cube.env_cfg:LiftCubeSmolVLAEnvCfg"


class Environment:
    """All that a policy needs of an environment, without its physics."""

    def __init__(self, checkpoint):
        self.cfg, self.device = load_cfg(CONFIG), "cpu"
        apply_policy_keywords(self.cfg, checkpoint=checkpoint)
        self.unwrapped = self

    def observation(self) -> dict:
        sizes = {camera: getattr(self.cfg.scene, camera) for camera in self.cfg.cameras()}
        images = {f"observation.images.{name}": torch.rand(2, 3, s.height, s.width) for name, s in sizes.items()}
        return {"observation.state": torch.zeros(2, 6), "task": ["Lift the red cube up."] * 2, **images}


MAKERS = {
    "act": policy_types.act,
    "act-ensembling": lambda folder: policy_types.act(folder, temporal_ensemble_coeff=0.01, n_action_steps=1),
    "diffusion": policy_types.diffusion,
    "diffusion-1": lambda folder: policy_types.diffusion(folder, n_obs_steps=1),
    "vqbet": policy_types.vqbet,
    "smolvla": policy_types.smolvla,
    "xvla": policy_types.xvla,
    "pi0": policy_types.pi0,
    "pi0-relative": lambda folder: policy_types.pi0(folder, use_relative_actions=True),
    "pi05": policy_types.pi05,
    "multi_task_dit": policy_types.multi_task_dit,
    "multi_task_dit-1": lambda folder: policy_types.multi_task_dit(folder, n_obs_steps=1),
    "gaussian_actor": policy_types.gaussian_actor,
    "tdmpc": policy_types.tdmpc,
}


@pytest.mark.parametrize("name", MAKERS)
def test_it_plays_or_is_refused_in_a_line(name, tmp_path):
    checkpoint = MAKERS[name](tmp_path)
    with policy_types.small_gemma() if name.startswith("pi0") else contextlib.nullcontext():
        env = Environment(checkpoint)
        policy = load(checkpoint, env, units="degrees")
        play = policy.act_lock_step if policy.needs_lock_step else policy.predict_chunk
        if name in policy_types.REFUSED:
            with pytest.raises(RuntimeError, match=policy_types.REFUSED[name]) as refused:
                play(env.observation())
            assert "\n" not in str(refused.value)
            return
        actions = [play(env.observation()) for _ in range(3)]
    for action in actions:
        assert action.isfinite().all() and action.shape[0] == 2 and action.shape[-1] == 6
    assert policy.needs_lock_step or actions[0].shape[1] >= policy.n_action_steps
