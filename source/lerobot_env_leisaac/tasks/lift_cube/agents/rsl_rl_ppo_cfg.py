"""PPO on the state observations, with RSL-RL."""

from isaaclab.utils import configclass

from lerobot_env_leisaac.tasks.common.rsl_rl_ppo_cfg import PPORunnerCfg


@configclass
class LiftCubePPORunnerCfg(PPORunnerCfg):
    """Learns to lift the cube."""

    experiment_name = "leisaac_lift_cube"
