"""Lets OVPhysX run without an NVIDIA driver, for scripts that import this before the simulator.

Isaac Lab's OVPhysX allocates pinned memory, which takes that driver; here it is plain memory of the host.
"""

import warp as wp
import warp._src.context as context

from lerobot_env_leisaac import backends

wp.init()
context.CpuPinnedAllocator.allocate = context.CpuDefaultAllocator.allocate
context.CpuPinnedAllocator.deallocate = context.CpuDefaultAllocator.deallocate
backends.has_gpu = lambda: True
