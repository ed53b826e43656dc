#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Who may know whom: every #include of every room, against the table of docs/design.md, section 3,
and the calls that the heart must not make."""

import os
import re

from tap import SOURCE, Tap, empty, equal

# ------------------------------------------------------------------------------------ the table

PUBLIC = ["romtool.h"]  # the library's contract: known everywhere
GROUND = ["core/bytes.h", "core/error.h"]
CORE = GROUND + ["core/authenticode.h", "core/json.h", "core/digest.h", "core/gz.h"]  # but file: the heart opens nothing
HEART_BELOW = CORE + ["rom/", "slots/"]

# room: what it may include beside its own headers, a "/" at the end is a whole room
ROOMS = {
    "core": GROUND,  # and of its own only what is named like the file: not each other
    "include": [],
    "examples": [],  # a stranger's
    "rom": CORE,
    "slots": CORE,
    "pad": HEART_BELOW,
    "manifests": HEART_BELOW,
    "state": HEART_BELOW,
    "verify": HEART_BELOW + ["pad/", "manifests/", "state/"],
    "loader": ["core/", "rom/", "slots/", "pad/", "manifests/", "state/", "verify/"],
    "romtool": ["core/", "rom/", "slots/", "pad/", "manifests/", "state/", "verify/", "loader/"],
}

# one library per file
FOREIGN = {
    "core/json.c": ["jansson.h"],
    "core/authenticode.c": ["openssl/"],
    "core/digest.c": ["openssl/"],
    "core/gz.c": ["zlib.h"],
    "manifests/keys.c": ["openssl/"],     # what a verifier needs, and so libromtool
    "manifests/signing.c": ["openssl/"],  # private keys: the command alone
    "loader/domain.c": ["libxml/"],
    "romtool/libcrypto.c": ["openssl/"],  # to start it without openssl.cnf
    "romtool/unpack.c": ["archive.h", "archive_entry.h"],
}

# the heart: no file, clock, environment, locale or printing
HEART = ["rom", "slots", "pad", "manifests", "state", "verify"]
HEART_LIBC = ["inttypes.h", "limits.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h",
              "stdlib.h", "string.h"]
BUILD_PROGRAMS = ["slots/generate.c", "manifests/generate.c"]  # run at build time, in no library: may print and open
HEART_NEVER_CALLS = """
    printf vprintf fprintf vfprintf dprintf puts fputs putc putchar fputc fwrite perror
    assert abort exit _exit quick_exit atexit signal raise
    fopen fdopen freopen open openat creat stat fstat mmap tmpfile
    getenv secure_getenv setenv setlocale localeconv
    time clock gettimeofday clock_gettime localtime gmtime mktime
    strtok rand srand random
