#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Keys and signatures across the real tools, in both directions: minisign, signify, openssl,
ssh-keygen, PKCS#11 tokens, jq; and `fsverity digest`. Every key is made here and goes with the
directory. A test that another tool accepts a signature also shows that it refuses other bytes."""

import base64
import hashlib
import json
import os
import re
import shutil
import tempfile

import signers
from guest import MKROM, ROMTOOL, Tap, contains, equal, require
from signers import (Token, b64, envelope, minisig, openssl_sign, pae, public_half, read, run, spki,
                     ssh_fingerprint, write)
from tap import SOURCE

PROFILE = os.path.join(SOURCE, "tests", "golden", "files", "acme.json")
ALGORITHMS = {"ed25519": ["ed25519"], "p256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
              "p384": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"]}
NAMES = {"ed25519": "ed25519", "p256": "ecdsa-p256", "p384": "ecdsa-p384"}  # of romtool
FIELD = {"p256": 32, "p384": 48}
DIGEST = {"ed25519": [], "p256": ["-digest", "sha256"], "p384": ["-digest", "sha384"]}
RELEASES = {  # their ROMs, and what those are made of
    "roms": {"efi-e1000.rom": ["x86:length=3072", "pad:to=4K"],
             "efi-e1000e.rom": ["efi", "pad:to=4K"], "other.rom": ["x86:length=61440"]},
    "small": {"x.rom": ["efi"]},
    # for the hash tree: one block and less, one level and two, a last block that is cut
    "verity": {"block.rom": ["efi", "pad:to=4K"], "less.rom": ["x86:length=1536"],
               "cut.rom": ["x86:length=61440", "raw:bytes=ff"],
               "one-level.rom": ["efi", "pad:to=512K"],
               "two-levels.rom": ["x86", "efi", "pad:to=520K,fill=0xff"],
               "large.rom": ["efi", "pad:to=16M"]}}
OTHER = b"{\"other\": \"bytes\"}\n"

require(Token.MODULE, *(os.path.join("/usr/bin", tool) for tool in (
    "minisign", "signify-openbsd", "openssl", "ssh-keygen", "softhsm2-util", "pkcs11-tool", "jq",
    "fsverity")))


class Release:
    """The manifest, alone in a directory."""

    def __init__(self, manifest="roms.json"):
        self.dir = tempfile.mkdtemp(dir=".")
        self.path = os.path.join(self.dir, "r.json")
        shutil.copy(manifest, self.path)
        self.minisig, self.dsse = self.path + ".minisig", self.path + ".dsse"

    def sign(self, key, form, passphrase=None, **more):
        argv = [ROMTOOL, "sign", "-q", "-k", key, "--format", form]
        if passphrase is not None:
            argv += ["--passphrase-fd", "0"]
            more["data"] = passphrase.encode() + b"\n"
        said = run(*argv, self.path, **more)
        return said.decode() if more.get("code") else self

    def attach(self, key, form, *signatures, **more):
        argv = [word for s in signatures for word in ("--attach", s)]
        return run(ROMTOOL, "sign", "-q", "-k", key, "--format", form, *argv, self.path, **more)

    def tbs(self, form, *more):
        return run(ROMTOOL, "sign", "--tbs", form, "-o", "-", *more, self.path)

    def verify(self, *keys, code=0, more=()):
        argv = [word for k in keys for word in ("--trust", k)]
        return run(ROMTOOL, "verify", "-q", "-M", self.path, *argv, *more, "roms",
                   code=code).decode()

    def files(self):
        return sorted(os.listdir(self.dir))

    def signatures(self):
        """(keyid, bytes) of the envelope."""
        return [(s["keyid"], base64.b64decode(s["sig"]))
                for s in json.loads(read(self.dsse))["signatures"]]


def refused(release, *keys, sentence="the signature is not this key's over these bytes", **more):
    contains(release.verify(*keys, code=1, **more), sentence)


def keygen(name, algorithm="ed25519", *more, **data):
    """A key pair of romtool's; the public key's file."""
    run(ROMTOOL, "keygen", "-q", "--algorithm", NAMES[algorithm], *more, name, **data)
    return name + (".pub" if algorithm == "ed25519" else ".pem")


def show(key, form):
    return run(ROMTOOL, "key", "show", "--format", form, key)


def described(key):
    return json.loads(run(ROMTOOL, "key", "show", "--json", key))["keys"][0]


def genpkey(name, algorithm, *more):
    """A private key of openssl's."""
    run("openssl", "genpkey", "-algorithm", *ALGORITHMS[algorithm], *more, "-out", name)
    return name


