"""Somebody else's dataset reads, writes and fetches nothing outside of its folder, and a command says what is wrong."""

import json
import os
import re
import shutil
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lerobot_env_leisaac import cli, folders, units
from lerobot_env_leisaac.datasets import shards
from lerobot_env_leisaac.datasets.declare import declare
from lerobot_env_leisaac.datasets.manifest import Manifest
from lerobot_env_leisaac.datasets.open import open_dataset
from lerobot_env_leisaac.evaluation import folder as evaluations
from lerobot_env_leisaac.evaluation.compare import compare_folders
from lerobot_env_leisaac.evaluation.episode_log import read_episodes
from lerobot_env_leisaac.evaluation.examples import Example
from lerobot_env_leisaac.evaluation.video import VideoFile
from lerobot_env_leisaac.html_report import HtmlReport
from lerobot_env_leisaac.json_files import write_json
from lerobot_env_leisaac.printable import printable
from lerobot_env_leisaac.writable import replaced


@pytest.fixture
def home(tmp_path):
    """Somebody's own files, beside the dataset."""
    folder = tmp_path / "home"
    (folder / "keys").mkdir(parents=True)
    for name in ("thesis.txt", "keys/authorized_keys", "secret.md"):
        (folder / name).write_text("mine")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def link(name, target):
    """Return what puts a link to something of the user's into a dataset; a file of its own moves aside."""

    def put(root, home):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(root / name):
            (root / name).rename(root.parent / "aside")
        (root / name).symlink_to(home / target)

    return put


def pipe(name):
    def put(root, _):
        (root / name).unlink(missing_ok=True)
        os.mkfifo(root / name)

    return put


def commit(root, home):
    (root / ".recording/commit/extra").mkdir(parents=True)
    (root / ".recording/commit/extra/authorized_keys").write_text("evil")
    (root / "extra").symlink_to(home / "keys")


LEADS_OUT = {
    "manifest": (link("meta/leisaac.json", "thesis.txt"), "leisaac.json is a link that leads out"),
    "statistics": (link("meta/stats.json", "/dev/zero"), "stats.json is a link that leads out"),
    "info": (link("meta/info.json", "thesis.txt"), "info.json is a link that leads out"),
    "text": (link("README.md", "secret.md"), "README.md is a link that leads out"),
    "notes": (link("meta/notes.txt", "secret.md"), "notes.txt is a link that leads out"),
    "videos": (link("videos", "keys"), "videos is a link that leads out"),
    "rows": (link("data/chunk-000/file-000.parquet", "thesis.txt"), "parquet is a link that leads out"),
    "nowhere": (link("meta/new.json", "not/there"), "new.json is a link that leads out"),
    "lock": (link(".lock", "thesis.txt"), ".lock is a link that leads out"),
    "scratch": (link(".recording", "keys"), ".recording is a link that leads out"),
    "moved": (commit, "extra is a link that leads out"),
    "lock_pipe": (pipe(".lock"), ".lock is neither a file nor a folder"),
    "manifest_pipe": (pipe("meta/leisaac.json"), "leisaac.json is neither a file nor a folder"),
    "info_pipe": (pipe("meta/x.json"), "x.json is neither a file nor a folder"),
}

COMMANDS = [
    "check {root}",
    "check {root} --repair-stats",
    "convert {root} --units radians --out {out}",
    "convert {root} --to hdf5 --task LiftCube --source-units degrees --out {out}.hdf5",
    "declare {root} --units radians --replace",
    "declare {root} --original {root}",
    "replay {root}",
    "record --out {root} --resume",
]


@pytest.mark.parametrize("put, message", LEADS_OUT.values(), ids=LEADS_OUT)
def test_nothing_leads_out_of_a_dataset(video_dataset, home, tmp_path, capsys, put, message):
    declare(video_dataset, units.load("degrees"))
    put(video_dataset, home)
    before, own = contents(home), contents(video_dataset)
    for command in COMMANDS:
        words = command.format(root=video_dataset, out=tmp_path / "out").split()
        assert cli.main(words) == 1, command
        said = capsys.readouterr()
        assert re.search(message, said.err) or "no dataset in" in said.err, (command, said.err)
        assert said.err.count("\n") == 1 and not said.out
        assert not (tmp_path / "out").exists()
    assert contents(home) == before and contents(video_dataset) == own