""".split()
HEART_NEVER_NAMES = ["stdout", "stderr", "stdin", "errno"]

# ------------------------------------------------------------------------------------ the check


def room_of(path):
    return path.split("/")[0]


def without_comments(text, strings=False):
    """C without comments; and without what is in strings, unless they are kept."""
    def replace(match):
        token = match[0]
        if token[0] == "/":
            return " "
        return token if strings else token[0] + token[-1]
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', replace, text,
                  flags=re.S)


def includes(text):
    """[(how, header)]: how is '"' or '<'."""
    return re.findall(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]',
                      without_comments(text, strings=True), re.M)


def is_allowed(header, allowed):
    return any(header == a or (a.endswith("/") and header.startswith(a)) for a in allowed)


def is_own(path, header):
    if room_of(path) != room_of(header):
        return False
    return room_of(path) != "core" or header[:-2] == os.path.splitext(path)[0]


def is_foreign(header):
    """A header that no libc has: libraries are included with <>, rooms with ""."""
    return header.split("/")[0].split(".")[0] in (
        "jansson", "openssl", "zlib", "archive", "archive_entry", "libxml", "libvirt", "cmocka",
        "lzma", "zstd", "bzlib")


def check_file(path, text):
    """What is wrong with a file at this path."""
    wrong = []
    for how, header in includes(text):
        said = '%s: #include "%s"' % (path, header)
        if how == '"':
            if not is_own(path, header) and not is_allowed(header, PUBLIC + ROOMS[room_of(path)]):
                wrong.append(said + ": not below its floor")
        elif is_foreign(header) and not is_allowed(header, FOREIGN.get(path, [])):
            wrong.append(said + ": a foreign library's")
        elif (room_of(path) in HEART and path not in BUILD_PROGRAMS and not is_foreign(header)
              and header not in HEART_LIBC):
            wrong.append(said + ": not for the heart")
    if room_of(path) in HEART and path not in BUILD_PROGRAMS:
        code = without_comments(text)
        words = set(re.findall(r"\b(%s)\s*\(" % "|".join(HEART_NEVER_CALLS), code))
        words |= set(re.findall(r"\b(%s)\b" % "|".join(HEART_NEVER_NAMES), code))
        wrong += ["%s: %s: not for the heart" % (path, word) for word in sorted(words)]
    return wrong


def sources(room):
    for directory, _, names in os.walk(os.path.join(SOURCE, room)):
        for name in sorted(names):
            if name.endswith((".c", ".h", ".h.in")):
                yield os.path.relpath(os.path.join(directory, name), SOURCE)


# each of these has one thing wrong, or none
MADE_UP = [
    ("rom/x.c", '#include "core/file.h"', 1),
    ("rom/x.c", '#include "slots/slots.h"', 1),
    ("slots/x.h", '#  include "rom/rom.h"', 1),
    ("slots/x.c", '#include "verify/verify.h"', 1),
    ("core/json.c", '#include "core/file.h"', 1),
    ("core/bytes.h", '#include "core/json.h"', 1),
    ("core/error.c", '#include "rom/rom.h"', 1),
    ("pad/x.c", '#include "manifests/manifest.h"', 1),
    ("pad/x.c", '/* */ #include "core/file.h"', 1),
    ("manifests/x.c", '#include "pad/pad.h"', 1),
    ("verify/x.c", '#include "loader/load.h"', 1),
    ("verify/x.c", '#include "core/file.h"', 1),
    ("loader/x.c", '#include "romtool/command.h"', 1),
    ("include/romtool.h", '#include "core/bytes.h"', 1),
    ("rom/x.c", '#include "tests/support/rom-builder.h"', 1),
    ("rom/x.c", '#include "../core/file.h"', 1),
    ("rom/x.c", "#include <openssl/evp.h>", 1),
    ("manifests/read.c", "#include <jansson.h>", 1),
    ("core/json.c", "#include <zlib.h>", 1),
    ("romtool/main.c", "#include <openssl/crypto.h>", 1),
    ("rom/x.c", "#include <unistd.h>", 1),
    ("pad/x.c", "#include <time.h>", 1),
    ("rom/x.c", "void f(void) { printf(x); }", 1),
    ("slots/x.c", "void f(void) { (void)fputs(x, stderr); }", 2),
    ("verify/x.c", "int f(void) { return getenv(x) != 0; }", 1),
    ("manifests/x.c", "void f(void) { assert(1); abort(); exit(1); }", 3),
    ("pad/x.c", "int f(void) { return open(path, 0); }", 1),
    ("rom/x.c", '/* #include "core/file.h" */ // printf(\nchar s[] = "open(x) /*"; char c = \'"\';', 0),
    ("rom/x.c", '#include "core/json.h"\n#include "romtool.h"\n#include <stdio.h>', 0),
    ("rom/x.c", "int f(void) { return snprintf(a, b, c); }", 0),
    ("rom/x.c", "__attribute__((format(printf, 1, 2))) int exit_code(char *time);", 0),
    ("slots/generate.c", "#include <errno.h>\nint f(void) { exit(printf(x)); }", 0),
    ("core/file.c", '#include "core/file.h"\n#include <fcntl.h>\nint f(void) { return open(x); }', 0),
    ("romtool/x.c", '#include "loader/load.h"\nint f(void) { return printf(x); }', 0),
]

tap = Tap()
with tap.test("the check sees each made-up violation, and nothing else"):
    for path, text, n in MADE_UP:
        equal(len(check_file(path, text)), n, "%s: %s: %r" % (path, text, check_file(path, text)))

with tap.test("every room of the source is in the table"):
    found = {d for d in os.listdir(SOURCE) if os.path.isdir(os.path.join(SOURCE, d))
             and any(sources(d))}
    empty({d for d in found - set(ROOMS) if not d.startswith(("tests", "build", "."))},
          "rooms without a floor")

for room in ROOMS:
    if not os.path.isdir(os.path.join(SOURCE, room)):
        continue
    with tap.test(room + "/ keeps to its floor"):
        paths = list(sources(room))
        if not paths:
            raise AssertionError("no source in it")
        wrong = []
        for path in paths:
            with open(os.path.join(SOURCE, path), encoding="utf-8") as f:
                wrong += check_file(path, f.read())
        empty(wrong, "against docs/design.md, section 3")

with tap.test("every file with a foreign library of its own is there"):
    empty([p for p in FOREIGN if not os.path.exists(os.path.join(SOURCE, p))],
          "in the table, not in the source")
tap.end()
