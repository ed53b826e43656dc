#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A thousand answers of libvirt's hook with failures in it: what is refused without one never
starts with one, nothing is printed by half, no running guest is ever refused, no file is left."""

import itertools
import os
import resource
import subprocess
import tempfile

import faults
from faults import KILLED, environment
from faults_ground import SLOT, make_etc, make_hosts, make_release, make_rom, make_stores, spoil
from tap import Tap, equal, read

ROMTOOL = os.environ["ROMTOOL"]

GUEST = """<domain type='qemu'>
  <name>guest</name>
  <memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='%s'>hvm</type></os>
  <devices>%s
  </devices>
</domain>
"""
NIC = """
    <interface type='user'>
      <mac address='52:54:00:00:00:0%d'/>
      <model type='virtio'/>
      %s
    </interface>"""


def guest(*roms, machine="pc-q35-7.2"):
    """Its NICs have these ROM files; None is QEMU's default."""
    nics = [NIC % (i, "<rom file='%s'/>" % os.path.abspath(rom) if rom is not None else "")
            for i, rom in enumerate(roms)]
    return GUEST % (machine, "".join(nics))


# ------------------------------------------------------------------------------------ the ground


def make_roms():
    make_rom("roms/good.rom", SLOT)
    make_rom("roms/large.rom", 300000)
    make_rom("roms/small.rom", 100000)
    make_rom("roms/spoiled.rom", SLOT)
    spoil("roms/spoiled.rom", 100)  # its checksum is wrong
    make_rom("first/efi-virtio.rom", 300000)  # as QEMU finds it: the first
    make_rom("second/efi-virtio.rom", SLOT)
    make_stores()
    os.mkdir("empty-store")


class Case:
    """What libvirt asks, and how it is answered where nothing fails: held, rewritten, or refused."""

    def __init__(self, name, operation, xml, answer, *options, profile=("-p", "debian/bookworm")):
        self.name, self.operation, self.xml, self.answer = name, operation, xml, answer
        self.options = [*profile, *options]
        self.answered = None

    def ask(self, env, operation=None, xml=None, sub="begin", program=ROMTOOL):
        return subprocess.run(
            [program, "libvirt", "hook", *self.options, "--", "guest",
             operation or self.operation, sub, "-"], cwd="cwd",
            input=self.xml if xml is None else xml, env={**env, "TMPDIR": os.path.abspath("tmp")},
            capture_output=True, text=True, check=False)


def all_cases():
    at = os.path.abspath
    store, both = ("--store", at("store")), ("--store", at("stores"))
    release = ("-M", at("release/r.json"))
    trusted = (*release, "--trust", at("k.pub"))
    large, small = guest("roms/large.rom"), guest("roms/small.rom")
    stated, other = guest("release/efi-virtio.rom"), guest("other/efi-virtio.rom")
    return [
        Case("a ROM that holds", "prepare", guest("roms/good.rom"), "held", *store),
        Case("one that is too large", "prepare", large, "refused", *store),
        Case("a spoiled one", "prepare", guest("roms/spoiled.rom"), "refused"),
        Case("one behind one that holds", "prepare", guest("roms/good.rom", "roms/large.rom"),
             "refused"),
        Case("one that QEMU finds first", "prepare", guest(None), "refused",
             "-L", at("first"), "-L", at("second")),
        Case("one that comes in", "restore", large, "rewritten", *store),
        Case("two that come in", "migrate", guest("roms/large.rom", "roms/small.rom"), "rewritten",
             *store),
        Case("one that is spoiled in the store, too", "migrate", guest("roms/spoiled.rom"),
             "rewritten", *both),
        Case("a small one without a store", "migrate", small, "rewritten",
             "--store", at("empty-store")),
        Case("a large one without a store", "migrate", large, "refused",
             "--store", at("empty-store")),
        Case("one that a release states", "prepare", stated, "held", *trusted),
        Case("other bytes than it states", "prepare", other, "refused", *trusted),
        Case("those that come in", "restore", other, "rewritten", *trusted, *store),
        Case("a release of the host's trust", "prepare", stated, "held", *release,
             "--root", at("host")),
        Case("those, by the release's stamp", "prepare", other, "refused", *release,
             "--root", at("stamped")),
        Case("a revoked key", "prepare", stated, "refused", *release, "--root", at("revoked")),
        Case("one key where policy wants two", "prepare", stated, "refused", *release,
             "--root", at("strict")),
        Case("the host's own mandates", "prepare", guest("roms/good.rom", machine="pc-q35-9.1"),
             "refused", profile=()),
    ]


