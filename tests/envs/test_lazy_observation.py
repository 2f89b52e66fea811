"""Images that are rendered only where somebody looks: the same ones, and not more often."""

import pytest
import torch

FRONT = "observation.images.front"


@pytest.fixture
def lazy(env):
    sim = env.unwrapped
    sim.cfg.lazy_images = True
    yield sim
    sim.cfg.lazy_images = False
    sim.reset()


def swing(sim, looks, seed=5):
    """Step four times; return what is seen at the steps at which it looks, step 0 being the reset."""
    observation, _ = sim.reset(seed=seed)
    seen, action = {}, torch.zeros(4, 6)
    for step in range(5):
        if step in looks:
            seen[step] = {key: value for key, value in observation.items() if key != "task"}
        action[:, 1] += 4.0
        observation = sim.step(action)[0]
    return seen


def test_who_looks_sees_what_would_have_been_rendered(lazy):
    seen = swing(lazy, looks=(0, 3))
    lazy.cfg.lazy_images = False
    eager = swing(lazy, looks=range(5))
    for step, observation in seen.items():
        assert observation.keys() == eager[step].keys()
        for key, value in observation.items():
            assert torch.equal(value, eager[step][key]), (step, key)
    assert not torch.equal(seen[0][FRONT], seen[3][FRONT])


def test_nothing_is_rendered_where_nobody_looks(lazy, monkeypatch):
    rendered = []
    for camera in ("front", "top", "wrist"):
        sensor = lazy.scene[camera]
        update = sensor._update_buffers_impl
        monkeypatch.setattr(
            sensor,
            "_update_buffers_impl",
            lambda *arguments, camera=camera, update=update: (rendered.append(camera), update(*arguments)),
        )
    observation, _ = lazy.reset(seed=5)
    for _ in range(5):
        observation = lazy.step(observation["observation.state"])[0]
    assert set(observation) == {
        "observation.state",
        "task",
        FRONT,
        *(f"observation.images.{c}" for c in ("top", "wrist")),
    }
    assert not observation.looked_at and rendered == []
    assert observation[FRONT].shape == (4, 3, 96, 128)
    assert dict(observation).keys() == set(observation)
    assert sorted(rendered) == ["front", "top", "wrist"], "each once"


def test_it_is_too_late_to_look_after_the_next_step(lazy):
    first, _ = lazy.reset(seed=5)
    second = lazy.step(first["observation.state"])[0]
    with pytest.raises(RuntimeError, match=r"^observation\.images\.front was not looked at before"):
        first[FRONT]
    seen = second[FRONT]
    lazy.step(second["observation.state"])
    assert torch.equal(second[FRONT], seen), "what was seen stays"
