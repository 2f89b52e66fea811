"""Statistics of images: those of all pixels where `leisaac record` counts them, checked and repaired."""

import json
import shutil

import numpy as np
import pytest
from lerobot.datasets.compute_stats import RunningQuantileStats

from lerobot_env_leisaac import cli, units
from lerobot_env_leisaac.datasets import pixel_counts, shards
from lerobot_env_leisaac.datasets.check import check_dataset
from lerobot_env_leisaac.datasets.manifest import Manifest, RecordedEpisode
from lerobot_env_leisaac.datasets.pixel_counts import QUANTILES
from lerobot_env_leisaac.datasets.row_statistics import RowStatistics
from lerobot_env_leisaac.datasets.shards import Demonstration, Place
from lerobot_env_leisaac.datasets.writer import _features
from lerobot_env_leisaac.robots.so101.spec import SO101

FRONT = "observation.images.front"
STATS = "meta/stats.json"
LENGTH = 12


def append(root, demonstrate, number: int, vcodec: str | None = None) -> np.ndarray:
    """Append one episode to a recording, each brighter than the one before; return its frames."""
    made = demonstrate(number, LENGTH)
    frames = (made.images["front"] // 4 + 70 * number).astype(np.uint8)
    shard = Demonstration(number, True, "Lift.", made.state, made.action, {"front": frames}, {})
    (root / shards.SCRATCH).mkdir(parents=True, exist_ok=True)
    place = Place(number, number * LENGTH, number)
    episodes = [RecordedEpisode(index, index, LENGTH, True, {}) for index in range(number + 1)]
    manifest = Manifest(
        "LiftCube",
        "LeIsaac-SO101-LiftCube-SmolVLA-v0",
        units.load("degrees"),
        seed=0,
        fps=30,
        cameras={"front": (96, 128)},
        video=vcodec is not None,
        episodes=episodes,
    )
    folder, _ = shards.write(
        root / shards.SCRATCH / "shard", place, SO101.lerobot_type, 30, _features(manifest, SO101), vcodec, [shard]
    )
    shards.append(folder, root, manifest, RowStatistics.of(root))
    shutil.rmtree(root / shards.SCRATCH, ignore_errors=True)
    return frames


@pytest.fixture(scope="module")
def recorded(tmp_path_factory, demonstrate):
    """A recording of three episodes with a video, and its frames; copy it before you change it."""
    root = tmp_path_factory.mktemp("recorded") / "dataset"
    return root, np.concatenate([append(root, demonstrate, number, "h264") for number in range(3)])


@pytest.fixture
def dataset(recorded, tmp_path):
    return shutil.copytree(recorded[0], tmp_path / "dataset")


def stored(root) -> dict:
    return {name: np.ravel(value) for name, value in json.loads((root / STATS).read_text())[FRONT].items()}


def edit(root, name: str, change) -> None:
    content = json.loads((root / STATS).read_text())
    content[FRONT][name] = change(np.array(content[FRONT][name])).tolist()
    (root / STATS).write_text(json.dumps(content))


def finding(root):
    return {each.check: each for each in check_dataset(root).findings}["image statistics"]


def of_pixels(frames) -> dict:
    pixels = frames.reshape(-1, 3) / 255
    named = {"min": pixels.min(0), "max": pixels.max(0), "mean": pixels.mean(0), "std": pixels.std(0)}
    return named | {
        name: np.quantile(pixels, share, axis=0, method="inverted_cdf") for name, share in QUANTILES.items()
    }


def test_a_recording_that_went_on_has_the_statistics_of_all_its_pixels(recorded):
    root, frames = recorded
    for name, value in of_pixels(frames).items():
        np.testing.assert_allclose(stored(root)[name], value, atol=1e-6, err_msg=name)
    assert stored(root)["count"] == [len(frames) * 96 * 128]
    averaged = []
    for episode in np.split(frames, 3):
        running = RunningQuantileStats()
        running.update(episode.reshape(-1, 3))
        averaged.append(running.get_statistics()["q90"] / 255)
    assert (np.abs(np.mean(averaged, axis=0) - stored(root)["q90"]) > 0.1).any(), "what LeRobot would have stored"
    assert finding(root).level == "ok" and "36 frames a camera" in finding(root).verdict


def test_a_recording_of_an_earlier_version_goes_on_with_lerobots(demonstrate, tmp_path):
    append(tmp_path, demonstrate, 0)
    (tmp_path / pixel_counts.PATH).unlink()
    append(tmp_path, demonstrate, 1)
    assert not (tmp_path / pixel_counts.PATH).exists()
    assert finding(tmp_path).level == "ok" and "LeRobot's averaged quantiles" in finding(tmp_path).verdict


@pytest.mark.parametrize(
    ("name", "change", "level"),
    [
        ("mean", lambda value: value + 0.3, "error"),
        ("mean", lambda value: value / 255, "error"),
        ("mean", lambda value: 255 * value, "error"),
        ("mean", lambda value: value[:1], "error"),
        ("std", lambda value: 3 * value, "error"),
        ("std", lambda value: -value, "error"),
        ("min", lambda value: value + 0.3, "error"),
        ("max", lambda value: value / 2, "error"),
        ("q01", lambda value: value + 0.3, "warning"),
        ("q50", lambda value: value + 0.3, "warning"),
        ("q99", lambda value: value / 2, "warning"),
    ],
)
def test_what_is_not_that_of_the_frames_is_found_and_repaired(dataset, recorded, capsys, name, change, level):
    edit(dataset, name, change)
    found = finding(dataset)
    assert found.level == level and f"{name} of {FRONT}" in found.verdict and "--repair-stats" in found.verdict
    assert cli.main(["check", str(dataset), "--repair-stats"]) == 0
    assert f"statistics rewritten: {FRONT}\n" in capsys.readouterr().err
    for key, value in of_pixels(recorded[1]).items():
        np.testing.assert_allclose(stored(dataset)[key], value, atol=1e-6, err_msg=key)
    assert finding(dataset).level == "ok"


@pytest.mark.parametrize(
    "counts", ["", "[]", '{"rows": 35, "pixels": {}}', '{"rows": 36, "pixels": {"a": [[1]]}}', None]
)
def test_counts_that_are_not_of_this_dataset_are_not_believed(dataset, counts, capsys):
    """What another tool leaves behind: statistics of images are LeRobot's then, put together from the episodes'."""
    path = dataset / pixel_counts.PATH
    path.unlink() if counts is None else path.write_text(counts)
    edit(dataset, "mean", lambda value: value + 0.3)
    before = stored(dataset)
    assert finding(dataset).level == "error"
    assert cli.main(["check", str(dataset), "--repair-stats"]) == 0
    assert f"statistics rewritten: {FRONT}\n" in capsys.readouterr().err
    np.testing.assert_allclose(stored(dataset)["mean"], before["mean"] - 0.3, atol=1e-6)
    assert "averaged" in finding(dataset).verdict
    if counts:
        assert path.read_text() == counts


@pytest.mark.parametrize(
    "damage",
    [
        None,
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b"7",
        b'{"action": 5}',
        b'{"action": []}',
        b'{"action": {"mean": "x"}}',
        b'{"action": {"mean": [[1, 2], [3]]}}',
        b'{"action": {"mean": {"a": 1}}}',
        b"[" * 100_000,
    ],
)
def test_a_file_of_statistics_that_is_damaged_or_missing_is_written_anew(dataset, capsys, damage):
    path, before = dataset / STATS, json.loads((dataset / STATS).read_text())
    path.unlink()
    if damage is not None:
        path.write_bytes(damage)
        assert cli.main(["check", str(dataset)]) == 1
        error = capsys.readouterr().err.strip()
        assert error.startswith("leisaac: error: ") and "\n" not in error and "--repair-stats" in error
    assert cli.main(["check", str(dataset), "--repair-stats"]) == 0
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "statistics rewritten" in line]
    assert all(name in line for name in ("observation.state", "action", FRONT))
    after = json.loads(path.read_text())
    for feature, known in before.items():
        for name, value in known.items():
            np.testing.assert_allclose(after[feature][name], value, atol=1e-6, err_msg=f"{name} of {feature}")
    aside = dataset / "meta" / "stats.damaged.json"
    assert aside.exists() == (damage is not None)
    if damage is not None:
        assert aside.read_bytes() == damage and str(aside) in line
        path.write_text("[")
        assert cli.main(["check", str(dataset), "--repair-stats"]) == 0
        assert (aside.read_bytes(), aside.with_name("stats.damaged2.json").read_text()) == (damage, "[")


