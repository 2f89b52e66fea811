"""Variation files: what they may hold, what they change in a configuration, what is refused and how."""

import dataclasses
import json
import types

import gymnasium as gym
import pytest
import warp as wp
from isaaclab_tasks.utils.hydra import resolve_task_config

from lerobot_env_leisaac import cli
from lerobot_env_leisaac.tasks.common import variations
from lerobot_env_leisaac.tasks.common.apply_variation import apply_variation
from lerobot_env_leisaac.tasks.common.surfaces import _shapes_by_environment

ID = "LeIsaac-SO101-LiftCube-SmolVLA-v0"


def resolve(*overrides: str):
    return resolve_task_config(ID, None, overrides=overrides)[0]


def write(folder, text: str):
    path = folder / "mine.yaml"
    path.write_text(f"description: mine\n{text}\n")
    return path


def test_the_packaged_variations_are_valid_and_listed(capsys):
    assert {"camera_5mm", "light_half", "cube_blue", "latency_2", "demonstrations", "robust"} <= set(variations.names())
    assert cli.main(["list"]) == 0
    listed = capsys.readouterr().out
    for name in variations.names():
        variation = variations.load(name)
        assert variation.name == name and variation.description
        apply_variation(resolve(*["presets=real"] * bool(variation.surfaces)), variation)
        assert name in listed


def test_training_covers_the_camera_offsets_and_lights_that_are_tested():
    robust = variations.load("robust")
    for name in ("camera_5mm", "camera_10mm", "camera_20mm", "light_half", "light_double"):
        tested = variations.load(name)
        for field in ("camera_offset_mm", "light_intensity"):
            low, high = getattr(robust, field)
            assert low <= getattr(tested, field)[0] <= high, f"{name} is outside of robust's {field}"


def test_a_number_is_fixed_and_a_pair_is_a_range(tmp_path):
    variation = variations.load(write(tmp_path, "camera_offset_mm: 5\nlight_intensity: [0.5, 2]"))
    assert variation.name == "mine"
    assert variation.camera_offset_mm == (5, 5)
    assert variation.light_intensity == (0.5, 2)
    assert variation.friction == (1, 1), "what a file leaves out does not change"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("camera_ofset_mm: 5", r"unknown camera_ofset_mm; expected some of .*camera_offset_mm.*start_pose_deg"),
        ("camera_offset_mm: far", r"camera_offset_mm: expected a number or \[low, high\], from 0 to 200, found 'far'"),
        ("camera_offset_mm: -5", r"camera_offset_mm: expected .* from 0 to 200, found -5"),
        ("camera_offset_mm: [1, 2, 3]", r"camera_offset_mm: expected a number or \[low, high\].*found \[1, 2, 3\]"),
        ("camera_offset_mm: [20, 5]", r"camera_offset_mm: expected .*found \[20, 5\]"),
        ("light_intensity: .nan", "light_intensity: expected .*found nan"),
        ("light_intensity: true", "light_intensity: expected .*found True"),
        ("friction:", "friction: expected .*found None"),
        ("latency_steps: 1.5", r"latency_steps: expected a whole number or \[low, high\].*found 1.5"),
        ("cube_scale: [0.8, 1.2]", r"cube_scale: expected one number \(objects are built once\).*found \[0.8, 1.2\]"),
        ("cube_color: blue", "cube_color: expected three numbers from 0 to 1, found 'blue'"),
        ("cube_color: [0, 0, 255]", r"cube_color: expected three numbers from 0 to 1, found \[0, 0, 255\]"),
        ("objects: cube", r"objects: expected names of objects, each with some of color, .*mass, found 'cube'"),
        ("objects: {1: {mass: 2}}", r"objects: expected names of objects.*found \{1: \{'mass': 2\}\}"),
        ('objects: {"a\\nb": {mass: 2}}', "objects: expected names of objects.*found"),
        ("objects: {cube: 2}", "objects.cube: expected a mapping with some of color, .*, found 2"),
        ("objects: {cube: {}}", r"objects.cube: expected a mapping with some of color, .*, found \{\}"),
        ("objects: {cube: {object_mass: 2}}", "objects.cube: unknown object_mass; expected some of color, .*mass$"),
        ("objects: {cube: {mass: 0}}", r"objects.cube.mass: expected a number or .* from 0.1 to 100, found 0"),
        ("objects: {cube: {scale: [0.8, 1.2]}}", r"objects.cube.scale: expected one number .*found \[0.8, 1.2\]"),
        ("objects: {cube: {color: blue}}", "objects.cube.color: expected three numbers from 0 to 1, found 'blue'"),
        ("friction: [0.5", "mine.yaml: .*"),
        ("description: twice", "mine.yaml: .*duplicate"),
    ],
)
def test_a_file_that_is_not_valid_is_refused_in_one_line_with_what_is_legal(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as error:
        gym.make(ID, variation=write(tmp_path, text))
    assert "mine.yaml: " in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "missing description"),
        (b"robust", "unknown robust; expected some of description, camera_offset_mm.*"),
        (b"- 5", r"expected a mapping .*found \[5\]"),
        (b"light_intensity: 2", "missing description"),
        (b"description:", "description: expected some text, found None"),
        (b"description: mine\nname: other", "unknown name"),
        (b"\xff\xfe\x00", ".*decode"),
    ],
)
def test_a_file_that_is_no_variation_is_refused(tmp_path, content, message):
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"mine\.yaml: " + message):
        variations.load(path)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown variation 'dark': use one of camera_10mm, .*, or the path"):
        gym.make(ID, variation="dark")


