"""`lerobot-train` with the dataset's videos decoded once, before the first step; it takes the same options."""

from lerobot.datasets import factory
from lerobot.scripts import lerobot_train

from lerobot_env_leisaac.datasets.in_memory import InMemoryDataset

factory.LeRobotDataset = InMemoryDataset

if __name__ == "__main__":
    lerobot_train.main()
