"""`leisaac record --policy`: a policy acts, a demonstrator says what would have been right, and both are kept."""

import json
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from checkpoints import make_act
from commands import run
from lerobot.utils.feature_utils import dataset_to_policy_features

from lerobot_env_leisaac import catalog, cli
from lerobot_env_leisaac.datasets import manifest as manifests
from lerobot_env_leisaac.datasets.corrections import TURN_S, Mixture
from lerobot_env_leisaac.datasets.open import episode_rows, open_dataset
from lerobot_env_leisaac.experts.named import sha256
from lerobot_env_leisaac.policies.checkpoint import open_checkpoint

TURN = round(TURN_S * 30)
KEYS = ("observation.state", "action", "executed_action")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Two episodes in which an ACT of random weights acts a quarter of the time, and one of the actor that ships."""
    folder = tmp_path_factory.mktemp("corrections")
    policy = make_act(folder / "policy", chunk_size=40, n_action_steps=40)
    shared = "--device cpu --workers 1 --num-envs 2"
    corrected = f"leisaac record --out {folder}/corrected --policy {policy} --beta 0.75 --seed 3 {shared}"
    learned = f"leisaac record --out {folder}/learned --expert pretrained --image-size 96 128 --seed 5 {shared}"
    commands = {
        "corrected": f"{corrected} --episodes 2",
        "other share": f"{corrected} --episodes 2 --round 2 --resume",
        "replay": f"leisaac replay {folder}/corrected --json",
        "radians": f"leisaac convert {folder}/corrected --out {folder}/radians --units radians",
        "learned": f"{learned} --episodes 1",
        "replay learned": f"leisaac replay {folder}/learned --json",
    }
    return SimpleNamespace(folder=folder, policy=policy, results=run(folder / "run", commands))


def rows_of(root) -> list[dict[str, np.ndarray]]:
    """Return state, label and executed action of each episode, (T, 6) each."""
    dataset = open_dataset(root)
    rows = dataset.hf_dataset.with_format("numpy").select_columns(list(KEYS))[:]
    spans = [episode_rows(dataset, episode) for episode in range(dataset.num_episodes)]
    return [{key: rows[key][span.start : span.stop] for key in KEYS} for span in spans]


def test_in_some_turns_the_policy_acts_and_in_the_others_the_demonstrator(recorded):
    assert recorded.results["corrected"].status == 0, recorded.results["corrected"].err[-3000:]
    turns = []
    for episode in rows_of(recorded.folder / "corrected"):
        differs = (episode["action"] != episode["executed_action"]).any(axis=1)
        parts = np.split(differs, range(TURN, len(differs), TURN))
        assert all(part.all() or not part.any() for part in parts)
        turns += [bool(part.all()) for part in parts]
    assert 0 < sum(turns) < len(turns) / 2


def test_labels_lead_on_from_where_the_arm_is(recorded):
    for episode in rows_of(recorded.folder / "corrected"):
        label, executed = episode["action"], episode["executed_action"]
        step = np.abs(label[1:, :5] - executed[:-1, :5]).max(axis=1)
        assert step.max() < 10, "degrees, a thirtieth of a second after what was carried out"


def test_what_was_carried_out_goes_the_same_way_again(recorded):
    for name in ("replay", "replay learned"):
        result = recorded.results[name]
        assert result.status == 0, result.err[-3000:]
        assert all(episode["same"] and episode["success"] for episode in json.loads(result.out))


def test_the_manifest_says_who_acted_and_who_demonstrated(recorded):
    corrected, learned = (manifests.read(recorded.folder / name) for name in ("corrected", "learned"))
    assert (corrected.expert, corrected.expert_sha256, corrected.beta) == ("scripted", None, 0.75)
    assert corrected.policy == str(recorded.policy)
    assert corrected.policy_sha256 == open_checkpoint(str(recorded.policy), weights=True).sha256()
    assert (learned.expert, learned.policy, learned.beta) == ("pretrained", None, 1.0)
    assert learned.expert_sha256 == sha256(catalog.task("LiftCube"), "pretrained")
    assert learned.cameras["wrist"] == corrected.cameras["wrist"] == (96, 128), "the policy's own size"


def test_another_round_is_another_dataset(recorded):
    result = recorded.results["other share"]
    assert result.status == 1
    assert re.search(r"was recorded with beta 0.75, now it is 0.5625: resume it with the same", result.error)


def test_the_checker_knows_what_it_is(recorded, capsys):
    assert cli.main(["check", str(recorded.folder / "corrected")]) == 0, capsys.readouterr().out
    out = capsys.readouterr().out
    assert re.search(r"^0 errors", out, re.MULTILINE)
    assert re.search(r"corrections .*scripted says what would have been right where .*policy", " ".join(out.split()))


def test_a_policy_is_not_trained_on_what_was_carried_out(recorded):
    meta = open_dataset(recorded.folder / "corrected").meta
    assert meta.features["executed_action"]["names"] == meta.features["action"]["names"]
    learnt = [
        key for key, feature in dataset_to_policy_features(meta.features).items() if feature.type.name == "ACTION"
    ]
    assert learnt == ["action"]
    assert meta.stats["executed_action"]["count"].item() == meta.total_frames


def test_other_units_are_those_of_both(recorded):
    assert recorded.results["radians"].status == 0, recorded.results["radians"].err[-3000:]
    for degrees, radians in zip(*(rows_of(recorded.folder / name) for name in ("corrected", "radians")), strict=True):
        for key in KEYS:
            np.testing.assert_allclose(radians[key], np.deg2rad(degrees[key]), atol=1e-5)


def test_without_what_was_carried_out_nothing_is_replayed(recorded, tmp_path, capsys):
    copy = shutil.copytree(recorded.folder / "corrected", tmp_path / "copy")
    info = json.loads((copy / "meta" / "info.json").read_text())
    del info["features"]["executed_action"]
    (copy / "meta" / "info.json").write_text(json.dumps(info))
    assert cli.main(["replay", str(copy)]) == 1
    assert "what moved the arm is not on record any more" in capsys.readouterr().err


class Waiter:
    """A policy that says nothing but 7, and counts who began to act."""

    def __init__(self, env):
        self.env, self.asked = env, torch.zeros(env.num_envs)

    def forget(self, envs):
        """Count."""
        self.asked += envs

    def act(self, observation, begins, episodes):
        """Return 7, and what is no number in environment 3."""
        action = torch.full((self.env.num_envs, 6), 7.0)
        action[3] = torch.nan
        return action


@pytest.mark.parametrize(("beta", "least", "most"), [(0.0, 1.0, 1.0), (0.3, 0.6, 0.8), (1.0, 0.0, 0.0)])
def test_who_acts_depends_on_the_episode_alone_and_is_drawn_for_every_turn(env, beta, least, most):
    sim, label = env.unwrapped, torch.zeros(4, 6)
    env.reset(seed=9)
    learner = Waiter(sim)
    mixture, acted = Mixture(sim, learner, beta), []
    for first in range(0, 80, 4):
        sim.episodes[:] = torch.arange(first, first + 4)
        for step in range(0, 5 * TURN, 10):
            sim.episode_length_buf[:] = step
            action = mixture.act({}, label)
            assert torch.equal(action[:, 0] == 7, mixture.learner_acted)
            assert not mixture.learner_acted[3], "what is not finite is not carried out"
            acted.append(mixture.learner_acted[:3].clone())
    acted = torch.stack(acted).unflatten(0, (20, 5, 3))  # episodes, turns, steps of a turn, environments
    assert torch.equal(acted, acted[:, :, :1].expand_as(acted))
    assert least <= acted.float().mean() <= most
    turns = acted[:, :, 0].int()
    assert learner.asked[:3].sum() == turns[:, 0].sum() + (turns.diff(dim=1) == 1).sum(), (
        "asked anew in each of its turns"
    )
    sim.episodes[:], sim.episode_length_buf[:] = 0, 0
    mixture.act({}, label)
    assert len(set(mixture.learner_acted[:3].tolist())) == 1
    env.reset(seed=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--beta 0.5", "--beta and --round are about a policy that acts beside the demonstrator: say --policy, too"),
        ("--policy POLICY --beta 1.5", "beta is 1.5, expected a share from 0 to 1"),
        ("--policy POLICY --round 0", "round is 0, expected a whole number of 1 or more"),
        ("--policy POLICY --units radians", "does not fit the environment"),
        ("--policy nowhere", "nowhere"),
        ("--expert nobody.pt", "expert 'nobody.pt' is no file of RSL-RL: expected scripted, pretrained, or the path"),
        (
            "--expert pretrained --task PickOrange",
            "no trained actor ships for the task PickOrange, expected one of Lift",
        ),
    ],
)
def test_a_bad_argument_is_one_line(recorded, arguments, message, tmp_path, capsys):
    line = f"record --out {tmp_path}/dataset --device cpu {arguments.replace('POLICY', str(recorded.policy))}"
    assert cli.main(line.split()) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("leisaac: error: ") and re.search(message, error), error
    assert not (tmp_path / "dataset").exists()
