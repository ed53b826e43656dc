#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What programs that were built against a release of libromtool rely on: abi-1.N.h lists it, and
romtool.h, the symbol map and the library that was built still hold to every line of it."""

import os
import re
import subprocess
import tempfile

from tap import SOURCE, Tap, equal, read, same

LIBRARY = os.environ["LIBROMTOOL"]
CONTRACT = os.path.join(SOURCE, "tests", "contract")
LISTS = {name[4:-2]: read("tests", "contract", name) for name in sorted(os.listdir(CONTRACT))
         if re.fullmatch(r"abi-[\d.]+\.h", name)}  # {"1.0": text}

# Each line of a list, as C that compiles where it holds.
CHECKS = """
#include "romtool.h"
#define HOLDS(name, condition) _Static_assert(condition, "not as released: " name);
#define IS_A(pointer, type) _Generic(pointer, type: 1, default: 0)
#define VALUE(name, number) HOLDS(#name, (name) == (number))
#define STRUCT(tag, bytes) HOLDS("struct " #tag, sizeof(struct tag) == (bytes))
#define MEMBER(tag, name, at, type) HOLDS("struct " #tag "." #name, offsetof(struct tag, name) == (at) && \\
    IS_A(&((struct tag *)0)->name, __typeof__(type) *))
#define FUNCTION(name, type, arguments) HOLDS(#name "()", IS_A(&name, type (*)arguments))
"""


def run(*argv, **options):
    return subprocess.run(argv, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}, **options)


def broken(header, text):
    """What of a list does not hold for this romtool.h; a message of the compiler where it cannot tell."""
    with tempfile.TemporaryDirectory() as d:
        with open(os.path.join(d, "romtool.h"), "w", encoding="utf-8") as f:
            f.write(header)
        done = run("cc", "-std=c11", "-w", "-x", "c", "-fsyntax-only", "-I", d, "-", input=CHECKS + text)
    said = re.findall(r'"not as released: ([^"]+(?:" "[^"]+)*)"', done.stderr)
    return sorted(set(said)) or ([done.stderr] if done.returncode else [])


def names(text, kind):
    """The first words of a list's lines of this kind; of MEMBER the first two."""
    return {m[0] if kind != "MEMBER" else m for m in
            re.findall(r"^%s\((\w+), (\w*)" % kind, text, re.M)}


def declared(header):
    """What romtool.h has of each kind."""
    text = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    structs = re.findall(r"^struct (\w+) \{(.*?)\};", text, re.S | re.M)
    enums = re.findall(r"^enum \w+ \{(.*?)\};", text, re.S | re.M)
    return {
        "VALUE": set(re.findall(r"\b(ROMTOOL_\w+) =", "".join(enums)))
                 | set(re.findall(r"^#define (ROMTOOL_\w+) +[^\s_]", text, re.M)),
        "STRUCT": {tag for tag, _ in structs},
        "MEMBER": {(tag, name) for tag, body in structs
                   for name in re.findall(r"(\w+)(?:\[\w+\])?;", body) if name != "reserved"},
        "FUNCTION": set(re.findall(r"^ROMTOOL_API[^;(]*?\b(\w+)\(", text, re.M)),
    }


def map_nodes(text):
    """{node: its symbols} of a symbol map."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return {node: set(re.findall(r"(\w+)\s*;", body.split("global:")[1].split("local:")[0]))
            for node, body in re.findall(r"([\w.]+)\s*\{(.*?)\}", text, re.S)}


def exported_nodes(path):
    """{node: its symbols} of a shared library."""
    nodes = {}
    for line in run("nm", "-D", "--defined-only", "--with-symbol-versions", path).stdout.splitlines():
        name, _, node = line.split()[-1].partition("@@")
        if line.split()[-2] != "A":  # the node itself
            nodes.setdefault(node, set()).add(name)
    return nodes


HEADER = read("include/romtool.h")
# each is an incompatible change of romtool.h, and what is to be said of it
PLANTED = [
    ("ROMTOOL_E_EMPTY = -107,", "ROMTOOL_E_EMPTY = -108,", ["ROMTOOL_E_EMPTY"]),
    ("char text[496];", "char text[500];", ["struct romtool_error", "struct romtool_error.text"]),
    ("int32_t fill; ", "uint32_t fill; ", ["struct romtool_rom_summary.fill"]),
    ("uint16_t vendor;\n    uint16_t device;", "uint16_t device;\n    uint16_t vendor;",
     ["struct romtool_image.device", "struct romtool_image.vendor"]),
    ("uint64_t romtool_rom_slot(const ", "uint64_t romtool_rom_slot(", ["romtool_rom_slot()"]),
    ("int romtool_rom_memfd(", "long romtool_rom_memfd(", ["romtool_rom_memfd()"]),
    ("#define ROMTOOL_NO_OFFSET UINT64_MAX", "#define ROMTOOL_NO_OFFSET 0", ["ROMTOOL_NO_OFFSET"]),
]

tap = Tap()
with tap.test("the checks see what is planted"):
    for old, new, said in PLANTED:
        equal(HEADER.count(old), 1, old)
        equal(broken(HEADER.replace(old, new), LISTS["1.0"]), said, new)
    for gone in ("ROMTOOL_E_EMPTY", "romtool_rom_slot", "original"):
        equal(gone in "".join(broken(re.sub(r"\b%s\b" % gone, "gone", HEADER), LISTS["1.0"])), True, gone)
    found = declared("#define ROMTOOL_H\n#define ROMTOOL_API __attribute__((x))\n#define ROMTOOL_A 1\n"
                     "enum romtool_x {\n ROMTOOL_B = 2, /* ROMTOOL_C = 3 */\n};\nROMTOOL_API int romtool_f(int n);\n"
                     "struct romtool_s {\n int a, b[3]; /* c; */\n uint8_t reserved[4];\n};\nstruct romtool_opaque;\n")
    equal(found, {"VALUE": {"ROMTOOL_A", "ROMTOOL_B"}, "STRUCT": {"romtool_s"},
                  "MEMBER": {("romtool_s", "b")}, "FUNCTION": {"romtool_f"}})
    equal(map_nodes("/* x { */ V1 {\nglobal:\n a;\n b; /* c; */\nlocal:\n *;\n};\nV1.1 {global: d;} V1;"),
          {"V1": {"a", "b"}, "V1.1": {"d"}})

for version, text in LISTS.items():
    with tap.test("romtool.h has all of %s as it was" % version):
        equal(broken(HEADER, text), [])

with tap.test("all of romtool.h is in a list"):
    for kind, there in declared(HEADER).items():
        same(there, set().union(*(names(text, kind) for text in LISTS.values())), "romtool.h",
             "abi-*.h, " + kind)

nodes = {"ROMTOOL_" + version: names(text, "FUNCTION") for version, text in LISTS.items()}
with tap.test("the symbol map has a block for each list, with its functions"):
    equal(map_nodes(read("include/libromtool.map")), nodes)

with tap.test("the library exports each function by the version that it came with"):
    equal(exported_nodes(LIBRARY), nodes)

with tap.test("the library's name is libromtool.so.1"):
    equal(re.findall(r"\(SONAME\).*\[(.+)\]", run("readelf", "-d", LIBRARY).stdout), ["libromtool.so.1"])
tap.end()