def test_colours_that_a_codec_smears_are_no_other_statistics(demonstrate, tmp_path):
    """Thin bars: h264 keeps colour for two by two pixels, so that a tenth of them is of another blue."""
    made = demonstrate(0, LENGTH)
    frames = np.zeros((LENGTH, 96, 128, 3), np.uint8)
    frames[:, :, ::8] = (40, 80, 200)
    frames[:, :, 4::8] = (200, 60, 40)
    shard = Demonstration(0, True, "Lift.", made.state, made.action, {"front": frames}, {})
    (tmp_path / shards.SCRATCH).mkdir()
    manifest = Manifest(
        "LiftCube",
        "LeIsaac-SO101-LiftCube-SmolVLA-v0",
        units.load("degrees"),
        seed=0,
        fps=30,
        cameras={"front": (96, 128)},
        episodes=[RecordedEpisode(0, 0, LENGTH, True, {})],
    )
    arguments = (Place(), SO101.lerobot_type, 30, _features(manifest, SO101), "h264", [shard])
    folder, _ = shards.write(tmp_path / shards.SCRATCH / "shard", *arguments)
    shards.append(folder, tmp_path, manifest, RowStatistics.of(tmp_path))
    assert "q90" not in finding(tmp_path).verdict, finding(tmp_path).verdict
