# SPDX-License-Identifier: BSD-2-Clause
"""Starts in which one call of romtool's fails, comes back short or is its last (tests/support/fault.c),
in a mount namespace of their own; and what must not be left behind."""

import concurrent.futures
import os
import random
import shutil
import subprocess
import sys
import tempfile

SHIM = os.environ["FAULT_LIBRARY"]
STARTS = int(os.environ["STARTS"])  # how many of all that there could be are tried, at most
SEED = int(os.environ.get("SEED", "7"))

ALLOCATIONS = "malloc calloc realloc"
OPENS = "open openat fopen opendir fdopendir scandir memfd_create mkstemp dup dup2 fcntl"
READS = "read pread readdir"
WRITES = "write ftruncate memfd_create mkstemp mkdir rename link fsync"
LOOKS = "stat lstat fstat access readlink readlinkat lseek"
ALL = " ".join([OPENS, READS, WRITES, LOOKS, "unlink fchmod close execv execvp"])

# calls, errno or way, and whether only one fails or that and all that follow
FAILURES = [
    (ALLOCATIONS, "ENOMEM", False), (ALLOCATIONS, "ENOMEM", True),
    (OPENS, "EMFILE", False), (OPENS, "ENFILE", True),
    (READS, "EIO", False), (READS, "EIO", True), ("read pread", "short", True),
    (WRITES, "ENOSPC", False), (WRITES, "ENOSPC", True), ("write", "short", True),
    (LOOKS, "EIO", False), (LOOKS, "ENOMEM", True),
    ("execv execvp", "ENOMEM", False), (ALL, "kill", False), (ALL, "kill-after", False),
]
ERRNO = {"ENOMEM": 12, "ENFILE": 23, "EMFILE": 24, "EIO": 5, "ENOSPC": 28}

KILLED, CRASHED, BROKEN = -9, -11, 77  # by SIGKILL, SIGSEGV; a sanitizer found something


def in_namespace():
    """This test again, where it may mount; else why not."""
    if os.environ.get("IN_NAMESPACE") is not None:
        return None
    if os.geteuid() != 0:
        return "not root"
    if shutil.which("unshare") is None:
        return "no unshare"
    os.environ["IN_NAMESPACE"] = "1"
    os.execvp("unshare", ["unshare", "-m", "--propagation", "private", sys.executable,
                          *sys.argv])


