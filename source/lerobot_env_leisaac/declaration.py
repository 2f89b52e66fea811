"""The files in which a checkpoint or a dataset declares its units, among what else nothing of LeRobot's says."""

from pathlib import Path

OF_CHECKPOINT = "leisaac.json"
"""A file beside a checkpoint's ``config.json``: its unit convention under ``units``, for when its dataset is not at
hand, and perhaps height and width [px] of the images that it was trained on, under ``cameras``, and what it was trained
to do, under ``task`` and ``instruction``."""

OF_DATASET = Path("meta") / OF_CHECKPOINT
"""Place of the same in a dataset, where `leisaac record` writes its whole manifest."""
