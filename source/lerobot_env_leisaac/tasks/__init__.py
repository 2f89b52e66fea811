"""The tasks; :mod:`lerobot_env_leisaac.catalog` finds them by name or id."""
