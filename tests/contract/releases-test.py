#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The known releases: tools/make-releases writes exactly what lies in the tree, a new release changes
none of it, and a mistake in a manifest fails the build with its sentence."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

from tap import SOURCE, Tap, equal, read, same

RELEASES = os.path.join(SOURCE, "manifests", "releases")
TSV = os.path.join(SOURCE, "tests", "data", "distro-roms.tsv")
NAMES = sorted(name for name in os.listdir(RELEASES) if name.endswith(".json"))
SAMPLE = "debian-bookworm_seabios_1.16.2-1.json"


def make(tsv, out):
    subprocess.run([sys.executable, os.path.join(SOURCE, "tools", "make-releases"), tsv, out],
                   check=True)


def manifests(out):
    """{name: bytes}"""
    ret = {}
    for name in os.listdir(out):
        with open(os.path.join(out, name), "rb") as f:
            ret[name] = f.read()
    return ret


def copy(out):
    for name in NAMES:
        shutil.copy(os.path.join(RELEASES, name), out)


def generate(*paths):
    """What known-generate says about these manifests; it must fail."""
    with tempfile.TemporaryDirectory() as work:
        out = os.path.join(work, "table.c")
        done = subprocess.run([os.environ["KNOWN_GENERATE"], out, *paths], capture_output=True,
                              text=True)
        equal((done.returncode, done.stdout, os.path.exists(out)), (1, "", False))
    return done.stderr


def refused(edit, sentence):
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "x.json")
        with open(path, "w", encoding="utf-8") as f:
            f.write(edit(read("manifests", "releases", SAMPLE)))
        equal(generate(path), "known-generate: %s: %s\n" % (path, sentence))


def serial_edit(text):
    """Another release with the same serial."""
    return text.replace('"release": "1.16.2-1"', '"release": "1.16.2-2"')


tap = Tap()
with tap.test("make-releases writes what lies in manifests/releases, from nothing or over it"):
    for start in (lambda out: None, copy):
        with tempfile.TemporaryDirectory() as out:
            start(out)
            make(TSV, out)
            made = manifests(out)
        same(made, NAMES, "what is made", "manifests/releases")
        for name in NAMES:
            equal(made[name], read("manifests", "releases", name).encode(), name)

with tap.test("every release of a package in tests/data/distro-roms.tsv has a manifest"):
    rows = [line.split("\t") for line in read("tests", "data", "distro-roms.tsv").splitlines()
            if not line.startswith("#")][1:]
    stated = [json.loads(read("manifests", "releases", name))["predicate"] for name in NAMES]
    equal({(row[1], row[2]) for row in rows},
          {(p["product"].split("/")[1], p["release"]) for p in stated})

for version, serial in (("1.16.2-1+deb12u1", 25), ("1.99-1", 70)):
    with tap.test("a new release, %s, has a serial of its own and changes no other" % version), \
            tempfile.TemporaryDirectory() as out, tempfile.NamedTemporaryFile("w") as tsv:
        lines = read("tests", "data", "distro-roms.tsv").splitlines(keepends=True)
        tsv.writelines(lines)
        tsv.writelines(line.replace("debian bookworm", "debian forky").replace("1.16.2-1", version)
                       for line in lines if "\tseabios\t1.16.2-1\t" in line)
        tsv.flush()
        copy(out)
        make(tsv.name, out)
        made = manifests(out)
        new = "debian-forky_seabios_%s.json" % version
        same(made, NAMES + [new], "what is made", "what lies there and the new one")
        for name in NAMES:
            equal(made[name], read("manifests", "releases", name).encode(), name)
        equal(json.loads(made[new])["predicate"]["serial"], serial)

with tap.test("known-generate: a mistake fails the build with the reader's sentence"):
    refused(lambda text: text.replace('"slot": 32768', '"slot": 32769', 1),
            "predicate.roms[4].slot: 32769 is not a power of two")
with tap.test("known-generate: what romtool would write otherwise fails the build"):
    refused(lambda text: text + "\n", "not as romtool writes it: make it with tools/make-releases")
for name, edit in (("one release", lambda text: text), ("one serial", serial_edit)):
    with tap.test("known-generate: %s twice fails the build" % name), \
            tempfile.TemporaryDirectory() as work:
        paths = [os.path.join(work, "a.json"), os.path.join(work, "b.json")]
        shutil.copy(os.path.join(RELEASES, SAMPLE), paths[0])
        with open(paths[1], "w", encoding="utf-8") as f:
            f.write(edit(read("manifests", "releases", SAMPLE)))
        equal(generate(*paths), "known-generate: %s: another file has this product, channel and "
              "release or serial\n" % paths[1])
tap.end()
