#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`slots probe`: measures the real QEMU, compares it with profiles, and survives every program that
only claims to be one."""

import json
import os
import pty
import resource
import signal
import subprocess
import sys
import tempfile
import time
import uuid

from guest import Guest, QEMU, ROMTOOL, Tap, contains, equal, make_rom, require, romtool

require("/usr/lib/ipxe/qemu/efi-virtio.rom", "/usr/share/seabios/vgabios-stdvga.bin")
tap = Tap()
FEW = ["-m", "pc-q35-7.2", "-m", "pc-q35-7.1", "-m", "pc-q35-7.0", "-m", "pc-i440fx-1.4"]
MARK = "PROBE_TEST=" + uuid.uuid4().hex  # in the environment of all that a probe starts
PATIENCE = 300  # seconds, with which only what hangs is met


def marked():
    """The processes that a probe of this test left behind."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/environ" % pid, "rb") as f:
                if MARK.encode() in f.read() and int(pid) != os.getpid():
                    found.append(int(pid))
        except OSError:
            pass
    return found


def left_behind():
    """The same, but for those that are killed and have not got to their end: nobody waits for what a
    program started that was itself started."""
    end = time.monotonic() + PATIENCE
    while marked() and time.monotonic() < end:
        time.sleep(0.02)
    return marked()


def environment():
    return dict(os.environ, **dict([MARK.split("=")]))


def start(*argv, **options):
    """A probe that gives each QEMU the time that it takes, unless another is stated."""
    if "--timeout" not in argv:
        argv = ["--timeout", str(PATIENCE), *argv]
    return subprocess.Popen([ROMTOOL, "slots", "probe", *argv], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=environment(), **options)


def probe(*argv, status=0, **options):
    """Runs it to its end; (stdout, stderr)."""
    process = start(*argv, **options)
    out, err = process.communicate()
    equal(process.returncode, status, "exit status, " + err)
    equal(left_behind(), [], "processes left behind")
    return out, err


def read(path):
    with open(path, encoding="ascii") as f:
        return f.read()


def script(name, text):
    path = os.path.join(work, name)
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    os.chmod(path, 0o755)
    return path


def python(name, text):
    return script(name, "#!%s\nimport json, os, subprocess, sys, time\n%s" % (sys.executable, text))


def wrapper(name, text):
    """A shell script around the real QEMU; $machine is the -machine that was asked for."""
    return script(name, '#!/bin/sh\nmachine=\nlast=\nfor word; do\n'
                        '    [ "$last" = -machine ] && [ -z "$machine" ] && machine=${word%%,*}\n'
                        '    last=$word\ndone\n'
                        "%s\nexec %s \"$@\"\n" % (text, QEMU))


def mandates(slot_file):
    """{(device, file, slot)} of a slot file, the machine types left out."""
    return {(m.get("device"), m.get("file"), m["slot"]) for m in json.loads(slot_file)["mandates"]}


# ------------------------------------------------------------------------------------ the real one


