"""Policies that ship with the package: how one is made of a checkpoint, and the word that stands for it."""

import json
import os
import re
import runpy
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import checkpoints
import gymnasium as gym
import pytest
import torch
import yaml
from safetensors.torch import load_file

from lerobot_env_leisaac import cli, resources, units
from lerobot_env_leisaac.datasets.manifest import Manifest, RecordedEpisode
from lerobot_env_leisaac.envs.make import apply_policy_keywords, load_cfg
from lerobot_env_leisaac.integrations.isaaclab_play import fit
from lerobot_env_leisaac.policies.checkpoint import open_checkpoint
from lerobot_env_leisaac.policies.load import load

REPOSITORY = Path(__file__).parents[2]
ENV_ID = "LeIsaac-SO101-LiftCube-SmolVLA-v0"
SIZE = (96, 128)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A folder as training and evaluation leave it: dataset, VLM, a run of SmolVLA and one of ACT, an evaluation."""
    folder = tmp_path_factory.mktemp("run")
    Manifest(
        task="LiftCube",
        env_id=ENV_ID,
        units=units.load("degrees"),
        seed=1234,
        fps=30,
        noise_deg=1.5,
        variation="robust",
        instruction="Lift the red cube up.",
        cameras=dict.fromkeys(checkpoints.CAMERAS, SIZE),
        video=True,
        device="cuda:0",
        physics="newton_mjwarp",
        versions={},
        dropped=[3],
        episodes=[RecordedEpisode(index, index, 100 + index, True, {}) for index in range(3)],
    ).write(folder / "dataset")
    vlm = checkpoints.make_vlm(folder / "vlm")
    (vlm / "model.safetensors").write_bytes(b"weights that nobody needs")
    shared = {"image_size": SIZE, "dataset_root": folder / "dataset"}
    checkpoints.make_smolvla(folder / "smolvla", vlm, compile_model=True, **shared)
    checkpoints.make_act(folder / "act", optimizer_lr=0.0003, **shared)
    (folder / "act" / "training_state").mkdir()
    (folder / "act" / "training_state" / "training_step.json").write_text('{"step": 4321}')
    (folder / "eval").mkdir()
    return folder


@pytest.fixture(scope="module")
def packaged(run, tmp_path_factory):
    """A package folder that holds what `scripts/package_checkpoint.py` makes of both runs."""
    package = tmp_path_factory.mktemp("package")
    script = runpy.run_path(str(REPOSITORY / "scripts" / "package_checkpoint.py"))["main"]
    for kind in ("smolvla", "act"):
        out = package / "policies" / "packaged" / kind
        for checkpoint_hash in ("0" * 64, None):  # made, evaluated, and made again with the result
            summary = {
                "checkpoint_hash": checkpoint_hash or open_checkpoint(out).sha256(),
                **{"variation": None, "success_rate": 0.99, "success_rate_interval": [0.985, 0.993]},
                **{"episodes": 2000, "seed": 77},
            }
            (run / "eval" / "summary.json").write_text(json.dumps(summary))
            script(run / kind, run / "dataset", out, results=(run / "eval",))
            if checkpoint_hash:
                assert (
                    "| as it is | as trained | 99.0% | 98.5% to 99.3% | 2,000 | 77 |" in (out / "README.md").read_text()
                )
    return package


@pytest.fixture
def installed(packaged, monkeypatch):
    """The package as if it shipped these policies; returns their folder."""
    monkeypatch.setattr(resources, "PACKAGE_DIR", packaged)
    return packaged / "policies" / "packaged"


@pytest.fixture
def calls(monkeypatch):
    """Whom the process tried to reach through a network."""
    tried = []

    def refuse(*arguments, **_):
        tried.append(arguments)
        raise OSError("no network here")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return tried


@pytest.mark.parametrize("kind", ["smolvla", "act"])
def test_a_packaged_directory_is_whole_and_says_nothing_of_the_machine(packaged, run, kind):
    folder = packaged / "policies" / "packaged" / kind
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    processors = {path.name for path in (run / kind / "pretrained_model").glob("policy_*")}
    expected = {"README.md", "config.json", "leisaac.json", "model.safetensors", *processors}
    if kind == "smolvla":
        expected |= {f"vlm/{path.name}" for path in (run / "vlm").glob("*.json")}
        assert "vlm/tokenizer.json" in files
    assert files == expected
    for path in folder.rglob("*"):
        if path.is_file():
            assert str(run).encode() not in path.read_bytes(), path

    trained = load_file(run / kind / "pretrained_model" / "model.safetensors")
    for name, weight in load_file(folder / "model.safetensors").items():
        assert weight.dtype == (torch.float16 if trained[name].is_floating_point() else trained[name].dtype)
        torch.testing.assert_close(weight.to(trained[name].dtype), trained[name], atol=1e-3, rtol=1e-3)
    before, after = (
        json.loads((place / "config.json").read_text()) for place in (run / kind / "pretrained_model", folder)
    )
    changed = {name for name in before if before[name] != after[name]}
    assert before.keys() == after.keys()
    assert changed == ({"device", "compile_model", "vlm_model_name"} if kind == "smolvla" else {"device"})
    assert after.get("compile_model") in (None, False)


@pytest.mark.parametrize("kind", ["smolvla", "act"])
def test_the_model_card_says_what_it_was_made_of(packaged, kind):
    card = (packaged / "policies" / "packaged" / kind / "README.md").read_text()
    _, front, body = card.split("---\n", 2)
    metadata = yaml.safe_load(front)
    assert metadata["license"] == "apache-2.0"
    assert (metadata["library_name"], metadata["pipeline_tag"]) == ("lerobot", "robotics")
    assert kind in metadata["tags"]
    parameters = sum(
        weight.numel() for weight in load_file(packaged / "policies/packaged" / kind / "model.safetensors").values()
    )
    for text in (
        f"{parameters / 1e6:.1f} million parameters",
        "(front 96x128, top 96x128, wrist 96x128), takes and gives joint positions in `degrees` at 30 Hz",
        "predicts\n8 actions, of which 4 are carried out",
        "| episodes | 3 that succeeded, 1 dropped |",
        "| frames | 303 at 30 Hz",
        "| seed | 1234 |",
        "| variation | robust |",
        "| noise on the executed actions | 1.5 deg",
        "| batch | 8 |",
        "| steps | 4,321 |" if kind == "act" else "| steps | 100,000 |",
        "| learning rate | 0.0003 at" if kind == "act" else "| learning rate | 0.0001 at",
        "| as it is | these | 99.0% | 98.5% to 99.3% | 2,000 | 77 |",
    ):
        assert text in body
    assert "\n\n\n" not in card and card.endswith(".\n")


@pytest.mark.parametrize(("word", "kind"), [("packaged", "smolvla"), ("packaged-act", "act")])
def test_a_word_loads_what_ships_and_touches_no_network(env, run, installed, calls, word, kind, monkeypatch):
    observation = env.reset(seed=0)[0]
    noise = torch.randn(4, 8, 32) if kind == "smolvla" else None
    trained = load(run / kind, env).predict_chunk(observation, noise=noise)
    for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(variable, raising=False)
    policy = load(word, env)
    assert (policy.checkpoint, policy.folder) == (word, installed / kind)
    assert policy.audit.declared_by == str(installed / kind / "leisaac.json")
    assert not policy.audit.findings
    torch.testing.assert_close(policy.predict_chunk(observation, noise=noise), trained, atol=0.5, rtol=0)
    assert not calls


def test_the_word_wins_over_a_directory_of_that_name(installed, run, tmp_path, monkeypatch):
    mine = shutil.copytree(run / "act" / "pretrained_model", tmp_path / "packaged")
    shutil.copytree(mine, tmp_path / "packaged-mine")
    monkeypatch.chdir(tmp_path)
    assert open_checkpoint("packaged").folder == installed / "smolvla"
    for directory in ("./packaged", "packaged/", "./packaged-mine", Path("packaged"), mine):
        assert open_checkpoint(directory).config.type == "act"
    with pytest.raises(
        FileNotFoundError,
        match=r"no checkpoint 'packaged-mine' .* has packaged, packaged-act: .*write \./packaged-mine",
    ):
        open_checkpoint("packaged-mine")


def test_an_install_without_the_files_says_so(tmp_path, monkeypatch, calls):
    monkeypatch.setattr(resources, "PACKAGE_DIR", tmp_path)
    with pytest.raises(
        FileNotFoundError, match=r"^no checkpoint 'packaged' ships .* has none: pass another checkpoint.*$"
    ) as error:
        open_checkpoint("packaged")
    assert "\n" not in str(error.value)
    assert not calls


def test_environments_fit_themselves_to_the_word(installed):
    """As `gym.make`, `leisaac play` and `eval` do, and `isaaclab play`."""
    for adapt in (
        lambda cfg: apply_policy_keywords(cfg, checkpoint="packaged"),
        lambda cfg: fit(cfg, ENV_ID, "packaged", None),
    ):
        cfg = load_cfg(gym.spec(ENV_ID).kwargs["env_cfg_entry_point"])
        adapt(cfg)
        assert {(camera.height, camera.width) for camera in (cfg.scene.front, cfg.scene.top, cfg.scene.wrist)} == {SIZE}


def test_the_word_is_audited(installed, capsys):
    assert cli.main(["audit", "packaged", "--task", "LiftCube", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["policy_type"], report["units"]) == ("smolvla", "degrees")
    assert report["declared_by"].endswith("leisaac.json") and report["instruction_from"] == report["declared_by"]


def test_play_alone_lifts_the_cube_and_films_it(installed_wheel, tmp_path):
    """From an installed wheel, with no network."""
    environment = {**os.environ, "PYTHONPATH": str(installed_wheel), "OMP_NUM_THREADS": "1"}
    environment |= {"HTTPS_PROXY": "http://127.0.0.1:9", "HF_ENDPOINT": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "lerobot_env_leisaac.cli", "play"]
    process = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=180)
    last_line = (process.stdout.strip().splitlines() or [""])[-1]
    assert re.fullmatch(r"success 1/1, .* s simulated in .*, video play\.mp4", last_line), process.stderr[-2000:]
    assert process.returncode == 0
    assert (tmp_path / "play.mp4").stat().st_size > 1000


def test_what_ships_is_small_and_loads_with_no_network(env, calls):
    policy = load("packaged", env)
    files = [path for path in policy.folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 20e6
    assert policy.config.type == "smolvla"
    assert policy.audit.declared_by == str(policy.folder / "leisaac.json")
    assert policy.predict_chunk(env.reset(seed=0)[0]).isfinite().all()
    assert "| as it is | these |" in (policy.folder / "README.md").read_text(), "no result of these very weights"
    assert not calls
