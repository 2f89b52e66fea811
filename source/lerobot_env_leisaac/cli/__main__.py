"""``python -m lerobot_env_leisaac.cli``."""

import sys

from . import main

sys.exit(main())