def test_what_a_kill_left_is_moved_to_the_dataset_alone(video_dataset, home):
    commit(video_dataset, home)
    with pytest.raises(ValueError, match="extra is a link that leads out"):
        shards.recover(video_dataset)
    (video_dataset / "extra").unlink()
    with pytest.raises(ValueError, match="authorized_keys is no part of a dataset"):
        shards.recover(video_dataset)
    shutil.rmtree(video_dataset / ".recording")
    (video_dataset / ".recording").symlink_to("meta")
    with pytest.raises(ValueError, match="recording is a link"):
        shards.recover(video_dataset)
    assert (home / "keys/authorized_keys").read_text() == "mine" and open_dataset(video_dataset)


def test_the_hubs_cache_is_a_dataset(video_dataset, tmp_path, capsys):
    snapshot, blobs = tmp_path / "datasets--me--lift/snapshots/0a1b", tmp_path / "datasets--me--lift/blobs"
    blobs.mkdir(parents=True)
    for number, path in enumerate(path for path in sorted(video_dataset.rglob("*")) if path.is_file()):
        (snapshot / path.relative_to(video_dataset)).parent.mkdir(parents=True, exist_ok=True)
        path.rename(blobs / str(number))
        (snapshot / path.relative_to(video_dataset)).symlink_to(
            os.path.relpath(blobs / str(number), (snapshot / path.relative_to(video_dataset)).parent)
        )
    before = contents(blobs)
    assert cli.main(["declare", str(snapshot), "--units", "degrees"]) == 0
    assert cli.main(["check", str(snapshot), "--repair-stats"]) == 0
    assert cli.main(["convert", str(snapshot), "--units", "radians", "--out", str(tmp_path / "out")]) == 0
    assert contents(blobs) == before
    assert not any(path.is_symlink() for path in (tmp_path / "out").rglob("*"))


def edit_info(**changes):
    def change(root):
        info = json.loads((root / "meta/info.json").read_text())
        (root / "meta/info.json").write_text(json.dumps(info | changes))

    return change


def write_text(name, text):
    return lambda root: (root / name).write_text(text)


def play_list(root):
    video = sorted(root.glob("videos/*/*/*.mp4"))[0]
    shutil.move(video, video.with_name("other.mp4"))
    video.write_text("ffconcat version 1.0\nfile other.mp4\n")


def camera_above(root):
    info = json.loads((root / "meta/info.json").read_text())
    info["features"]["../../evil"] = info["features"].pop("observation.images.front")
    (root / "meta/info.json").write_text(json.dumps(info))


def place_as_text(root):
    path = next(root.glob("meta/episodes/*/*.parquet"))
    table = pq.read_table(path)
    column = table.schema.get_field_index("data/chunk_index")
    pq.write_table(table.set_column(column, "data/chunk_index", pa.array(["../.."] * len(table))), path)


def rows_that_unpack_to_a_gigabyte(root):
    path = next(root.glob("data/*/*.parquet"))
    schema = pq.read_schema(path)
    zeros = pa.array(np.zeros(2**20, np.int64))
    with pq.ParquetWriter(path, pa.schema([(f"column_{i}", pa.int64()) for i in range(len(schema))])) as writer:
        for _ in range(16):
            writer.write_table(pa.table([zeros] * len(schema), writer.schema))


