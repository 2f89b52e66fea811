"""Turn a trained SmolVLA checkpoint into a small directory that needs nothing else.

    python scripts/package_checkpoint.py outputs/lift_cube/smolvla/checkpoints/last/pretrained_model \
        outputs/lift_cube/vlm outputs/lift_cube/dataset outputs/packaged

Weights go to half precision, the VLM's configuration and tokenizer come along, and the unit convention of the dataset
is declared.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
import tyro
from safetensors.torch import load_file, save_file

from lerobot_env_leisaac.datasets import manifest


def main(checkpoint: Path, vlm: Path, dataset: Path, out: Path, /) -> None:
    """Write the directory.

    Args:
        checkpoint: What `lerobot-train` wrote.
        vlm: Directory that its VLM was built from.
        dataset: Dataset that it was trained on.
        out: Where to.
    """
    recorded = manifest.read(dataset)
    if recorded is None:
        raise FileNotFoundError(f"{dataset} has no {manifest.PATH}: expected a dataset of leisaac record")
    shutil.copytree(vlm, out / "vlm", dirs_exist_ok=True)
    for path in checkpoint.glob("policy_*"):
        text = path.read_bytes()
        (out / path.name).write_bytes(text.replace(json.dumps(str(vlm)).encode(), b'"vlm"'))
    config = json.loads((checkpoint / "config.json").read_text())
    config |= {"vlm_model_name": "vlm", "device": None, "use_amp": False, "push_to_hub": False}
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (out / "leisaac.json").write_text(json.dumps({"units": recorded.units.table}, indent=2) + "\n")
    weights = {name: weight.to(torch.float16) for name, weight in load_file(checkpoint / "model.safetensors").items()}
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"{out}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    tyro.cli(main)
