#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A thousand starts through `run` with failures in them: what is executed has exactly the ROMs and
descriptors that it has without one, or nothing is executed; what is refused without one never is; no
file is left. Most starts are of a recorder in QEMU's place, some of QEMU itself."""

import itertools
import os
import random
import resource
import shutil
import subprocess
import time

import faults
from faults import KILLED, environment
from faults_ground import make_etc, make_hosts, make_release, make_rom, make_stores, spoil
from guest import Tap, equal
from qtest import Qtest

ROMTOOL, RECORDER = os.environ["ROMTOOL"], os.environ["RECORDER"]
SLOT = 262144  # of virtio-net-pci and of e1000 on pc-q35-7.2
REAL = 40  # starts of QEMU itself
SEALS = 15  # all but F_SEAL_EXEC, which came with Linux 6.3

numbers = itertools.count()


class Case:
    """A start; roms are the files whose bytes, padded, the VMM is to get, or None: refused."""

    def __init__(self, name, options, devices, roms, machine="pc-q35-7.2", cwd="cwd",
                 profile=("-p", "debian/bookworm"), slot=SLOT):
        self.name, self.cwd = name, cwd
        self.options = [*profile, *options]
        self.vmm = ["-M", machine, "-nodefaults", *devices]
        self.roms = None if roms is None else sorted(self.padded(rom, slot) for rom in roms)

    @staticmethod
    def padded(rom, slot):
        with open(rom, "rb") as f:
            return f.read().ljust(slot, b"\0")

    def start(self, env, **popen):
        """Its end, and what was recorded; None where nothing was executed."""
        record = os.path.abspath("record/%d" % next(numbers))
        os.mkdir(record)
        popen = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
                 "cwd": self.cwd, **popen}
        with subprocess.Popen(
                [ROMTOOL, "run", *self.options, "--", RECORDER, *self.vmm],
                env={**env, "TMPDIR": os.path.abspath("tmp"), "RECORD": record}, **popen) as running:
            if "after" in env:  # seconds
                time.sleep(float(env["after"]))
                running.kill()
            _, said = running.communicate()
        done = subprocess.CompletedProcess([], running.returncode, "",
                                           (said or b"").decode(errors="replace"))
        recorded = Record(record) if os.path.exists(record + "/argv") else None
        shutil.rmtree(record)
        return done, recorded


class Record:
    """What the recorder wrote; not all of it, where it was killed."""

    def __init__(self, directory):
        self.is_whole = os.path.exists(os.path.join(directory, "whole"))
        if not self.is_whole:
            return
        def lines(name):
            with open(os.path.join(directory, name), encoding="utf-8") as f:
                return f.read().splitlines()
        self.argv = lines("argv")
        # a pipe has another number each time
        self.descriptors = [line.split(":[")[0] for line in lines("descriptors")]
        self.roms = []
        for name in os.listdir(directory):
            if name.isdigit():
                with open(os.path.join(directory, name), "rb") as f:
                    self.roms.append(f.read())
        self.roms.sort()


def all_cases():
    at = os.path.abspath
    nic = ["-device", "virtio-net-pci"]
    roms, release = ["-L", at("roms")], ["-M", at("release/r.json")]

    def explicit(rom):
        return ["-device", "e1000,romfile=" + at(rom)]
    return [
        Case("a default ROM", [], [*roms, *nic], ["roms/efi-virtio.rom"]),
        Case("an explicit one", [], explicit("roms/e1000.rom"), ["roms/e1000.rom"]),
        Case("both", [], [*roms, *nic, *explicit("roms/e1000.rom")],
             ["roms/efi-virtio.rom", "roms/e1000.rom"]),
        Case("a larger one by its stated size", ["--rom-size", "e1000=512K"],
             explicit("large/efi-virtio.rom"), ["large/efi-virtio.rom"], slot=2 * SLOT),
        Case("one that is too large", [], ["-L", at("large"), *nic], None),
        Case("an explicit one that is", [], explicit("large/efi-virtio.rom"), None),
        Case("a spoiled one", [], ["-L", at("spoiled"), *nic], None),
        Case("one behind one that holds", [], [*roms, *nic, *explicit("spoiled/efi-virtio.rom")],
             None),
        Case("one of the store", ["--store", at("store")], ["-L", at("large"), *nic],
             ["store/acme/1/efi-virtio.rom"]),
        Case("one behind a spoiled one of the store", ["--store", at("stores")],
             ["-L", at("large"), *nic], ["stores/acme/1/efi-virtio.rom"]),
        Case("one in the directory", [], [*roms, *nic], None, cwd="roms"),
        Case("a release", [*release, "--trust", at("k.pub")], nic, ["release/efi-virtio.rom"]),
        Case("a release of the host's trust", [*release, "--root", at("host")], nic,
             ["release/efi-virtio.rom"]),
        Case("other bytes than it states", ["-M", at("other/r.json"), "--trust", at("k.pub")], nic,
             None),
        Case("those, by a stamp", ["-M", at("other/r.json"), "--root", at("stamped")], nic, None),
        Case("a revoked key", [*release, "--root", at("revoked")], nic, None),
        Case("one key where policy wants two", [*release, "--root", at("strict")], nic, None),
        Case("the host's own mandates", [], ["-L", at("roms"), *nic], None, "pc-q35-9.1",
             profile=()),
    ]


