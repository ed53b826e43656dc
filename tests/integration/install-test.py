#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`manifest install` that dies at any point, and many at once: what a host has is always whole, and
no older release slips in behind a newer one."""

import json
import os
import re
import shutil
import subprocess
import tempfile

from guest import MKROM, ROMTOOL, Tap, equal
from tap import SOURCE

PROFILE = os.path.join(SOURCE, "tests", "golden", "files", "acme.json")
HOST = "var/lib/romtool"
STATE = os.path.join(HOST, "state", "acme%2Froms@one.json")

# What changes something.
CALLS = ",mkdir,rename,link,unlink,mkstemp,fchmod,fsync,write,"
KILLED = -9


def romtool(*argv, check=True):
    done = subprocess.run([ROMTOOL, *argv], capture_output=True, text=True)
    if check and done.returncode != 0:
        raise AssertionError("romtool %s: %s" % (" ".join(argv), done.stderr))
    return done


def release(serial):
    directory = "r%d" % serial
    os.mkdir(directory)
    with open(directory + "/efi-e1000.rom", "wb") as f:
        subprocess.run([MKROM, "x86:length=3072", "pad:to=4K"], check=True, stdout=f)
    manifest = directory + "/r.json"
    romtool("manifest", "create", "-q", "-p", PROFILE, "--product", "acme/roms", "--channel", "one",
            "--release", "1.%d" % serial, "--serial", str(serial), "-o", manifest, directory)
    romtool("sign", "-q", "-k", "k.key", manifest)
    romtool("sign", "-q", "--format", "dsse", "-k", "k.key", manifest)
    return manifest


def install(root, manifest, check=True):
    return romtool("manifest", "install", "-q", "--root", root, manifest, check=check)


def dying(root, manifest, at, after):
    """It is killed before or behind its at-th call; its exit status."""
    env = {"LD_PRELOAD": os.environ["FAULT_LIBRARY"], "FAULT_PROGRAM": "romtool-crypto",
           "FAULT_CALLS": CALLS, "FAULT_AT": str(at), "FAULT": "kill-after" if after else "kill"}
    return subprocess.run([ROMTOOL, "manifest", "install", "-q", "--root", root, manifest],
                          capture_output=True, text=True, env=env).returncode


def files(root):
    """{path: bytes} of what is installed, without what a crash left half made."""
    found = {}
    for directory, _, names in os.walk(os.path.join(root, HOST)):
        for name in names:
            path = os.path.join(directory, name)
            if re.search(r"(\.json(\.minisig|\.dsse)?|/[0-9a-f]{64})$", path):
                with open(path, "rb") as f:
                    found[os.path.relpath(path, root)] = f.read()
    return found


def serials(root):
    with open(os.path.join(root, STATE), encoding="utf-8") as f:
        return [entry["serial"] for entry in json.load(f)["releases"]]


def is_whole(root, before, done):
    """Each file that is there is as it was or as it will be; a newer one is there only when the
    record of it is."""
    now = files(root)
    for path, data in now.items():
        if data not in (before.get(path), done.get(path)):
            raise AssertionError("%s is half written" % path)
    new = {path for path in now if path not in before}
    if any(path != STATE for path in new):
        equal(max(serials(root)), 9, "the record")


tap = Tap()
with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    romtool("keygen", "-q", "k")
    manifests = {serial: release(serial) for serial in range(7, 20)}
    os.makedirs("h/etc/romtool/trusted.d")
    shutil.copy("k.pub", "h/etc/romtool/trusted.d/k.pub")
    shutil.copytree("h", "fresh")
    install("h", manifests[8])
    before = files("h")
    shutil.copytree("h", "reference")
    install("reference", manifests[9])
    done = files("reference")

    for after in (False, True):
        where = "behind" if after else "before"
        with tap.test("an install that dies %s any of its calls leaves a whole host" % where):
            for at in range(1, 1000):
                shutil.copytree("h", "x")
                code = dying("x", manifests[9], at, after)
                if code == 0:
                    break
                equal(code, KILLED, "call %d" % at)
                is_whole("x", before, done)
                # what was installed is still known by its stamp, what was not can still be verified
                os.rename("r8/r.json.minisig", "m")
                os.rename("r8/r.json.dsse", "d")
                held = romtool("verify", "-q", "-M", manifests[8], "--root", "x", "r8/efi-e1000.rom",
                               check=False).returncode
                os.rename("m", "r8/r.json.minisig")
                os.rename("d", "r8/r.json.dsse")
                equal(held, 0, "the release before, call %d" % at)
                romtool("verify", "-q", "-M", manifests[9], "--root", "x", "r9")
                # once the newer one is on record, the older one is refused
                older = install("x", manifests[8], check=False)
                equal(older.returncode, 1 if max(serials("x")) == 9 else 0, "the older, call %d" % at)
                install("x", manifests[9])
                equal(files("x"), done, "completed, call %d" % at)
                shutil.rmtree("x")
            shutil.rmtree("x")
            if at < 20:
                raise AssertionError("only %d calls were seen" % at)

    with tap.test("the first install of a host may die anywhere, too"):
        for at in range(1, 1000):
            shutil.copytree("fresh", "x")
            code = dying("x", manifests[9], at, False)
            if code == 0:
                break
            equal(code, KILLED, "call %d" % at)
            install("x", manifests[9])
            equal(install("x", manifests[8], check=False).returncode, 1, "call %d" % at)
            shutil.rmtree("x")
        shutil.rmtree("x")
        if at < 25:
            raise AssertionError("only %d calls were seen" % at)

    with tap.test("many installs at once: each that held was not older than one before it"):
        for turn in range(8):
            shutil.copytree("fresh", "x")
            order = sorted(manifests, key=lambda s: (s * 7 + turn * 5) % 13)
            running = [(s, subprocess.Popen([ROMTOOL, "manifest", "install", "-q", "--root", "x",
                                             manifests[s]], stderr=subprocess.PIPE, text=True))
                       for s in order]
            codes = {s: (p.communicate()[1], p.returncode) for s, p in running}
            for serial, (said, code) in codes.items():
                equal(code == 0 or (code == 1 and "was installed" in said), True,
                      "%d: %s" % (serial, said))
            equal(codes[19][1], 0, "the newest")
            equal(serials("x"), [19], "the record")
            equal(install("x", manifests[18], check=False).returncode, 1, "an older one")
            held = {s for s, (_, code) in codes.items() if code == 0}
            there = {int(re.search(r"@(\d+)\.json$", path)[1]) for path in files("x")
                     if "/manifests/" in path and path.endswith(".json")}
            equal(there, held, "what is installed")
            shutil.rmtree("x")
    os.chdir("/")
tap.end()
