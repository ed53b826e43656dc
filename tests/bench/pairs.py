# SPDX-License-Identifier: BSD-2-Clause
"""Two commands as whole processes, side by side: they run in turn (A B A B ...), so that a machine
whose speed drifts drifts for both. Printed are the medians, between which figures eight of ten runs
lie, and the median of the pairs' ratios."""

import os
import statistics
import sys
import time


def once(command, stdin="/dev/null"):
    """Seconds of one process."""
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=[
        (os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    _, status = os.waitpid(pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit("%s: status %d" % (" ".join(command), status))
    return seconds


def shown(samples):
    """Milliseconds: the median, and from where to where eight of ten are."""
    ms = sorted(1e3 * s for s in samples)
    return "%7.2f ms (%.2f-%.2f)" % (statistics.median(ms), ms[len(ms) // 10], ms[len(ms) * 9 // 10])


def pair_of(name, ours, peer, runs):
    """Two functions that give the seconds of one run each."""
    samples = []
    for _ in range(runs):
        samples.append((ours(), peer()))
    print("%-42s %s; peer %s; ratio %.2f" % (
        name, shown([a for a, _ in samples]), shown([b for _, b in samples]),
        statistics.median(a / b for a, b in samples)), flush=True)
    return samples


def pair(name, ours, peer, runs=100, stdin="/dev/null"):
    return pair_of(name, lambda: once(ours, stdin), lambda: once(peer, stdin), runs)