def make_releases():
    for directory, roms in RELEASES.items():
        os.mkdir(directory)
        for name, words in roms.items():
            write(os.path.join(directory, name), run(MKROM, *words))
        run(ROMTOOL, "manifest", "create", "-q", "-p", PROFILE, "--product", "acme/roms",
            "--channel", "one", "--release", "1.0", "--serial", "7", "-o", directory + ".json",
            directory)
    write("other.json", OTHER)


# ---------------------------------------------------------------------------- minisign, signify

def minisign_verify(key, release, code=0, more=()):
    return run("minisign", "-V", "-p", key, "-m", release.path, *more, code=code)


def with_minisign(tap):
    with tap.test("minisign verifies what romtool signs"):
        release = Release().sign(KEY + ".key", "minisign")
        contains(minisign_verify(KEY + ".pub", release, more=("-H",)), b"file:r.json")
        write(release.path, OTHER)
        minisign_verify(KEY + ".pub", release, code=1)

    run("minisign", "-G", "-W", "-p", "mini.pub", "-s", "mini.key")
    for legacy in ("", "l"):
        with tap.test("romtool verifies minisign's %s" % (legacy and "legacy" or "prehashed")):
            release = Release()
            run("minisign", "-S" + legacy, "-s", "mini.key", "-m", release.path, "-t", "of mine")
            release.verify("mini.pub")
            refused(release, KEY + ".pub", sentence="signed by key ")
            write(release.minisig, read(release.minisig).replace(b"of mine", b"of ours"))
            refused(release, "mini.pub", sentence="the trusted comment: ")
            run("minisign", "-S" + legacy, "-s", "mini.key", "-m", "other.json", "-x",
                release.minisig)
            refused(release, "mini.pub")

    with tap.test("a secret key of minisign's, not encrypted: the same signature under its id"):
        release = Release().sign("mini.key", "minisign")
        minisign_verify("mini.pub", release)
        release.verify("mini.pub")
        ours = read(release.minisig).split(b"\n")[1]
        run("minisign", "-S", "-s", "mini.key", "-m", release.path)
        equal(ours, read(release.minisig).split(b"\n")[1])
    with tap.test("it signs envelopes too"):
        Release().sign("mini.key", "dsse").verify("mini.pub")
    with tap.test("a secret key of minisign's, encrypted with scrypt"):
        run("minisign", "-G", "-p", "locked.pub", "-s", "locked.key", data=b"a secret\na secret\n")
        release = Release().sign("locked.key", "minisign", passphrase="a secret")
        minisign_verify("locked.pub", release)
        release = Release()
        contains(release.sign("locked.key", "minisign", passphrase="a Secret", code=1),
                 "the passphrase does not open it")
        equal(release.files(), ["r.json"])

    with tap.test("minisign and romtool take what openssl alone has signed"):
        genpkey("hand.key", "ed25519")
        public = spki(public_half("hand.key", "hand.pem"))[-32:]
        release, key_id = Release(), b"by hand!"
        write("hand.pub", signers.minisign_public(key_id, public))
        for algorithm in (b"ED", b"Ed"):
            message = read(release.path)
            if algorithm == b"ED":
                message = hashlib.blake2b(message).digest()
            sig = openssl_sign("ed25519", "hand.key", message)
            comment = "by hand \u00e9"
            over = openssl_sign("ed25519", "hand.key", sig + comment.encode())
            write(release.minisig, minisig(key_id, sig, comment, over, algorithm))
            contains(minisign_verify("hand.pub", release), comment.encode())
            release.verify("hand.pub")
            write(release.minisig, minisig(key_id, sig, comment + ".", over, algorithm))
            minisign_verify("hand.pub", release, code=1)
            refused(release, "hand.pub", sentence="the trusted comment: ")
    with tap.test("docs/formats.md: a .minisig verified with openssl alone"):
        with open(os.path.join(SOURCE, "docs", "formats.md"), encoding="utf-8") as f:
            script = re.search(r"With OpenSSL 3 alone:\n\n```sh\n(.*?)```", f.read(), re.S)[1]
        release = Release().sign(KEY + ".key", "minisign")
        shutil.copy(KEY + ".pub", release.dir + "/r.pub")
        script = "set -e\n" + script.replace("NAME", "r")
        equal(run("sh", "-c", script, cwd=release.dir).count(b"Signature Verified Success"), 2)
        write(release.path, OTHER)
        run("sh", "-c", script, cwd=release.dir, code=1)


