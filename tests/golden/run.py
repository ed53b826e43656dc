#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Golden command tests: run.py [--update] [CASE...]

A case (NAME.txt) is a terminal session. Each line that begins with "$ " is given to sh, by itself,
in a directory that is empty when the case begins, with romtool, mkrom and mkstate on the PATH and
what is in files/ at $FILES; "> " goes on with the command above. What follows is what it prints:
stdout, then stderr with "2> " before each line, then "[N]", its exit status where that is not 0. A
byte that a terminal would act upon is shown as \\xNN. What differs from machine to machine is shown
as TMP (the case's directory), BIN (romtool's), FILES and KEYID. What a case says of itself stands
above its first command, after "# ".

A new case is its commands; --update writes into the cases what the commands print now, to be read
in the diff. Every JSON document that a command prints is also checked against the keys that others
may rely on (schemas.py)."""

import difflib
import json
import os
import re
import subprocess
import sys
import tempfile

import schemas

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 300  # for one command


class Wrong(Exception):
    pass


def parse(text):
    """The head of a case, and its commands."""
    head, commands = [], []
    continues = False
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append(line[2:])
        elif continues and line.startswith("> "):
            commands[-1] += "\n" + line[2:]
        elif not commands:
            head.append(line)
        continues = line.startswith("$ ") or (continues and line.startswith("> "))
    if not commands:
        raise Wrong("no command in it")
    return head, commands


def visible(data):
    text = data.decode("utf-8", errors="backslashreplace")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", lambda m: "\\x%02x" % ord(m[0]), text)


def shown(data, prefix, replaced):
    """Output as it stands in a case."""
    text = visible(data)
    for what, by in replaced:
        text = re.sub(what, by, text)
    if text and not text.endswith("\n"):
        text += "\n[no newline]\n"
    lines = text.splitlines()
    if not prefix and any(re.match(r"[$>2]>? |\[\d+\]$", line) for line in lines):
        raise Wrong("output that reads like a part of the case: %r" % text)
    return [prefix + line if line else prefix.rstrip() for line in lines]


def check_documents(command, stdout):
    """What romtool prints with --json is one JSON document, by its schema."""
    if "--json" not in command or "--help" in command or not stdout.startswith(b"{"):
        return
    try:
        schemas.check(json.loads(stdout))
    except (ValueError, schemas.Wrong) as e:
        raise Wrong("$ %s\n%s" % (command, e)) from None


def environment():
    tools = [os.path.dirname(os.path.abspath(os.environ[name]))
             for name in ("ROMTOOL", "MKROM", "MKSTATE")]
    return tools[0], {"PATH": ":".join([*tools, "/usr/bin", "/bin"]), "LC_ALL": "C",
                      "FILES": os.path.join(HERE, "files")}


def play(text):
    """Runs a case; the text that it should have been."""
    head, commands = parse(text)
    bin_dir, env = environment()
    lines = list(head)
    with tempfile.TemporaryDirectory(prefix="golden-") as work:
        replaced = [(re.escape(os.path.realpath(work)), "TMP"), (re.escape(bin_dir), "BIN"),
                    (re.escape(env["FILES"]), "FILES"),
                    (r"\b[0-9A-F]{16}\b", "KEYID")]
        for command in commands:
            done = subprocess.run(["sh", "-c", command], cwd=work, env=env, timeout=SECONDS,
                                  stdin=subprocess.DEVNULL, capture_output=True, umask=0o022)
            check_documents(command, done.stdout)
            lines.append("$ " + command.replace("\n", "\n> "))
            lines += shown(done.stdout, "", replaced) + shown(done.stderr, "2> ", replaced)
            if done.returncode != 0:
                lines.append("[%d]" % done.returncode)
    return "\n".join(lines) + "\n"


def difference(expected, got, name):
    return "".join(difflib.unified_diff(expected.splitlines(True), got.splitlines(True),
                                        name + " (expected)", name + " (got)"))


def run_case(path, update):
    """None, or what is wrong with it."""
    with open(path, encoding="utf-8") as f:
        expected = f.read()
    try:
        got = play(expected)
    except (Wrong, subprocess.TimeoutExpired) as e:
        return str(e)
    if got == expected:
        return None
    if update:
        with open(path, "w", encoding="utf-8") as f:
            f.write(got)
        return None
    return difference(expected, got, os.path.relpath(path, HERE))


def self_test():
    """A runner that finds nothing would pass everything."""
    right = ("# head\n$ echo a; echo b >&2; exit 3\na\n2> b\n[3]\n$ printf '\\033x'\n\\x1bx\n"
             "[no newline]\n$ cat <<X\n> $HOME.\n> X\n.\n$ cat\n")
    for text, same in ((right, True), (right.replace("[3]", "[1]"), False),
                       (right.replace("\na\n", "\nb\n"), False),
                       (right.replace("2> b\n", ""), False), (right + "c\n", False)):
        if (play(text) == text) != same:
            return difference(text, play(text), "self-test")
    for text in ("", "# no command\n", "$ echo '$ x'\n", "$ echo '{' --json\n"):
        try:
            play(text)
        except Wrong:
            continue
        return "not refused: %r" % text
    return None


def find_cases(arguments):
    if arguments:
        return [os.path.abspath(a) for a in arguments]
    return sorted(os.path.join(directory, name) for directory, _, names in os.walk(HERE)
                  for name in names if name.endswith(".txt"))


def main():
    arguments = sys.argv[1:]
    update = "--update" in arguments
    tests = [("the runner sees differences", self_test),
             ("the schemas see differences", schemas.self_test)]
    cases = find_cases([a for a in arguments if a != "--update"])
    tests.append(("there are cases", lambda: None if cases else "none"))
    for path in cases:
        name = os.path.relpath(path, HERE)[:-len(".txt")]
        tests.append((name, lambda path=path: run_case(path, update)))
    failed = 0
    for n, (name, test) in enumerate(tests, 1):
        wrong = test()
        failed += wrong is not None
        print("%sok %d - %s" % ("not " if wrong is not None else "", n, name), flush=True)
        for line in (wrong or "").splitlines():
            print("# " + line)
    print("1..%d" % len(tests))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