PLACES = ["cwd", "tmp", "roms", "store", "stores", "large", "spoiled", "release", "other", "host", "stamped",
          "revoked", "strict", "/dev/shm", "/var/lib/romtool", "/usr/lib/romtool"]

# ------------------------------------------------------------------------------------ the judge

undisturbed = {}  # by name


def judge(case, done, recorded, what):
    """Whether it was executed; which it may be only as it is without a failure."""
    said = "%s, %s: %d, %r" % (case.name, what, done.returncode, done.stderr[-300:])
    if recorded is None:
        is_refused = done.returncode in (1, 3) and done.stderr != ""
        equal(is_refused or done.returncode == KILLED or faults.is_libcrypto_s(what, done), True,
              said)
        return False
    if case.roms is None:
        raise AssertionError("executed: " + said)
    if not recorded.is_whole:
        equal(done.returncode, KILLED, said)
        return False
    equal([len(rom) for rom in recorded.roms], [len(rom) for rom in case.roms], said)
    equal(recorded.roms == case.roms, True, "the bytes, " + said)
    if case.name in undisturbed:
        equal(recorded.argv, undisturbed[case.name].argv, said)
        equal(recorded.descriptors, undisturbed[case.name].descriptors, said)
    return True


def without_failures(cases):
    for case in cases:
        done, recorded = case.start(environment())
        equal(judge(case, done, recorded, "nothing"), case.roms is not None, done.stderr)
        if recorded is None:
            equal(done.returncode, 1, case.name)
            continue
        undisturbed[case.name] = recorded
        for line in recorded.descriptors[3:]:
            number, kind, _, seals = line.split()
            equal((int(number) >= 700, kind, int(seals) & ~0x20), (True, "memfd", SEALS), line)


# ------------------------------------------------------------------------------------ failures


def injected(tap, cases):
    """The faults with which a VMM was executed all the same."""
    todo = []
    for case in cases:
        # without a release it does not come to the other
        for program in ("romtool", "romtool-crypto") if "-M" in case.options else ("romtool",):
            todo += [(case, fault) for fault in faults.all_faults(program, case.start)]
    chosen = faults.some(todo, faults.STARTS)
    for case in cases:
        if case.name in ("other bytes than it states", "those, by a stamp"):
            chosen += faults.few(faults.last_allocations(todo, case))
    executed = []

    def attempt(it):
        case, fault = it
        was_executed = judge(case, *case.start(fault.environment()), fault)
        if was_executed:
            executed.append(it)
        if fault.changes_nothing:
            equal(was_executed, case.roms is not None, "%s, %s" % (case.name, fault))
    with tap.test("%d starts of %d that could fail, seed %d" % (len(chosen), len(todo),
                                                               faults.SEED)):
        faults.for_each(attempt, chosen)
    return [it for it in chosen if it in executed]  # whichever thread came first


