#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""libromtool as a guest: what it exports, what it needs, and that it has no writable data. And what
the programs are linked with. Read with nm and readelf from what was built."""

import os
import re
import subprocess
import tempfile

from tap import Tap, empty, equal, read, same

LIBRARY = os.environ["LIBROMTOOL"]
ARCHIVE = os.environ["LIBROMTOOL_STATIC"]
PROGRAMS = {  # what each may be linked with
    os.environ["ROMTOOL"]: {"libjansson", "libc"},
    os.environ["ROMTOOL_CRYPTO"]: {"libcrypto", "libjansson", "libc"},
}
LIBRARY_NEEDS = {"libcrypto", "libjansson", "libz", "libc"}

# not even if somebody wrote it into undefined-symbols.txt
NEVER = set("""
    abort exit _exit quick_exit atexit __assert_fail raise signal sigaction kill
    printf vprintf fprintf vfprintf dprintf puts fputs putchar putc fputc fwrite perror
    stdout stderr stdin getenv secure_getenv setenv putenv setlocale
    fork vfork execve execv execvp system popen pthread_create
    strtok rand srand gmtime localtime getpwuid
""".split())

# sections that are read-only once the loader is done (-z relro -z now), and what the toolchain puts
# into the others: crtstuff's one flag and one handle, the linker's marks
READ_ONLY = {".data.rel.ro", ".data.rel.ro.local", ".dynamic", ".got", ".got.plt", ".init_array",
             ".fini_array"}
TOOLCHAIN = re.compile(r"completed\.\d+|__dso_handle|__TMC_END__|__bss_start|_edata|_end|_DYNAMIC")


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True,
                          env={**os.environ, "LC_ALL": "C"}).stdout


def exported(path):
    names = (line.split()[-1].split("@")[0]
             for line in run("nm", "-D", "--defined-only", path).splitlines()
             if line.split()[-2] != "A")  # the version itself
    return set(names)


def plain(name):
    """open64 and __open64_2 and __snprintf_chk are open and snprintf."""
    name = name.split("@")[0]
    fortified = re.fullmatch(r"__(\w+)_chk", name)
    if fortified and name != "__stack_chk_fail":
        name = fortified[1]
    return re.sub(r"(?<=[a-z])64$", "", name)


def undefined(path):
    return {plain(line.split()[-1])
            for line in run("nm", "-D", "--undefined-only", path).splitlines()}


def needed(path):
    return {m.split(".so")[0] for m in re.findall(r"\(NEEDED\).*\[(.+)\]", run("readelf", "-d", path))
            if not m.startswith(("ld-linux", "linux-vdso"))}


def writable(path):
    """Symbols that lie in memory that stays writable."""
    found, n = [], 0
    for line in run("nm", "-f", "sysv", path).splitlines():
        fields = [f.strip() for f in line.split("|")]
        if len(fields) < 7:
            continue
        n += 1
        name, kind, section = fields[0], fields[2], fields[6]
        if kind in "dDbBsSgGC" and section not in READ_ONLY and not TOOLCHAIN.fullmatch(name):
            found.append("%s in %s" % (name, section))
    if n < 3:
        raise AssertionError("%s: stripped, nothing can be said" % path)
    return found


def not_ours(path):
    """Global symbols of an archive that are not named like ours."""
    return [line for line in run("nm", "-g", "--defined-only", path).splitlines()
            if len(line.split()) == 3 and not line.split()[2].startswith(("rt_", "romtool_"))]


def map_symbols(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return {name for block in re.findall(r"global:(.*?)(?:local:|\})", text, re.S)
            for name in re.findall(r"(\w+)\s*;", block)}


def header_symbols(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return set(re.findall(r"^ROMTOOL_API[^;(]*?\b(\w+)\(", text, re.M))


def allowed_symbols():
    return {line for line in read("tests/contract/undefined-symbols.txt").splitlines()
            if line and not line.startswith("#")}


BAD = """
#include <stdio.h>
#include <stdlib.h>
static int counter;
int table[4] = {1};
const char *const fixed[] = {"a"};
static _Thread_local int last;
int bad(void);
int bad(void) { counter++; last++; table[0]++; if (counter > 3) exit(1);
                return puts(getenv("X")) + last + counter; }
