# SPDX-License-Identifier: BSD-2-Clause
"""The JSON that romtool prints: the keys that others may rely on (docs/design.md, section 5). More
may be there, none may be missing or of another type."""

import re


class Wrong(Exception):
    pass


class Text:
    """A string of a form."""

    def __init__(self, form):
        self.form = form


class Maybe:
    """This, or null."""

    def __init__(self, kind):
        self.kind = kind


class Optional:
    """This, or no such key."""

    def __init__(self, kind):
        self.kind = kind


NAME = Text(r"[a-z0-9]+(-[a-z0-9]+)*")
DIGEST = Text(r"[0-9a-f]{64}")
VERDICT = Text(r"held|refused|undecided")
FINDING = {"name": NAME, "severity": Text("info|warning|error"), "offset": Maybe(int), "text": str}
FIX = {"qemu_args": [str], "libvirt": [str], "note": str}
KNOWN = {"product": str, "channels": [str], "release": str, "file": str}
VERIFIED = {
    "profile": Maybe(str), "verdict": VERDICT,
    "files": [{"path": str, "sha256": Maybe(DIGEST), "size": int, "verdict": VERDICT,
               "known": Optional([KNOWN])}],
    "findings": [FINDING],
}
IMAGE = {
    "index": int, "offset": int, "length": int,
    "type": Text("x86|openfirmware|hppa|efi|unknown"),
    "vendor": int, "device": int, "class": int, "last": bool,
    "checksum": Text("ok|bad|absent"),
    "signature": int, "init_size": int,
    "pcir": Maybe({
        "offset": int, "length": int, "revision": int, "code_type": int, "code_revision": int,
        "indicator": int, "vpd": int, "runtime_length": int, "config_utility": int, "clp": int,
        "devices": [int],
    }),
}
GUEST = {
    "device": str, "by_name": bool, "vendor_id": int, "device_id": int,
    "patch": [{"offset": int, "from": int, "to": int}],
    "default_sha256": Maybe(DIGEST), "romfile_sha256": Maybe(DIGEST),
}
CONSUMER = {"name": str, "outcome": Text("loads|skips|refuses|hangs"), "why": str}
TIME = Text(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
CHANGE = Text("added|removed|changed")
RELEASE = {
    "path": str, "product": str, "channel": str, "release": str, "serial": int, "min_serial": int,
    "created": Maybe(TIME), "not_after": Maybe(TIME), "profile": str,
}
STATED = {
    "sha256": DIGEST, "size": int, "slot": int, "content_length": int, "headroom": int,
    "fill": Maybe(Text("[0-9a-f]{2}")),
    "images": [{"type": str, "length": int, "vendor": int, "device": int}],
}

SCHEMAS = {
    "romtool/libvirt-doctor/1": {
        "points": [{"name": NAME, "path": str, "verdict": VERDICT, "text": str, "fix": Maybe(str)}],
        "verdict": VERDICT,
    },
    "romtool/key/1": {
        "keys": [{"path": str, "algorithm": Text("ed25519|ecdsa-p256|ecdsa-p384"), "name": DIGEST}],
    },
    "romtool/inspect/1": {
        "files": [{
            "path": str, "size": int, "content_length": int, "slot": int, "headroom": int,
            "fill": Maybe(Text("[0-9a-f]{2}")), "verdict": VERDICT,
            "images": [IMAGE], "findings": [FINDING],
            "preamble": int, "sha256": Maybe(DIGEST), "guest": Maybe(GUEST),
            "composition": {"x86": bool, "efi": [int]}, "consumers": [CONSUMER],
        }],
    },
    "romtool/slots/1": {
        "profile": str,
        "mandates": [{"machine": str, "device": str, "file": str, "slot": int, "source": str}],
    },
    "romtool/profiles/1": {
        "profiles": [{"profile": str, "qemu": str, "machines": int, "path": Maybe(str)}],
    },
    "romtool/machines/1": {
        "profile": str,
        "machines": [{"machine": str, "alias": Maybe(str), "next_in": Maybe(str),
                      "state": Text("none|future|live|deprecated|removed"),
                      "next": Maybe(Text("live|deprecated|removed"))}],
    },
    "romtool/devices/1": {"profile": str, "devices": [str]},
    "romtool/probe/1": {
        "qemu": str, "verdict": VERDICT, "against": Maybe(str),
        "machines": [{"machine": str, "alias": Maybe(str), "deprecated": bool}],
        "slots": [{"device": str, "file": str, "slot": int, "machines": [str]}],
    },
    "romtool/slots-lint/1": {
        "verdict": VERDICT,
        "files": [{"path": str, "vendor": Maybe(str), "verdict": VERDICT}],
        "findings": [{**FINDING, "path": str}],
    },
    "romtool/slots-diff/1": {
        "from": str, "to": str, "verdict": VERDICT,
        "changes": [{
            "change": Text("slot|file|content|removed|added"), "device": str, "machines": [str],
            "from_slot": Maybe(int), "to_slot": Maybe(int),
            "from_file": Maybe(str), "to_file": Maybe(str),
        }],
        "machines_removed": [str], "machines_added": [str],
        "aliases": [{"name": str, "from": Maybe(str), "to": Maybe(str)}],
        "findings": [FINDING],
    },
    "romtool/manifest-diff/1": {
        "from": RELEASE, "to": RELEASE, "verdict": VERDICT,
        "slots": [{"device": str, "from_slot": int, "from_file": str, "to_slot": int,
                   "to_file": str, "machines": [object]}],
        "roms": [{"file": str, "change": CHANGE, "padding_only": bool,
                  "from": Maybe(STATED), "to": Maybe(STATED)}],
        "mandates": [{"device": str, "change": CHANGE, "from": [{"file": str}],
                      "to": [{"file": str}]}],
        "withdrawn": [{"change": CHANGE, "sha256": DIGEST, "reason": str}],
        "findings": [FINDING],
    },
    "romtool/pad/1": {
        "verdict": VERDICT,
        "files": [{"path": str, "size": int, "slot": int, "verdict": VERDICT}],
        "findings": [FINDING],
    },
    "romtool/rom/1": {
        "operation": Text("join|split|fix-checksum|set-ids"), "verdict": VERDICT,
        "files": [{
            "path": str, "size": int, "images": int,
            "changes": [{"offset": int, "from": int, "to": int, "what": str}],
        }],
        "findings": [FINDING],
    },
    "romtool/verify/1": VERIFIED,
    "romtool/audit/1": VERIFIED,
    "romtool/plan/1": {
        "from": str, "to": str, "verdict": VERDICT,
        "moves": [{
            "machine": str, "device": str, "from_slot": Maybe(int), "to_slot": Maybe(int),
            "verdict": Text("same|differs|missing"), "fix": Maybe(FIX),
        }],
    },
    "romtool/state/1": {
        "files": [{
            "path": str, "container": Maybe(Text("qemu-stream|libvirt-save|qcow2")),
            "compression": Maybe(Text("gzip|bzip2|xz|lzop|zstd")),
            "snapshot": Maybe({"id": str, "name": str}),
            "machine": Maybe(str), "page_size": Maybe(int),
            "capabilities": [Text("x-ignore-shared|mapped-ram|postcopy-ram")], "truncated": bool,
            "blocks": [{"name": str, "length": int, "rom": bool, "page_size": Optional(int)}],
            "roms": [{
                "block": str, "device": str, "slot": int, "sha256": Maybe(DIGEST),
                "identity": Maybe(Text("intact|repadded|altered|blank|unknown")),
                "file": Maybe({
                    "size": int, "sha256": Optional(DIGEST), "altered_at": Optional(int),
                    "altered_bytes": Optional(int), "patched": bool, "vendor": Optional(int),
                    "device": Optional(int), "to_vendor": Optional(int),
                    "to_device": Optional(int),
                }),
                "matches": [{
                    "kind": Text("manifest|known|file"), "path": Optional(str),
                    "product": Optional(str), "channel": Optional(str), "release": Optional(str),
                    "file": Optional(str),
                }],
            }],
            "domain": Maybe({
                "name": Maybe(str), "uuid": Maybe(str), "machine": Maybe(str),
                "devices": [{
                    "kind": Text("interface|hostdev"), "alias": Maybe(str), "mac": Maybe(str),
                    "model": Maybe(str), "pci_path": Maybe(str), "rom_file": Maybe(str),
                    "rom_bar": Maybe(Text("on|off")), "rom_enabled": Maybe(Text("on|off")),
                }],
            }),
            "restore": Maybe({
                "to": str, "verdict": VERDICT,
                "moves": [{
                    "block": str, "device": str, "length": int, "to_length": Maybe(int),
                    "verdict": Text("same|differs|missing|unknown"), "text": Maybe(str),
                    "fix": Maybe(FIX),
                }],
            }),
            "findings": [FINDING], "verdict": VERDICT,
        }],
        "verdict": VERDICT,
    },
    "romtool/manifest/1": {
        "manifest": {"product": str, "channel": str, "release": str, "serial": int},
        "verdict": VERDICT,
        "signatures": [{"keyid": str, "algorithm": str, "trusted": bool, "valid": bool}],
        "findings": [FINDING],
    },
    "romtool/error/1": {"code": NAME, "path": Maybe(str), "offset": Maybe(int), "text": str},
}


def match(value, kind, where):
    if isinstance(kind, Maybe):
        if value is not None:
            match(value, kind.kind, where)
    elif isinstance(kind, Text):
        if not isinstance(value, str) or not re.fullmatch(kind.form, value):
            raise Wrong("%s: %r is not %s" % (where, value, kind.form))
    elif isinstance(kind, list):
        if not isinstance(value, list):
            raise Wrong("%s: not an array" % where)
        for i, member in enumerate(value):
            match(member, kind[0], "%s[%d]" % (where, i))
    elif isinstance(kind, dict):
        if not isinstance(value, dict):
            raise Wrong("%s: not an object" % where)
        for key, member in kind.items():
            if isinstance(member, Optional):
                if key not in value:
                    continue
                member = member.kind
            if key not in value:
                raise Wrong("%s.%s: missing" % (where, key))
            match(value[key], member, "%s.%s" % (where, key))
    elif kind is not object and type(value) is not kind:  # a bool is no int here
        raise Wrong("%s: %r is not of type %s" % (where, value, kind.__name__))


def check(document):
    """Wrong says which key of a document is missing or of another type."""
    if not isinstance(document, dict) or document.get("schema") not in SCHEMAS:
        raise Wrong("no schema that is known")
    match(document, SCHEMAS[document["schema"]], "$")


def self_test():
    """None, or what is wrong with the table: each broken document must be refused."""
    error = {"schema": "romtool/error/1", "code": "not-found", "path": None, "offset": 0, "text": ""}
    file = {"path": "x", "sha256": "0" * 64, "size": 1, "verdict": "held"}
    verify = {"schema": "romtool/verify/1", "profile": None, "verdict": "held", "files": [file],
              "findings": [], "more": "is allowed"}
    known = {"product": "a/b", "channels": ["c"], "release": "1", "file": "x.rom"}
    for good in (error, verify, {**verify, "files": [{**file, "known": [known]}]}):
        check(good)
    broken = [[], {}, {"schema": "romtool/verify/9"}, {**error, "code": "Not Found"},
              {**error, "offset": True}, {**error, "text": None},
              {k: v for k, v in error.items() if k != "path"}, {**verify, "verdict": "maybe"},
              {**verify, "files": {}}, {**verify, "files": [{**file, "sha256": "0" * 63}]},
              {**verify, "files": [file, {}]}, {**verify, "files": [{**file, "known": [{}]}]},
              {**verify, "findings": [1]}]
    for document in broken:
        try:
            check(document)
        except Wrong:
            continue
        return "not refused: %r" % document
    return None
