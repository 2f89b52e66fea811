"""When the task is done."""

from __future__ import annotations

import torch
from isaaclab.assets import Articulation, RigidObject
from isaaclab.envs import ManagerBasedRLEnv
from isaaclab.managers import ManagerTermBase, SceneEntityCfg, TerminationTermCfg


class cube_lifted(ManagerTermBase):
    """The cube's centre has been above a height over the robot's base body for a while.

    The height is LeIsaac 0.4's rule; the dwell is ours, so that a cube that bounces through the height does not count.
    """

    def __init__(self, cfg: TerminationTermCfg, env: ManagerBasedRLEnv):
        super().__init__(cfg, env)
        self._steps_above = torch.zeros(env.num_envs, dtype=torch.long, device=env.device)

    def reset(self, env_ids: torch.Tensor | slice | None = None) -> None:
        """Forget the dwell of environments that start an episode."""
        self._steps_above[slice(None) if env_ids is None else env_ids] = 0

    def __call__(
        self,
        env: ManagerBasedRLEnv,
        min_height: float,
        dwell_s: float,
        base_cfg: SceneEntityCfg,
        cube_cfg: SceneEntityCfg,
    ) -> torch.Tensor:
        """Return whether each environment's task is done. Shape is (N,), bool.

        Args:
            env: The environment.
            min_height: Height of the cube's centre above the base body [m].
            dwell_s: How long it must stay above, without a break [s]; 0 for a single step.
            base_cfg: The robot's base body.
            cube_cfg: The cube.
        """
        robot: Articulation = env.scene[base_cfg.name]
        cube: RigidObject = env.scene[cube_cfg.name]
        height = cube.data.root_pos_w.torch[:, 2] - robot.data.body_pos_w.torch[:, base_cfg.body_ids[0], 2]
        self._steps_above = torch.where(height > min_height, self._steps_above + 1, 0)
        return self._steps_above >= max(1, round(dwell_s / env.step_dt))