def with_signify(tap):
    run("signify-openbsd", "-G", "-n", "-p", "sig.pub", "-s", "sig.sec")
    with tap.test("signify's public key is trusted, by the id that it has"):
        number = signers.minisign_blob("sig.pub")[2:10][::-1].hex().upper()
        equal(described("sig.pub")["minisign"], number)
        equal(show("sig.pub", "minisign").split(b"\n")[1], read("sig.pub").split(b"\n")[1])
    with tap.test("its secret key signs envelopes and, with its number, minisign's files"):
        # "Ed" "BK" rounds salt[16] checksum[8] number[8] seed[32] public[32]
        blob = signers.minisign_blob("sig.sec")
        equal((len(blob), blob[:8]), (104, b"EdBK\0\0\0\0"))
        write("sig.pem", signers.pkcs8_of_seed(blob[40:72]))
        Release().sign("sig.pem", "dsse").verify("sig.pub")
        release = Release()
        write("sig.1", openssl_sign("ed25519", "sig.pem", release.tbs("minisign")))
        second = release.tbs("minisign-comment", "--attach", "sig.1")
        write("sig.2", openssl_sign("ed25519", "sig.pem", second))
        release.attach("sig.pub", "minisign", "sig.1", "sig.2")
        release.verify("sig.pub")
        minisign_verify("sig.pub", release)
    with tap.test("signify's own signature is none: it has no trusted comment"):
        release = Release()
        run("signify-openbsd", "-S", "-s", "sig.sec", "-m", release.path, "-x", release.minisig)
        refused(release, "sig.pub", sentence="line 3: missing")
    with tap.test("minisign's legacy signature: verified by signify and by romtool"):
        release = Release()
        run("minisign", "-Sl", "-s", "mini.key", "-m", release.path)
        release.verify("mini.pub")
        argv = ["signify-openbsd", "-V", "-p", "mini.pub", "-m", release.path, "-x",
                release.minisig]
        run(*argv)
        write(release.path, OTHER)
        run(*argv, code=1)


# ---------------------------------------------------------------------------- openssl

# $1: the envelope, $2: the public key, then what openssl is to know of the digest
AUDIT = """set -e
jq -r .payload "$1" | base64 -d >pl
t=$(jq -r .payloadType "$1")
{ printf 'DSSEv1 %d %s %d ' ${#t} "$t" "$(stat -c %s pl)"; cat pl; } >pae
jq -r '.signatures[0].sig' "$1" | base64 -d >s
envelope=$1 key=$2; shift 2
cmp pl "${envelope%.dsse}"
openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in pae -sigfile s "$@"
"""


def audit(release, public, algorithm, code=0):
    return run("sh", "-c", AUDIT, "sh", release.dsse, public, *DIGEST[algorithm], code=code)


def foreign_envelopes(algorithm, private, public):
    """Envelopes that openssl and Python alone have made."""
    name = hashlib.sha256(spki(public)).hexdigest()
    payload = read("roms.json")
    sig = openssl_sign(algorithm, private, pae(payload))
    forms = [sig] if algorithm == "ed25519" else [sig, signers.raw_of_der(sig, FIELD[algorithm])]
    for sig in forms:
        for keyid in (name, None, "", "somebody", "0" * 64):
            for urlsafe in (False, True):
                yield envelope(payload, (keyid, sig), urlsafe=urlsafe)
        yield envelope(payload, ("x", b"\0" * 64), ("y", b"\1"), (name, sig))


