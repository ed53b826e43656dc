# SPDX-License-Identifier: BSD-2-Clause
"""The few lines of TAP that these tests print, and where the source is."""

import os
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def read(*path):
    """A file of the source, by its path in it."""
    with open(os.path.join(SOURCE, *path), encoding="utf-8") as f:
        return f.read()


class Tap:
    """Each `with tap.test(NAME):` is one test; an exception in it is its failure."""

    def __init__(self):
        self.n = 0
        self.failed = 0

    def test(self, name):
        return _Test(self, name)

    def skip(self, name, why):
        self.n += 1
        print("ok %d - %s # SKIP %s" % (self.n, name, why), flush=True)

    def end(self):
        print("1..%d" % self.n, flush=True)
        sys.exit(1 if self.failed else 0)


class _Test:
    def __init__(self, tap, name):
        self.tap, self.name = tap, name

    def __enter__(self):
        self.tap.n += 1

    def __exit__(self, kind, error, _trace):
        if kind is not None and not issubclass(kind, Exception):
            return False
        self.tap.failed += kind is not None
        lines = ("%s: %s" % (kind.__name__, error)).splitlines() if kind is not None else []
        for line in lines:
            print("# " + line)
        print("%sok %d - %s" % ("" if kind is None else "not ", self.tap.n, self.name), flush=True)
        return True


def equal(got, expected, what=""):
    if got != expected:
        raise AssertionError("%s: got %r, expected %r" % (what, got, expected))


def empty(found, what):
    """Nothing was found; else each of it on a line."""
    if found:
        raise AssertionError("%s:\n%s" % (what, "\n".join(str(f) for f in sorted(found))))


def same(left, right, left_name, right_name):
    """Two sets are the same; else what each lacks."""
    missing = ["%s is not in %s" % (name, right_name) for name in set(left) - set(right)]
    missing += ["%s is not in %s" % (name, left_name) for name in set(right) - set(left)]
    empty(missing, "%s and %s differ" % (left_name, right_name))
    if not left:
        raise AssertionError("nothing in %s" % left_name)
