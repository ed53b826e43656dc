# SPDX-License-Identifier: BSD-2-Clause
"""Two commands as whole processes, side by side: they run in turn (A B A B ...), so that a machine
whose speed drifts drifts for both. Printed are the medians and their ratio."""

import os
import statistics
import sys
import time


def once(command):
    """Seconds of one process."""
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    _, status = os.waitpid(pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit("%s: status %d" % (" ".join(command), status))
    return seconds


def pair(name, ours, peer, runs=100):
    samples = ([], [])
    for _ in range(runs):
        for command, kept in zip((ours, peer), samples):
            kept.append(once(command))
    ours_ms, peer_ms = (1e3 * statistics.median(kept) for kept in samples)
    print("%-42s %7.2f ms; peer %7.2f ms; ratio %.2f" % (name, ours_ms, peer_ms,
                                                          ours_ms / peer_ms), flush=True)