def with_openssl(tap, algorithm):
    private, public = genpkey(algorithm + ".key", algorithm), algorithm + ".pem"
    public_half(private, public)
    other = public_half(genpkey("other.key", algorithm), "other-%s.pem" % algorithm)

    with tap.test(algorithm + ": a key of openssl's signs; the auditor's check with jq and openssl"):
        release = Release().sign(private, "dsse")
        release.verify(public)
        contains(audit(release, public, algorithm), b"Signature Verified Successfully")
        audit(release, other, algorithm, code=1)
        refused(release, other, sentence="which is not trusted")
        equal(release.signatures()[0][0], hashlib.sha256(spki(public)).hexdigest())
    with tap.test(algorithm + ": a key of romtool's, used by openssl"):
        ours = keygen("our-" + algorithm, algorithm)
        write("ours.pem", show(ours, "pem"))
        equal(spki("ours.pem"), spki(public_half("our-%s.key" % algorithm, "half.pem")))
        equal(described(ours)["name"], hashlib.sha256(spki("ours.pem")).hexdigest())
        contains(audit(Release().sign("our-%s.key" % algorithm, "dsse"), "ours.pem", algorithm),
                 b"Verified")
        release = Release()
        sig = openssl_sign(algorithm, "our-%s.key" % algorithm, pae(read("roms.json")))
        write(release.dsse, envelope(read("roms.json"), (None, sig)))
        release.verify(ours)
    with tap.test(algorithm + ": a key that romtool encrypted, opened by openssl"):
        keygen("locked-" + algorithm, algorithm, "--encrypt", "--passphrase-fd", "0",
               data=b"a secret\n")
        contains(read("locked-%s.key" % algorithm), b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
        run("openssl", "pkey", "-in", "locked-%s.key" % algorithm, "-passin", "pass:a secret",
            "-out", "opened.key")
        run("openssl", "pkey", "-in", "locked-%s.key" % algorithm, "-passin", "pass:other", code=1)
        Release().sign("opened.key", "dsse").verify(public_half("opened.key", "opened.pem"))
        Release().sign("locked-%s.key" % algorithm, "dsse", passphrase="a secret").verify(
            "opened.pem")
    with tap.test(algorithm + ": envelopes made by openssl and Python, all forms"):
        release = Release()
        made = list(foreign_envelopes(algorithm, private, public))
        equal(len(made), 11 if algorithm == "ed25519" else 22)
        for text in made:
            write(release.dsse, text)
            release.verify(public)
            release.verify(other, public)
            refused(release, other, sentence="which is not trusted")
    with tap.test(algorithm + ": about other bytes, another type, without its encoding: refused"):
        release = Release()
        payload = read("roms.json")
        for message, sentence in ((pae(payload + b" "), None), (payload, None),
                                  (pae(payload).replace(b"in-toto", b"in_toto"), None),
                                  (hashlib.sha256(pae(payload)).digest(), None)):
            write(release.dsse, envelope(payload, (None, openssl_sign(algorithm, private, message))))
            refused(release, public, sentence=sentence or "which is not trusted")
        text = envelope(OTHER, (None, openssl_sign(algorithm, private, pae(OTHER))))
        write(release.dsse, text)
        refused(release, public, sentence="the envelope is about other bytes")


CIPHERS = [(cipher, prf) for cipher, prf in (
    ("aes-128-cbc", "hmacWithSHA1"), ("aes-192-cbc", "hmacWithSHA256"),
    ("aes-256-cbc", "hmacWithSHA256"), ("aes-256-cbc", "hmacWithSHA512"),
    ("aes-256-cbc", "hmacWithSHA384"), ("des-ede3-cbc", "hmacWithSHA256"),
    ("camellia-256-cbc", "hmacWithSHA256"), ("aria-256-cbc", "hmacWithSHA256"))]


def with_encrypted_keys(tap):
    forms = [["-v2", cipher, "-v2prf", prf] for cipher, prf in CIPHERS]
    forms += [["-scrypt"], ["-v2", "aes-256-cbc", "-iter", "100000"]]
    for algorithm in ALGORITHMS:
        with tap.test(algorithm + ": keys that openssl encrypted, %d ways" % len(forms)):
            for form in forms:
                run("openssl", "pkcs8", "-topk8", "-in", algorithm + ".key", *form, "-passout",
                    "pass:a secret", "-out", "encrypted.key")
                Release().sign("encrypted.key", "dsse", passphrase="a secret").verify(
                    algorithm + ".pem")
                release = Release()
                contains(release.sign("encrypted.key", "dsse", passphrase="other", code=1),
                         "the passphrase does not open it")
                equal(release.files(), ["r.json"])
    with tap.test("not opened: an encryption that is not PBES2"):
        run("openssl", "pkcs8", "-topk8", "-in", "ed25519.key", "-v1", "PBE-SHA1-3DES", "-passout",
            "pass:a secret", "-out", "encrypted.key")
        contains(Release().sign("encrypted.key", "dsse", passphrase="a secret", code=1),
                 "not encrypted with PBES2")
    with tap.test("not opened: scrypt in little memory, but 127 times over"):
        run("openssl", "pkcs8", "-topk8", "-in", "ed25519.key", "-scrypt", "-passout",
            "pass:a secret", "-out", "encrypted.key")
        der = base64.b64decode(b"".join(read("encrypted.key").split(b"\n")[1:-2]))
        usual = bytes.fromhex("02024000 020108 020101")  # N, r, p
        equal(der.count(usual), 1)
        for p, sentence in ((2, "the passphrase does not open it"), (127, "more work than")):
            write("encrypted.key", signers.pem("ENCRYPTED PRIVATE KEY", der.replace(
                usual, usual[:-1] + bytes([p]))))
            contains(Release().sign("encrypted.key", "dsse", passphrase="a secret", code=1),
                     sentence)


# ---------------------------------------------------------------------------- OpenSSH

def with_ssh(tap):
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "a comment", "-f", "id")
    line = read("id.pub").decode().strip()
    write("id.pem", signers.pkcs8_of_seed(signers.ssh_seed("id")))
    write("signers.ssh", 'me@example.org namespaces="romtool" %s\n' % line)
    release = Release().sign("id.pem", "dsse")

    with tap.test("a key of ssh-keygen's: its seed signs, its .pub and allowed signers are trusted"):
        release.verify("id.pub")
        release.verify("signers.ssh")
        release.verify(KEY + ".pub", "signers.ssh")
        release.verify("id.pub", "signers.ssh", code=1, more=("--threshold", "2"))
        refused(Release().sign(KEY + ".key", "dsse"), "signers.ssh",
                sentence="which is not trusted")
    with tap.test("for another namespace it is no key, and so for ssh-keygen"):
        run("ssh-keygen", "-q", "-Y", "sign", "-f", "id", "-n", "romtool", release.path)
        write("git.ssh", 'me@example.org namespaces="git" %s\n' % line)
        contains(release.verify("git.ssh", code=1), "namespaces= do not have romtool")
        ssh_verify("git.ssh", release, code=255)
        ssh_verify("signers.ssh", release)
    with tap.test("ssh-keygen reads romtool's key, the fingerprint is the same"):
        for key in (KEY + ".pub", "id.pub", "ed25519.pem"):
            text = show(key, "ssh").decode()
            write("shown.pub", text)
            contains(run("ssh-keygen", "-l", "-f", "shown.pub").decode(), ssh_fingerprint(text))
        write("shown.pub", show("id.pub", "ssh"))
        equal(ssh_fingerprint(read("shown.pub").decode()), ssh_fingerprint(line))
        equal(run("ssh-keygen", "-i", "-m", "PKCS8", "-f", "p256.pem").split()[0],
              b"ecdsa-sha2-nistp256")
    with tap.test("ECDSA has no such line; ssh's ECDSA key is none of ours"):
        contains(run(ROMTOOL, "key", "show", "--format", "ssh", "p256.pem", code=2),
                 b"ssh has no file for ecdsa-p256")
        write("p256.pub", run("ssh-keygen", "-i", "-m", "PKCS8", "-f", "p256.pem"))
        contains(release.verify("p256.pub", code=1), "not an ssh-ed25519 key")

    # (options, time as ssh-keygen and as romtool take it, is it valid then?)
    limits = [('valid-after="20270101Z"', "20261231235959Z", "2026-12-31T23:59:59Z", False),
              ('valid-after="20270101Z"', "20270101000000Z", "2027-01-01T00:00:00Z", True),
              ('valid-before="202703011200Z"', "20270301120000Z", "2027-03-01T12:00:00Z", True),
              ('valid-before="202703011200Z"', "20270301120001Z", "2027-03-01T12:00:01Z", False),
              ('valid-before="20270301120005Z"', "20270301120005Z", "2027-03-01T12:00:05Z", True),
              ('valid-before="20270301120005Z"', "20270301120006Z", "2027-03-01T12:00:06Z", False)]
    for options, then, at, valid in limits:
        with tap.test("%s at %s: %s, for ssh-keygen and for romtool" % (
                options, at, "valid" if valid else "not valid")):
            write("limited.ssh", 'me@example.org namespaces="romtool",%s %s\n' % (options, line))
            ssh_verify("limited.ssh", release, then, code=0 if valid else 255)
            release.verify("limited.ssh", code=0 if valid else 1, more=("--at", at))


