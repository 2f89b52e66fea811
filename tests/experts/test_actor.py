"""The actor that RSL-RL trained, without RSL-RL."""

import pytest
import torch
from rsl_rl.models import MLPModel
from safetensors.torch import save_file
from tensordict import TensorDict

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.experts.actor import Actor, load_states
from lerobot_env_leisaac.integrations.isaaclab_rsl_rl import write_model


def test_it_acts_as_rsl_rls_own_network_does():
    states = load_states(catalog.task("LiftCube").pretrained)
    observation = torch.randn(16, 28, generator=torch.Generator().manual_seed(0))
    model = MLPModel(
        TensorDict({"policy": observation}, batch_size=16),
        {"actor": ["policy"]},
        "actor",
        6,
        hidden_dims=[256, 128, 64],
        obs_normalization=True,
        distribution_cfg={"class_name": "GaussianDistribution", "init_std": 0.3, "std_type": "log"},
    ).eval()
    model.load_state_dict(states["actor"])
    expected = model(TensorDict({"policy": observation}, batch_size=16))
    torch.testing.assert_close(Actor(states["actor"])(observation), expected)


def test_rsl_rl_reads_what_is_written_for_it(tmp_path):
    shipped = catalog.task("LiftCube").pretrained
    write_model(shipped, tmp_path / "logs" / "model.pt")
    model = torch.load(tmp_path / "logs" / "model.pt", weights_only=True)
    for network, state in load_states(shipped).items():
        torch.testing.assert_close(model[f"{network}_state_dict"], state, rtol=0, atol=0)


def test_what_is_no_actor_is_one_line(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no actor at .*nowhere"):
        load_states(tmp_path / "nowhere.safetensors")
    (tmp_path / "text.safetensors").write_text("not one")
    with pytest.raises(ValueError, match="is no safetensors file"):
        load_states(tmp_path / "text.safetensors")
    save_file({"vision.weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match=r"holds vision.weight, expected tensors of an actor and a critic"):
        load_states(tmp_path / "other.safetensors")
    for state in ({}, {"obs_normalizer._mean": torch.zeros(1, 3), "obs_normalizer._std": torch.ones(1, 3)}):
        with pytest.raises(ValueError, match="no actor of RSL-RL"):
            Actor(state)
