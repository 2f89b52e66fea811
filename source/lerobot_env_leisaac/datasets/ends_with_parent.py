"""Imported by a helper process, this ends it as soon as its parent ends, however that does and whatever it is doing.

`multiprocessing`'s fork server notices only once it has imported what it was told to, which takes it many seconds.
"""

import ctypes
import signal

_PR_SET_PDEATHSIG = 1

ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