def ssh_verify(signers_file, release, then=None, code=0):
    run("ssh-keygen", "-Y", "verify", "-f", signers_file, "-I", "me@example.org", "-n", "romtool",
        "-s", release.path + ".sig", *(["-O", "verify-time=" + then] if then else []),
        data=read(release.path), code=code)


# ---------------------------------------------------------------------------- PKCS#11

def with_token(tap):
    token = Token("token")
    ed25519 = token.generate("EC:edwards25519", "02")
    p256 = token.generate("EC:prime256v1", "01")
    strange = token.generate("EC:edwards25519", "03")
    dsse = Release().tbs("dsse")
    equal(dsse, pae(read("roms.json")))

    def sign_p256(form, data=dsse):
        return token.sign("ECDSA", "01", hashlib.sha256(data).digest(), "p256.sig",
                          "--signature-format", form)

    with tap.test("Ed25519 in a token: the envelope of a manifest of less than a kilobyte"):
        # what has more, pkcs11-tool hands over in parts, and SoftHSM signs none with Ed25519
        release = Release("small.json")
        data = release.tbs("dsse")
        equal(len(data) < 1025, True, len(data))
        release.attach(ed25519, "dsse", token.sign("EDDSA", "02", data, "sig"))
        refused(release, ed25519, sentence="missing")  # signed, but of other ROMs than are there
        audit(release, ed25519, "ed25519")
    with tap.test("Ed25519 in a token: an envelope"):
        release = Release()
        release.attach(ed25519, "dsse", token.sign_whole("02", dsse, "sig"))
        release.verify(ed25519)
        audit(release, ed25519, "ed25519")
    for form in ("rs", "openssl"):
        with tap.test("P-256 in a token, its signature as %s: an envelope, DER in it" % form):
            release = Release()
            release.attach(p256, "dsse", sign_p256(form))
            release.verify(p256)
            audit(release, p256, "p256")
            equal(release.signatures()[0][1][0], 0x30)
    with tap.test("both in one envelope"):
        release = Release()
        release.attach(p256, "dsse", sign_p256("rs"))
        release.attach(ed25519, "dsse", token.sign_whole("02", dsse, "sig"))
        release.verify(ed25519, p256, more=("--threshold", "2"))
        equal(len(release.signatures()), 2)

    with tap.test("Ed25519 in a token: minisign's two signatures"):
        release = Release()
        first = token.sign("EDDSA", "02", release.tbs("minisign"), "first")
        second = token.sign("EDDSA", "02", release.tbs("minisign-comment", "--attach", first),
                            "second")
        release.attach(ed25519, "minisign", first, second)
        release.verify(ed25519)
        write("token.pub", show(ed25519, "minisign"))
        contains(minisign_verify("token.pub", release), b"file:r.json")
        equal(release.tbs("minisign"), hashlib.blake2b(read("roms.json")).digest())
        equal(release.tbs("minisign-comment", "--attach", first), read(first) + b"file:r.json")

    wrong = "the signature is not this key's over these bytes"
    good = token.sign_whole("02", dsse, "good")
    flipped = bytearray(read(good))
    flipped[7] ^= 1
    write("flipped", bytes(flipped))
    write("short", read(good)[:-1])
    write("long", read(good) + b"\0")
    write("none", b"")
    token.sign_whole("02", dsse + b"\n", "over-more")
    token.sign_whole("02", read("roms.json"), "over-payload")
    token.sign_whole("03", dsse, "strange")
    sign_p256("rs")
    sentence = "no signature of this algorithm"
    for what, key, sig, why in (
            ("a flipped bit", ed25519, "flipped", wrong),
            ("over more bytes", ed25519, "over-more", wrong),
            ("over the payload alone", ed25519, "over-payload", wrong),
            ("by another key", ed25519, "strange", wrong),
            ("of another algorithm", ed25519, "p256.sig", wrong),
            ("Ed25519 under P-256", p256, good, wrong),
            ("a byte less", ed25519, "short", sentence), ("a byte more", ed25519, "long", sentence),
            ("empty", ed25519, "none", sentence)):
        with tap.test("attach refuses and writes nothing: " + what):
            release = Release()
            contains(release.attach(key, "dsse", sig, code=1).decode(), why)
            equal(release.files(), ["r.json"])
    with tap.test("attach leaves what others have signed where it refuses"):
        release = Release().sign(KEY + ".key", "dsse")
        before = read(release.dsse)
        release.attach(ed25519, "dsse", "strange", code=1)
        equal((release.files(), read(release.dsse)), (["r.json", "r.json.dsse"], before))
    with tap.test("attach refuses minisign's, either of the two"):
        release = Release()
        for pair in (("flipped", "second"), ("first", "good"), ("second", "first"),
                     ("first", "first"), ("good", "good")):
            contains(release.attach(ed25519, "minisign", *pair, code=1).decode(), wrong)
            equal(release.files(), ["r.json"])
        release.attach(strange, "minisign", "first", "second", code=1)
        equal(release.files(), ["r.json"])

    with tap.test("a pkcs11: URI without a provider: exit status 3, and why"):
        release = Release()
        for form in ("dsse", "minisign"):
            said = release.sign("pkcs11:token=T;id=%02?pin-value=" + Token.PIN, form, code=3)
            contains(said, "no provider of this libcrypto opens it")
            contains(said, "openssl.cnf")
        equal(release.files(), ["r.json"])