def test_without_a_variation_the_configuration_draws_what_leisaac_draws():
    terms = {name for name, term in vars(resolve().events).items() if term is not None}
    assert terms == {"reset_scene", "cube_pose", "front_camera"}


def test_what_is_fixed_is_written_once_and_what_is_drawn_at_each_reset(tmp_path):
    fixed, drawn = resolve(), resolve()
    apply_variation(fixed, variations.load(write(tmp_path, "light_intensity: 2\ncube_mass: 5\nfriction: 0.5")))
    apply_variation(
        drawn, variations.load(write(tmp_path, "light_intensity: [1, 2]\ncube_mass: [1, 5]\nfriction: [0.5, 1]"))
    )
    for name in ("light_and_colors", "cube_mass", "friction"):
        assert getattr(fixed.events, name).mode == "startup"
        assert getattr(drawn.events, name).mode == "reset"


def test_looks_and_cameras_are_left_alone_where_no_camera_is_observed():
    cfg = resolve()
    for camera in ("front", "top", "wrist"):
        setattr(cfg.observations.lerobot, camera, None)
    cfg.events.front_camera = None
    apply_variation(cfg, variations.load("robust"))
    assert {name for name, term in vars(cfg.events).items() if term is not None} == {
        "reset_scene",
        "cube_pose",
        "start_pose",
    }


def test_on_another_renderer_the_lamps_give_a_fixed_light_and_the_rest_is_refused(tmp_path):
    nominal, cfg = resolve("renderer=isaacsim_rtx"), resolve("renderer=isaacsim_rtx")
    apply_variation(cfg, variations.load("light_half"))
    for lamp in ("key_light", "dome_light"):
        assert getattr(cfg.scene, lamp).spawn.intensity == getattr(nominal.scene, lamp).spawn.intensity / 2
    for text in ("object_color: [0, 0, 1]", "light_intensity: [0.5, 2]", "objects: {cube: {hue_deg: 9}}"):
        field = r"(object_color|light_intensity|objects\.cube\.hue_deg)"
        with pytest.raises(ValueError, match=rf"variation mine: {field} needs renderer=newton"):
            apply_variation(resolve("renderer=isaacsim_rtx"), variations.load(write(tmp_path, text)))


def test_on_other_physics_friction_is_refused():
    with pytest.raises(ValueError, match=r"variation slippery: friction needs Newton's physics, physics=newton_mjwarp"):
        apply_variation(resolve("physics=isaacsim_physx"), variations.load("slippery"))


NAMED = """
object_mass: 5
object_scale: 0.9
objects:
  Orange002: {mass: 1, hue_deg: [-10, 10]}
  Plate: {color: [0.8, 0.1, 0.1], scale: 1.1}
"""


def test_what_is_said_of_an_object_by_name_wins_and_the_rest_is_as_said_of_all(tmp_path):
    variation = variations.load(write(tmp_path, NAMED))
    orange, named = (variation.of_object(name, moved=True) for name in ("Orange001", "Orange002"))
    plate, fork = (variation.of_object(name, moved=False) for name in ("Plate", "Fork"))
    assert (orange.mass, orange.scale, orange.hue_deg) == ((5, 5), (0.9, 0.9), (0, 0))
    assert (named.mass, named.scale, named.hue_deg) == ((1, 1), (0.9, 0.9), (-10, 10))
    assert (plate.mass, plate.scale, plate.color) == ((1, 1), (1.1, 1.1), (0.8, 0.1, 0.1))
    assert fork == variations.ObjectVariation(), "the task does not move it, and nothing is said of it"


def test_an_object_that_the_scene_has_not_is_refused_by_name_of_a_given_configuration_too(tmp_path):
    path = write(tmp_path, "objects: {Plate: {mass: 2}, cube: {mass: 2}, Fork: {mass: 2}}")
    message = "^variation mine: the task's scene has no object Plate, Fork, expected some of cube$"
    with pytest.raises(ValueError, match=message):
        gym.make(ID, variation=path)
    with pytest.raises(ValueError, match=message):
        apply_variation(resolve(), variations.load(path))


