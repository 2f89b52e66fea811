"""Lift a red cube from the table."""

SPECS = (
    {
        "id": "LeIsaac-SO101-LiftCube-v0",
        "entry_point": "lerobot_env_leisaac.envs.make:make_episodic_env",
        "disable_env_checker": True,
        "order_enforce": False,
        "kwargs": {
            "env_cfg_entry_point": f"{__name__}.env_cfg:LiftCubeEnvCfg",
            "rsl_rl_cfg_entry_point": f"{__name__}.agents.rsl_rl_ppo_cfg:LiftCubePPORunnerCfg",
            "default_agent": "rsl_rl",
        },
    },
    {
        "id": "LeIsaac-SO101-LiftCube-SmolVLA-v0",
        "entry_point": "lerobot_env_leisaac.envs.make:make_lerobot_env",
        "disable_env_checker": True,
        "order_enforce": False,
        "kwargs": {
            "env_cfg_entry_point": f"{__name__}.env_cfg:LiftCubeSmolVLAEnvCfg",
            "default_agent": "lerobot",
        },
    },
)
"""Arguments of :func:`gymnasium.register`, one entry for each id.

Gymnasium's wrappers hide ``single_observation_space`` and the like, so both are off: the environment checks the order
of calls itself, and Gymnasium's checker does not know batches of tensors.
"""
