# SPDX-License-Identifier: BSD-2-Clause
"""Formats of keys and signatures, made and read without romtool: what openssl(1) and a few lines of
Python can do alone."""

import base64
import ctypes
import hashlib
import json
import os
import subprocess

PAYLOAD_TYPE = "application/vnd.in-toto+json"


def run(*argv, code=0, data=None, **more):
    """Runs a program; what it prints. AssertionError where it does not exit as expected."""
    done = subprocess.run([str(a) for a in argv], input=data, capture_output=True,
                          **({"stdin": subprocess.DEVNULL} if data is None else {}), **more)
    if done.returncode != code:
        raise AssertionError("%s: [%d] instead of [%d]: %s" % (
            " ".join(str(a) for a in argv), done.returncode, code,
            (done.stdout + done.stderr).decode(errors="replace")))
    return done.stdout if code == 0 else done.stderr


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return path


def b64(data):
    return base64.b64encode(data).decode()


def pem(label, der):
    text = b64(der)
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n" % (label, "\n".join(lines), label)


# ---------------------------------------------------------------------------- ASN.1 and keys

def der_integer(value):
    data = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return bytes([2, len(data)]) + data


def der_of_raw(raw):
    """r || s as ECDSA-Sig-Value."""
    half = len(raw) // 2
    body = b"".join(der_integer(int.from_bytes(raw[i:i + half], "big")) for i in (0, half))
    return bytes([0x30, len(body)]) + body


def raw_of_der(der, field):
    assert der[0] == 0x30 and der[1] == len(der) - 2, der.hex()
    raw, at = b"", 2
    while at < len(der):
        assert der[at] == 2, der.hex()
        end = at + 2 + der[at + 1]
        raw += int.from_bytes(der[at + 2:end], "big").to_bytes(field, "big")
        at = end
    return raw


def pkcs8_of_seed(seed):
    return pem("PRIVATE KEY", bytes.fromhex("302e020100300506032b657004220420") + seed)


def spki(path):
    """SubjectPublicKeyInfo, DER, of a public key in PEM."""
    return run("openssl", "pkey", "-pubin", "-in", path, "-outform", "DER")


def public_half(private, path):
    """The public key, PEM, of a private one."""
    run("openssl", "pkey", "-in", private, "-pubout", "-out", path)
    return path


def openssl_sign(algorithm, private, message):
    """Ed25519 as it is, ECDSA in DER."""
    write("openssl.message", message)
    if algorithm == "ed25519":
        run("openssl", "pkeyutl", "-sign", "-inkey", private, "-rawin", "-in", "openssl.message",
            "-out", "openssl.sig")
    else:
        run("openssl", "dgst", {"p256": "-sha256", "p384": "-sha384"}[algorithm], "-sign", private,
            "-out", "openssl.sig", "openssl.message")
    return read("openssl.sig")


# ---------------------------------------------------------------------------- signature files

def pae(payload):
    """DSSE's pre-authentication encoding."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def envelope(payload, *signatures, urlsafe=False):
    """signatures: (keyid or None, bytes)"""
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    return json.dumps({
        "signatures": [{"sig": encode(sig).decode(), **({"keyid": k} if k is not None else {})}
                       for k, sig in signatures],
        "payloadType": PAYLOAD_TYPE, "payload": encode(payload).decode(), "other": [1, {}]})


def minisig(key_id, signature, trusted, global_signature, algorithm=b"ED"):
    return "untrusted comment: by hand\n%s\ntrusted comment: %s\n%s\n" % (
        b64(algorithm + key_id + signature), trusted, b64(global_signature))


def minisign_public(key_id, key):
    return "untrusted comment: by hand\n%s\n" % b64(b"Ed" + key_id + key)


def minisign_blob(path):
    """A key's file of minisign's or signify's: its second line."""
    return base64.b64decode(read(path).split(b"\n")[1])


# ---------------------------------------------------------------------------- OpenSSH

def ssh_strings(data, n):
    """n strings (RFC 4251, section 5) and the rest."""
    found = []
    for _ in range(n):
        size = int.from_bytes(data[:4], "big")
        found.append(data[4:4 + size])
        data = data[4 + size:]
    return found, data


def ssh_seed(path):
    """Ed25519's seed out of an OpenSSH private key without a passphrase (PROTOCOL.key)."""
    lines = read(path).split(b"\n")
    data = base64.b64decode(b"".join(lines[1:lines.index(b"-----END OPENSSH PRIVATE KEY-----")]))
    magic = b"openssh-key-v1\0"
    assert data.startswith(magic)
    (cipher, kdf, _), rest = ssh_strings(data[len(magic):], 3)
    assert (cipher, kdf, rest[:4]) == (b"none", b"none", b"\0\0\0\1")
    (_, private), _ = ssh_strings(rest[4:], 2)
    assert private[:4] == private[4:8]
    (kind, public, pair), _ = ssh_strings(private[8:], 3)
    assert kind == b"ssh-ed25519" and pair[32:] == public
    return pair[:32]


