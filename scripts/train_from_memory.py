"""`lerobot-train` with the dataset's videos decoded once, before the first step; it takes the same options."""

if __name__ == "__main__":  # the processes that decode import this file, too
    from lerobot.datasets import factory
    from lerobot.scripts import lerobot_train

    from lerobot_env_leisaac.datasets.in_memory import InMemoryDataset

    factory.LeRobotDataset = InMemoryDataset
    lerobot_train.main()
