#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What `romtool run` takes itself, and what becomes of romsize, rombar and an empty romfile: --rom-size
for all devices or for one, --reason, --hotplug, --dry-run; descriptors, -sandbox and -daemonize."""

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import tempfile

from guest import ROMTOOL, QEMU, Tap, equal, make_rom, require, romtool
from started import I440FX, PROFILE, Q35, RUN, Refusal, Started

IPXE = "/usr/lib/ipxe/qemu"
require(IPXE + "/efi-virtio.rom")
tap = Tap()
work = tempfile.TemporaryDirectory()
refusal = Refusal(work.name)
SLOT, NAME = 262144, "efi-virtio.rom"


def rom(name, *words):
    path = os.path.join(work.name, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    make_rom(path, *words)
    return path


def read(path):
    with open(path, "rb") as f:
        return f.read()


def config(name, text):
    path = os.path.join(work.name, name)
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    return path


good = rom("good/" + NAME, "x86", "efi", "pad:to=200000")
large = rom("large/" + NAME, "x86", "efi", "pad:to=300000")
small = rom("small/" + NAME, "x86:length=4096")
damaged = rom("damaged/" + NAME, "x86:length=4096,sum=1")
for file in os.listdir(IPXE):
    rom("large/" + file, "x86", "efi", "pad:to=300000")
VIRTIO = "virtio-net-pci,id=nic"

# ------------------------------------------------------------------------------------ romsize

with tap.test("a romsize that is not the slot is refused, whoever states it"):
    for words in (["-device", VIRTIO + ",romsize=524288"],
                  ["-device", VIRTIO + ",romsize=131072"],
                  ["-device", VIRTIO + ",romsize=262144,romsize=524288"],
                  ["-device", '{"driver":"virtio-net-pci","romsize":524288}'],
                  ["-device", VIRTIO, "-global", "virtio-net-pci.romsize=524288"],
                  ["-device", VIRTIO, "-set", "device.nic.romsize=524288"],
                  ["-device", VIRTIO, "-readconfig", config("size.cfg", """[global]
  driver = "virtio-net-pci"
  property = "romsize"
  value = "524288"
""")]):
        refusal.refused([*Q35, *words], ["romsize", "262144"], status=[1])
with tap.test("a romsize that QEMU would not read is refused"):
    for size in ("300000", "0", "x", "", "262144,romsize=0x40000x"):
        refusal.refused([*Q35, "-device", "%s,romsize=%s" % (VIRTIO, size)], "romsize", status=[1])
with tap.test("and one that only romtool would read"):
    for device in (VIRTIO + ",romsize=256K", '{"driver":"virtio-net-pci","romsize":"262144"}'):
        if refusal.run([*Q35, "-device", device]).executed is not None:
            with Started([*Q35, "-device", device]) as g:
                equal(g.ends(), 1)
with tap.test("the slot as romsize, of a default ROM"), \
        Started([*Q35, "-device", VIRTIO + ",romsize=0x40000"]) as g:
    g.holds("nic", read(IPXE + "/" + NAME), SLOT, is_default=True)

# ------------------------------------------------------------------------------------ no BAR, no ROM


def without_bar(words):
    """The ROMs that firmware gets by fw_cfg, but for QEMU's own."""
    with Started([*Q35, *words]) as guest:
        equal(guest.slots(), {})
        return [guest.fw_cfg_file(n) for n in guest.fw_cfg_roms() if "kvmvapic" not in n]


