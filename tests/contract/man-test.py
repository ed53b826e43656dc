#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs/man3 against include/romtool.h: every export has a page, with the header's prototype, its
structures and every error that its comment lists; and the examples compile."""

import os
import re
import shutil
import subprocess

from tap import SOURCE, Tap, empty, equal, read, same

OVERVIEW = "libromtool"  # describes no function
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "RETURN VALUES", "FILES", "EXAMPLES", "ERRORS",
            "SEE ALSO", "STANDARDS"]
WARNINGS = ["-std=c11", "-D_XOPEN_SOURCE=700", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow",
            "-Wmissing-prototypes", "-Werror"]

# ------------------------------------------------------------------------------------ the header


def normal(text):
    """C without comments, and with white space only where it separates words."""
    text = re.sub(r"/\*.*?\*/|^#.*?$", " ", text, flags=re.S | re.M)
    return " ".join(re.findall(r"\w+|[^\w\s]", text))


def declarations(header):
    """{function: (prototype, the comment before it)}: of functions in one block, its one comment."""
    found, comment = {}, ""
    for said, code in re.findall(r"/\*(.*?)\*/|^ROMTOOL_API (.*?;)", header, re.S | re.M):
        comment = said or comment
        if code:
            found[re.search(r"(\w+)\(", code)[1]] = (normal(code), comment)
    return found


def types(text):
    """{"struct x": its normal definition}: of structures with members, and of enumerations."""
    return {m[1]: normal(m[0])
            for m in re.finditer(r"^((?:struct|enum) \w+) \{.*?^\};", text, re.S | re.M)}


def codes_in(comment, declared=None):
    """The codes that a comment lists: ROMTOOL_E_X, or _X; and those of a call that it refers to."""
    words = re.sub(r"\s*\*\s", " ", comment)
    codes = {c for c in re.findall(r"(?<!\w)(?:ROMTOOL_E)?_([A-Z][A-Z_]*)\b", words)}
    for other in re.findall(r"As (romtool_\w+)\(\)", words):
        codes |= codes_in(declared[other][1], declared)
    return codes


# ------------------------------------------------------------------------------------ the pages


def sections(page):
    parts = re.split(r"^\.Sh (.*)$", page, flags=re.M)
    return [(parts[i], parts[i + 1]) for i in range(1, len(parts), 2)]


def arguments(rest):
    """What is behind a macro: "quoted words" are one."""
    return [a or b for a, b in re.findall(r'"([^"]*)"|(\S+)', rest)]


def prototypes(synopsis):
    """{function: normal prototype} of .Ft, and .Fn or .Fo, .Fa and .Fc."""
    found, returns, name, taken = {}, None, None, []
    for line in synopsis.splitlines():
        macro, _, rest = line.partition(" ")
        if macro == ".Ft":
            returns = " ".join(arguments(rest))
        elif macro in (".Fn", ".Fo"):
            name, *taken = arguments(rest)
        elif macro == ".Fa":
            taken += arguments(rest)
        if macro in (".Fn", ".Fc"):
            found[name] = normal("%s %s(%s);" % (returns, name, ", ".join(taken)))
    return found


def names(page):
    return re.findall(r"^\.Nm (\w+)", dict(sections(page))["NAME"], re.M)


def literals(text):
    """What stands between .Bd -literal and .Ed, as a reader sees it."""
    return [b.replace("\\e", "\\").replace("\\&", "")
            for b in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", text, re.S | re.M)]


def listed_errors(page):
    """[(stable name, code)] of the section ERRORS."""
    return re.findall(r"^\.It Sy (\S+) Pq Dv ROMTOOL_E_(\w+)$", dict(sections(page)).get("ERRORS", ""), re.M)


def stable_name(code):
    return code.lower().replace("_", "-")


def installed(build):
    """{page: other names} of docs/meson.build."""
    rows = re.search(r"library_pages = \{(.*?)\n\}", build, re.S)[1]
    return {page: set(re.findall(r"'(\w+)'", others))
            for page, others in re.findall(r"'(\w+)': \[(.*?)\]", rows, re.S)}


# ------------------------------------------------------------------------------------ the check


def check_page(page, text, header):
    """What is wrong with a page."""
    declared, header_types = declarations(header), types(header)
    all_codes = set(re.findall(r"\bROMTOOL_E_(\w+) =", header))
    of_page = [n for n in names(text) if n in declared]
    wrong = []

    found = prototypes(dict(sections(text))["SYNOPSIS"])
    for name in set(of_page) | set(found):
        want = declared.get(name, ("nothing", ""))[0]
        if found.get(name) != want:
            wrong.append("%s: is %s, declared is %s" % (name, found.get(name), want))
    for block in literals(text):
        for name, body in types(block).items():
            if header_types.get(name) != body:
                wrong.append("%s is not as in the header" % name)
    want = set().union(*(codes_in(declared[n][1], declared) for n in of_page)) & all_codes \
        if page != "romtool_error_name" else set()  # its comments are about the codes themselves
    listed = listed_errors(text)
    wrong += ["%s: not in the section ERRORS" % c for c in want - {c for _, c in listed}]
    wrong += ["%s: not in the header's comment" % c for c in {c for _, c in listed} - want]
    wrong += ["%s is not what %s is called" % (n, c) for n, c in listed if n != stable_name(c)]
    wrong += ["%s listed twice" % c for _, c in set(listed) if listed.count((stable_name(c), c)) > 1]
    wrong += ["%s: no such thing in the header" % c for c in set(re.findall(r"(?<!Dt )\bROMTOOL_\w+", text))
              if not re.search(r"\b%s\b" % c, header)]
    order = [s for s, _ in sections(text)]
    if order != [s for s in SECTIONS if s in order] or not set(SECTIONS[:3]) <= set(order):
        wrong.append("its sections are %s" % ", ".join(order))
    if not re.search(r"^\.Dt %s 3$" % page.upper(), text, re.M):
        wrong.append("its title is not its name")
    return wrong


def compile_example(code):
    """None, or what the compiler says."""
    done = subprocess.run(["cc", *WARNINGS, "-fsyntax-only", "-I", os.path.join(SOURCE, "include"),
                           "-x", "c", "-"], input=code, capture_output=True, text=True)
    return None if done.returncode == 0 else done.stderr


header = read("include/romtool.h")
declared = declarations(header)
pages = {name[:-2]: read("docs", "man3", name)
         for name in sorted(os.listdir(os.path.join(SOURCE, "docs", "man3")))}

LOAD = pages["romtool_load"]
PLANTED = [  # each breaks the page of romtool_load() in one way
    ('.Fa "int fd"\n', '.Fa "int f"\n'),
    ('.Fa "unsigned flags"\n', ""),
    (".Fo romtool_load\n", ".Fo romtool_loads\n"),
    (".It Sy oversize Pq Dv ROMTOOL_E_OVERSIZE\n", ""),
    (".It Sy oversize Pq", ".It Sy too-big Pq"),
    (".It Sy io Pq Dv ROMTOOL_E_IO\n", ".It Sy busy Pq Dv ROMTOOL_E_BUSY\n"),
    (".Sh RETURN VALUES\n", ".Sh SEE ALSO\n"),
    (".Sh ERRORS\n", ".Sh ERRORS\n.Dv ROMTOOL_E_NONE\n"),
    (".Dt ROMTOOL_LOAD 3", ".Dt ROMTOOL_RUN 3"),
]

tap = Tap()
with tap.test("the check sees what is planted"):
    equal(check_page("romtool_load", LOAD, header), [])
    for old, new in PLANTED:
        equal(LOAD.count(old), 1, old)
        if not check_page("romtool_load", LOAD.replace(old, new), header):
            raise AssertionError("unseen: %r" % new)
    find = pages["romtool_mandate_find"].replace("uint64_t slot;", "uint32_t slot;")
    equal(check_page("romtool_mandate_find", find, header),
          ["struct romtool_mandate is not as in the header"])
    equal(codes_in(" ROMTOOL_E_A, _B_C;\n * _USAGE. As romtool_x(), and ROMTOOL_SLOT_MAX PROT_READ",
                   {"romtool_x": ("", "_D for 0")}), {"A", "B_C", "USAGE", "D"})
    if compile_example("int f(void) { return g(); }\n") is None:
        raise AssertionError("a broken example compiles")

with tap.test("every export has a page, and nothing else has"):
    exports = {n for n in re.findall(r"^    (romtool_\w+);", read("include/libromtool.map"), re.M)}
    same(set(declared), exports, "romtool.h", "the map")
    described = [n for page, text in pages.items() if page != OVERVIEW for n in names(text)]
    same(set(described), exports, "docs/man3", "the map")
    equal(len(described), len(set(described)), "described twice")

with tap.test("every page is installed under each of its names"):
    equal({page: {page} | others for page, others in installed(read("docs/meson.build")).items()},
          {page: set(names(text)) for page, text in pages.items()})

for page, text in pages.items():
    with tap.test(page + "(3) is as the header has it"):
        empty(check_page(page, text, header), page)
    with tap.test(page + "(3): its example compiles"):
        examples = literals(dict(sections(text))["EXAMPLES"])
        equal(len(examples), 1, "examples")
        equal(compile_example(examples[0]), None)

with tap.test("every structure that the library's callers see is in a page"):
    shown = set().union(*(types(block) for text in pages.values() for block in literals(text)))
    same(shown | {"enum romtool_code", "enum romtool_load_flag", "enum romtool_inspect_flag"},
         set(types(header)), "docs/man3", "romtool.h")

with tap.test("every page that is referred to is there"):
    empty({n for text in pages.values() for n in re.findall(r"\b(romtool_\w+|libromtool) 3\b", text)}
          - {n for text in pages.values() for n in names(text)}, "no such page")

if shutil.which("mandoc"):
    with tap.test("mandoc has nothing to warn of"):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *(page + ".3" for page in pages)],
                              capture_output=True, text=True,
                              cwd=os.path.join(SOURCE, "docs", "man3"))
        equal((done.returncode, done.stdout + done.stderr), (0, ""))
else:
    tap.skip("mandoc has nothing to warn of", "no mandoc")
tap.end()
