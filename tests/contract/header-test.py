#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""romtool.h by itself, as C11 and C++17, with every compiler that is there; and a C++ program that
is linked against the library and runs."""

import os
import shutil
import subprocess
import tempfile

from tap import SOURCE, Tap, equal, read

LIBRARY = os.environ["LIBROMTOOL"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wundef", "-Werror"]
COMPILERS = [("gcc", "-std=c11", "c"), ("clang", "-std=c11", "c"),
             ("g++", "-std=c++17", "c++"), ("clang++", "-std=c++17", "c++")]

PROGRAM = r"""
#include "romtool.h"
#include <cstdio>
#include <cstring>

int main()
{
    romtool_error error;
    romtool_mandate mandate;
    uint64_t slot = 0;

    if (romtool_slot_for_size(262145, &slot, nullptr) != ROMTOOL_OK || slot != 524288)
        return 1;
    if (romtool_mandate_find("debian/bookworm", "pc-q35-7.2", "virtio-net-pci", &mandate, &error) < 0)
        return 2;
    if (mandate.slot != 262144 || std::strcmp(mandate.file, "efi-virtio.rom") != 0)
        return 3;
    if (romtool_mandate_find("nowhere", "pc", "e1000", &mandate, &error) !=
            ROMTOOL_E_UNKNOWN_PROFILE || mandate.slot != 0)
        return 4;
    std::printf("%s %s\n", romtool_version(), romtool_error_name(error.code));
    return 0;
}
"""


def compiles(compiler, standard, language, header, directory):
    """None, or what the compiler says about a file that includes nothing but this header."""
    with open(os.path.join(directory, "romtool.h"), "w", encoding="utf-8") as f:
        f.write(header)
    done = subprocess.run([compiler, standard, "-x", language, *WARNINGS, "-fsyntax-only",
                           "-I", directory, "-"], input='#include "romtool.h"\n',
                          capture_output=True, text=True)
    return None if done.returncode == 0 else done.stderr


tap = Tap()
if not any(shutil.which(c) for c, _, language in COMPILERS if language == "c"):
    raise SystemExit("no C compiler at all")

for compiler, standard, language in COMPILERS:
    name = "%s %s" % (compiler, standard)
    if not shutil.which(compiler):
        tap.skip(name, "no " + compiler)
        continue
    with tap.test(name + " compiles the header alone"), tempfile.TemporaryDirectory() as d:
        header = read("include/romtool.h")
        equal(compiles(compiler, standard, language, header, d), None)
        for planted in (header.replace("#include <stdint.h>", ""),
                        header + "\nstatic inline int f(unsigned long x) { return x; }\n",
                        header.replace("#endif\n", '#include "core/bytes.h"\n#endif\n')):
            if compiles(compiler, standard, language, planted, d) is None:
                raise AssertionError("a broken header compiles")

for compiler, standard, language in COMPILERS:
    if language != "c++" or not shutil.which(compiler):
        continue
    with tap.test(compiler + " links a program against the library"), \
            tempfile.TemporaryDirectory() as d:
        program = os.path.join(d, "program")
        done = subprocess.run([compiler, standard, *WARNINGS, "-I", os.path.join(SOURCE, "include"),
                               "-x", language, "-", "-x", "none", LIBRARY, "-o", program,
                               "-Wl,-rpath," + os.path.dirname(LIBRARY)],
                              input=PROGRAM, capture_output=True, text=True)
        equal((done.returncode, done.stderr), (0, ""))
        done = subprocess.run([program], capture_output=True, text=True)
        equal((done.returncode, done.stdout),
              (0, os.environ["VERSION"] + " unknown-profile\n"), done.stderr)
tap.end()