# ---------------------------------------------------------------------------- fs-verity

def with_fsverity(tap):
    for rom in json.loads(read("verity.json"))["predicate"]["roms"]:
        with tap.test("fsverity digest: %s, %d bytes" % (rom["file"], rom["size"])):
            said = run("fsverity", "digest", os.path.join("verity", rom["file"]))
            equal(rom["fsverity"], said.decode().split()[0])


# ---------------------------------------------------------------------------- all together

def with_all(tap):
    with tap.test("keys of three tools and four kinds sign one envelope: all count"):
        release = Release()
        keys = [("mini.key", "mini.pub"), ("id.pem", "id.pub"), ("ed25519.key", "ed25519.pem"),
                ("p256.key", "p256.pem"), ("p384.key", "p384.pem"), ("sig.pem", "sig.pub")]
        for private, _ in keys:
            release.sign(private, "dsse")
        equal(len(release.signatures()), len(keys))
        public = [p for _, p in keys]
        release.verify(*public, more=("--threshold", str(len(keys))))
        release.verify(*public, more=("--threshold", str(len(keys) + 1)), code=1)
        release.verify(*public[1:], more=("--threshold", str(len(keys))), code=1)
        write(release.path, OTHER)
        for key in public:
            refused(release, key, sentence="the envelope is about other bytes")


tap = Tap()
with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    KEY = "key"
    make_releases()
    keygen(KEY)
    with_minisign(tap)
    with_signify(tap)
    for kind in ALGORITHMS:
        with_openssl(tap, kind)
    with_encrypted_keys(tap)
    with_ssh(tap)
    with_token(tap)
    with_fsverity(tap)
    with_all(tap)
    os.chdir("/")
tap.end()