def test_whole():
    full = os.path.join(work, "full.json")

    with tap.test("every machine type of this QEMU holds against debian/bookworm"):
        out, err = probe("--qemu", QEMU, "-o", full, "--against", "debian/bookworm")
        equal(err, "", "stderr")
        contains(out.splitlines()[-1], " slots are as debian/bookworm says")
        contains(out, "not measured: virtio-vga-gl: ")

    with tap.test("the slot file has every machine type, is read back and lints clean"):
        series = json.loads(read(full))["series"][0]
        listed = subprocess.run([QEMU, "-M", "help"], capture_output=True, text=True, check=True)
        types = [line.split() for line in listed.stdout.splitlines()[1:]]
        equal(sorted(series["machines"]), sorted(t[0] for t in types if "(alias" not in t))
        equal(series["aliases"], {t[0]: t[t.index("of") + 1].rstrip(")")
                                  for t in types if "(alias" in t})
        equal(series["deprecated"], [t[0] for t in sorted(types) if "(deprecated)" in t])
        contains(romtool("slots", "show", "-p", full, "-m", "q35").stdout, "efi-virtio.rom")
        contains(romtool("slots", "lint", full).stdout, "held")

    with tap.test("what it measured is what another QEMU says to another question"):
        for machine, devices in (("pc-i440fx-1.4", ["virtio-net-pci", "e1000", "VGA", "vmxnet3"]),
                                 ("pc-q35-2.6", ["vmxnet3", "i82559er", "bochs-display"]),
                                 ("x-remote", ["vmxnet3", "virtio-net-pci"])):
            shown = json.loads(romtool("slots", "show", "-p", full, "-m", machine, "--json").stdout)
            slots = {m["device"]: m["slot"] for m in shown["mandates"]}
            argv = [word for i, d in enumerate(devices) for word in ("-device", "%s,id=x%d" % (d, i))]
            with Guest(["-M", machine, "-nodefaults", "-S", *argv]) as guest:
                for i, device in enumerate(devices):
                    equal(slots[device], guest.rom_slot("x%d" % i) or 0, machine + " " + device)

    with tap.test("a changed slot, a changed file and a missing version are a line each"):
        changed = json.loads(read(full))
        for row in changed["mandates"]:
            if row.get("device") == "rtl8139" and row["slot"] == 262144:
                row["slot"] = 524288
            if row.get("device") == "pcnet" and row["slot"] == 262144:
                row["file"] = "compat-256k-efi-pcnet.rom"
        changed["series"][0]["machines"].remove("pc-q35-7.1")
        changed["vendor"], changed["series"][0]["name"] = "ubuntu", "alike"
        path = os.path.join(work, "changed.json")
        with open(path, "w", encoding="ascii") as f:
            json.dump(changed, f)
        out, err = probe("--qemu", QEMU, "-q", *FEW, "--against", path, status=1)
        equal(out.splitlines(), [
            "pc-q35-7.0 pcnet: measured 262144 (efi-pcnet.rom), ubuntu/alike says 262144 "
            "(compat-256k-efi-pcnet.rom)",
            "pc-q35-7.0 rtl8139: measured 262144 (efi-rtl8139.rom), ubuntu/alike says 524288 "
            "(efi-rtl8139.rom)",
            "pc-q35-7.1: ubuntu/alike does not have it",
            "pc-q35-7.2 pcnet: measured 262144 (efi-pcnet.rom), ubuntu/alike says 262144 "
            "(compat-256k-efi-pcnet.rom)",
            "pc-q35-7.2 rtl8139: measured 262144 (efi-rtl8139.rom), ubuntu/alike says 524288 "
            "(efi-rtl8139.rom)",
        ])
        equal(err, "romtool: refused '%s': 5 differences from ubuntu/alike\n" % QEMU)

    with tap.test("a slot that the profile does not say is a difference, a device of no row is none"):
        changed = json.loads(read(full))
        changed["mandates"] = [m for m in changed["mandates"] if m.get("device") != "e1000e"]
        for row in changed["mandates"]:
            if row.get("device") == "vmxnet3" and row["slot"] != 0:
                row["machines"] = [{"family": "pc-q35", "from": "7.2", "to": "7.2"}]
        with open(path, "w", encoding="ascii") as f:
            json.dump(changed, f)
        out, err = probe("--qemu", QEMU, "-q", *FEW[:4], "--against", path, status=1)
        equal(out, "pc-q35-7.1 vmxnet3: measured 262144 (efi-vmxnet3.rom), qemu/7.2.22 does not "
                   "say\n".replace("7.2.22", json.loads(read(full))["series"][0]["name"]))