OFF = {
    "-device": lambda file: ["-device", "%s,rombar=0,romfile=%s" % (VIRTIO, file)],
    "-device rombar=off": lambda file: ["-device", "%s,rombar=0x0,romfile=%s" % (VIRTIO, file)],
    "JSON": lambda file: ["-device", json.dumps({"driver": "virtio-net-pci", "rombar": 0,
                                                 "romfile": file})],
    "-global": lambda file: ["-device", VIRTIO + ",romfile=" + file, "-global",
                             "virtio-net-pci.rombar=0"],
    "-set": lambda file: ["-device", VIRTIO + ",romfile=" + file, "-set", "device.nic.rombar=0"],
    "-readconfig": lambda file: ["-readconfig", config("bar.cfg", """[device "nic"]
  driver = "virtio-net-pci"
  romfile = "%s"
  rombar = "0"
""" % file)],
    "a default ROM": lambda file: ["-L", os.path.dirname(file), "-device", VIRTIO + ",rombar=0"],
}
for form, words in OFF.items():
    with tap.test("rombar=0 by %s: the guest's fw_cfg has the verified file" % form):
        equal([r.rstrip(b"\0") for r in without_bar(words(small))], [read(small).rstrip(b"\0")])
    with tap.test("rombar=0 by %s: a damaged ROM is refused" % form):
        refusal.refused([*Q35, *words(damaged)], damaged, status=[1])

with tap.test("a rombar that is neither 0 nor 1 changes no slot"):
    for bar in ("2", "01", "0x1", " 1", "4294967295"):
        argv = [*Q35, "-device", "%s,rombar=%s,romfile=%s" % (VIRTIO, bar, small)]
        if refusal.run(argv).executed is not None:
            with Started(argv) as g:
                equal(g.slots(), {"nic": SLOT}, bar)

NONE = {
    "-device": ["-device", VIRTIO + ",romfile="],
    "-device, the last": ["-device", "%s,romfile=%s,romfile=" % (VIRTIO, large)],
    "JSON": ["-device", '{"driver":"virtio-net-pci","id":"nic","romfile":""}'],
    "-global": ["-device", VIRTIO, "-global", "virtio-net-pci.romfile="],
    "-set": ["-device", VIRTIO + ",romfile=" + large, "-set", "device.nic.romfile="],
    "-readconfig": ["-readconfig", config("none.cfg", """[device "nic"]
  driver = "virtio-net-pci"
  romfile = ""
""")],
}
for form, words in NONE.items():
    with tap.test("an empty romfile by %s: no ROM" % form), \
            Started(["-L", os.path.dirname(large), *Q35, *words]) as g:
        equal((g.slots(), [d["qdev_id"] for _, d, _ in g.functions() if d["qdev_id"]]), ({}, ["nic"]))
with tap.test("a romfile that a -device states comes before one of -global, an empty one too"):
    with Started([*Q35, "-device", VIRTIO + ",romfile=", "-global",
                  "virtio-net-pci.romfile=" + good]) as g:
        equal(g.slots(), {})
    refusal.refused([*Q35, "-device", VIRTIO + ",romfile=" + large, "-global",
                     "virtio-net-pci.romfile="], large, status=[1])

# ------------------------------------------------------------------------------------ several devices

with tap.test("three devices of a model: a default ROM, two files"), Started([
        *Q35, "-device", "virtio-net-pci,id=a", "-device", "virtio-net-pci,id=b,romfile=" + good,
        "-device", "virtio-net-pci,id=c,romfile=" + small],
        run=[*RUN, "--rom-size", "virtio-net-pci@c=4K"]) as g:
    g.holds("a", read(IPXE + "/" + NAME), SLOT, is_default=True)
    g.holds("b", read(good), SLOT)
    g.holds("c", read(small), 4096)
with tap.test("one of them is too large"):
    refusal.refused([*Q35, "-device", "virtio-net-pci,id=a,romfile=" + good, "-device",
                     "virtio-net-pci,id=b,romfile=" + large], large, status=[1])
with tap.test("the first -L counts"):
    directories = ["-L", os.path.dirname(good), "-L", os.path.dirname(large)]
    with Started([*directories, *Q35, "-device", VIRTIO]) as g:
        g.holds("nic", read(good), SLOT, is_default=True)
    refusal.refused([*directories[2:], *directories[:2], *Q35, "-device", VIRTIO], large, status=[1])

# ------------------------------------------------------------------------------------ --rom-size

