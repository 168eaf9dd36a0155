"""A child process that cannot outlive the press."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def tethered() -> dict:
    """Options of `subprocess` for a child that dies with this thread.

    It is Linux that sees to it, however this process ends.
    """
    if sys.platform != "linux":
        return {}
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the call
            os._exit(1)

    return {"preexec_fn": tie}
