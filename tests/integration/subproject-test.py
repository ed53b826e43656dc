#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""libromtool as a VMM has it that carries the source: a subproject of meson's, found by
dependency('romtool'), shared and static, without a network and without the tests' dependencies."""

import os
import shutil
import subprocess
import tempfile

from tap import SOURCE, Tap, equal

NOT_SOURCE = shutil.ignore_patterns(".git", "build*", "__pycache__")
PROJECT = """
project('vmm', 'c', default_options: ['c_std=c11', 'default_library=%s'])
romtool = dependency('romtool', version: '>= 1.0', fallback: 'romtool', default_options: ['tests=false'])
executable('vmm', 'vmm.c', dependencies: romtool)
foreach kind : ['shared', 'static']
  executable('vmm-' + kind, 'vmm.c', dependencies: dependency('romtool', static: kind == 'static'))
endforeach
"""


def succeed(*argv, **options):
    done = subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    equal(done.returncode, 0, done.stdout[-2000:] + done.stderr)
    return done.stdout


def make_project(directory, library):
    """A VMM's tree, configured; where it is built."""
    tree, build = os.path.join(directory, library), os.path.join(directory, "build-" + library)
    os.makedirs(os.path.join(tree, "subprojects"))
    shutil.copytree(SOURCE, os.path.join(tree, "subprojects", "romtool"), ignore=NOT_SOURCE, symlinks=True)
    shutil.copy(os.path.join(SOURCE, "examples", "vmm.c"), tree)
    with open(os.path.join(tree, "meson.build"), "w", encoding="utf-8") as f:
        f.write(PROJECT % library)
    succeed("meson", "setup", build, tree, "--wrap-mode=nodownload", "-Dforce_fallback_for=romtool")
    return build


def is_shared(program):
    return "[libromtool.so.1]" in succeed("readelf", "-d", program)


tap = Tap()
with tempfile.TemporaryDirectory() as work:
    rom = os.path.join(work, "fits.rom")
    with open(rom, "wb") as f:
        subprocess.run([os.environ["MKROM"], "x86", "efi", "pad:to=249344"], stdout=f, check=True)

    for library, programs in (("shared", ["vmm", "vmm-shared", "vmm-static"]), ("static", ["vmm"])):
        with tap.test("dependency('romtool') of a project whose libraries are %s" % library):
            build = make_project(work, library)
            succeed("ninja", "-C", build, *programs)
            for name in programs:
                program = os.path.join(build, name)
                equal(is_shared(program), name == "vmm-shared" or (name == "vmm" and library == "shared"), name)
                equal(succeed(program, "debian/bookworm", "q35", "virtio", rom),
                      "virtio-net-pci on pc-q35-7.2: a ROM BAR of 262144 bytes, which begins with 55 aa\n", name)
tap.end()
