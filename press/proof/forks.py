"""Work in a fork, which leaves nothing behind."""

import math
import os
import pickle
import resource
import signal
from collections.abc import Callable

from press.run.tether import tethered

PATIENCE = 3.0  # times what something takes that ends
MEMORY = 4 << 30  # bytes, of what does not end


def processor_seconds() -> float:
    """Seconds of processor time, with those of the forks."""
    return sum(os.times()[:4])


def apart(work: Callable, limit: float, *arguments: object) -> object:
    """What `work` returns in a fork; None if that fails or takes too long.

    `limit` is in seconds of processor time; 0 is none.
    """
    reading, writing = os.pipe()
    tie = tethered().get("preexec_fn", bool)
    child = os.fork()
    if child == 0:
        try:
            tie()
            signal.setitimer(signal.ITIMER_PROF, limit)
            signal.alarm(math.ceil(PATIENCE * limit))
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(work(*arguments), pipe)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(data) if data else None
