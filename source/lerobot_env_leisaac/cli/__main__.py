"""``python -m lerobot_env_leisaac.cli``."""

import sys

from . import main

if __name__ == "__main__":  # writing processes import this module again
    sys.exit(main())
