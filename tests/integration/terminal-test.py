#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Passphrases at a terminal: asked for there whatever standard input is, not shown, asked for twice
where they are new; the terminal is afterwards as it was."""

import os
import pty
import select
import shutil
import signal
import subprocess
import tempfile
import termios

from guest import MKROM, ROMTOOL, Tap, equal
from tap import SOURCE

PROFILE = os.path.join(SOURCE, "tests", "golden", "files", "acme.json")


def at_terminal(argv, answers, end="\n"):
    """Runs romtool with a terminal of its own and /dev/null as standard input; what the terminal
    showed, its exit status, and whether it echoes afterwards."""
    pid, fd = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's & has it ignored
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.execv(ROMTOOL, [ROMTOOL, *argv])
    shown, answers = b"", list(answers)
    while True:
        if not select.select([fd], [], [], 300)[0]:
            os.kill(pid, 9)
            raise AssertionError("still waiting behind %r" % shown)
        try:
            data = os.read(fd, 4096)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        shown += data
        if answers and shown.endswith(b"': "):
            os.write(fd, answers.pop(0).encode() + end.encode())
    echoes = bool(termios.tcgetattr(fd)[3] & termios.ECHO)
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    equal(answers, [], "not asked for")
    return shown.decode().replace("\r\n", "\n"), os.waitstatus_to_exitcode(status), echoes


tap = Tap()
with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    os.mkdir("roms")
    with open("roms/efi-e1000.rom", "wb") as f:
        subprocess.run([MKROM, "x86:length=3072", "pad:to=4K"], check=True, stdout=f)
    subprocess.run([ROMTOOL, "manifest", "create", "-q", "-p", PROFILE, "--product", "acme/roms",
                    "--channel", "one", "--release", "1", "--serial", "1", "-o", "r.json", "roms"],
                   check=True)

    with tap.test("a new passphrase is asked for twice and not shown"):
        shown, code, echoes = at_terminal(["keygen", "-q", "--encrypt", "k"], ["secret", "secret"])
        equal((shown, code, echoes),
              ("Passphrase of 'k': \nThe same again, of 'k': \n", 0, True))
        subprocess.run(["openssl", "pkey", "-in", "k.key", "-passin", "pass:secret", "-noout"],
                       check=True)

    with tap.test("two that differ, or an empty one, make no key"):
        shown, code, echoes = at_terminal(["keygen", "-q", "--encrypt", "x"], ["secret", "Secret"])
        equal((shown, code, echoes),
              ("Passphrase of 'x': \nThe same again, of 'x': \n"
               "romtool: refused the two passphrases differ\n", 1, True))
        equal(at_terminal(["keygen", "-q", "--encrypt", "x"], [""]),
              ("Passphrase of 'x': \nromtool: refused an empty passphrase\n", 1, True))
        equal([n for n in os.listdir(".") if n.startswith("x")], [], "left behind")

    with tap.test("an encrypted key signs with its passphrase alone"):
        equal(at_terminal(["sign", "-q", "-k", "k.key", "r.json"], ["wrong"]),
              ("Passphrase of 'k.key': \n"
               "romtool: refused 'k.key': the passphrase does not open it\n", 1, True))
        equal(os.path.exists("r.json.minisig"), False, "a signature")
        equal(at_terminal(["sign", "-q", "-k", "k.key", "r.json"], ["secret"]),
              ("Passphrase of 'k.key': \n", 0, True))
        subprocess.run([shutil.which("minisign"), "-Vqm", "r.json", "-p", "k.pub"], check=True,
                       stdout=subprocess.DEVNULL)

    with tap.test("whoever gives up gets the terminal back as it was"):
        equal(at_terminal(["sign", "-q", "-k", "k.key", "r.json"], ["sec"], end="\3"),
              ("Passphrase of 'k.key': \n", -signal.SIGINT, True))

    with tap.test("a key that is not encrypted asks for nothing"):
        subprocess.run([ROMTOOL, "keygen", "-q", "plain"], check=True)
        equal(at_terminal(["sign", "-q", "-k", "plain.key", "r.json"], []), ("", 0, True))
    os.chdir("/")
tap.end()
