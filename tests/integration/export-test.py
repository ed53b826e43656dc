#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`manifest export` as others read it: `sha256sum -c`, and both SBOMs by what their specifications
ask for, written down here by itself (CycloneDX 1.6, SPDX 2.3). tools/validate-sbom is for the
official schemas, which are not ours to ship."""

import hashlib
import json
import os
import re
import subprocess
import tempfile
import urllib.parse
import uuid

from guest import MKROM, ROMTOOL, Tap, equal
from tap import SOURCE

PROFILE = os.path.join(SOURCE, "tests", "golden", "files", "acme.json")
NAMES = ["efi-e1000.rom", "a\\b\\n.rom", "-", " *c d.rom", "\u00e4_\u20ac.rom", "x86 + efi.rom"]
VERSION = "1:1.0.0+git-20190125.36a4c85-5.1~deb12u1"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def romtool(*argv, **more):
    return subprocess.run([ROMTOOL, *argv], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, **more).stdout


def export(form, manifest="roms.json"):
    return romtool("manifest", "export", "--format", form, manifest)


def create(output="roms.json", product="debian/ipxe-qemu", epoch="1795350896"):
    env = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
    if epoch is not None:
        env["SOURCE_DATE_EPOCH"] = epoch
    romtool("manifest", "create", "-q", "-p", PROFILE, "--product", product, "--channel",
            "bookworm", "--release", VERSION, "--serial", "7", "-o", output, "roms", env=env)


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def checks(lines, directory="roms"):
    """`sha256sum -c` in the directory: its exit status and what it says of each file."""
    with open("sums", "wb") as f:
        f.write(lines)
    done = subprocess.run(["sha256sum", "--strict", "-c", "../sums"], cwd=directory,
                          capture_output=True, env={**os.environ, "LC_ALL": "C"})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Keys:
    """An object: which keys it must have, which it may have, and what each is."""

    def __init__(self, required, optional=None):
        self.required = required
        self.all = {**required, **(optional or {})}


def hold(value, kind, where="$"):
    """AssertionError says where a value is not of its kind: a form, a type, [kind] or Keys."""
    if isinstance(kind, str):
        if not isinstance(value, str) or not re.fullmatch(kind, value):
            raise AssertionError("%s: %r is not %s" % (where, value, kind))
    elif isinstance(kind, list):
        equal(type(value), list, where)
        for i, member in enumerate(value):
            hold(member, kind[0], "%s[%d]" % (where, i))
    elif isinstance(kind, Keys):
        equal(type(value), dict, where)
        equal(sorted(set(kind.required) - set(value)), [], where + " lacks")
        equal(sorted(set(value) - set(kind.all)), [], where + " has what it may not have")
        for key, member in value.items():
            hold(member, kind.all[key], where + "." + key)
    else:
        equal(type(value), kind, where)


ANY = "(?s).+"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
PROPERTY = Keys({"name": "romtool:[a-zA-Z0-9:]+", "value": ANY})
COMPONENT = Keys({"type": "firmware", "name": ANY},
                 {"bom-ref": ANY, "version": ANY, "purl": "pkg:.+", "properties": [PROPERTY],
                  "hashes": [Keys({"alg": "SHA-256", "content": "[0-9a-f]{64}"})]})
CYCLONEDX = Keys(
    {"bomFormat": "CycloneDX", "specVersion": r"1\.6"},
    {"serialNumber": "urn:uuid:" + UUID, "version": int, "components": [COMPONENT],
     "metadata": Keys({}, {
         "timestamp": TIME, "component": COMPONENT,
         "tools": Keys({}, {"components": [Keys({"type": "application", "name": ANY})]})}),
     "dependencies": [Keys({"ref": ANY}, {"dependsOn": [ANY]})]})

SPDX_ID = r"SPDXRef-[a-zA-Z0-9.-]+"
PACKAGE = Keys(
    {"SPDXID": SPDX_ID, "name": ANY, "downloadLocation": "NOASSERTION"},
    {"versionInfo": ANY, "packageFileName": ANY, "filesAnalyzed": bool,
     "primaryPackagePurpose": "FIRMWARE", "licenseConcluded": "NOASSERTION",
     "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION", "comment": ANY,
     "checksums": [Keys({"algorithm": "SHA256", "checksumValue": "[0-9a-f]{64}"})],
     "externalRefs": [Keys({"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                            "referenceLocator": r"pkg:\S+"})]})
SPDX = Keys(
    {"spdxVersion": r"SPDX-2\.3", "dataLicense": r"CC0-1\.0", "SPDXID": "SPDXRef-DOCUMENT",
     "name": ANY, "documentNamespace": "https://[^#]+" + UUID,
     "creationInfo": Keys({"created": TIME, "creators": ["(Tool|Person|Organization): .+"]},
                          {"comment": ANY})},
    {"packages": [PACKAGE],
     "relationships": [Keys({"spdxElementId": SPDX_ID, "relationshipType": "DESCRIBES",
                             "relatedSpdxElement": SPDX_ID})]})


def purl_parts(purl):
    """Taken apart from both ends, as the purl specification has it."""
    rest, _, qualifiers = purl.partition("?")
    rest, _, version = rest.partition("@")
    scheme, _, rest = rest.partition(":")
    kind, namespace, name = rest.split("/")
    decoded = {k: urllib.parse.unquote(v) for k, v in (q.split("=") for q in qualifiers.split("&"))}
    return (scheme, kind, namespace, urllib.parse.unquote(name), urllib.parse.unquote(version),
            decoded)


def planted():
    """The readers see what is planted."""
    good = {"type": "firmware", "name": "x", "hashes": [{"alg": "SHA-256", "content": "0" * 64}]}
    hold(good, COMPONENT)
    for bad in ({}, {**good, "type": "rom"}, {**good, "more": 1}, {**good, "hashes": {}},
                {**good, "hashes": [{"alg": "SHA256", "content": "0" * 64}]}, [good]):
        try:
            hold(bad, COMPONENT)
        except AssertionError:
            continue
        raise AssertionError("not refused: %r" % bad)
    status, _, _ = checks(b"0" * 64 + b"  efi-e1000.rom\n")
    equal(status, 1, "a wrong digest")


tap = Tap()
with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    os.mkdir("roms")
    for n, name in enumerate(NAMES):
        with open(os.path.join("roms", name), "wb") as f:
            f.write(subprocess.run([MKROM, "x86:length=%d" % (512 * (n + 1)), "efi", "pad:to=4K"],
                                   check=True, stdout=subprocess.PIPE).stdout)
    create()
    digests = {name: sha256(os.path.join("roms", name)) for name in NAMES}
    with tap.test("the readers see what is planted"):
        planted()

    with tap.test("sha256sum -c takes the list, whatever the names"):
        status, said, wrong = checks(export("sha256sums"))
        equal((status, wrong), (0, ""), said)
        equal(said.count(": OK\n"), len(NAMES), said)
    with tap.test("it says which file was changed, and which is not there"):
        os.mkdir("other")
        for name in NAMES[:-1]:
            with open(os.path.join("roms", name), "rb") as f:
                data = bytearray(f.read())
            data[-1] ^= name == "a\\b\\n.rom"
            with open(os.path.join("other", name), "wb") as f:
                f.write(data)
        status, said, _ = checks(export("sha256sums"), "other")
        equal(status, 1)
        equal(sorted(re.findall(r"^(.*): FAILED(.*)$", said, re.M)),
              [("a\\b\\n.rom", ""), (NAMES[-1], " open or read")])

    with tap.test("CycloneDX 1.6: what the specification asks for"):
        bom = json.loads(export("cyclonedx"))
        hold(bom, CYCLONEDX)
        refs = [bom["metadata"]["component"]["bom-ref"]] + [c["bom-ref"] for c in bom["components"]]
        equal(len(set(refs)), len(NAMES) + 1, "bom-ref is unique")
        for dependency in bom["dependencies"]:
            equal(sorted({dependency["ref"], *dependency["dependsOn"]} - set(refs)), [])
        equal(uuid.UUID(bom["serialNumber"][9:]).version, 8)
    with tap.test("it has every ROM with its digest"):
        equal({c["name"]: c["hashes"][0]["content"] for c in bom["components"]}, digests)
        equal({c["version"] for c in bom["components"]}, {VERSION})
        for component in bom["components"]:
            properties = {p["name"]: p["value"] for p in component["properties"]}
            equal((properties["romtool:slot"], properties["romtool:size"]), ("4096", "4096"))
    with tap.test("its package URL says vendor, package, version and distribution"):
        equal({purl_parts(c["purl"])[:5] for c in bom["components"]},
              {("pkg", "deb", "debian", "ipxe-qemu", VERSION)})
        equal(purl_parts(bom["components"][0]["purl"])[5], {"distro": "bookworm"})

    with tap.test("SPDX 2.3: what the specification asks for"):
        document = json.loads(export("spdx"))
        hold(document, SPDX)
        ids = [p["SPDXID"] for p in document["packages"]]
        equal(len(set(ids)), len(NAMES), "SPDXID is unique")
        equal([r["relatedSpdxElement"] for r in document["relationships"]], ids)
        for package in document["packages"]:
            equal((package["filesAnalyzed"], "packageVerificationCode" in package), (False, False))
    with tap.test("it has every ROM with its digest"):
        equal({p["packageFileName"]: p["checksums"][0]["checksumValue"]
               for p in document["packages"]}, digests)
    with tap.test("both name the release by the manifest's digest"):
        said = sha256("roms.json")
        for name in (bom["serialNumber"], document["documentNamespace"]):
            digits = name[-36:].replace("-", "")
            # all but the version's and the variant's digit
            equal(digits[:12] + digits[13:16] + digits[17:],
                  said[:12] + said[13:16] + said[17:32])

    with tap.test("in-toto is the manifest itself"):
        with open("roms.json", "rb") as f:
            equal(export("intoto"), f.read())
    with tap.test("the same bytes for the same manifest, others for another"):
        create("again.json")
        create("late.json", epoch="1795350897")
        for form in ("sha256sums", "cyclonedx", "spdx", "intoto"):
            equal(export(form), export(form, "again.json"), form)
            equal(export(form) == export(form, "late.json"), form == "sha256sums", form)
    with tap.test("without a time and outside a distribution: no timestamp, no package URL"):
        create("bare.json", product="acme \u00e4\"/roms", epoch=None)
        bare = json.loads(export("cyclonedx", "bare.json"))
        hold(bare, CYCLONEDX)
        equal(("timestamp" in bare["metadata"], "purl" in bare["components"][0]), (False, False))
        bare = json.loads(export("spdx", "bare.json"))
        hold(bare, SPDX)
        equal((bare["creationInfo"]["created"], "externalRefs" in bare["packages"][0]),
              ("1970-01-01T00:00:00Z", False))
    os.chdir("/")
tap.end()