DEEP = "[" * 100_000 + "]" * 100_000
PATH = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
UNSOUND = {
    "video_elsewhere": (edit_info(video_path=f"../video/{PATH}"), "'../video/.* is no path inside of its folder"),
    "data_elsewhere": (edit_info(data_path="/data/{chunk_index:03d}.parquet"), "is no path inside of its folder"),
    "attribute": (edit_info(data_path="{chunk_index.__class__.__mro__}"), "data_path has the field chunk_index.__cl"),
    "width": (edit_info(video_path="{video_key:999999999}"), "video_path has the field video_key"),
    "conversion": (edit_info(video_path="{video_key!r}"), "video_path has the field video_key"),
    "unbalanced": (edit_info(video_path="{video_key"), "info.json describes no dataset: "),
    "no_text": (edit_info(video_path=3), "info.json describes no dataset: "),
    "text_for_a_number": (place_as_text, "does not say which files there are"),
    "camera": (camera_above, "'../../evil' is no path inside of its folder"),
    "play_list": (play_list, r"file-000\.mp4 is no MP4 video"),
    "bomb": (rows_that_unpack_to_a_gigabyte, r"parquet would be [\d,]{11,} bytes in memory, 200 times its size"),
    "deep_info": (write_text("meta/info.json", f'{{"codebase_version": {DEEP}}}'), "info.json is nested too deeply"),
    "deep_manifest": (write_text("meta/leisaac.json", DEEP), "leisaac.json is nested too deeply"),
    "deep_statistics": (
        write_text("meta/stats.json", f'{{"a": {DEEP}}}'),
        r"stats.json is damaged \(is nested too deeply",
    ),
    "many_episodes": (edit_info(total_episodes=10**9), "counts 1000000000 episodes, .* has 3"),
    "episodes": (edit_info(total_episodes="3"), "total_episodes is 3, expected a whole number"),
    "fps": (edit_info(fps=10**400), "fps is 10000"),
    "no_fps": (edit_info(fps=None), "fps is None, expected a number"),
}


@pytest.mark.parametrize("change, message", UNSOUND.values(), ids=UNSOUND)
def test_what_no_lerobot_wrote_is_refused_in_one_line(video_dataset, tmp_path, capsys, change, message):
    change(video_dataset)
    out = tmp_path / "out"
    for command in (["check"], ["convert", "--units", "radians", "--source-units", "degrees", "--out", str(out)]):
        assert cli.main([command[0], str(video_dataset), *command[1:]]) == 1
        said = capsys.readouterr()
        assert re.search(message, said.err) and said.err.count("\n") == 1, said.err
        assert len(said.err) < 600 and not out.exists()


@pytest.mark.parametrize("name", ["meta/info.json", "meta/leisaac.json"])
def test_nothing_is_declared_of_what_cannot_be_read(video_dataset, capsys, name):
    (video_dataset / name).write_text(DEEP)
    before = contents(video_dataset)
    assert cli.main(["declare", str(video_dataset), "--units", "degrees"]) == 1
    assert f"{name} is nested too deeply" in capsys.readouterr().err
    assert contents(video_dataset) == before


def test_no_address_that_a_dataset_names_is_opened(image_dataset, capsys):
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for path in image_dataset.glob("data/*/*.parquet"):
        table = pq.read_table(path)
        column = table.schema.get_field_index("observation.images.front")
        images = table.column(column).to_pylist()
        images[0] = {"bytes": None, "path": f"http://127.0.0.1:{server.server_port}/image.png"}
        pq.write_table(table.set_column(column, table.field(column), pa.array(images, table.field(column).type)), path)
    try:
        assert cli.main(["check", str(image_dataset)]) == 1
    finally:
        server.shutdown()
    assert "name files in place of the images of observation.images.front" in capsys.readouterr().err
    assert not asked


def test_a_dataset_is_not_copied_into_itself(video_dataset, capsys):
    before = contents(video_dataset)
    (inner := video_dataset.parent / "link").symlink_to(video_dataset)
    for out in (video_dataset / "videos/new", inner / "new"):
        words = ["convert", str(video_dataset), "--units", "radians", "--source-units", "degrees", "--out", str(out)]
        assert cli.main(words) == 1
        assert "lies inside of the dataset" in capsys.readouterr().err
    assert contents(video_dataset) == before


def write_video(path):
    with VideoFile(path, 30) as video:
        video.append(np.zeros((32, 32, 3), np.uint8))


def write_example(path):
    Example(0, True, np.zeros((1, 6)), np.zeros((1, 6)), {}, np.zeros(1)).write(path)