def drawn(*argv):
    """What a probe writes to a terminal, which gives it in pieces and when it comes to it."""
    master, slave = pty.openpty()
    try:
        subprocess.run([ROMTOOL, "slots", "probe", "--timeout", str(PATIENCE), *argv], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave)
        os.write(slave, b"\0")  # behind all of it
        shown = b""
        while not shown.endswith(b"\0"):
            shown += os.read(master, 4096)
        return shown[:-1].decode()
    finally:
        os.close(slave)
        os.close(master)


def test_options():
    with tap.test("two runs give the same bytes, whatever the number of jobs"):
        one, two = os.path.join(work, "one.json"), os.path.join(work, "two.json")
        probe("--qemu", QEMU, "-q", *FEW, "-j", "1", "-o", one)
        probe("--qemu", QEMU, "-q", *FEW, "-j", "4", "-o", two)
        equal(read(one), read(two))
        out, err = probe("--qemu", QEMU, *FEW, "-o", "-")
        equal((out, err), (read(one), ""))

    with tap.test("-m takes names and aliases, --name the profile's name"):
        out, _ = probe("--qemu", QEMU, "-m", "q35", "-m", "pc-q35-7.0", "--name", "acme/next",
                       "-o", "-")
        slot_file = json.loads(out)
        equal(slot_file["vendor"], "acme")
        series = slot_file["series"][0]
        equal((series["name"], series["machines"], series["aliases"]),
              ("next", ["pc-q35-7.0", "pc-q35-7.2"], {"q35": "pc-q35-7.2"}))
        # 7.1 was not asked, so that no range covers it
        equal([m["machines"] for m in slot_file["mandates"] if m["device"] == "VGA"],
              [[{"family": "pc-q35", "from": "7.0", "to": "7.0"},
                {"family": "pc-q35", "from": "7.2", "to": "7.2"}]])
        _, err = probe("--qemu", QEMU, "-m", "pc-q35-99.0", status=3)
        equal(err, "romtool: '%s' has no machine type 'pc-q35-99.0'\n" % QEMU)

    with tap.test("a machine type without a PCI bus has no ROM BAR, microvm has one with PCIe"):
        out, _ = probe("--qemu", QEMU, "-m", "isapc", "-m", "none", "-m", "microvm", "-o", "-",
                       "--against", "debian/bookworm")
        rows = json.loads(out)["mandates"]
        equal([m for m in rows if "device" not in m][0]["machines"],
              [{"machine": "isapc"}, {"machine": "none"}])
        equal([m["slot"] for m in rows if m.get("device") == "virtio-net-pci"], [262144])

    with tap.test("--json"):
        out, _ = probe("--qemu", QEMU, "-m", "pc-i440fx-1.4", "--json",
                       "--against", "debian/bookworm")
        got = json.loads(out)
        equal((got["schema"], got["verdict"], got["against"], got["differences"]),
              ("romtool/probe/1", "held", "debian/bookworm", []))
        equal(got["machines"], [{"machine": "pc-i440fx-1.4", "alias": None, "deprecated": True}])
        equal([s for s in got["slots"] if s["device"] == "virtio-net-pci"],
              [{"device": "virtio-net-pci", "file": "pxe-virtio.rom", "slot": 131072,
                "machines": ["pc-i440fx-1.4"]}])
        _, err = probe("--qemu", QEMU, "-m", "q35", "--json", "-o", "-", status=2)

    with tap.test("the progress is drawn on a terminal only, and erased"):
        out, err = probe("--qemu", QEMU, "-m", "q35")
        equal(err, "")
        for argv, expected in ((["-j", "1"], True), (["-q"], False)):
            shown = drawn("--qemu", QEMU, "-m", "q35", *argv)
            equal(("0 of 1 machine types" in shown, shown.endswith("\r\033[K")),
                  (expected, expected), repr(shown))

    with tap.test("what cannot be written is said, whole or not at all"):
        _, err = probe("--qemu", QEMU, "-m", "q35", "-o", os.path.join(work, "no", "x"), status=3)
        contains(err, "cannot write")
        path = script("kept", "kept")
        code = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"
        _, err = probe("--qemu", QEMU, "-m", "q35", "-q", "-o", path, status=3,
                       preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                                           exec(code)))
        contains(err, "cannot write")
        equal(read(path), "kept")

    with tap.test("usage"):
        for argv in ([], ["--qemu", ""], ["--qemu", "x", "y"], ["--qemu", "x", "-j", "0"],
                     ["--qemu", "x", "-j", "1x"], ["--qemu", "x", "--timeout", "-1"],
                     ["--qemu", "x", "--name", "a/b/c"], ["--qemu", "x", "--name", "a b/x"]):
            probe(*argv, status=2)
        probe("--qemu", QEMU, "--against", "nobody/knows", status=3)
        _, err = probe("--qemu", QEMU, "-L", os.path.join(work, "no"), status=3)
        contains(err, "cannot read '%s/no': No such file or directory" % work)