def ssh_fingerprint(line):
    """As ssh-keygen -l prints it."""
    blob = base64.b64decode(line.split()[1])
    return "SHA256:" + b64(hashlib.sha256(blob).digest()).rstrip("=")


# ---------------------------------------------------------------------------- PKCS#11

class Token:
    """A SoftHSM token in this directory."""

    MODULE = "/usr/lib/softhsm/libsofthsm2.so"
    PIN = "123456"

    def __init__(self, directory):
        os.mkdir(directory)
        os.environ["SOFTHSM2_CONF"] = os.path.abspath(write(
            directory + ".conf", "directories.tokendir = %s\nlog.level = ERROR\n"
            % os.path.abspath(directory)))
        run("softhsm2-util", "--init-token", "--free", "--label", "T", "--so-pin", self.PIN,
            "--pin", self.PIN)

    def tool(self, *argv):
        return run("pkcs11-tool", "--module", self.MODULE, "--token-label", "T", "--login", "--pin",
                   self.PIN, *argv)

    def generate(self, key_type, key_id):
        """A new key; the file of its public half, PEM."""
        name = "token-%s" % key_id
        self.tool("--keypairgen", "--key-type", key_type, "--id", key_id)
        self.tool("--read-object", "--type", "pubkey", "--id", key_id, "-o", name + ".read")
        if read(name + ".read").startswith(b"-----BEGIN"):  # of Ed25519
            return name + ".read"
        run("openssl", "pkey", "-pubin", "-inform", "DER", "-in", name + ".read", "-out",
            name + ".pem")
        return name + ".pem"

    def sign(self, mechanism, key_id, data, output, *more):
        write("token.in", data)
        self.tool("--sign", "-m", mechanism, "--id", key_id, *more, "-i", "token.in", "-o", output)
        return output

    def sign_whole(self, key_id, data, output):
        """Ed25519 by one C_Sign (PKCS#11 3.0): pkcs11-tool hands over more than 1024 bytes in
        parts, which SoftHSM does not take."""
        return write(output, _c_sign(self.MODULE, self.PIN, bytes.fromhex(key_id), data))


def _c_sign(module, pin, key_id, data):
    CKF_SERIAL_SESSION, CKU_USER, CKM_EDDSA = 4, 1, 0x1057
    CKA_CLASS, CKO_PRIVATE_KEY, CKA_ID = 0, 3, 0x102
    ulong, p = ctypes.c_ulong, ctypes.byref
    lib = ctypes.CDLL(module)

    class Attribute(ctypes.Structure):
        _fields_ = [("type", ulong), ("value", ctypes.c_void_p), ("size", ulong)]

    class Mechanism(ctypes.Structure):
        _fields_ = [("mechanism", ulong), ("parameter", ctypes.c_void_p), ("size", ulong)]

    def call(name, *argv):
        rv = getattr(lib, name)(*argv)
        if rv != 0:
            raise AssertionError("%s: 0x%x" % (name, rv))

    slots, n_slots, session, key, n = (ulong * 8)(), ulong(8), ulong(), ulong(), ulong()
    kind, name = ulong(CKO_PRIVATE_KEY), ctypes.create_string_buffer(key_id, len(key_id))
    wanted = (Attribute * 2)((CKA_CLASS, ctypes.addressof(kind), ctypes.sizeof(kind)),
                             (CKA_ID, ctypes.addressof(name), len(key_id)))
    sig, n_sig = ctypes.create_string_buffer(64), ulong(64)
    call("C_Initialize", None)
    try:
        call("C_GetSlotList", ctypes.c_ubyte(1), slots, p(n_slots))  # the token's is the first
        call("C_OpenSession", ulong(slots[0]), ulong(CKF_SERIAL_SESSION), None, None, p(session))
        call("C_Login", session, ulong(CKU_USER), pin.encode(), ulong(len(pin)))
        call("C_FindObjectsInit", session, wanted, ulong(2))
        call("C_FindObjects", session, p(key), ulong(1), p(n))
        call("C_FindObjectsFinal", session)
        assert n.value == 1
        call("C_SignInit", session, p(Mechanism(CKM_EDDSA, None, 0)), key)
        call("C_Sign", session, data, ulong(len(data)), sig, p(n_sig))
    finally:
        call("C_Finalize", None)
    return sig.raw[:n_sig.value]