PLACES = ["cwd", "tmp", "roms", "store", "stores", "empty-store", "first", "second", "release",
          "other", "host", "stamped", "revoked", "strict", "/dev/shm", "/var/lib/romtool",
          "/usr/lib/romtool"]

# ------------------------------------------------------------------------------------ the judge

judged = {}


def would_start(case, xml):
    """Does a guest with this domain hold, where nothing fails?"""
    key = (case.name, xml)
    if key not in judged:
        judged[key] = case.ask(environment(), operation="prepare", xml=xml).returncode == 0
    return judged[key]


def judge(case, done, what):
    """What libvirt makes of an answer: it starts a guest, with what was printed, or does not."""
    said = "%s, %s: %d, %r" % (case.name, what, done.returncode, done.stderr[-300:])
    if done.returncode == KILLED or (done.returncode in (1, 3) and done.stderr != ""):
        return
    if faults.is_libcrypto_s(what, done):
        return
    equal(done.returncode, 0, said)
    if case.operation == "prepare":
        equal(done.stdout, "", said)
    if not would_start(case, done.stdout or case.xml):
        raise AssertionError("started: " + said)


def undisturbed(cases):
    for case in cases:
        done = case.ask(environment())
        case.answered = (done.returncode, done.stdout)
        equal((done.returncode, done.stdout != ""),
              {"held": (0, False), "rewritten": (0, True), "refused": (1, False)}[case.answer],
              "%s: %s" % (case.name, done.stderr))
        if case.answer != "refused":
            judge(case, done, "nothing")


def failing(case, fault):
    done = case.ask(fault.environment())
    judge(case, done, fault)
    if fault.changes_nothing:
        equal((done.returncode, done.stdout), case.answered, "%s, %s" % (case.name, fault))


def starts(tap, cases):
    todo = []
    for case in cases:
        for program in ("romtool", "romtool-libvirt"):
            todo += [(case, fault) for fault in faults.all_faults(program, case.ask)]
    chosen = faults.some(todo, faults.STARTS)
    for case in cases:
        if case.name in ("other bytes than it states", "those, by the release's stamp"):
            chosen += faults.few(faults.last_allocations(todo, case))
    with tap.test("%d starts of %d that could fail, seed %d" % (len(chosen), len(todo),
                                                               faults.SEED)):
        faults.for_each(lambda it: failing(*it), chosen)


# ------------------------------------------------------------------------------------ real limits


def limited(kind, value):
    def set_limit():
        resource.setrlimit(kind, (value, value))
    return set_limit


def ask_with(case, operation=None, **popen):
    """As libvirt does, its standard streams and limits being others."""
    with tempfile.TemporaryFile() as xml:
        xml.write(case.xml.encode())
        xml.seek(0)
        popen = {"stdin": xml, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **popen}
        return subprocess.run(
            [ROMTOOL, "libvirt", "hook", *case.options, "--", "guest",
             operation or case.operation, "begin", "-"], env=environment(), check=False,
            **{"cwd": "cwd", **popen})


def real_limits(tap, cases):
    limits = [*[(resource.RLIMIT_NOFILE, n) for n in range(3, 12)],
              *[(resource.RLIMIT_FSIZE, n) for n in (0, 100)]]
    with tap.test("few descriptors, small files"):
        for case, limit in faults.few([*itertools.product(cases, limits)]):
            done = ask_with(case, preexec_fn=limited(*limit))
            equal(done.returncode != 0 or would_start(case, done.stdout.decode() or case.xml),
                  True, "%s, %r" % (case.name, limit))
    with tap.test("what cannot be printed is no answer"):
        for case in cases:
            with open("/dev/full", "wb") as full, open("full/empty", "wb") as none:
                for out in (full, none):
                    done = ask_with(case, stdout=out, cwd="full")
                    equal(done.returncode, 0 if case.answer == "held" else 1,
                          "%s: %r" % (case.name, done.stderr))
                    equal(os.path.getsize("full/empty"), 0)