# ------------------------------------------------------------------------------------ other ROMs


def test_roms():
    roms = os.path.join(work, "roms")
    os.mkdir(roms)
    make_rom(os.path.join(roms, "efi-virtio.rom"), "x86:length=300032,vendor=0x1af4,device=0x1000")

    with tap.test("a ROM that outgrew its slot is a difference for each of its devices"):
        out, _ = probe("--qemu", QEMU, "-q", "-m", "q35", "-L", "roms", "--against",
                       "debian/bookworm", status=1, cwd=work)
        equal(out.splitlines(), [
            "pc-q35-7.2 %s: measured 524288 (efi-virtio.rom), debian/bookworm says 262144 "
            "(efi-virtio.rom)" % device
            for device in ("virtio-net-pci", "virtio-net-pci-non-transitional",
                           "virtio-net-pci-transitional")])
        out, _ = probe("--qemu", QEMU, "-m", "q35", "-L", roms, "-o", "-")
        equal(json.loads(out)["series"][0]["search"][0], roms)

    with tap.test("a ROM in the current directory is not measured"):
        probe("--qemu", QEMU, "-q", "-m", "q35", "--against", "debian/bookworm", cwd=roms)

    with tap.test("a ROM that cannot be loaded takes no other device down, and is a difference"):
        os.rename(os.path.join(roms, "efi-virtio.rom"), os.path.join(roms, "efi-e1000e.rom"))
        os.truncate(os.path.join(roms, "efi-e1000e.rom"), 0)
        out, _ = probe("--qemu", QEMU, "-q", "-m", "q35", "-L", roms, "--against",
                       "debian/bookworm", status=1)
        equal(out, 'pc-q35-7.2 e1000e: not measured (romfile "efi-e1000e.rom" is empty), '
                   "debian/bookworm says 262144 (efi-e1000e.rom)\n")
        out, _ = probe("--qemu", QEMU, "-m", "q35", "-L", roms, "-o", "-")
        contains(json.loads(out)["series"][0]["unmeasured"],
                 {"device": "e1000e", "reason": 'romfile "efi-e1000e.rom" is empty'})
        equal(("e1000", "efi-e1000.rom", 262144) in mandates(out), True)


# ------------------------------------------------------------------------------------ odd QEMUs


