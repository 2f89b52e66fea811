"""A demonstrator that reinforcement learning made acts in LeRobot units as in the face that it was trained in."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.experts.actor import load_states
from lerobot_env_leisaac.experts.base import CorrectingExpert, make_correcting, make_expert, require_correcting
from lerobot_env_leisaac.integrations.isaaclab_rsl_rl import with_pretrained, write_model

LIFT_CUBE = catalog.task("LiftCube")


def path_in(face: str) -> np.ndarray:
    """Return joint positions (T, N, 6) [rad]."""
    script = Path(__file__).with_name("faces_probe.py")
    process = subprocess.run([sys.executable, script, face], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr[-3000:]
    return np.array(json.loads(process.stdout.splitlines()[-1]))


def test_both_faces_go_the_same_way():
    radians, units = path_in("radians"), path_in("units")
    assert np.ptp(radians, axis=0).max() > 0.3, "it moves"
    np.testing.assert_allclose(units[:12], radians[:12], atol=2e-3)  # until it touches the cube, rounding stays small


def test_it_reads_what_rsl_rl_saves_and_runs_nothing(tmp_path):
    model = tmp_path / "logs" / "model_5.pt"
    write_model(LIFT_CUBE.pretrained, model)
    saved, shipped = load_states(model), load_states(LIFT_CUBE.pretrained)
    torch.testing.assert_close(saved, shipped, rtol=0, atol=0)

    class Evil:
        def __reduce__(self):
            return (Path(tmp_path / "run").touch, ())

    for name, content in (("evil", {"actor_state_dict": Evil(), "critic_state_dict": {}}), ("other", {"weights": {}})):
        torch.save(content, tmp_path / f"{name}.pt")
        with pytest.raises(ValueError, match=f"{name}.pt is no checkpoint of RSL-RL's PPO"):
            load_states(tmp_path / f"{name}.pt")
    (tmp_path / "text.pt").write_text("not one")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps({"actor_state_dict": {}, "critic_state_dict": {}}))
    for name in ("text", "plain"):
        with pytest.raises(ValueError, match=f"{name}.pt is no checkpoint of RSL-RL's PPO"):
            load_states(tmp_path / f"{name}.pt")
    assert not (tmp_path / "run").exists()


def test_an_actor_of_another_task_is_one_line(env, tmp_path):
    env.reset(seed=0)
    state = dict(load_states(LIFT_CUBE.pretrained)["actor"])
    for name in ("obs_normalizer._mean", "obs_normalizer._std"):
        state[name] = torch.cat([state[name], state[name][:, :3]], dim=1)
    state["mlp.0.weight"] = torch.cat([state["mlp.0.weight"], state["mlp.0.weight"][:, :3]], dim=1)
    torch.save({"actor_state_dict": state, "critic_state_dict": {}}, tmp_path / "model.pt")
    with pytest.raises(ValueError, match=r"another task: it observes 31 numbers, LiftCube shows 28"):
        make_expert(LIFT_CUBE, env.unwrapped, str(tmp_path / "model.pt"))


def test_who_cannot_correct_is_refused_before_anything_is_built(env):
    with pytest.raises(ValueError, match="the script of PickOrange cannot go on from where a policy"):
        require_correcting(catalog.task("PickOrange"), "scripted")
    for expert in ("scripted", "pretrained"):
        corrects: CorrectingExpert = make_correcting(LIFT_CUBE, env.unwrapped, expert)
        assert corrects.act().shape == (4, 6)


def test_isaac_labs_command_lines_name_what_ships_by_a_word(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = ["--task", LIFT_CUBE.isaaclab_id, "--checkpoint", "pretrained"]
    model = Path(with_pretrained(line)[-1])
    torch.testing.assert_close(load_states(model), load_states(LIFT_CUBE.pretrained), rtol=0, atol=0)
    for other in (["--task", LIFT_CUBE.isaaclab_id], ["--task", "Isaac-Cartpole", "--checkpoint", "pretrained"]):
        assert with_pretrained(other) == other
