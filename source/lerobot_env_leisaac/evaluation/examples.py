"""Keep what the first success and the first failure looked like."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from lerobot_env_leisaac.envs.lazy_observation import shows_images
from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv
from lerobot_env_leisaac.writable import replaced

_FRAME_TIMES = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 13.0, 18.0, 24.0)
"""Times in an episode from which on the next frame is kept [s], besides the last one of all."""

_LAST_APART = 10
"""Frames in fewer steps before the end are left out, for the last one shows the same."""

_MAX_FRAME_HEIGHT = 128
"""Larger frames are reduced [px]."""

_MOST_BYTES = 2**28
"""An example has some 3 MB: ten small frames of each camera."""

_MEMORY = {"cpu": 2**28, "cuda": 2**30}
"""How much memory the frames may take by device [B]; where not all environments fit, the first ones are watched."""


@dataclass(frozen=True)
class Example:
    """One episode to look at.

    Attributes:
        episode: Its number.
        success: Whether the task was done.
        states: Joint positions in units. Shape is (T, 6).
        actions: Actions in units. Shape is (T, 6).
        frames: Images by camera, uint8. Shape is (F, H, W, 3).
        frame_steps: Control step of each frame. Shape is (F,).
    """

    episode: int
    success: bool
    states: np.ndarray
    actions: np.ndarray
    frames: dict[str, np.ndarray]
    frame_steps: np.ndarray

    def write(self, path: Path) -> None:
        """Write the example as an ``.npz`` file, in one piece or not at all."""
        arrays: dict[str, Any] = {f"frames.{camera}": frames for camera, frames in self.frames.items()}
        for name in ("episode", "success", "states", "actions", "frame_steps"):
            arrays[name] = getattr(self, name)
        with replaced(path) as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def read(cls, path: Path) -> Example:
        """Read what `write` wrote.

        Raises:
            ValueError: It would be larger than any example.
        """
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > _MOST_BYTES:
            raise ValueError(f"{path} would be {unpacked:,} bytes, as no example is: remove it")
        with np.load(path) as file:
            frames = {name.removeprefix("frames."): file[name] for name in file if name.startswith("frames.")}
            return cls(
                int(file["episode"]),
                bool(file["success"]),
                file["states"],
                file["actions"],
                frames,
                file["frame_steps"],
            )


class ExampleRecorder:
    """Watches all episodes on the device and writes ``success.npz`` and ``failure.npz`` as soon as there is one.

    It has frames of the steps at which a policy looked: to render more for it would cost more than the rest. An example
    must be recorded while it is played: on a GPU an episode need not go the same way again.
    """

    def __init__(self, env: LeRobotEnv, folder: Path):
        """Prepare buffers.

        Args:
            env: The environment.
            folder: Where the examples are written, and where those of an earlier run may be.
        """
        self._paths = {True: folder / "success.npz", False: folder / "failure.npz"}
        self._missing = {success for success, path in self._paths.items() if not path.is_file()}
        self._cameras = env.cfg.cameras()
        self._steps = torch.tensor([round(t / env.step_dt) for t in _FRAME_TIMES], device=env.device)
        self._envs = torch.arange(env.num_envs, device=env.device)
        self._trace = torch.zeros(env.num_envs, env.max_episode_length, 2 * len(env.robot.channels), device=env.device)
        sizes = {name: _reduced(torch.zeros(1, 3, *env.scene[name].image_shape)).shape[1:] for name in self._cameras}
        bytes_per_env = sum(len(_FRAME_TIMES) * int(np.prod(size)) for size in sizes.values())
        affordable = _MEMORY[torch.device(env.device).type] // max(bytes_per_env, 1)
        self._watched = min(env.num_envs, affordable)
        self._frames = {
            name: torch.zeros(self._watched, len(_FRAME_TIMES), *size, dtype=torch.uint8, device=env.device)
            for name, size in sizes.items()
        }
        self._frame_steps = torch.full((self._watched, len(_FRAME_TIMES)), -1, device=env.device)
        self._last: Mapping[str, Any] = {}
        self._last_steps = torch.zeros(env.num_envs, dtype=torch.long, device=env.device)

    def see(self, observation: Mapping[str, Any], action: torch.Tensor, steps: torch.Tensor) -> None:
        """Keep a step.

        Args:
            observation: What was acted on.
            action: What was done. Shape is (N, C).
            steps: How many steps each episode has behind it. Shape is (N,).
        """
        if not self._missing:
            return
        self._trace[self._envs, steps] = torch.cat([observation["observation.state"], action], dim=-1)
        if not shows_images(observation):
            return
        self._last, self._last_steps = observation, steps
        steps = steps[: self._watched]
        self._frame_steps.masked_fill_((steps == 0).unsqueeze(-1), -1)
        slots = torch.searchsorted(self._steps, steps, right=True) - 1  # of the latest time that has come
        envs = (self._frame_steps[self._envs[: self._watched], slots] < 0).nonzero().flatten()
        if len(envs):
            slots = slots[envs]
            self._frame_steps[envs, slots] = steps[envs]
            for camera in self._cameras:
                self._frames[camera][envs, slots] = _reduced(observation[f"observation.images.{camera}"][envs])

    def end(self, env: int, episode: int, success: bool, length: int) -> None:
        """Write the episode that ended after `length` steps, if there is no example of its kind yet."""
        if success not in self._missing or (self._cameras and env >= self._watched):
            return
        last = int(self._last_steps[env])
        steps = self._frame_steps[env]
        kept = (steps >= 0) & (steps < last - _LAST_APART)
        frames = {
            camera: torch.cat([self._frames[camera][env][kept], _reduced(self._image(camera, env))])
            for camera in self._cameras
        }
        states, actions = np.split(self._trace[env, :length].cpu().numpy(), 2, axis=1)
        Example(
            episode=episode,
            success=success,
            states=states,
            actions=actions,
            frames={camera: images.cpu().numpy() for camera, images in frames.items()},
            frame_steps=np.array([*steps[kept].tolist(), last]),
        ).write(self._paths[success])
        self._missing.remove(success)

    def _image(self, camera: str, env: int) -> torch.Tensor:
        return self._last[f"observation.images.{camera}"][env : env + 1]


def _reduced(images: torch.Tensor) -> torch.Tensor:
    """Return images in either image format as uint8 (n, h, w, 3) of at most `_MAX_FRAME_HEIGHT` rows."""
    images = images.permute(0, 3, 1, 2).float() if images.dtype == torch.uint8 else images * 255
    factor = -(-images.shape[-2] // _MAX_FRAME_HEIGHT)
    return F.avg_pool2d(images, factor).round().to(torch.uint8).permute(0, 2, 3, 1)
