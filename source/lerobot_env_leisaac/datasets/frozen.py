"""Imported last by a fork server, this lets those that it forks share what it has imported.

Python's garbage collector writes into every object that it looks at, and so would give each process a copy of its own.
"""

import gc

gc.collect()
gc.freeze()