TWO = ["-device", "virtio-net-pci,id=a,romfile=" + large, "-device", "virtio-net-pci,id=b"]


def sized(size):
    return [*RUN, "--rom-size", size]


with tap.test("--rom-size for all devices of a model"), Started(
        [*Q35, "-L", os.path.dirname(large), *TWO], run=sized("virtio-net-pci=512K")) as g:
    g.holds("a", read(large), 2 * SLOT)
    g.holds("b", read(large), 2 * SLOT, is_default=True)
with tap.test("--rom-size for one"), Started([*Q35, *TWO], run=sized("virtio-net-pci@a=512K")) as g:
    g.holds("a", read(large), 2 * SLOT)
    g.holds("b", read(IPXE + "/" + NAME), SLOT, is_default=True)
ONE = {
    "JSON": ["-device", json.dumps({"driver": "virtio-net-pci", "id": "a", "romfile": large})],
    "-set": ["-device", "virtio-net-pci,id=a", "-set", "device.a.romfile=" + large],
    "-readconfig": ["-readconfig", config("one.cfg", """[device "a"]
  driver = "virtio-net-pci"
  romfile = "%s"
""" % large)],
    "a romsize as well": ["-device", "virtio-net-pci,id=a,romsize=524288,romfile=" + large],
}
for form, words in ONE.items():
    with tap.test("--rom-size for one by its id in %s" % form), \
            Started([*Q35, *words], run=sized("virtio-net-pci@a=512K")) as g:
        g.holds("a", read(large), 2 * SLOT)
with tap.test("--rom-size for another is no word for this one"):
    for size in ("virtio-net-pci@b=512K", "e1000=512K"):
        refusal.refused([*Q35, *TWO], large, run=sized(size), status=[1])
with tap.test("--rom-size for an id, or a model of that id, that is not there is refused"):
    for size in ("virtio-net-pci@c=512K", "e1000@a=512K", "virtio-net-pci@=512K"):
        done = refusal.run([*Q35, *TWO[2:]], run=sized(size))
        equal((done.executed, done.returncode in (1, 2, 3)), (None, True), size + done.stderr)
with tap.test("--rom-size that is no size is a usage error"):
    for size in ("virtio-net-pci", "=512K", "virtio-net-pci=500000", "virtio-net-pci=", "@a=512K",
                 "virtio-net-pci@a"):
        done = refusal.run([*Q35, *TWO], run=sized(size))
        equal((done.executed, done.returncode), (None, 2), size + done.stderr)
with tap.test("--rom-size makes a damaged ROM no better"):
    refusal.refused([*Q35, "-device", VIRTIO + ",romfile=" + damaged], damaged, status=[1],
                    run=sized("virtio-net-pci@nic=512K"))
with tap.test("--rom-size of the machine's own NIC"), Started(
        ["-M", "pc-q35-7.2", "-S", "-m", "16", "-vga", "none", "-L", os.path.dirname(large)],
        run=sized("e1000e=512K")) as g:
    equal(g.slots(), {"8086:10d3": 2 * SLOT})

# ------------------------------------------------------------------------------------ --reason


def logged(options, argv):
    """Exit status, stderr, and what syslog was told, in a /dev of its own."""
    with tempfile.TemporaryDirectory() as place, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(os.path.join(place, "log"))
        done = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c",
                               'mount -t tmpfs none /dev && ln -s "$0" /dev/log && exec "$@"',
                               log.getsockname(), ROMTOOL, "run", *options, "--", refusal.vmm, *argv],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
                              cwd=place)
        log.settimeout(0)
        said = []
        with contextlib.suppress(BlockingIOError):
            while True:
                said.append(log.recv(4096).decode())
        return done.returncode, done.stderr, said