const char *good(int i) { return fixed[i]; }
"""

tap = Tap()
with tap.test("the checks see what is planted into a library"), tempfile.TemporaryDirectory() as d:
    with open(os.path.join(d, "bad.c"), "w", encoding="utf-8") as f:
        f.write(BAD)
    bad, obj, archive = (os.path.join(d, n) for n in ("bad.so", "bad.o", "bad.a"))
    run("cc", "-g0", "-w", "-fPIC", "-c", "-o", obj, os.path.join(d, "bad.c"))
    run("cc", "-shared", "-o", bad, obj, "-Wl,-z,relro,-z,now", "-Wl,--no-as-needed", "-lm")
    run("ar", "rc", archive, obj)
    equal(exported(bad), {"bad", "good", "table", "fixed"})
    equal(undefined(bad) & NEVER, {"exit", "puts", "getenv"})
    equal(sorted(w.split()[0] for w in writable(bad)), ["counter", "last", "table"])
    equal(needed(bad), {"libm", "libc"})
    equal(len(not_ours(archive)), 4)
    equal(map_symbols("V1 {\nglobal:\n a;\n b; /* c; */\nlocal: *;\n};\nV2 {global: d;} V1;"),
          {"a", "b", "d"})
    equal(header_symbols("/* ROMTOOL_API int no(void); */\nROMTOOL_API const struct x *yes(int\n);\n"
                         "struct romtool_rom { int x; };\nint romtool_no(void);\n"), {"yes"})
    equal([plain(n) for n in ("open64@GLIBC_2.2.5", "__snprintf_chk", "__stack_chk_fail", "fstat")],
          ["open", "snprintf", "__stack_chk_fail", "fstat"])

with tap.test("the library exports exactly the symbol map"):
    same(exported(LIBRARY), map_symbols(read("include/libromtool.map")), "the library", "the map")

with tap.test("the header declares exactly the symbol map"):
    same(header_symbols(read("include/romtool.h")), map_symbols(read("include/libromtool.map")),
         "romtool.h", "the map")

with tap.test("tests/unit/every-call.h calls every function"):
    calls = set(re.findall(r"\b(romtool_\w+)\(", read("tests/unit/every-call.h")))
    same(calls & map_symbols(read("include/libromtool.map")), map_symbols(read("include/libromtool.map")),
         "every-call.h", "the map")

with tap.test("the library needs only what is allowed, and never what a guest must not"):
    empty(allowed_symbols() & NEVER, "allowed, but never to be")
    empty(undefined(LIBRARY) - allowed_symbols(), "not in undefined-symbols.txt")

with tap.test("the library is linked with libc, libcrypto, libjansson and zlib, nothing more"):
    empty(needed(LIBRARY) - LIBRARY_NEEDS, "needed")

with tap.test("the library has no writable data"):
    empty(writable(LIBRARY), "writable")
    if "GNU_RELRO" not in run("readelf", "-lW", LIBRARY):
        raise AssertionError("no GNU_RELRO: tables of pointers stay writable")
    if "NOW" not in run("readelf", "-d", LIBRARY):
        raise AssertionError("not bound at load: the GOT stays writable")

with tap.test("every global symbol of the static library is named like ours"):
    if len(run("nm", "-g", "--defined-only", ARCHIVE).splitlines()) < 50:
        raise AssertionError("next to no symbols in it")
    empty(not_ours(ARCHIVE), "plain names, in " + ARCHIVE)

for program, libraries in PROGRAMS.items():
    with tap.test(os.path.basename(program) + " is linked with what it may be, nothing more"):
        empty(needed(program) - libraries, "needed")
tap.end()
