"""``python -m lerobot_env_leisaac.cli``."""

from . import script

if __name__ == "__main__":  # writing processes import this module again
    script()