def recorded(options, reason):
    status, errors, said = logged(options, [*Q35, *TWO])
    equal((status, len(said)), (0, 1), errors)
    equal(re.match(r"<(28|29)>.*romtool\[\d+\]: ", said[0]) is not None, True, said[0])
    for text in (said[0], *errors.splitlines()):
        for word in ("virtio-net-pci", "524288", reason):
            equal(word in text, True, "%r in %r" % (word, text))
    equal(errors.count("\n"), 1, errors)


with tap.test("--reason is on stderr and in syslog"):
    recorded([*sized("virtio-net-pci@a=512K"), "--reason", "since 2019: %s 100%"], "since 2019: ")
with tap.test("without one that is said too"):
    recorded(sized("virtio-net-pci@a=512K"), "no reason given")
with tap.test("nothing is recorded where nothing is overridden"):
    equal(logged(RUN, [*Q35, "-device", VIRTIO]), (0, "", []))
with tap.test("a reason is 1 to 255 printable bytes"):
    recorded([*sized("virtio-net-pci@a=512K"), "--reason", "r" * 255], "r" * 255)
    for reason in ("", "r" * 256, "a\nb", "\x1b[2J", "a\x7fb"):
        done = refusal.run([*Q35, *TWO], run=[*sized("virtio-net-pci@a=512K"), "--reason", reason])
        equal((done.executed, done.returncode), (None, 2), repr(reason))

# ------------------------------------------------------------------------------------ --hotplug

text = romtool("slots", "show", *PROFILE, "-m", "pc-i440fx-7.2", "--json").stdout
NICS = {m["device"]: m["slot"] for m in json.loads(text)["mandates"] if m["file"].endswith(".rom")}


def plug(guest, driver, name="late"):
    """The refusal, or None."""
    try:
        guest.ask("device_add", driver=driver, id=name)
    except RuntimeError as why:
        return str(why)
    return None


with tap.test("with --hotplug every NIC that the profile knows is plugged with its slot"):
    equal(len(NICS) > 20, True)
    for driver, slot in NICS.items():
        with Started(I440FX, run=[*RUN, "--hotplug"]) as g:
            equal(plug(g, driver), None, driver)
            equal(g.slots(), {"late": slot}, driver)
with tap.test("with --hotplug its bytes are verified: those of the file"), \
        Started([*I440FX, "-device", VIRTIO], run=[*RUN, "--hotplug"]) as g:
    equal(plug(g, "e1000"), None)
    g.holds("late", read(IPXE + "/efi-e1000.rom"), SLOT, is_default=True)
with tap.test("without it what is not on the command line has none"), \
        Started([*I440FX, "-device", VIRTIO]) as g:
    refusals = {d: plug(g, d, "n-" + d.replace("_", "-")) for d in NICS if "virtio" not in d}
    equal({d: why for d, why in refusals.items() if "is empty" not in str(why)}, {})
    equal(plug(g, "virtio-net-pci"), None)
    g.holds("late", read(IPXE + "/" + NAME), SLOT, is_default=True)
with tap.test("with --hotplug and ROMs that are too large nothing unverified is plugged"):
    words = [*I440FX, "-L", os.path.dirname(large)]
    if refusal.run(words, run=[*RUN, "--hotplug"]).executed is None:
        refusal.refused(words, os.path.dirname(large), run=[*RUN, "--hotplug"])
    else:
        with Started(words, run=[*RUN, "--hotplug"]) as g:
            equal([d for d in NICS if plug(g, d, "n-" + d.replace("_", "-")) is None], [])

# ------------------------------------------------------------------------------------ --dry-run

HOSTILE = ["-name", "it's \"a\" $HOME `id` \\ *?", "-append", "", "-uuid", "a;b|c&d#e~", "-m", "16\n17"]
with tap.test("--dry-run executes nothing; sh makes of its line the words of the start"):
    command = [*Q35, "-device", VIRTIO + ",romfile=" + good, *HOSTILE]
    done = refusal.run(command, run=[*RUN, "--dry-run"])
    equal((done.executed, done.returncode, done.stderr), (None, 0, ""))
    said = done.stdout
    equal(said.endswith("\n"), True)
    subprocess.run(["sh", "-c", said], check=True, stdin=subprocess.DEVNULL)
    with open(refusal.mark, encoding="utf-8") as f:
        words = f.read()
    equal(words, "\n".join(refusal.run(command).executed) + "\n")
    equal(shlex.split(said)[0], refusal.vmm)
