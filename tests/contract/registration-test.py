#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A unit test that nobody registered fails the configure step: it would never run."""

import os
import shutil
import subprocess
import tempfile

from tap import SOURCE, Tap

NOT_SOURCE = shutil.ignore_patterns(".git", "build*", "__pycache__")

tap = Tap()
with tap.test("an unregistered tests/unit/x-test.c fails `meson setup`, by its name"), \
        tempfile.TemporaryDirectory() as work:
    tree = os.path.join(work, "tree")
    shutil.copytree(SOURCE, tree, ignore=NOT_SOURCE, symlinks=True)
    with open(os.path.join(tree, "tests", "unit", "x-test.c"), "w", encoding="utf-8") as f:
        f.write("int main(void) { return 0; }\n")
    done = subprocess.run(["meson", "setup", os.path.join(work, "build"), tree],
                          capture_output=True, text=True)
    if done.returncode == 0:
        raise AssertionError("it configures")
    if "tests/unit/x-test.c is not registered" not in done.stdout + done.stderr:
        raise AssertionError(done.stdout + done.stderr)
tap.end()