WRITERS = {
    "json": (lambda path: write_json({}, path), "a.json"),
    "manifest": (
        lambda path: Manifest("LiftCube", "X-v0", units.load("radians"), 0, 30, {}).write(path.parent.parent),
        "meta/leisaac.json",
    ),
    "report": (lambda path: HtmlReport("title").write(path), "report.html"),
    "video": (write_video, "film.mp4"),
    "example": (write_example, "examples/0.npz"),
}


@pytest.mark.parametrize("write, name", WRITERS.values(), ids=WRITERS)
def test_a_file_is_written_through_no_link(tmp_path, home, write, name):
    path = tmp_path / "foreign" / name
    path.parent.mkdir(parents=True)
    guesses = [f"{path.name}.tmp", f"{path.stem}.tmp{path.suffix}", f"{path.stem}.part{path.suffix}", path.name]
    for guess in guesses:
        if not os.path.lexists(path.parent / guess):
            (path.parent / guess).symlink_to(home / "thesis.txt")
    write(path)
    assert path.is_file() and not path.is_symlink()
    assert (home / "thesis.txt").read_text() == "mine"
    assert {each.name for each in path.parent.iterdir()} <= {*guesses}


def test_a_file_of_its_own_is_new_and_as_readable_as_any(tmp_path):
    with replaced(tmp_path / "a.txt") as file:
        file.write_text("a")
    (tmp_path / "b.txt").touch()
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "b.txt").stat().st_mode


def test_an_evaluation_of_somebody_else_leads_nowhere(tmp_path, home):
    folder = tmp_path / "evaluation"
    folder.mkdir()
    (folder / evaluations.EPISODES).symlink_to(home / "thesis.txt")
    with pytest.raises(ValueError, match=r"episodes\.jsonl is a link that leads out"):
        compare_folders(folder, folder)
    (folder / evaluations.EPISODES).unlink()
    os.mkfifo(folder / evaluations.CONFIG)
    with pytest.raises(ValueError, match=r"config\.json is neither a file nor a folder"):
        compare_folders(folder, folder)


def test_an_evaluation_of_somebody_else_fits_into_memory(tmp_path):
    np.savez_compressed(tmp_path / "success.npz", states=np.zeros((2**26, 1)))
    with pytest.raises(ValueError, match=r"success.npz would be 536,\d+,\d+ bytes, as no example is"):
        Example.read(tmp_path / "success.npz")
    with open(tmp_path / "episodes.jsonl", "wb") as file:
        file.truncate(2**40)  # takes no room
    with pytest.raises(ValueError, match=r"episodes.jsonl has more than 1,073,741,824 bytes"):
        read_episodes(tmp_path / "episodes.jsonl")


def test_links_inside_of_a_folder_are_its_own(tmp_path):
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/c").touch()
    (tmp_path / "a/d").symlink_to("b/c")
    (tmp_path / "a/e").symlink_to("b")
    (tmp_path / "a/f").symlink_to("not there")
    folders.require_own_files(tmp_path / "a")
    (tmp_path / "a/b/c").unlink()
    (tmp_path / "a/b/c").symlink_to(tmp_path / "x")  # by which the other one leads out too
    with pytest.raises(ValueError, match="is a link that leads out of"):
        folders.require_own_files(tmp_path / "a")


def test_no_name_commands_the_terminal(video_dataset, tmp_path, capsys):
    evil = "\x1b[2J\u202egnp\udcff\x07"
    assert (
        printable(evil) == r"\x1b[2J\u202egnp\udcff\x07" and printable("Größe\t1\n日本 👩‍🔬") == "Größe\t1\n日本 👩‍🔬"
    )
    root = video_dataset.rename(tmp_path / "a\x1b[2J")
    edit_info(robot_type="so101_\x1b[31m")(root)
    (root / "meta/stats.json").write_text("{}")
    for words in (["check", str(root)], ["check", str(root), "--repair-stats"], ["check", f"{root}\x1b[H"]):
        cli.main(words)
    cli.main(
        ["convert", str(root), "--units", "radians", "--source-units", "degrees", "--out", str(tmp_path / "\x1bo")]
    )
    cli.main(["declare", str(root), "--units", "degrees"])
    said = "".join(capsys.readouterr())
    assert "\x1b" not in said and r"\x1b[2J" in said
