#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The ROMs of the installed packages are named, with the version that dpkg says is installed."""

import glob
import json
import os
import subprocess
import tempfile

from guest import ROMTOOL, Tap, equal, require
from tap import SOURCE

DIRECTORIES = {"ipxe-qemu": "/usr/lib/ipxe/qemu/*.rom", "seabios": "/usr/share/seabios/*.bin"}
require("/usr/lib/ipxe/qemu/efi-virtio.rom", "/usr/share/seabios/vgabios-stdvga.bin")


def romtool(*args):
    return subprocess.run([ROMTOOL, *args], capture_output=True, text=True).stdout


def package_version(package):
    return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], check=True,
                          capture_output=True, text=True).stdout


def stated(package, version):
    """The manifests of this release, by channel."""
    ret = {}
    for path in sorted(glob.glob(os.path.join(SOURCE, "manifests", "releases", "debian-*.json"))):
        with open(path, encoding="utf-8") as f:
            m = json.load(f)
        p = m["predicate"]
        if (p["product"], p["release"]) == ("debian/" + package, version):
            ret[p["channel"]] = m
    return ret


def known_lines(text):
    """{path: the lines "known:" below it}"""
    ret, path = {}, None
    for line in text.splitlines():
        if line.startswith("  known: "):
            ret[path].append(line[len("  known: "):])
        else:
            path = line.rpartition(": ")[0]
            ret[path] = []
    return ret


tap = Tap()
for package, pattern in DIRECTORIES.items():
    version = package_version(package)
    releases = stated(package, version)
    if not releases:
        tap.skip(package, "%s is not among the known releases" % version)
        continue
    files = sorted(glob.glob(pattern))
    channels = sorted(releases)
    with tap.test("%s %s: every file is named" % (package, version)):
        lines = known_lines(romtool("verify", *files))
        equal(sorted(lines), files)
        for path in files:  # a link's name is not the file's
            real = os.path.basename(os.path.realpath(path))
            equal(lines[path], ["debian/%s %s (%s), %s" % (package, version, ", ".join(channels),
                                                          real)])
    with tap.test("%s %s: in JSON" % (package, version)):
        document = json.loads(romtool("verify", "--json", *files))
        for file in document["files"]:
            real = os.path.basename(os.path.realpath(file["path"]))
            equal(file["known"], [{"product": "debian/" + package, "channels": channels,
                                   "release": version, "file": real}])
    with tap.test("%s %s: every file of the release is there, and no other" % (package, version)):
        for m in releases.values():
            equal({s["name"] for s in m["subject"]},
                  {os.path.basename(os.path.realpath(path)) for path in files})

ipxe = package_version("ipxe-qemu")
for channel, known in stated("ipxe-qemu", ipxe).items():
    with tap.test("manifest create states of ipxe-qemu what is known of it (%s)" % channel):
        p = known["predicate"]
        made = json.loads(romtool(
            "manifest", "create", "-p", p["profile"], "--product", p["product"], "--channel", channel,
            "--release", ipxe, "--serial", str(p["serial"]), "-o", "-", "/usr/lib/ipxe/qemu"))
        for rom in made["predicate"]["roms"]:
            del rom["fsverity"]  # not measured
        equal(made, known)

with tap.test("not with -q"):
    equal(romtool("verify", "-q", "/usr/lib/ipxe/qemu/efi-virtio.rom"), "")
with tap.test("one byte more, and nobody's"), tempfile.TemporaryDirectory() as work:
    path = os.path.join(work, "efi-virtio.rom")
    with open("/usr/lib/ipxe/qemu/efi-virtio.rom", "rb") as f, open(path, "wb") as g:
        g.write(f.read() + b"\0")
    equal(known_lines(romtool("verify", path)), {path: []})
    equal("known" in json.loads(romtool("verify", "--json", path))["files"][0], False)
tap.end()
