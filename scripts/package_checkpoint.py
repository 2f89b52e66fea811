"""Turn a trained checkpoint into a small directory that needs nothing else, with a model card.

    python scripts/package_checkpoint.py outputs/lift_cube/smolvla/checkpoints/last outputs/lift_cube/dataset \
        outputs/packaged/smolvla --results outputs/lift_cube/eval/smolvla

Weights go to half precision; the configuration and tokenizer of a VLM come along; units, task and instruction of the
dataset are declared. Nothing in it names a place on this machine.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
import tyro
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lerobot.configs.train import TRAIN_CONFIG_NAME
from lerobot.utils.constants import TRAINING_STATE_DIR, TRAINING_STEP
from safetensors.torch import load_file, save_file

from lerobot_env_leisaac import declaration
from lerobot_env_leisaac.datasets import manifest
from lerobot_env_leisaac.evaluation.folder import SUMMARY
from lerobot_env_leisaac.json_files import write_json
from lerobot_env_leisaac.policies.checkpoint import Checkpoint, open_checkpoint
from lerobot_env_leisaac.policies.files import (
    POSTPROCESSOR_NAME,
    PREPROCESSOR_NAME,
    VLM_DIR,
    read_json,
)
from lerobot_env_leisaac.policies.processors import TOKENIZER_STEP
from lerobot_env_leisaac.policies.vlm import CONFIG_AND_TOKENIZER, find_vlm

_CONFIG, _WEIGHTS, _CARD = "config.json", "model.safetensors", "README.md"
_HERE = {
    "device": None,
    "use_amp": False,
    "compile_model": False,
    "push_to_hub": False,
    "repo_id": None,
    "pretrained_path": None,
    "pretrained_backbone_weights": None,
    "vlm_model_name": VLM_DIR,
}
"""Settings that are about a machine or a run, and what they are set to where a policy has them."""


def main(
    checkpoint: Path, dataset: Path, out: Path, /, results: tuple[Path, ...] = (), vlm: Path | None = None
) -> None:
    """Write the directory.

    Args:
        checkpoint: What `lerobot-train` wrote.
        dataset: Dataset of `leisaac record` that it was trained on; its `meta/leisaac.json` is enough.
        out: Where to.
        results: Folders of `leisaac eval`, for the model card.
        vlm: Directory of the policy's VLM; by default where the checkpoint says.
    """
    recorded = manifest.read(dataset)
    if recorded is None:
        raise FileNotFoundError(f"{dataset} has no {declaration.OF_DATASET}: expected a dataset of leisaac record")
    trained = open_checkpoint(checkpoint)
    trained.require_files()
    out.mkdir(parents=True, exist_ok=True)
    if (vlm_folder := find_vlm(trained, vlm)) is not None:
        _copy_vlm(vlm_folder, out / VLM_DIR)
    for name in (PREPROCESSOR_NAME, POSTPROCESSOR_NAME):
        _copy_processor(trained, name, out)
    config = read_json(trained.folder / _CONFIG)
    write_json(config | {name: value for name, value in _HERE.items() if name in config}, out / _CONFIG, indent=2)
    noted = {"task": recorded.task, "instruction": recorded.instruction}
    manifest_of_checkpoint = {"units": recorded.units.table, "cameras": recorded.cameras, **noted}
    write_json(manifest_of_checkpoint, out / declaration.OF_CHECKPOINT, indent=2)
    parameters = _halve(trained.folder / _WEIGHTS, out / _WEIGHTS)
    card = _card(trained, recorded, parameters, out, [json.loads((folder / SUMMARY).read_text()) for folder in results])
    (out / _CARD).write_text(card)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"{out}: {size / 1e6:.1f} MB")


def _copy_vlm(folder: Path, out: Path) -> None:
    out.mkdir(exist_ok=True)
    for pattern in CONFIG_AND_TOKENIZER:
        for path in folder.glob(pattern):
            shutil.copyfile(path, out / path.name)


def _copy_processor(checkpoint: Checkpoint, name: str, out: Path) -> None:
    content = read_json(checkpoint.folder / name)
    for step in content["steps"]:
        if step.get("registry_name") == TOKENIZER_STEP:
            step["config"]["tokenizer_name"] = VLM_DIR
        if "state_file" in step:
            shutil.copyfile(checkpoint.folder / step["state_file"], out / step["state_file"])
    write_json(content, out / name, indent=2)


def _halve(weights: Path, out: Path) -> int:
    """Write weights in half precision and return how many there are."""
    halved = {}
    for name, weight in load_file(weights).items():
        halved[name] = weight.half() if weight.is_floating_point() else weight
        if not torch.isfinite(halved[name]).all():
            raise ValueError(f"{weights}: {name} has values that half precision cannot hold")
    save_file(halved, out, metadata={"format": "pt"})
    return sum(weight.numel() for weight in halved.values())


def _card(
    trained: Checkpoint,
    recorded: manifest.Manifest,
    parameters: int,
    out: Path,
    results: list[dict[str, Any]],
) -> str:
    train = read_json(trained.folder / TRAIN_CONFIG_NAME)
    optimizer = train["optimizer"] or {"lr": trained.config.optimizer_lr}
    progress = read_json(trained.folder.parent / TRAINING_STATE_DIR / TRAINING_STEP)
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return templates.get_template("model_card.md.jinja").render(
        config=trained.config,
        parameters=parameters,
        data=recorded,
        frames=sum(episode.length for episode in recorded.episodes),
        train=train,
        learning_rate=optimizer["lr"],
        steps=progress.get("step", train["steps"]),
        results=results,
        hash=open_checkpoint(out).sha256(),
    )


if __name__ == "__main__":
    tyro.cli(main)