# ------------------------------------------------------------------------------------ running guests

SILENT = [("reconnect", "begin"), ("stopped", "end"), ("release", "end"), ("started", "begin"),
          ("start", "begin"), ("attach", "begin"), ("frobnicate", "begin"), ("prepare", "end"),
          ("migrate", "end")]


def script(text):
    """As it is installed, and one that someone wrote without its case."""
    with open("50-romtool", "w", encoding="ascii") as f:
        f.write(text)
    os.chmod("50-romtool", 0o755)


def silent(tap, case):
    # either program is asked, with the first call of a kind, and all that follow, failing
    asked = [(program, operation, faults.Fault(os.path.basename(program), (calls, how, True), 1))
             for program in (ROMTOOL, ROMTOOL + "-libvirt") for operation in SILENT
             for calls, how in sorted({failure[:2] for failure in faults.FAILURES})
             if not how.startswith("kill")]
    with tap.test("no running guest is refused, whatever fails: %d times" % len(asked)):
        def attempt(it):
            program, (operation, sub), fault = it
            done = case.ask(fault.environment(), operation, "no XML", sub, program)
            equal((done.returncode, done.stdout), (0, ""), "%s, %s: %s" % (operation, fault,
                                                                          done.stderr))
        faults.for_each(attempt, asked)

    streams = {"stdin": 0, "stdout": 1, "stderr": 2}
    with tap.test("nor where a stream is closed, full or not there"):
        for closed in [*itertools.combinations(streams, 1), *itertools.combinations(streams, 2),
                       tuple(streams)]:
            def close(which=closed):
                for stream in which:
                    os.close(streams[stream])
            equal(ask_with(case, "reconnect", preexec_fn=close).returncode, 0, closed)
        with open("/dev/full", "wb") as full:
            equal(ask_with(case, "reconnect", stdout=full, stderr=full, cwd="full").returncode, 0)
        equal(ask_with(case, "reconnect", preexec_fn=limited(resource.RLIMIT_FSIZE, 0)).returncode,
              0)

    with tap.test("nor by the script, from eleven descriptors on"):
        template = read("packaging", "50-romtool.in").replace("@romtool@", ROMTOOL)
        for text in (template, "#!/bin/sh\nexec %s libvirt hook -M /none -- \"$@\"\n" % ROMTOOL):
            script(text)
            for n in range(11, 16):  # dash wants its script behind the ten that a script may name
                done = subprocess.run(["./50-romtool", "guest", "reconnect", "begin", "-"],
                                      env=environment(), stdin=subprocess.DEVNULL,
                                      preexec_fn=limited(resource.RLIMIT_NOFILE, n), check=False)
                equal(done.returncode, 0, "%d: %s" % (n, text))


# ------------------------------------------------------------------------------------


def main():
    tap = Tap()
    why = faults.in_namespace()
    if why is not None:
        tap.skip("the hook under failures", why)
        tap.end()
    with faults.Workplace() as work:
        for name in ("cwd", "tmp"):
            os.mkdir(name)
        work.mount("-t", "tmpfs", "none", "/dev/shm")
        work.fill("full")
        make_roms()
        make_release()
        make_hosts()
        make_etc(work)
        cases = all_cases()
        before = faults.snapshot(*PLACES)
        with tap.test("without a failure each is answered as it is meant"):
            undisturbed(cases)
        starts(tap, cases)
        real_limits(tap, cases)
        silent(tap, cases[1])
        with tap.test("no file is left, none was changed"):
            equal(faults.snapshot(*PLACES), before)
    tap.end()


main()
