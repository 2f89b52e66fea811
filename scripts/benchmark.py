"""Measure the environment: steps and frames a second, processor time, conversion share, memory, start-up.

    python scripts/benchmark.py --device cpu --row 1x128 --row 1x256 --row 4x256
    python scripts/benchmark.py --device cuda:0 --row 1024 --row 1024x256 --row 256x480x640
    python scripts/benchmark.py --task PickOrange --row 1 --row 16
    python scripts/benchmark.py --device cpu --row 1x480x640 --look real

A row is the number of environments, with the image's height and width after it, or one figure for both, or none for no
cameras. Each row runs in a process of its own, so that memory and start-up are its own.
"""

import argparse
import json
import multiprocessing
import platform
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

COLUMNS = {
    "environments": "{:,}",
    "cameras": "{}",
    "step_ms": "{:.2f}",
    "cpu_ms": "{:.2f}",
    "env_steps_per_s": "{:,.0f}",
    "frames_per_s": "{:,.0f}",
    "conversion_percent": "{:.2f}",
    "host_memory_gib": "{:.1f}",
    "gpu_memory_gib": "{:.1f}",
    "startup_s": "{:.1f}",
}


def parse_row(text: str) -> tuple[int, tuple[int, int] | None]:
    """Return the number of environments and the image size (height, width), or None for no cameras."""
    num_envs, *size = (int(part) for part in text.split("x"))
    if len(size) > 2:
        raise argparse.ArgumentTypeError(f"{text!r} is no row, expected N, NxSIZE or NxHEIGHTxWIDTH")
    return num_envs, (size[0], size[-1]) if size else None


def measure(
    task: str,
    num_envs: int,
    image_size: tuple[int, int] | None,
    device: str,
    steps: int,
    variation: str | None = None,
    look: str | None = None,
) -> dict:
    """Build an environment, let it repeat a scripted grasp, and return the figures of a row."""
    begin = time.perf_counter()
    import gymnasium as gym
    import torch

    import lerobot_env_leisaac  # noqa: F401 - registers the ids
    from lerobot_env_leisaac import catalog
    from lerobot_env_leisaac.experts.base import make_expert

    spec = catalog.demonstrated_task(task)
    cameras = tuple(spec.cameras) if image_size else ()
    env = gym.make(
        spec.lerobot_id,
        num_envs=num_envs,
        device=device,
        seed=0,
        cameras=cameras,
        image_size=image_size,
        variation=variation,
        look=look,
    )
    env.reset()
    expert = make_expert(spec, env.unwrapped)
    actions = [expert.act()]
    env.step(actions[0])
    synchronize = torch.cuda.synchronize if "cuda" in device else lambda: None
    synchronize()
    startup = time.perf_counter() - begin
    while len(actions) < steps:
        actions.append(expert.act())
        env.step(actions[-1])
    env.reset(seed=0)  # the same episodes again, without the demonstrator's own time
    synchronize()

    wall, cpu = time.perf_counter(), time.process_time()
    for action in actions:
        env.step(action)
    synchronize()
    wall, cpu = (time.perf_counter() - wall) / steps, (time.process_time() - cpu) / steps
    conversion = time_conversions(env.unwrapped, synchronize)
    gpu_memory = 0
    if "cuda" in device:
        free, total = torch.cuda.mem_get_info(device)  # Warp's allocations do not show in PyTorch's own count
        gpu_memory = total - free
    env.close()
    return {
        "environments": num_envs,
        "cameras": f"{len(cameras)} x {image_size[1]}x{image_size[0]}" if image_size else "none",
        "step_ms": 1e3 * wall,
        "cpu_ms": 1e3 * cpu,
        "env_steps_per_s": num_envs / wall,
        "frames_per_s": len(cameras) * num_envs / wall,
        "conversion_percent": 100 * conversion / wall,
        "host_memory_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "gpu_memory_gib": gpu_memory / 2**30,
        "startup_s": startup,
    }


def time_conversions(env: Any, synchronize: Callable[[], None], repetitions: int = 50) -> float:
    """Return the time that one step spends on units and image format [s]: each term alone, on rendered images."""
    observation = env.observation_manager
    terms = observation._group_obs_term_cfgs["lerobot"]
    actions = [env.action_manager.get_term(name) for name in env.action_manager.active_terms]
    values = [action.raw_actions.clone() for action in actions]

    def convert() -> None:
        for action, value in zip(actions, values, strict=True):
            action.process_actions(value)
        for term in terms:
            term.func(env, **term.params)

    convert()
    times = []
    for _ in range(repetitions):
        synchronize()
        begin = time.perf_counter()
        convert()
        synchronize()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def run_row(queue: multiprocessing.Queue, *arguments: Any) -> None:
    """Measure one row and put the figures into the queue."""
    queue.put(measure(*arguments))


def main() -> None:
    """Measure the rows and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", default="LiftCube", help="name of the task (default %(default)s)")
    parser.add_argument("--row", type=parse_row, action="append", required=True, metavar="N[xHEIGHT[xWIDTH]]")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--variation", help="how the world differs (default: not at all)")
    parser.add_argument("--look", help="how robot and scene look (default: plain)")
    parser.add_argument("--json", metavar="FILE", help="write the figures here as well")
    arguments = parser.parse_args()

    spawn = multiprocessing.get_context("spawn")
    rows = []
    for num_envs, image_size in arguments.row:
        queue = spawn.Queue()
        process = spawn.Process(
            target=run_row,
            args=(
                queue,
                arguments.task,
                num_envs,
                image_size,
                arguments.device,
                arguments.steps,
                arguments.variation,
                arguments.look,
            ),
        )
        process.start()
        while process.is_alive() and queue.empty():
            process.join(timeout=0.5)
        if queue.empty():
            raise SystemExit(f"row {num_envs} {image_size}: the process ended with status {process.exitcode}")
        rows.append(queue.get())
        process.join()
    print(f"\n{platform.processor() or platform.machine()}, device {arguments.device}, {arguments.steps} steps a row\n")
    print("| " + " | ".join(COLUMNS) + " |")
    print("|" + "---|" * len(COLUMNS))
    for row in rows:
        print("| " + " | ".join(form.format(row[name]) for name, form in COLUMNS.items()) + " |")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(rows, file, indent=2)


if __name__ == "__main__":
    main()
