"""Plot what one environment was told to do and what it did, so that a bad action is seen at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from lerobot_env_leisaac.envs.lerobot_env import LeRobotEnv, Observation
from lerobot_env_leisaac.html_report import COLORS, subplots
from lerobot_env_leisaac.writable import replaced

_STATE, _ACTION, _TARGET = COLORS[0], "#fdba74", COLORS[4]
_BOUNDARY = "#4b5563"


class ActionTrace:
    """What environment 0 saw, was told and did in each step of its episode, in units."""

    def __init__(self, env: LeRobotEnv):
        self._env = env
        self._terms = [env.action_manager.get_term(name) for name in env.action_manager.active_terms]
        self.clear()

    def clear(self) -> None:
        """Forget the episode."""
        self._states: list[torch.Tensor] = []
        self._actions: list[torch.Tensor] = []
        self._targets: list[torch.Tensor] = []
        self._begins_chunk: list[torch.Tensor] = []

    def see_action(self, observation: Observation, action: torch.Tensor, begins_chunk: torch.Tensor | None) -> None:
        """Keep what is about to be done.

        Args:
            observation: What was acted on.
            action: What the policy returned. Shape is (N, C).
            begins_chunk: Whose action is the first of a chunk, shape (N,); None for who acts without chunks.
        """
        state = observation["observation.state"]
        assert isinstance(state, torch.Tensor)
        self._states.append(state[0].clone())
        self._actions.append(action[0].clone())
        if begins_chunk is not None:
            self._begins_chunk.append(begins_chunk[0].clone())

    def see_step(self) -> None:
        """Keep the joint targets that the step applied, after limits and latency."""
        if len(self._targets) < len(self._states):
            targets = torch.cat([term.processed_actions[0] for term in self._terms])
            self._targets.append(self._env.unit_convention.from_radians(targets))

    def plot(self, title: str, path: Path) -> None:
        """Write the episode as a PNG file, one joint below the other.

        Raises:
            OSError: It cannot be written there.
        """
        states, actions, targets = (_host(rows) for rows in (self._states, self._actions, self._targets))
        seconds = np.arange(len(states)) * self._env.step_dt
        boundaries = seconds[_host(self._begins_chunk)] if self._begins_chunk else np.empty(0)
        convention = self._env.unit_convention
        figure, rows = subplots(len(convention.joints), size=(12, 2 + 2 * len(convention.joints)), sharex=True)
        for joint, (axes, name, unit) in enumerate(zip(rows, convention.joints, convention.units, strict=True)):
            axes.vlines(
                boundaries,
                0,
                1,
                transform=axes.get_xaxis_transform(),
                color=_BOUNDARY,
                linewidth=0.8,
                linestyle=":",
                zorder=1,
            )
            # an action holds until the next one
            axes.step(seconds, actions[:, joint], where="post", color=_ACTION, linewidth=4.5, label="raw action")
            axes.step(seconds, targets[:, joint], where="post", color=_TARGET, linewidth=1, label="applied target")
            axes.plot(seconds, states[:, joint], color=_STATE, linewidth=1.4, label="state")
            axes.set_ylabel(f"{name}\n[{unit}]")
            axes.set_xlim(0, max(seconds[-1], self._env.step_dt))
        rows[-1].set_xlabel("time [s]")
        handles, labels = rows[0].get_legend_handles_labels()
        if len(boundaries):
            handles.append(rows[0].collections[0])
            labels.append("a new chunk begins")
        figure.legend(handles, labels, loc="outside upper right", ncols=len(labels), frameon=False, fontsize=9)
        figure.suptitle(f"{title}, units: {convention.name}", x=0.01, ha="left", fontsize=11)
        with replaced(path) as file:
            figure.savefig(file, dpi=100)


def _host(rows: list[torch.Tensor]) -> np.ndarray:
    return torch.stack(rows).cpu().numpy()
