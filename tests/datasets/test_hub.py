"""What is uploaded of a dataset's folder."""

from huggingface_hub import HfApi

from lerobot_env_leisaac.datasets import hub


def test_neither_decoded_frames_nor_scratch_are_uploaded(video_dataset, monkeypatch):
    for extra in (".frames", ".recording", "notes"):
        (video_dataset / extra).mkdir()
        (video_dataset / extra / "large.npy").write_bytes(b"0" * 100)
    uploaded = set()

    def upload_folder(self, *, folder_path, allow_patterns=None, ignore_patterns=None, **_):
        from huggingface_hub.utils import filter_repo_objects

        files = [str(path.relative_to(folder_path)) for path in video_dataset.rglob("*") if path.is_file()]
        uploaded.update(filter_repo_objects(files, allow_patterns=allow_patterns, ignore_patterns=ignore_patterns))

    monkeypatch.setattr(HfApi, "create_repo", lambda *_, **__: None)
    monkeypatch.setattr(HfApi, "upload_folder", upload_folder)
    monkeypatch.setattr(HfApi, "file_exists", lambda *_, **__: True)
    monkeypatch.setattr(HfApi, "delete_tag", lambda *_, **__: None)
    monkeypatch.setattr(HfApi, "create_tag", lambda *_, **__: None)
    hub.push(video_dataset, "me/lift")
    assert {path.split("/")[0] for path in uploaded} == {"meta", "data", "videos"}
    assert "meta/info.json" in uploaded
