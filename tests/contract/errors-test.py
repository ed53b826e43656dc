#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""enum romtool_code, the names that the library gives, docs/errors.md and the golden cases: the same
list, each with the verdict of its hundred."""

import ctypes
import os
import re

from tap import SOURCE, Tap, empty, equal, read, same

VERDICTS = {1: "refused", 2: "undecided", 3: "undecided"}  # by the hundred; of the library
HEADINGS = {1: "Refused (-1xx, exit status 1)", 2: "Could not decide (-2xx, exit status 3)",
            3: "Usage (-3xx, exit status 2)"}

# no terminal session can bring them about; where they are tested
NOT_IN_A_SESSION = {
    "ok": "no error",
    "changed": "unit: file, load",
    "no-memory": "fuzz: the n-th allocation fails",
    "unavailable": "unit: key",
    "internal": "a bug of ours",
    "not-power-of-two": "an option is a usage error before: the library's callers",
}


def enum_codes(text):
    """{number: name in C} of enum romtool_code."""
    body = re.search(r"enum romtool_code \{(.*?)\};", text, re.S)[1]
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    return {int(n): name for name, n in re.findall(r"ROMTOOL_(\w+) = (-?\d+)", body)}


def table_rows(text):
    """[(heading, name, number)] of docs/errors.md."""
    rows, heading = [], None
    for line in text.splitlines():
        if line.startswith("## "):
            heading = line[3:]
        match = re.match(r"\| `([a-z0-9-]+)` \| (-\d+) \| [^|\s]", line)
        if match:
            rows.append((heading, match[1], int(match[2])))
    return rows


def stable_name(c_name):
    return re.sub("^E_", "", c_name).lower().replace("_", "-")


def golden_words():
    """Every word of the golden cases, and their own names."""
    words = set()
    for directory, _, names in os.walk(os.path.join(SOURCE, "tests", "golden")):
        for name in names:
            if name.endswith(".txt"):
                words.add(name[:-len(".txt")])
                words.update(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", read(directory, name)))
    return words


codes = enum_codes(read("include/romtool.h"))
rows = table_rows(read("docs/errors.md"))
library = ctypes.CDLL(os.environ["LIBROMTOOL"])
library.romtool_error_name.restype = ctypes.c_char_p

tap = Tap()
with tap.test("the readers see what is planted"):
    equal(enum_codes("enum romtool_code { ROMTOOL_OK = 0, /* ROMTOOL_E_NO = -9 */\n"
                     "ROMTOOL_E_A_B = -101, };"), {0: "OK", -101: "E_A_B"})
    equal(table_rows("## Refused\n| name | number |\n|---|---|\n| `a-b` | -101 | it |\n| `c` | -1 | |"),
          [("Refused", "a-b", -101)])
    for left, right in (({1}, {1, 2}), ({1, 2}, {1}), (set(), set())):
        try:
            same(left, right, "left", "right")
        except AssertionError:
            continue
        raise AssertionError("%r and %r are the same" % (left, right))

with tap.test("every code has the name that its enumerator says"):
    equal({n: library.romtool_error_name(n).decode() for n in codes},
          {n: stable_name(c) for n, c in codes.items()})
    equal(len(set(map(stable_name, codes.values()))), len(codes), "a name twice")
    for unused in (1, -1, -100, -199, -300, -999):
        equal(library.romtool_error_name(unused), b"unknown", unused)

with tap.test("every code has the verdict of its hundred"):
    numbers = {"undecided": 0, "held": 1, "refused": 2}  # enum romtool_verdict
    equal({n: library.romtool_error_verdict(n) for n in codes},
          {n: numbers[VERDICTS[-n // 100] if n else "held"] for n in codes})

with tap.test("docs/errors.md has every code, and no other, once"):
    same({(stable_name(c), n) for n, c in codes.items() if n}, {row[1:] for row in rows},
         "enum romtool_code", "docs/errors.md")
    equal(len(rows), len({row[1:] for row in rows}), "rows")

with tap.test("docs/errors.md has every code under its verdict"):
    empty(["%s is under '%s'" % (name, heading) for heading, name, number in rows
           if heading != HEADINGS[-number // 100]], "in the wrong section")

with tap.test("every code that a session can bring about has a golden case"):
    names = set(map(stable_name, codes.values()))
    empty(set(NOT_IN_A_SESSION) - names, "excepted, but no code")
    empty(names - golden_words() - set(NOT_IN_A_SESSION), "neither in a golden case nor excepted")
tap.end()