def test_odd():
    began = time.monotonic()
    whole, _ = probe("--qemu", QEMU, *FEW, "-o", "-")
    # one of these is measured long before that, however slow this machine is
    seconds = 20 + int(10 * (time.monotonic() - began))

    with tap.test("machine types that fail, hang or crash are rows with their reason"):
        odd = wrapper("odd", "[ $machine = pc-q35-7.1 ] && echo 'odd: no such luck' >&2 && exit 1\n"
                             "[ $machine = pc-q35-7.0 ] && sleep 1000\n"
                             "[ $machine = pc-i440fx-1.4 ] && kill -SEGV $$")
        out, err = probe("--qemu", odd, *FEW, "--timeout", str(seconds), "-o", "-")
        equal(err, "")
        equal(json.loads(out)["series"][0]["unmeasured"][:3], [
            {"machine": "pc-i440fx-1.4", "reason": "was killed by signal 11"},
            {"machine": "pc-q35-7.0", "reason": "no answer within %d seconds" % seconds},
            {"machine": "pc-q35-7.1", "reason": "no such luck"}])
        equal(json.loads(out)["series"][0]["machines"], ["pc-q35-7.2"])
        out, _ = probe("--qemu", odd, "-q", "-m", "pc-q35-7.1", "-m", "q35", "--against",
                       "debian/bookworm", status=1)
        equal(out, "pc-q35-7.1: not measured (no such luck), debian/bookworm has it\n")
        _, err = probe("--qemu", odd, "-m", "pc-q35-7.1", status=3)
        equal(err, "romtool: '%s': nothing could be measured: pc-q35-7.1: no such luck\n" % odd)

    with tap.test("a QEMU that ends without naming a device: one by one"):
        odd = wrapper("shy", 'case "$*" in *device*device*) exit 1 ;; esac')
        out, _ = probe("--qemu", odd, "-m", "q35", "-o", "-")
        equal(mandates(out), mandates(probe("--qemu", QEMU, "-m", "q35", "-o", "-")[0]))

    with tap.test("a QEMU without romsize is asked for its BARs"):
        old = python("old", """
qemu = subprocess.Popen([%r] + sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
if "help" in sys.argv:
    sys.stdout.buffer.write(qemu.communicate()[0])
    sys.exit()
print(qemu.stdout.readline().decode(), end="", flush=True)
for line in sys.stdin:
    if '"romsize"' in line:
        print('{"error": {"class": "GenericError", "desc": "Property not found"}}', flush=True)
        continue
    qemu.stdin.write(line.encode())
    qemu.stdin.flush()
    answer = qemu.stdout.readline().decode()
    if not answer:
        sys.exit(qemu.wait())
    print(answer, end="", flush=True)
""" % QEMU)
        out, _ = probe("--qemu", old, *FEW, "-o", "-")
        equal(mandates(out), mandates(whole))


GREETING = ('print(\'{"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 7}, '
            '"package": ""}, "capabilities": []}}\', flush=True)\n')
ANSWER = 'for line in sys.stdin:\n    print(%s, flush=True)\n'

# name: (program, what is said about it)
FAKES = {
    "exits": ("sys.exit(1)", "ended with status 1: no answer"),
    "complains": ("sys.exit('complains: I am no QEMU')", "no QEMU: it says 'I am no QEMU'"),
    "garbage": ("sys.stdout.buffer.write(b'\\xff\\x1b[31m\\0\\n')",
                "ended with status 0: no QMP: it says '??[31m'"),
    "chatter": ("while True: print('hello')", "no QMP: it says 'hello'"),
    "silent": ("time.sleep(1000)", "no answer within 3 seconds"),
    "hangs-on": ("os.fork()\ntime.sleep(1000)",
                 "no answer within 3 seconds"),
    "endless-line": ("while True: sys.stdout.write('{' * 65536)",
                     "a line of more than 1048576 bytes"),
    "endless-stderr": ("while True: sys.stderr.write('x' * 65536)", "no answer within 3 seconds"),
    "endless-events": (GREETING + "while True: print('{\"event\": \"X\"}')", "no answer within 3 seconds"),
    "closes": (GREETING + "os.close(1)\ntime.sleep(1000)", "ended: no answer"),
    "greets-only": (GREETING + "time.sleep(1000)", "no answer within 3 seconds"),
    "deaf": ("os.close(0)\n" + GREETING + "time.sleep(1000)", "no answer within 3 seconds"),
    "wrong-json": (GREETING + ANSWER % "'[' * 100000", "no QMP: it says '[[["),
    "no-version": (GREETING + ANSWER % "'{\"return\": {}}'",
                   "no QEMU: query-version without a version"),
    "refuses": (GREETING + ANSWER % "'{\"error\": {\"class\": \"X\", \"desc\": \"no\"}}'",
                "no QEMU: query-version without a version"),
    "no-machines": (GREETING + ANSWER % (
        "'{\"return\": %s}' % ('{\"qemu\": {\"major\": 7, \"minor\": 2, \"micro\": 0}}'"
        " if 'query-version' in line else '[]')"),
        "no QEMU: query-machines without machine types"),
    "bad-names": (GREETING + ANSWER % (
        "'{\"return\": %s}' % ('{\"qemu\": {\"major\": 7, \"minor\": 2, \"micro\": 0}}'"
        " if 'query-version' in line else '[{\"name\": \"pc,accel=kvm\"}]')"),
        "no QEMU: query-machines without names that can be written"),
}


