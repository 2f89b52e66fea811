"""What is uploaded of a dataset's folder."""

from huggingface_hub.utils import filter_repo_objects
from lerobot.datasets.lerobot_dataset import LeRobotDataset

from lerobot_env_leisaac.datasets import hub


def test_neither_decoded_frames_nor_scratch_are_uploaded(video_dataset, monkeypatch):
    for extra in (".frames", ".recording", "notes"):
        (video_dataset / extra).mkdir()
        (video_dataset / extra / "large.npy").write_bytes(b"0" * 100)
    uploaded = set()

    def push_to_hub(self, *, allow_patterns=None, **_):
        files = [str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()]
        uploaded.update(filter_repo_objects(files, allow_patterns=allow_patterns))  # as upload_folder chooses

    monkeypatch.setattr(LeRobotDataset, "push_to_hub", push_to_hub)
    hub.push(video_dataset, "me/lift")
    assert {path.split("/")[0] for path in uploaded} == {"meta", "data", "videos"}
    assert "meta/info.json" in uploaded
