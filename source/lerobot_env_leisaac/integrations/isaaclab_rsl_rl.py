"""What ``isaaclab train`` and ``isaaclab play`` of RSL-RL may name besides files: the checkpoints that ship."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from isaaclab_rl.entrypoints.common import normalize_task_name

from lerobot_env_leisaac import catalog
from lerobot_env_leisaac.experts.actor import MAX_STEP, load_states


def with_pretrained(argv: list[str]) -> list[str]:
    """Return a command line in which ``--checkpoint pretrained`` is a file, that of what ships for the task."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--task", default="")
    parser.add_argument("--checkpoint")
    args, _ = parser.parse_known_args(argv)
    pretrained = {spec.isaaclab_id: spec.pretrained for spec in catalog.tasks()}.get(normalize_task_name(args.task))
    if args.checkpoint != "pretrained" or pretrained is None:
        return argv
    # beside it Isaac Lab writes films and exports
    model = Path("logs", "rsl_rl", "pretrained", normalize_task_name(args.task), "model.pt").absolute()
    write_model(pretrained, model)
    return [*argv, "--checkpoint", str(model)]  # the last one counts


def write_model(pretrained: Path, model: Path) -> None:
    """Write what ships as safetensors in RSL-RL's own format, with an optimizer that has not begun."""
    states = load_states(pretrained)
    learned = [
        torch.nn.Parameter(tensor)
        for state in states.values()
        for name, tensor in state.items()
        if "obs_" not in name and name != MAX_STEP
    ]
    model.parent.mkdir(parents=True, exist_ok=True)
    torch.save(
        {
            **{f"{network}_state_dict": state for network, state in states.items()},
            "optimizer_state_dict": torch.optim.Adam(learned).state_dict(),
            "iter": 0,
            "infos": None,
        },
        model,
    )
