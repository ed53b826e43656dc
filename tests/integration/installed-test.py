#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""libromtool as a stranger has it: installed, found by pkg-config, shared and static, from C and C++.
What he builds is examples/vmm.c; his sandbox holds, and the library lives in it."""

import os
import re
import signal
import subprocess
import tempfile

from tap import SOURCE, Tap, equal, read

BUILD = os.environ["BUILD"]
MKROM = os.environ["MKROM"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef", "-Werror"]
COMPILERS = {"C11": ["gcc", "-std=c11", "-x", "c"], "C++17": ["g++", "-std=c++17", "-x", "c++"]}
EXAMPLE = read("examples", "vmm.c")

# what must end the sandboxed process, put before it loads the ROM
ESCAPES = {
    "open": 'if (open("/dev/null", O_RDONLY) >= -1) return 0;',
    "socket": "if (socket(AF_UNIX, SOCK_STREAM, 0) >= -1) return 0;",
    "execve": 'if (execve("/bin/true", argv, argv + argc) >= -1) return 0;',
}
BEFORE = "    r = romtool_mandate_find("


def run(*argv, **options):
    return subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)


def succeed(*argv, **options):
    done = run(*argv, **options)
    equal((done.returncode, done.stderr), (0, ""), " ".join(argv))
    return done.stdout


class Installed:
    """A copy of what `meson install` installs; the static one is without the shared library."""

    def __init__(self, directory, static):
        self.root = os.path.join(directory, "static" if static else "shared")
        self.static = static
        done = run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", self.root)
        equal(done.returncode, 0, done.stdout[-1000:] + done.stderr)
        self.libraries = self.only("libromtool.a")
        if static:
            for name in os.listdir(self.libraries):
                if name.startswith("libromtool.so"):
                    os.remove(os.path.join(self.libraries, name))
        self.environment = {**os.environ, "LD_LIBRARY_PATH": self.libraries,
                            "PKG_CONFIG_PATH": os.path.join(self.libraries, "pkgconfig"),
                            "PKG_CONFIG_SYSROOT_DIR": self.root}

    def only(self, name):
        """The directory that the file of this name is in."""
        found = [d for d, _, names in os.walk(self.root) if name in names]
        equal(len(found), 1, name)
        return found[0]

    def flags(self, *options):
        static = ["--static"] if self.static else []
        return succeed("pkg-config", *static, *options, "romtool", env=self.environment).split()

    def build(self, compiler, source, program):
        done = run(*compiler, *WARNINGS, *self.flags("--cflags"), source, "-x", "none",
                   *self.flags("--libs"), "-o", program, env=self.environment)
        equal((done.returncode, done.stderr), (0, ""))
        return program

    def run(self, program, *argv):
        return run(program, *argv, env=self.environment)


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def rom(directory, name, *words):
    made = subprocess.run([MKROM, *words], capture_output=True, check=True)
    return write(os.path.join(directory, name), made.stdout)


def check_example(installed, program, work):
    q35 = ["debian/bookworm", "q35", "virtio"]
    fits = rom(work, "fits.rom", "x86", "efi", "pad:to=249344")
    outgrown = rom(work, "outgrown.rom", "x86", "efi", "pad:to=262145")
    broken = rom(work, "broken.rom", "x86:sum=1")
    for argv, status, said in (
            ([*q35, fits], 0, "virtio-net-pci on pc-q35-7.2: a ROM BAR of 262144 bytes, which begins with 55 aa"),
            ([*q35, outgrown], 1, "262145 bytes, the slot is 262144: 1 bytes too many (oversize)"),
            ([*q35, broken], 1, "(bad-checksum)"),
            (["nowhere", *q35[1:], fits], 3, "(unknown-profile)"),
            ([*q35, "/dev/null"], 3, "(not-regular)"),
            ([*q35, os.path.join(work, "none.rom")], 3, "No such file"),
            ([*q35], 2, "usage: ")):
        done = installed.run(program, *argv)
        equal((done.returncode, said in done.stdout + done.stderr), (status, True),
              "%s: %s%s" % (argv, done.stdout, done.stderr))


tap = Tap()
with tempfile.TemporaryDirectory() as work:
    with tap.test("the example is a reader's: short, and of the installed header"):
        equal(len(EXAMPLE.splitlines()) < 150, True)
        equal(re.findall(r'#include ["<](romtool.*?)[">]', EXAMPLE), ["romtool.h"])
        equal('#include "' in EXAMPLE, False)

    kinds = {}
    for static in (False, True):
        kind = "static" if static else "shared"
        with tap.test("meson install, for the %s library" % kind):
            installed = kinds[static] = Installed(work, static)
            installed.only("romtool.h")
            equal("-lcrypto" in installed.flags("--libs"), static)
            equal(succeed("pkg-config", "--modversion", "romtool", env=installed.environment).strip(),
                  os.environ["VERSION"])
        for language, compiler in COMPILERS.items():
            with tap.test("the example as %s, %s" % (language, kind)):
                program = kinds[static].build(compiler, os.path.join(SOURCE, "examples", "vmm.c"),
                                          os.path.join(work, "vmm"))
                equal("libromtool.so.1" in succeed("readelf", "-d", program), not static)
                check_example(kinds[static], program, work)

    with tap.test("what is installed is whole"):
        installed = kinds[False]
        libexec = os.path.join(installed.only("romtool-crypto"), "rom-names")
        equal(len(os.listdir(libexec)), 43)
        equal(os.readlink(os.path.join(libexec, "efi-e1000.rom")), "/proc/self/fd/700")
        program = os.path.join(installed.only("romtool"), "romtool")
        equal(installed.run(program, "--version").stdout, "romtool %s\n" % os.environ["VERSION"])
        equal(re.findall(r"^## (\S+)", read("NEWS.md"), re.M)[0], os.environ["VERSION"], "NEWS.md")
        pages = [n for _, _, found in os.walk(installed.root) for n in found if n.endswith(".3")]
        equal(len(pages), 2 + len(re.findall(r"^    romtool_\w+;", read("include/libromtool.map"), re.M)))

    for name, escape in ESCAPES.items():
        with tap.test("in the example's sandbox %s ends the process" % name):
            equal(EXAMPLE.count(BEFORE), 1)
            source = EXAMPLE.replace(BEFORE, "    " + escape + "\n" + BEFORE)
            source = source.replace("#include <sys/mman.h>", "#include <sys/mman.h>\n#include <sys/socket.h>")
            program = kinds[False].build(COMPILERS["C11"], write(os.path.join(work, "escape.c"), source.encode()),
                                      os.path.join(work, "escape"))
            done = kinds[False].run(program, "debian/bookworm", "q35", "virtio",
                                 rom(work, "fits.rom", "x86", "pad:to=1024"))
            equal((done.returncode, done.stdout), (-signal.SIGSYS, ""), done.stderr)
tap.end()