def killed(tap, cases):
    dice = random.Random(faults.SEED)
    moments = [dice.uniform(0, 0.012) for _ in range(faults.STARTS // 10)]

    def attempt(it):
        case, after = it
        judge(case, *case.start({**environment(), "after": str(after)}), "killed after %f" % after)
    with tap.test("%d that are killed at any moment" % len(moments)):
        faults.for_each(attempt, [*zip(itertools.cycle(cases), moments)])


# ------------------------------------------------------------------------------------ real limits


def limited(kind, value):
    def set_limit():
        resource.setrlimit(kind, (value, value))
    return set_limit


def real_limits(tap, cases):
    limits = [(resource.RLIMIT_NOFILE, n) for n in (3, 4, 5, 6, 8, 12, 699, 700, 701, 723, 724, 799,
                                                    800, 801, 802)]
    limits += [(resource.RLIMIT_FSIZE, n) for n in (0, 1, SLOT // 2, SLOT - 1)]

    def attempt(it):
        case, (kind, n) = it
        done, recorded = case.start(environment(), preexec_fn=limited(kind, n))
        if recorded is not None or done.returncode not in (127, -25):  # no libc, SIGXFSZ
            judge(case, done, recorded, "%d at most %d" % (kind, n))
    with tap.test("few descriptors, small files"):
        faults.for_each(attempt, faults.few([*itertools.product(cases, limits)]))
    with tap.test("a full disk, and nobody who listens"):
        for case in cases:
            cwd = "full" if case.cwd == "cwd" else case.cwd
            with open("/dev/full", "wb") as full:
                done, recorded = case.start(environment(), cwd=cwd, stdout=full, stderr=full)
            equal(recorded is not None, case.roms is not None, case.name)
            equal(done.returncode, 0 if case.roms is not None else 1, case.name)
    with tap.test("closed streams are no place for a ROM"):
        for case, n in faults.few([*itertools.product(cases, range(1, 8))]):
            closed = [fd for fd in range(3) if n & 1 << fd]

            def close(which=closed):
                for fd in which:
                    os.close(fd)
            _, recorded = case.start(environment(), preexec_fn=close)
            equal(recorded is not None, case.roms is not None, case.name)
            if recorded is not None:
                equal(recorded.roms == case.roms, True, case.name)
                equal(recorded.descriptors, [line for line in undisturbed[case.name].descriptors
                                             if int(line.split()[0]) not in closed], case.name)


# ------------------------------------------------------------------------------------ QEMU


def kinds(guest):
    """What QEMU's descriptors lead to, but for ROMs."""
    guest.ask("query-status")
    directory = "/proc/%d/fd" % guest.process.pid
    found = [os.readlink(os.path.join(directory, name)) for name in os.listdir(directory)]
    return sorted(target.split(":[")[0].replace(guest.dir, "") for target in found
                  if not target.startswith("/memfd:option"))


def real_start(case, **how):
    """QEMU with a case's devices."""
    words = case.vmm[3:]
    devices = [word for before, word in zip(words, words[1:]) if before == "-device"]
    rest = [word for word in words if word not in ("-device", *devices)]
    return Qtest(devices, argv=rest, **how), len(devices)


def real(tap, executed):
    """QEMU's own BARs, with failures with which something was executed."""
    expected = {}
    for n in (1, 2):
        with Qtest(["virtio-net-pci,romfile="] * n) as guest:
            expected[n] = kinds(guest)
    dice = random.Random(faults.SEED)
    chosen = dice.sample(executed, min(REAL, len(executed)))
    with tap.test("%d times QEMU, with a failure in its start: its BARs are what was verified" %
                  len(chosen)):
        equal(len(chosen) >= min(REAL, faults.STARTS // 50), True, "too few")
        for case, fault in chosen:
            env = ["env", *["%s=%s" % item for item in fault.environment().items()]]
            guest, n = real_start(case, run=case.options, prefix=env)
            with guest:
                equal(kinds(guest), expected[n], fault)
                equal(sorted(guest.rom(i) for i in range(n)) == case.roms, True, fault)


# ------------------------------------------------------------------------------------


def main():
    tap = Tap()
    why = faults.in_namespace()
    if why is not None:
        tap.skip("run under failures", why)
        tap.end()
    with faults.Workplace() as work:
        for name in ("cwd", "tmp", "record"):
            os.mkdir(name)
        work.mount("-t", "tmpfs", "none", "/dev/shm")
        work.fill("full")
        make_rom("roms/efi-virtio.rom", 200000)
        make_rom("roms/e1000.rom", 100000)
        make_rom("large/efi-virtio.rom", 300000)
        make_rom("spoiled/efi-virtio.rom", SLOT)
        spoil("spoiled/efi-virtio.rom", 100)
        make_stores()
        make_release()
        shutil.copytree("release", "other", dirs_exist_ok=True, ignore=lambda *_: ["efi-virtio.rom"])
        make_hosts()
        make_etc(work)
        cases = all_cases()
        before = faults.snapshot(*PLACES)
        with tap.test("without a failure each is executed or not as it is meant"):
            without_failures(cases)
        executed = injected(tap, cases)
        killed(tap, cases)
        real_limits(tap, cases)
        real(tap, executed)
        with tap.test("no file is left, none was changed"):
            equal(faults.snapshot(*PLACES), before)
    tap.end()


main()
