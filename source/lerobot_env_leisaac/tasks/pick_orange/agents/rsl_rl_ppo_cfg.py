"""PPO on the state observations, with RSL-RL."""

from isaaclab.utils import configclass

from lerobot_env_leisaac.tasks.common.rsl_rl_ppo_cfg import PPORunnerCfg


@configclass
class PickOrangePPORunnerCfg(PPORunnerCfg):
    """Learns to bring oranges to the plate."""

    experiment_name = "leisaac_pick_orange"