def test_fakes():
    for name, (program, said) in FAKES.items():
        with tap.test("no QEMU: " + name):
            path = python(name, program)
            # what says or does something has the time to get to that
            seconds = "3" if said == "no answer within 3 seconds" else "60"
            out, err = probe("--qemu", path, "--timeout", seconds, status=3)
            equal(out, "")
            contains(err, "romtool: '%s': " % path + said)

    with tap.test("no QEMU: not there, not executable, a directory"):
        for path, why in ((os.path.join(work, "none"), "No such file or directory"),
                          (work, "Permission denied"), ("no-such-qemu", "No such file"),
                          (__file__ + "/x", "Not a directory")):
            _, err = probe("--qemu", path, status=3)
            contains(err, "romtool: '%s': cannot execute it: %s" % (path, why))

    with tap.test("an endless line takes no memory"):
        probe("--qemu", os.path.join(work, "endless-line"), "--timeout", "3", status=3)
        if "asan" not in os.environ.get("ASAN_OPTIONS", "asan" if sanitized() else ""):
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            equal(peak < 300 * 1024, True, "%d KiB" % peak)


def sanitized():
    with open(ROMTOOL, "rb") as f:
        return b"__asan_init" in f.read()


# ------------------------------------------------------------------------------------ the end


def test_signals():
    for number in (signal.SIGHUP, signal.SIGINT):  # nohup and a shell's & have them ignored, by romtool too
        signal.signal(number, signal.SIG_DFL)
    held = wrapper("held", "case $machine in none) ;; *) %s \"$@\" & sleep 1000 ;; esac" % QEMU)
    sleeps = wrapper("sleeps", "case $machine in none) ;; *) exec sleep 1000 ;; esac")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL):
        with tap.test("%s leaves no QEMU behind" % number.name):
            # SIGKILL leaves it to the kernel, which ends QEMU but cannot know what a script started
            process = start("--qemu", sleeps if number == signal.SIGKILL else held, "-j", "4")
            end = time.monotonic() + PATIENCE
            while len(marked()) < 3 and time.monotonic() < end:
                time.sleep(0.02)
            equal(len(marked()) >= 3, True, "it runs several")
            process.send_signal(number)
            out, err = process.communicate(timeout=PATIENCE)
            equal((process.returncode, out, err), (-number, "", ""))
            equal(left_behind(), [], "left behind")

    with tap.test("a signal that is ignored stays ignored"):
        process = start("--qemu", QEMU, "-q", *FEW, preexec_fn=lambda: signal.signal(
            signal.SIGHUP, signal.SIG_IGN))
        while len(marked()) < 2 and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGHUP)
        equal(process.communicate(timeout=PATIENCE), ("", ""))
        equal(process.returncode, 0)


with tempfile.TemporaryDirectory() as work:
    work = os.path.realpath(work)
    test_whole()
    test_options()
    test_roms()
    test_odd()
    test_fakes()
    test_signals()
tap.end()
