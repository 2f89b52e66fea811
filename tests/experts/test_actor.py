"""The actor that RSL-RL trained, without RSL-RL."""

import pytest
import torch
from rsl_rl.models import MLPModel
from safetensors.torch import save_file
from tensordict import TensorDict

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.experts.actor import Actor, load_states
from lerobot_env_leisaac.integrations.isaaclab_rsl_rl import write_model
from lerobot_env_leisaac.tasks.common.rsl_rl_step_model import StepModel

OBSERVATION = torch.randn(16, 28, generator=torch.Generator().manual_seed(0))


def network(kind, **more):
    return kind(
        TensorDict({"policy": OBSERVATION}, batch_size=16),
        {"actor": ["policy"]},
        "actor",
        6,
        hidden_dims=[256, 128, 64],
        obs_normalization=True,
        distribution_cfg={"class_name": "GaussianDistribution", "init_std": 0.3, "std_type": "log"},
        **more,
    ).eval()


def shipped():
    model = network(StepModel, max_step=0.15)
    model.load_state_dict(load_states(catalog.task("LiftCube").pretrained)["actor"])
    return model


@pytest.mark.parametrize("model", [network(MLPModel), shipped()], ids=["RSL-RL's", "steps"])
def test_it_acts_as_the_network_that_was_trained_does(model):
    expected = model(TensorDict({"policy": OBSERVATION}, batch_size=16))
    torch.testing.assert_close(Actor(model.state_dict())(OBSERVATION), expected)


def test_targets_are_steps_from_where_the_joints_stand():
    steps = shipped()(TensorDict({"policy": OBSERVATION}, batch_size=16)) - OBSERVATION[:, :6]
    assert 0.1 < steps.abs().max() <= 0.15 + 1e-6, "the six joints are what is observed first"
    observation = TensorDict({"policy": OBSERVATION.expand(4096, -1, -1).flatten(0, 1)}, batch_size=4096 * 16)
    model = network(StepModel, max_step=0.15)
    drawn = model(observation, stochastic_output=True).unflatten(0, (4096, 16))
    torch.testing.assert_close(drawn.mean(dim=0), model.output_mean[:16], rtol=0, atol=0.03)
    torch.testing.assert_close(drawn.std(dim=0), torch.full((16, 6), 0.3), rtol=0, atol=0.02)


def test_what_isaac_lab_exports_acts_the_same(tmp_path):
    model = shipped()
    expected = Actor(model.state_dict())(OBSERVATION)
    jit = torch.jit.script(model.as_jit())
    jit.save(tmp_path / "policy.pt")
    torch.testing.assert_close(torch.jit.load(tmp_path / "policy.pt")(OBSERVATION), expected)
    onnx = model.as_onnx(verbose=False)
    assert onnx.get_dummy_inputs()[0].shape == (1, 28) and onnx.input_names and onnx.output_names
    torch.testing.assert_close(onnx(OBSERVATION), expected)


def test_rsl_rl_reads_what_is_written_for_it(tmp_path):
    pretrained = catalog.task("LiftCube").pretrained
    write_model(pretrained, tmp_path / "logs" / "model.pt")
    model = torch.load(tmp_path / "logs" / "model.pt", weights_only=True)
    for network, state in load_states(pretrained).items():
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
