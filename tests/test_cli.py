import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated, get_args, get_origin

import pytest
import tyro

from lerobot_env_leisaac import __version__, catalog, cli, resources, units
from lerobot_env_leisaac.assets import files
from lerobot_env_leisaac.cli.options import dataset_folder
from lerobot_env_leisaac.robots.so101.spec import SO101

COMMANDS = ("play", "eval", "record", "check", "replay", "audit", "list", "assets", "doctor")
PLAYED = (
    *("--task", "--episodes", "--num-envs", "--seed", "--units", "--device", "--variation", "--n-action-steps"),
    *("--time-limit", "--rename-map", "--vlm-path", "--cameras", "--physics", "--instruction"),
)
"""Options of the commands that let a policy play."""
LEISAAC = Path(sys.executable).with_name("leisaac")


@pytest.fixture(autouse=True)
def packaged_assets(monkeypatch):
    monkeypatch.delenv(files.ENV_VAR, raising=False)


def run_json(capsys, *arguments: str):
    assert cli.main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_alone_it_prints_the_help(capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main([])
    assert exit_.value.code == 0
    out = capsys.readouterr().out
    for command in COMMANDS:
        assert command in out
    assert "--debug" in out


@pytest.mark.parametrize(
    ("command", "options"),
    (
        (
            "play",
            ("--checkpoint", "--expert", "--video", "--no-video", "--viz", "--plot-actions", "--image-size", *PLAYED),
        ),
        ("eval", ("--checkpoint", "--out", "--resume", "--image-size", "--no-report", "--compare", "--json", *PLAYED)),
        ("record", ("--out", "--resume", "--image-size", "--noise", "--no-video", "--push-to-hub", "--num-envs")),
        ("check", ("--units", "--checkpoint", "--html", "--json")),
        ("replay", ("--episode", "--video", "--device", "--json")),
        ("audit", ("--task", "--units", "--cameras", "--image-size", "--rename-map", "--json")),
        ("list", ("--json",)),
        ("assets", ("--json",)),
        ("doctor", ("--json", "--extension-path")),
    ),
)
def test_every_command_explains_itself(capsys, command, options):
    with pytest.raises(SystemExit) as exit_:
        cli.main([command, "--help"])
    assert exit_.value.code == 0
    out = capsys.readouterr().out
    for option in (*options, "--debug"):
        assert option in out
    opposites = set(re.findall(r"--no-[a-z-]+", out)) - set(options)
    assert not opposites, "a switch needs no opposite"
    assert "None" not in out, "a default is said in words"


OTHER_MEANINGS = {
    "checkpoint": {"check"},  # which compares a dataset with it
    "cameras": {"convert"},
    "overrule": {"convert"},
    "task": {"convert"},
    "units": {"convert", "declare"},
    "instruction": {"convert"},
    "resume": {"convert"},
    "image_size": {"convert"},
    "episodes": {"record"},
    "num_envs": {"record"},
    "no_video": {"record"},
    "video": {"replay"},
    "rename_map": {"replay"},
    "out": {"record", "convert", "units"},
}
"""Options whose name means something else in the commands listed, as in `leisaac units --out my_arm.yaml`."""

OWN_DEFAULTS = {"episodes", "num_envs", "variation"}

HAVE = {
    "task": ("play", "eval", "record", "replay", "audit"),
    "units": ("play", "eval", "record", "replay", "audit", "check"),
    "device": ("play", "eval", "record", "replay"),  # an audit simulates nothing
    "physics": ("play", "eval", "record", "replay"),
    "cameras": ("play", "eval", "record", "replay", "audit"),
    "rename_map": ("play", "eval", "replay", "audit"),  # a demonstrator reads no names
}
"""Commands in which an option makes sense."""


def test_an_option_means_the_same_in_every_command():
    found = {}
    for command, function in cli._COMMANDS.items():
        for name, hint, default in cli.arguments(function):
            kind, *settings = get_args(hint) if get_origin(hint) is Annotated else (hint,)
            name = f"no_{name}" if default is True else name  # as it is written
            texts = {key: value for setting in settings for key, value in _said(setting).items()}
            if command not in OTHER_MEANINGS.get(name, ()) and tyro.conf.Positional not in settings:
                found.setdefault(name, {})[command] = (kind, default, texts)
    shared = {name: commands for name, commands in found.items() if len(commands) > 1}
    assert {"task", "units", "physics", "device", "cameras", "rename_map", "image_size"} <= shared.keys()
    for name, commands in shared.items():
        kinds, defaults, texts = zip(*commands.values(), strict=True)
        assert len(set(kinds)) == 1, (name, kinds)
        assert len(set(defaults)) == 1 or name in OWN_DEFAULTS, (name, defaults)
        assert all(text == texts[0] for text in texts) and texts[0].get("help"), (name, texts)
    for option, commands in HAVE.items():
        assert set(commands) <= found[option].keys() | OTHER_MEANINGS.get(option, set()), option


def _said(setting: object) -> dict[str, str]:
    """Return what the help says of an option, but for its default, which may be said otherwise in each command."""
    return {key: text for key in ("help", "metavar") if (text := getattr(setting, key, None)) is not None}


@pytest.mark.parametrize("own", (None, "active"))
def test_threads_that_wait_leave_the_cores_to_others(own):
    code = (
        "import os, sys; from lerobot_env_leisaac import cli; cli.main(['assets']);"
        "print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    )
    environment = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
    environment |= {} if own is None else {"OMP_WAIT_POLICY": own}
    out = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert out.splitlines()[-1] == f"{own or 'passive'} False", "set too late, or over the user's own choice"


USAGE_ERRORS = {
    "dance": "there is no command 'dance', expected one of play, eval, serve, record, audit, check, replay, convert, "
    "units, declare, list, assets, doctor (see leisaac --help)",
    "plya --episodes 2": "there is no command 'plya', did you mean play? (see leisaac --help)",
    "list --yaml": "there is no option '--yaml' (see leisaac list --help)",
    "list all": "'all' is one argument too many (see leisaac list --help)",
    "play --epsodes=3": "there is no option '--epsodes', did you mean --episodes? (see leisaac play --help)",
    "eval --no_reprot": "there is no option '--no-reprot', did you mean --no-report? (see leisaac eval --help)",
    "audit --checkpoint packaged": "there is no option --checkpoint: write the checkpoint without it"
    " (see leisaac audit --help)",
    "play --episodes few": "--episodes is 'few', expected a whole number (see leisaac play --help)",
    "play --seed 1 --num_envs=1.5": "--num-envs is '1.5', expected a whole number (see leisaac play --help)",
    "play --time-limit long": "--time-limit is 'long', expected a number of seconds (see leisaac play --help)",
    "play --image-size 480 --seed 1": "--image-size is '480', expected two whole numbers, HEIGHT WIDTH"
    " (see leisaac play --help)",
    "eval --compare one": "--compare is 'one', expected DIR DIR (see leisaac eval --help)",
    "replay DIR --episode 1 b": "--episode is '1 b', expected whole numbers (see leisaac replay --help)",
    "play --episodes": "--episodes has no value, expected a whole number (see leisaac play --help)",
    "record --out --seed 1": "--out has no value, expected DIR (see leisaac record --help)",
    "record": "--out is missing, expected DIR (see leisaac record --help)",
    "audit": "checkpoint is missing, expected DIR|ID|packaged (see leisaac audit --help)",
    "check --json": "dataset is missing, expected DIR|ID (see leisaac check --help)",
    "record --vcodec mpeg9": "--vcodec is 'mpeg9', expected av1 or h264 (see leisaac record --help)",
    "audit packaged --overrule units all": "--overrule is 'all', expected images or units (see leisaac audit --help)",
    "play --policy.path=DIR": "--policy.path is no option here: use --checkpoint DIR",
}


@pytest.mark.parametrize("arguments", USAGE_ERRORS)
def test_a_wrong_command_line_is_one_line_with_a_status_of_its_own(capsys, arguments):
    with pytest.raises(SystemExit) as exit_:
        cli.main(arguments.split())
    assert exit_.value.code == 2
    captured = capsys.readouterr()
    assert captured.err == f"leisaac: error: {USAGE_ERRORS[arguments]}\n"
    assert captured.out == ""


def test_list_names_tasks_units_and_where_the_files_are(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    report = run_json(capsys, "list")
    assert report["environments"] == list(catalog.ids())
    assert report["units"] == {name: units.load(name).source for name in units.names()}

    assert cli.main(["list"]) == 0
    out = capsys.readouterr().out
    known = (*catalog.ids(), *units.names(), *report["tasks"]["LiftCube"]["cameras"], "none", *report["checkpoints"])
    for text in (*known, "Lift the red cube up.", str(resources.config_dir() / "units")):
        assert text in out


def test_version_is_the_installed_one(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"leisaac {__version__}\n"


def test_a_dataset_is_found_where_lerobot_keeps_it(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_LEROBOT_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    kept = tmp_path / "me" / "lift"
    (kept / "meta").mkdir(parents=True)
    (kept / "meta" / "info.json").touch()
    assert dataset_folder(Path("me/lift")) == Path("me/lift")
    monkeypatch.chdir("/")
    assert dataset_folder(Path("me/lift")) == kept


LEAVE = """
import atexit, sys
from lerobot_env_leisaac import cli

class Slow:  # what native libraries do after Python's own exit handlers
    def __del__(self):
        print("torn down")

def main():
    atexit.register(print, "exit handlers run")
    return command()

keep, command, cli.main = Slow(), cli.main, main
sys.argv = ["leisaac", *sys.argv[1:]]
cli.script()
"""


@pytest.mark.parametrize(
    ("arguments", "status"), ((["assets"], 0), (["assets", "--yaml"], 2), (["audit", "NO_SUCH"], 1))
)
def test_a_command_leaves_with_its_status_after_its_last_line(arguments, status, tmp_path):
    process = subprocess.run([sys.executable, "-c", LEAVE, *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert process.returncode == status
    assert "torn down" not in process.stdout
    assert (process.stdout or "\n").splitlines()[-1] == "exit handlers run"
    assert process.stderr or status == 0


def test_assets_says_which_file_from_where_and_why(capsys):
    report = run_json(capsys, "assets")
    assert [asset["name"] for asset in report] == [asset.name for asset in catalog.assets()]
    for asset in report:
        assert Path(asset["path"]).is_file()

    assert cli.main(["assets"]) == 0
    out = capsys.readouterr().out
    for asset in report:
        for key in ("name", "path", "source", "reason"):
            assert asset[key] in out


def test_an_error_is_one_line_and_debug_adds_the_traceback(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv(files.ENV_VAR, str(tmp_path))
    assert cli.main(["assets"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("leisaac: error: ")
    assert captured.err.count("\n") == 1
    assert str(tmp_path / SO101.file.leisaac) in captured.err

    assert cli.main(["assets", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_play_refuses_what_it_cannot_do_before_it_builds_anything(capsys, tmp_path):
    folder = tmp_path / "missing"
    for arguments, expected in (
        (["--task", "FoldCloth"], "LiftCube"),
        (["--episodes", "0"], "1 or more"),
        (["--video", str(folder / "out.mp4")], str(folder)),
    ):
        assert cli.main(["play", *arguments]) == 1
        error = capsys.readouterr().err.splitlines()[-1]
        assert error.startswith("leisaac: error: ")
        assert expected in error


def test_the_installed_command_passes_its_status_on(tmp_path):
    environment = {**os.environ, files.ENV_VAR: str(tmp_path)}
    statuses = {
        arguments: subprocess.run([LEISAAC, *arguments], cwd=tmp_path, env=environment, capture_output=True).returncode
        for arguments in (("list",), ("assets",), ("assets", "--yaml"))
    }
    assert list(statuses.values()) == [0, 1, 2]


def test_looking_around_is_quick():
    code = """
import sys
from lerobot_env_leisaac import cli
for command in ("list", "assets"):
    assert cli.main([command]) == 0
assert "torch" not in sys.modules
cli.main(["doctor"])
assert not {"isaaclab", "lerobot", "newton"} & set(sys.modules)
"""
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
