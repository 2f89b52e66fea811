"""The dataset that a checkpoint was trained on."""

from lerobot.datasets import utils

from lerobot_env_leisaac.policies import training_data


def test_files_have_the_names_that_lerobot_gives_them():
    names = (training_data.INFO_PATH, training_data.STATS_PATH, training_data.TASKS_PATH)
    assert names == (utils.INFO_PATH, utils.STATS_PATH, utils.DEFAULT_TASKS_PATH)
