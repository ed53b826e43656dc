#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A test that nobody registered fails the configure step: it would never run."""

import os
import shutil
import subprocess
import tempfile

from tap import SOURCE, Tap

NOT_SOURCE = shutil.ignore_patterns(".git", "build*", "__pycache__")

tap = Tap()
for name in ("tests/unit/x-test.c", "tests/integration/x-test.py"):
    with tap.test("an unregistered %s fails `meson setup`, by its name" % name), \
            tempfile.TemporaryDirectory() as work:
        tree = os.path.join(work, "tree")
        shutil.copytree(SOURCE, tree, ignore=NOT_SOURCE, symlinks=True)
        with open(os.path.join(tree, name), "w", encoding="utf-8"):
            pass
        done = subprocess.run(["meson", "setup", os.path.join(work, "build"), tree],
                              capture_output=True, text=True)
        if done.returncode == 0:
            raise AssertionError("it configures")
        if name + " is not registered" not in done.stdout + done.stderr:
            raise AssertionError(done.stdout + done.stderr)
tap.end()
