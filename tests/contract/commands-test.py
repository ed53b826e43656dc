#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The command table: every command has its help, every option in a help is taken, and the same
letter means the same everywhere (docs/design.md, section 5)."""

import os
import re
import subprocess
import sys
import tempfile

from tap import SOURCE, Tap, empty, equal, read, same

sys.path.insert(0, os.path.join(SOURCE, "tests", "golden"))
import schemas  # noqa: E402

ROMTOOL = os.environ["ROMTOOL"]
LETTERS = {"p": "profile", "m": "machine", "d": "device", "s": "size", "M": "manifest", "k": "key",
           "o": "output", "j": "jobs", "q": "quiet", "v": "verbose",
           "L": "rom-dir"}  # as QEMU has it
OPTION = re.compile(r"  (?:-(\w),|   ) --([a-z][a-z-]*)(?: ([A-Z][A-Z=/]*))? +\S")


def romtool(*argv):
    with tempfile.TemporaryDirectory() as work:
        return subprocess.run([ROMTOOL, *argv], capture_output=True, text=True, cwd=work,
                              stdin=subprocess.DEVNULL, timeout=300, env={"LC_ALL": "C"})


def table_commands():
    """The rows of romtool/commands.h."""
    return set(re.findall(r'^(?:    |#define \w+\(X\) )X\((\w+), "', read("romtool/commands.h"), re.M))


def helps():
    """Every struct command_help of the source, by the name that it has: "slots show"."""
    found = []
    for name in sorted(os.listdir(os.path.join(SOURCE, "romtool"))):
        if name.endswith(".c"):
            found += re.findall(r'struct command_help \w+ = \{\s*"([a-z -]+)",', read("romtool", name))
    return found


def options(text):
    """[(letter or "", name, value or "")] of a help."""
    return [OPTION.match(line).groups("") for line in text.splitlines() if OPTION.match(line)]


def not_taken(command, letter, name, value):
    """What is wrong with an option of a command, given as the help says."""
    forms = [["--" + name, "1"], ["--%s=1" % name]] if value else [["--" + name]]
    if letter:
        forms += [["-" + letter, "1"], ["-%s1" % letter]] if value else [["-" + letter]]
    wrong = []
    for form in forms:
        said = romtool(*command.split(), *form).stderr
        if re.search(r"unknown option|takes no value|needs a value|no command", said):
            wrong.append("romtool %s %s: %s" % (command, " ".join(form), said.strip()))
    return wrong


def usage_options(text):
    """The options that a help's usage speaks of."""
    usage = text.split("\n\n")[0].replace(" -- ", " ")
    return set(re.findall(r"(?<![\w-])--?[A-Za-z][a-z-]*", usage))


tap = Tap()
with tap.test("the readers see what is planted"):
    equal(options("usage: x\n\n  -p, --profile PROFILE      whose\n      --trust PATH   a\n"
                  "      --rom-size DEVICE=SIZE state\n  -q, --quiet   no\nno --such\n"),
          [("p", "profile", "PROFILE"), ("", "trust", "PATH"), ("", "rom-size", "DEVICE=SIZE"),
           ("q", "quiet", "")])
    equal(usage_options("usage: romtool run [-p P | --in-place] -- VMM\n  -o OUT\n\n  -x"),
          {"-p", "--in-place", "-o"})
    for planted in (("pad", "", "no-such", ""), ("pad", "", "quiet", "N"), ("pad", "s", "size", ""),
                    ("pad", "z", "quiet", ""), ("frobnicate", "q", "quiet", "")):
        if not not_taken(*planted):
            raise AssertionError("taken: %r" % (planted,))

with tap.test("`romtool --help` lists the command table"):
    done = romtool("--help")
    equal((done.returncode, done.stderr), (0, ""))
    same(re.findall(r"^  (\w+) +\S", done.stdout.split("\n\n")[1], re.M), table_commands(),
         "the help", "romtool/commands.h")

with tap.test("every command of the table has a help"):
    same({name.split()[0] for name in helps()}, table_commands(), "struct command_help",
         "romtool/commands.h")

letters = set()
for command in helps():
    with tap.test("romtool %s --help" % command):
        done = romtool(*command.split(), "--help")
        equal((done.returncode, done.stderr), (0, ""))
        if not re.match(r"usage: romtool %s( .+)?\n" % command, done.stdout):
            raise AssertionError("no usage: " + done.stdout)
        found = options(done.stdout)
        equal(found[-1][1] if found else None, "help", "the last option")
        forms = {"-" + letter for letter, _, _ in found} | {"--" + name for _, name, _ in found}
        empty(usage_options(done.stdout) - forms, "in the usage, no option")
        empty([letter + " is " + name for letter, name, _ in found
               if letter and LETTERS.get(letter) != name], "letters that mean something else")
        empty([w for o in found if o[1] != "help" for w in not_taken(command, *o)], "not taken")
        empty(set(re.findall(r"print (romtool/[\w-]+/\d)", done.stdout)) - set(schemas.SCHEMAS),
              "no schema in tests/golden/schemas.py")
        equal(romtool(*command.split(), "--no-such-option").returncode, 2, "an unknown option")
tap.end()