class Workplace:
    """An empty directory to work in, with what was mounted in it or elsewhere until it ends."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="faults-")
        self.mounts = []

    def __enter__(self):
        os.chdir(self.dir)
        return self

    def __exit__(self, *_):
        os.chdir("/")
        for place in reversed(self.mounts):
            subprocess.run(["umount", place], check=True)
        shutil.rmtree(self.dir)

    def mount(self, *argv):
        subprocess.run(["mount", *argv], check=True)
        self.mounts.append(os.path.abspath(argv[-1]))

    def fill(self, directory):
        """A file system there into which nothing more fits; its file "empty" is."""
        os.mkdir(directory)
        self.mount("-t", "tmpfs", "-o", "size=64k,mode=0755", "none", directory)
        with open(os.path.join(directory, "empty"), "wb"):
            pass
        with open(os.path.join(directory, "rest"), "wb", buffering=0) as f:
            try:
                while True:
                    f.write(bytes(4096))
            except OSError:
                pass


def environment(program=None, calls="", how="", at=0, from_then_on=False, count=None, **more):
    """That of a process in whose PROGRAM a call fails."""
    env = {"PATH": os.environ["PATH"], **more,
           "ASAN_OPTIONS": "verify_asan_link_order=0:exitcode=%d" % BROKEN,
           "LSAN_OPTIONS": "exitcode=%d" % BROKEN,
           "UBSAN_OPTIONS": "halt_on_error=1:exitcode=%d" % BROKEN}
    if program is not None:
        env.update({"LD_PRELOAD": SHIM, "FAULT_PROGRAM": program, "FAULT_AT": str(at),
                    "FAULT_CALLS": ",%s," % calls.replace(" ", ","),
                    "FAULT": str(ERRNO.get(how, how))})
        if from_then_on:
            env["FAULT_FROM"] = "1"
        if count is not None:
            env["FAULT_COUNT"] = count
    return env


class Fault:
    """One failure in one start, and how to say which."""

    def __init__(self, program, failure, at):
        self.program, self.at = program, at
        self.calls, self.how, self.from_then_on = failure
        self.changes_nothing = self.how == "short"  # a file is read or written in several pieces

    def environment(self, **more):
        return environment(self.program, self.calls, self.how, self.at, self.from_then_on, **more)

    def __str__(self):
        return "%s at %d%s of %s's %s" % (self.how, self.at, "+" if self.from_then_on else "",
                                          self.program, self.calls)


def all_faults(program, counted):
    """Every fault of a start, of which counted(environment) does one; none where it does not come to
    that program."""
    count = os.path.abspath("count")
    counted(environment(program, ALLOCATIONS + " " + ALL, count=count))
    calls = {}
    if not os.path.exists(count):
        return []
    with open(count, encoding="ascii") as f:
        for line in f:
            name, n = line.split()
            calls[name] = calls.get(name, 0) + int(n)
    os.remove(count)
    return [Fault(program, failure, at) for failure in FAILURES
            for at in range(1, 1 + sum(calls.get(name, 0) for name in failure[0].split()))]


def few(items):
    """All of them, or some where starts take long."""
    return items if STARTS >= 1000 else random.Random(SEED).sample(items, min(STARTS, len(items)))


def some(todo, n):
    """n of (start, fault), or all, by the seed: one of each start and way to fail, then another of
    each, and so on. Most calls are allocations of those that read much."""
    kinds = {}
    for start, fault in todo:
        kinds.setdefault((start, fault.calls, fault.how, fault.from_then_on), []).append(fault)
    dice = random.Random(SEED)
    ranked = []
    for (start, *_), found in kinds.items():
        dice.shuffle(found)
        ranked += [(rank, start, fault) for rank, fault in enumerate(found)]
    ranked.sort(key=lambda it: it[0])
    return [(start, fault) for _, start, fault in ranked[:n]]


def last_allocations(todo, start, n=80):
    """Those of one start, each failing alone and with what follows: where its verdict is made."""
    found = {}
    for other, fault in todo:
        if other is start and fault.calls == ALLOCATIONS:
            found.setdefault((fault.program, fault.from_then_on), []).append((other, fault))
    return [it for items in found.values() for it in items[-n:]]


def is_libcrypto_s(fault, done):
    """libcrypto 3.0 does not live through its first digest without memory, and leaks: no start, and
    not ours (that is for tests/unit/*memory-test.c)."""
    if done.returncode != CRASHED and not (done.returncode == BROKEN and
                                           "libcrypto.so" in done.stderr):
        return False
    return fault.calls == ALLOCATIONS


def for_each(fn, items):
    """fn(item) for each, two at a time; what went wrong, at most ten of it."""
    def attempt(item):
        try:
            fn(item)
        except Exception as e:  # pylint: disable=broad-except
            return "%s: %s" % (type(e).__name__, e)
        return None
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        wrong = [said for said in pool.map(attempt, items) if said is not None]
    if wrong:
        raise AssertionError("%d of %d:\n%s" % (len(wrong), len(items), "\n".join(wrong[:10])))


def snapshot(*places):
    """Every file and directory there, with size, mode and time of change."""
    found = {}
    for place in places:
        for directory, names, files in os.walk(place):
            for name in names + files:
                path = os.path.join(directory, name)
                st = os.lstat(path)
                found[path] = (st.st_mode, st.st_size, st.st_mtime_ns)
    return found
