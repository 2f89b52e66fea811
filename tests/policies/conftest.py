import checkpoints
import pytest
import torch


@pytest.fixture(scope="package", autouse=True)
def one_thread():
    """Tiny policies gain nothing from threads, and lose a hundredfold where other processes hold the cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def vlm(tmp_path_factory):
    return checkpoints.make_vlm(tmp_path_factory.mktemp("vlm"))


@pytest.fixture(scope="session")
def act(tmp_path_factory):
    return checkpoints.make_act(tmp_path_factory.mktemp("act"))


@pytest.fixture(scope="session")
def smolvla(tmp_path_factory, vlm):
    return checkpoints.make_smolvla(tmp_path_factory.mktemp("smolvla"), vlm)


@pytest.fixture
def no_datasets(monkeypatch, tmp_path):
    """LeRobot's own folder of datasets, empty."""
    from lerobot_env_leisaac.policies import training_data

    monkeypatch.setattr(training_data, "HF_LEROBOT_HOME", tmp_path / "home")
    return tmp_path / "home"
