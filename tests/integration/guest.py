# SPDX-License-Identifier: BSD-2-Clause
"""A real QEMU under test (TCG, no KVM): started with or without `romtool run`, asked over QMP, its
serial console read."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from tap import Tap, equal  # noqa: F401 (the tests take them from here)

ROMTOOL = os.environ["ROMTOOL"]
MKROM = os.environ["MKROM"]
QEMU = "qemu-system-x86_64"


class Guest:
    """argv is what follows QEMU's name; run is what follows `romtool run`, or None for none; prefix
    is what starts all of that."""

    qemu = QEMU

    def __init__(self, argv, run=None, prefix=()):
        self.dir = tempfile.mkdtemp(prefix="guest-")
        self.reader_end = None
        self.qmp_path = os.path.join(self.dir, "qmp")
        self.serial_path = os.path.join(self.dir, "serial")
        command = [self.qemu, "-qmp", "unix:%s,server=on,wait=off" % self.qmp_path,
                   "-display", "none", "-serial", "file:" + self.serial_path, *argv]
        if run is not None:
            command = [ROMTOOL, "run", *run, "--", *command]
        command = [*prefix, *command]
        self.stderr = open(os.path.join(self.dir, "stderr"), "w+b")
        # a directory of its own: QEMU looks for ROM files in the current one first
        self.process = subprocess.Popen(command, cwd=self.dir, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=self.stderr)
        self.qmp = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.qmp is not None:
            self.qmp.close()
        self.process.kill()
        self.process.wait()
        self.stderr.close()
        shutil.rmtree(self.dir)

    def errors(self):
        """What was said on stderr so far."""
        self.stderr.flush()
        with open(self.stderr.name, "rb") as f:
            return f.read().decode(errors="replace")

    def ends(self, seconds=300):
        """Waits for the process to end by itself; its exit status."""
        return self.process.wait(timeout=seconds)

    def connect(self, seconds=300):
        end = time.monotonic() + seconds
        sock = socket.socket(socket.AF_UNIX)
        while True:
            try:
                sock.connect(self.qmp_path)
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("no QEMU: " + self.errors()) from None
                time.sleep(0.02)
        self.qmp = sock.makefile("rwb", buffering=0)
        sock.close()
        self.answer()
        self.ask("qmp_capabilities")

    def answer(self):
        """QEMU's next line; RuntimeError where it ends before that or in its middle."""
        line = self.qmp.readline()
        if not line.endswith(b"\n"):
            raise RuntimeError("QEMU ended: " + self.errors())
        return json.loads(line)

    def ask(self, command, **arguments):
        if self.qmp is None:
            self.connect()
        self.qmp.write(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while True:
            answer = self.answer()
            if "error" in answer:
                raise RuntimeError(answer["error"]["desc"])
            if "return" in answer:
                return answer["return"]

    def blocks(self):
        """RAM block name -> bytes, by `info ramblock`."""
        sizes = {}
        text = self.ask("human-monitor-command", **{"command-line": "info ramblock"})
        for line in text.splitlines():
            words = line.split()
            if "KiB" in words and words[-1].startswith("0x"):
                sizes[words[0]] = int(words[-1], 16)
        return sizes

    def rom_slot(self, device):
        """The size in bytes of a device's ROM BAR, None where it has none. device is its id."""
        for bus in self.ask("query-pci"):
            for found in bus["devices"]:
                if found["qdev_id"] == device:
                    sizes = [r["size"] for r in found["regions"] if r["bar"] == 6]
                    return sizes[0] if sizes else None
        raise RuntimeError("no device " + device)

    def serial(self):
        if not os.path.exists(self.serial_path):
            return ""
        with open(self.serial_path, "rb") as f:
            return f.read().decode(errors="replace")

    def serial_says(self, texts, seconds):
        """Waits until the serial console shows one of the texts; which, or None."""
        end = time.monotonic() + seconds
        while True:
            ended = self.process.poll() is not None  # before it is looked at for the last time
            shown = self.serial()
            for text in texts:
                if text in shown:
                    return text
            if ended or time.monotonic() > end:
                return None
            time.sleep(0.1)

    def begin_save_through(self, command):
        """Begins to give the migration stream to a command of sh's."""
        self.reader_end = os.path.join(self.dir, "reader-end")
        self.ask("migrate", uri="exec:%s; echo $? > '%s.new'; mv '%s.new' '%s'"
                 % (command, *[self.reader_end] * 3))

    def begin_save(self, path):
        """Begins to write the migration stream into a file."""
        self.begin_save_through("cat > '%s'" % path)

    def save(self, path):
        """The same, and waits until it is whole."""
        self.begin_save(path)
        self.end_save()

    def end_save(self, seconds=300):
        """QEMU calls a migration completed when all is in the pipe; whoever reads from that has still
        to get to its end, which is waited for, too."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            status = self.ask("query-migrate").get("status")
            if status in ("failed", "cancelled"):
                raise RuntimeError("migration " + status)
            if status == "completed" and self.reader_end is None:
                return
            if status == "completed" and os.path.exists(self.reader_end):
                with open(self.reader_end, encoding="ascii") as f:
                    equal(f.read(), "0\n", "exit status of what the stream went to")
                return
            time.sleep(0.05)
        raise RuntimeError("the migration does not end")

    def wait_running(self, seconds=300):
        """Waits until an incoming migration is done and the guest runs; False where QEMU ended."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.ask("query-status")["status"] in ("running", "paused"):
                    return True
            except (RuntimeError, OSError):
                return False
            time.sleep(0.05)
        return False


def romtool(*argv, check=True, cwd=None):
    """Runs romtool; CompletedProcess with text."""
    done = subprocess.run([ROMTOOL, *argv], capture_output=True, text=True, cwd=cwd,
                          stdin=subprocess.DEVNULL)
    if check and done.returncode != 0:
        raise RuntimeError("romtool %s: %s" % (" ".join(argv), done.stderr))
    return done


def make_rom(path, *words):
    """A ROM made by the tests' builder (tests/support/mkrom --help)."""
    with open(path, "wb") as f:
        subprocess.run([MKROM, *words], stdout=f, check=True)


def require(*paths):
    """What is missing here is a skipped test, which tools/check counts as a failure."""
    for path in paths:
        if not os.path.exists(path):
            print("1..0 # SKIP no " + path)
            sys.exit(0)


def contains(text, part):
    if part not in text:
        raise AssertionError("%r is not in %r" % (part, text))