def test_each_object_keeps_its_place_among_the_draws_whichever_others_are_named(tmp_path):
    cfg = resolve_task_config("LeIsaac-SO101-PickOrange-SmolVLA-v0", None, overrides=[])[0]
    apply_variation(cfg, variations.load(write(tmp_path, "objects: {Plate: {hue_deg: [-10, 10]}}")))
    objects = cfg.events.light_and_colors.params["objects"]
    assert list(objects) == ["Orange001", "Orange002", "Orange003", "Plate"]
    assert cfg.events.light_and_colors.mode == "reset"


def test_rules_of_success_know_how_tall_a_box_was_built(tmp_path):
    cfg = resolve_task_config("LeIsaac-SO101-CleanToyTable-SmolVLA-v0", None, overrides=[])[0]
    usual = cfg.scene.Box.height
    apply_variation(cfg, variations.load(write(tmp_path, "objects: {Box: {scale: 1.2}}")))
    assert cfg.scene.Box.height == pytest.approx(1.2 * usual)
    assert cfg.scene.surroundings.spawn.body_scales == {"Box": 1.2}


def test_values_of_single_objects_say_which_world_it_is_too(tmp_path):
    variation = variations.load(write(tmp_path, NAMED))
    assert variation.changes["objects"] == {
        "Orange002": {"mass": [1, 1], "hue_deg": [-10, 10]},
        "Plate": {"color": [0.8, 0.1, 0.1], "scale": [1.1, 1.1]},
    }
    again = variations.load(json.loads(json.dumps(variation.changes)))
    assert dataclasses.replace(again, name="mine", description="mine") == variation
    assert variations.load({"objects": {}}).changes == {}


@pytest.mark.parametrize("name", variations.names())
def test_the_values_of_a_variation_say_which_world_it_is(name):
    variation = variations.load(name)
    again = variations.load(json.loads(json.dumps(variation.changes)))
    assert again.changes == variation.changes
    assert dataclasses.replace(again, name=name, description=variation.description) == variation


def test_values_are_checked_like_a_file():
    with pytest.raises(ValueError, match=r"variation: cube_scale: expected one number .* found \[0.8, 1.2\]"):
        variations.load({"cube_scale": [0.8, 1.2]})
    with pytest.raises(ValueError, match="variation: object_mass stands there twice, as cube_mass too"):
        variations.load({"cube_mass": 1.0, "object_mass": 2.0})
    with pytest.raises(ValueError, match="variation: unknown cube_size; expected some of"):
        variations.load({"cube_size": 1.0})


@pytest.mark.parametrize("values", ({"object_scale": 1.2}, {"object_hue_deg": [-5, 5]}, {"object_mass": 2}))
def test_a_variation_of_objects_needs_some(values):
    cfg = resolve()
    none = dataclasses.replace(cfg.spec(), objects=())
    cfg.spec = lambda: none
    with pytest.raises(ValueError, match=f"{next(iter(values))} needs objects, and the task has none$"):
        apply_variation(cfg, variations.load(values))


@pytest.mark.parametrize(
    ("worlds", "kinds", "expected"),
    [
        ([-1, 0, 0, 1, 1], [9, 1, 2, 1, 2], [[1, 2], [3, 4]]),
        ([0, 1, -1, 0, 1], [1, 1, 9, 2, 2], [[0, 3], [1, 4]]),
        ([0, 0, 1], [1, 2, 1], None),
        ([0, 0, 1, 1], [1, 2, 2, 1], None),
    ],
)
def test_surfaces_are_told_apart_by_environment_in_whatever_order_they_come(worlds, kinds, expected):
    model = types.SimpleNamespace(
        shape_world=wp.array(worlds, dtype=wp.int32, device="cpu"),
        shape_type=wp.array(kinds, dtype=wp.int32, device="cpu"),
        world_count=2,
    )
    if expected is None:
        with pytest.raises(ValueError, match="needs environments of equal shapes"):
            _shapes_by_environment(model)
    else:
        assert _shapes_by_environment(model).tolist() == expected


@pytest.mark.parametrize("field", ["color", "hue_deg", "brightness", "scale", "mass"])
def test_fields_that_were_named_after_the_cube_are_read_as_ever(field):
    value = [0.1, 0.2, 0.3] if field == "color" else 1.25
    earlier, now = (variations.load({f"{prefix}_{field}": value}) for prefix in ("cube", "object"))
    assert earlier == now and list(earlier.changes) == [f"object_{field}"]
    assert variations.with_present_names({f"cube_{field}": value}) == {f"object_{field}": value}
