#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`manifest install` that dies at any point, has no space at any point, and many at once: what a host
has is always whole, the ROMs in its store too, and no older release slips in behind a newer one."""

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
STORE = "usr/lib/romtool/roms/acme%2Froms/one"
ROMS = ["efi-e1000.rom", "efi-e1000e.rom"]
STATE = os.path.join(HOST, "state", "acme%2Froms@one.json")

# What changes something.
CALLS = ",mkdir,mkdirat,rename,renameat,renameat2,link,unlink,unlinkat,mkstemp,fchmod,fsync,write,"
KILLED = -9


def romtool(*argv, check=True):
    done = subprocess.run([ROMTOOL, *argv], capture_output=True, text=True)
    if check and done.returncode != 0:
        raise AssertionError("romtool %s: %s" % (" ".join(argv), done.stderr))
    return done


def release(serial):
    directory = "r%d" % serial
    os.mkdir(directory)
    for i, name in enumerate(ROMS):
        with open(os.path.join(directory, name), "wb") as f:
            subprocess.run([MKROM, "x86:length=2560,device=%d" % (serial * 2 + i)], check=True, stdout=f)
    manifest = directory + "/r.json"
    romtool("manifest", "create", "-q", "-p", PROFILE, "--product", "acme/roms", "--channel", "one",
            "--release", "1.%d" % serial, "--serial", str(serial), "-o", manifest, directory)
    romtool("sign", "-q", "-k", "k.key", manifest)
    romtool("sign", "-q", "--format", "dsse", "-k", "k.key", manifest)
    return manifest


def install(root, manifest, check=True):
    return romtool("manifest", "install", "-q", "--root", root, manifest, check=check)


def padded(serial):
    """What the store has of a release."""
    found = {}
    for name in ROMS:
        with open(os.path.join("r%d" % serial, name), "rb") as f:
            found[name] = f.read().ljust(4096, b"\0")
    return found


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


def stored(root, serial):
    """{name: bytes} of a release's directory in the store; None where it is not there."""
    directory = os.path.join(root, STORE, str(serial))
    if not os.path.isdir(directory):
        return None
    found = {}
    for name in os.listdir(directory):
        with open(os.path.join(directory, name), "rb") as f:
            found[name] = f.read()
    return found


def is_clean(root):
    """Nothing half made lies in the store."""
    store = os.path.dirname(os.path.dirname(os.path.join(root, STORE)))
    equal(os.listdir(store), ["acme%2Froms"], "the store of " + root)


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
    equal(stored(root, 8), padded(8), "the ROMs of the release before")
    roms = stored(root, 9)
    if roms is not None:
        equal(roms, padded(9), "the ROMs")
        equal(max(serials(root)), 9, "the record")
    elif any("/manifests/" in path for path in new):
        raise AssertionError("a manifest without its ROMs")


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
                equal(stored("x", 9), padded(9), "its ROMs, call %d" % at)
                is_clean("x")
                shutil.rmtree("x")
            shutil.rmtree("x")
            if at < 45:
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
            equal(stored("x", 9), padded(9), "its ROMs, call %d" % at)
            is_clean("x")
            shutil.rmtree("x")
        shutil.rmtree("x")
        if at < 60:
            raise AssertionError("only %d calls were seen" % at)

    with tap.test("ROMs that are replaced under the same serial are the old or the new, at any call"):
        for after in (False, True):
            for at in range(1, 1000):
                shutil.copytree("reference", "x")
                with open(os.path.join("x", STORE, "9", "y.rom"), "wb"):
                    pass
                old = stored("x", 9)
                code = dying("x", manifests[9], at, after)
                if stored("x", 9) not in (old, padded(9)):
                    raise AssertionError("call %d" % at)
                if code == 0:
                    break
                install("x", manifests[9])
                equal((stored("x", 9), files("x")), (padded(9), done), "call %d" % at)
                is_clean("x")
                shutil.rmtree("x")
            is_clean("x")
            shutil.rmtree("x")
            if at < 40:
                raise AssertionError("only %d calls were seen" % at)

    for kind, limits in (("bytes", ["size=%dk" % (4 * n) for n in range(1, 48)]),
                         ("files", ["nr_inodes=%d" % n for n in range(10, 70)])):
        with tap.test("an install that finds no space for its %s changes nothing" % kind):
            os.makedirs("full", exist_ok=True)
            script = """
                for limit in "$@"; do
                    mount -t tmpfs -o $limit none full
                    cp -r h full 2>/dev/null && {
                        "$ROMTOOL" manifest install -q --root full/h "$M" 2> said; echo $? > code
                        cp -r full/h code said out/$limit
                    }
                    umount full
                done"""
            shutil.rmtree("out", ignore_errors=True)
            for limit in limits:
                os.makedirs(os.path.join("out", limit))
            subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", *limits],
                           check=True, env={**os.environ, "ROMTOOL": ROMTOOL, "M": manifests[9]})
            codes = []
            for limit in limits:
                x = os.path.join("out", limit, "h")
                if not os.path.exists(os.path.join("out", limit, "said")):
                    continue
                with open(os.path.join("out", limit, "code"), encoding="utf-8") as f:
                    codes.append(int(f.read()))
                with open(os.path.join("out", limit, "said"), encoding="utf-8") as f:
                    said = f.read()
                equal("No space left on device" in said, codes[-1] == 3, limit + ": " + said)
                is_clean(x)
                if codes[-1] == 0:
                    equal((stored(x, 9), files(x)), (padded(9), done), limit)
                elif max(serials(x)) == 8:
                    equal((stored(x, 9), files(x)), (None, before), limit)
                else:
                    is_whole(x, before, done)
                install(x, manifests[9])
                equal((stored(x, 9), files(x)), (padded(9), done), limit)
            if codes != sorted(codes, reverse=True) or codes.count(3) < 4 or codes[-1] != 0:
                raise AssertionError("exit status %s" % codes)

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
            equal({int(s) for s in os.listdir(os.path.join("x", STORE))}, held, "the store")
            for serial in held:
                equal(stored("x", serial), padded(serial), "%d" % serial)
            is_clean("x")
            shutil.rmtree("x")
    os.chdir("/")
tap.end()