with tap.test("--dry-run refuses what a start refuses, and prints nothing"):
    refusal.refused([*Q35, "-device", VIRTIO + ",romfile=" + large], large, status=[1],
                    run=[*RUN, "--dry-run"])

# ------------------------------------------------------------------------------------ the process

with tap.test("ROMs are sealed: nobody writes them in a running guest"), \
        Started([*Q35, "-device", VIRTIO + ",romfile=" + good, "-device", "e1000", "-readconfig",
                 config("rng.cfg", '[device "rng"]\n  driver = "virtio-rng-pci"\n')]) as g:
    g.connect()
    place = "/proc/%d/fd/" % g.process.pid
    memfds = [n for n in os.listdir(place) if os.readlink(place + n).startswith("/memfd:")]
    roms = [n for n in memfds if os.path.getsize(place + n) == SLOT]
    equal(len(roms), 2)
    written = []
    for n in memfds:
        with contextlib.suppress(PermissionError), open(place + n, "r+b", buffering=0) as f:
            f.write(b"x")
            written.append(n)
    equal(written, [])
with tap.test("descriptors of the caller's are QEMU's"), tempfile.TemporaryFile() as f:
    f.write(b"inherited")
    f.flush()
    os.set_inheritable(f.fileno(), True)
    with open(refusal.vmm + "-fd", "w", encoding="ascii") as script:
        script.write("#!/bin/sh\nexec cat /proc/self/fd/%d\n" % f.fileno())
    os.chmod(script.name, 0o755)
    done = subprocess.run([ROMTOOL, "run", *RUN, "--", script.name, *Q35, "-device", VIRTIO],
                          pass_fds=[f.fileno()], capture_output=True, text=True, check=False,
                          cwd=work.name)
    equal((done.stdout, done.stderr), ("inherited", ""))
SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"
with tap.test("-sandbox does not keep QEMU from its ROMs, hotplugged ones too"), \
        Started([*I440FX, "-sandbox", SANDBOX, "-device", VIRTIO + ",romfile=" + good],
                run=[*RUN, "--hotplug"]) as g:
    g.holds("nic", read(good), SLOT)
    equal(plug(g, "e1000"), None)
    equal(g.slots()["late"], SLOT)
with tap.test("-daemonize: the guest that stays has its ROM"), tempfile.TemporaryDirectory() as d:
    pidfile, address = os.path.join(d, "pid"), os.path.join(d, "qmp")
    done = subprocess.run([ROMTOOL, "run", *RUN, "--", QEMU, *Q35, "-display", "none", "-device",
                           VIRTIO, "-daemonize", "-pidfile", pidfile, "-monitor",
                           "unix:%s,server=on,wait=off" % address], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, cwd=d, check=False, timeout=300)
    equal(done.returncode, 0, done.stderr)
    with open(pidfile, encoding="ascii") as f:
        pid = int(f.read())
    try:
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(address)
            monitor.sendall(b"info ramblock\n")
            shown = b""
            while b"rom" not in shown or not shown.endswith(b"(qemu) "):
                shown += monitor.recv(65536)
        equal(re.search(rb"virtio-net-pci.rom.* 0x0*40000", shown) is not None, True)
    finally:
        os.kill(pid, signal.SIGKILL)
with tap.test("QEMU's own exit status is run's"):
    done = subprocess.run([ROMTOOL, "run", *RUN, "--", QEMU, *Q35, "-device", "no-such-thing"],
                          capture_output=True, text=True, cwd=work.name, check=False, timeout=300)
    equal((done.returncode, "no-such-thing" in done.stderr), (1, True), done.stderr)

work.cleanup()
tap.end()
