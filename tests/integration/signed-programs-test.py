#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Authenticode: what sbsign and osslsigncode sign, `romtool inspect` reads and judges as sbverify and
osslsigncode do. Keys and certificates are made here."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile

from guest import MKROM, ROMTOOL, Tap, equal, require

require(*(shutil.which(name) or name for name in ("sbsign", "sbverify", "osslsigncode", "openssl")))
PE_AT, PE_SIZE = 0x38, 416  # of the builder's driver


def run(*argv, **more):
    return subprocess.run(argv, capture_output=True, text=True, **more)


def certificate(name, subject, issuer=None):
    """NAME.key and NAME.pem; by its own key where there is no issuer."""
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-subj", subject,
        "-out", name + ".csr", check=True)
    with open(name + ".ext", "w", encoding="ascii") as f:
        f.write("basicConstraints=critical,CA:%s\n" % ("FALSE" if name.startswith("signer") else "TRUE"))
    by = ["-signkey", name + ".key"] if issuer is None else \
        ["-CA", issuer + ".pem", "-CAkey", issuer + ".key", "-CAcreateserial"]
    run("openssl", "x509", "-req", "-in", name + ".csr", *by, "-days", "10", "-extfile",
        name + ".ext", "-out", name + ".pem", check=True)


def wrap(program, name, behind=0):
    """An EFI option ROM around a program that ends with it; or `behind` bytes before that."""
    total = (PE_AT + len(program) + behind + 511) // 512 * 512
    at = total - len(program) - behind
    rom = bytearray(subprocess.run([MKROM, "efi:length=%d" % total], check=True,
                                   capture_output=True).stdout)
    rom[PE_AT:] = bytes(total - PE_AT)
    rom[0x16:0x18] = at.to_bytes(2, "little")
    rom[at:at + len(program)] = program
    with open(name, "wb") as f:
        f.write(rom)
    return name


def read(path):
    with open(path, "rb") as f:
        return f.read()


def inspect(path, *options):
    """(exit status, findings, signatures) of a ROM."""
    done = run(ROMTOOL, "inspect", "--json", *options, path)
    file = json.loads(done.stdout)["files"][0]
    return (done.returncode, [f["name"] for f in file["findings"]],
            file["images"][0]["efi"]["pe"]["signatures"])


def number(data, at, size=4):
    return int.from_bytes(data[at:at + size], "little")


def signed_digest(path, algorithm="sha256"):
    """(stated, calculated) by the formats' definitions: openssl shows what the signature states, and
    it is over all but the checksum, the table's place and the table, which is last (Microsoft,
    Windows Authenticode Portable Executable Signature Format, 2008)."""
    data = read(path)
    optional = number(data, 0x3c) + 24
    place = optional + {0x10b: 96, 0x20b: 112}[number(data, optional, 2)] + 4 * 8
    table = number(data, place)
    equal(table + number(data, place + 4), len(data), "the table's end")
    entry = data[table + 8:table + number(data, table)]
    equal(entry[:2], b"\x30\x82", "the signature's beginning")
    n = 4 + int.from_bytes(entry[2:4], "big")  # as long as its certificates, whose serial numbers are random
    equal((entry[n:], len(entry) - n < 8), (bytes(len(entry) - n), True), "what fills the entry up")
    with open("signature.der", "wb") as f:
        f.write(entry[:n])
    said = run("openssl", "asn1parse", "-inform", "DER", "-in", "signature.der", check=True).stdout
    # DigestInfo is behind SpcPeImageData
    stated = re.search(r":1\.3\.6\.1\.4\.1\.311\.2\.1\.15\n.*?:%s\n.*?OCTET STRING +"
                       r"\[HEX DUMP\]:([0-9A-F]+)" % algorithm, said, re.S)[1].lower()
    covered = data[:optional + 64] + data[optional + 68:place] + data[place + 8:table]
    return stated, hashlib.new(algorithm, covered).hexdigest()


def osslsigncode_digest(path, ca):
    """The same, as osslsigncode says; 2.5 says it only of what osslsigncode signed."""
    said = run("osslsigncode", "verify", "-CAfile", ca, "-in", path).stdout
    return (re.search(r"Current message digest *: *([0-9A-F]+)", said)[1].lower(),
            re.search(r"Calculated message digest *: *([0-9A-F]+)", said)[1].lower())


tap = Tap()
with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    certificate("root", "/O=Acme/CN=root")
    certificate("middle", "/O=Acme/CN=middle", "root")
    certificate("signer", "/O=Acme/CN=signer", "middle")
    certificate("signer-alone", "/C=DE/O=Acme, Inc./CN=alone")
    certificate("other", "/O=Acme/CN=root")  # the same name, another key
    with open("plain.efi", "wb") as f:
        f.write(subprocess.run([MKROM, "efi"], check=True,
                               capture_output=True).stdout[PE_AT:PE_AT + PE_SIZE])
    run("sbsign", "--key", "signer-alone.key", "--cert", "signer-alone.pem", "--output", "sb.efi",
        "plain.efi", check=True)
    with open("chain.pem", "w", encoding="ascii") as f:
        f.write(read("signer.pem").decode() + read("middle.pem").decode())
    run("osslsigncode", "sign", "-h", "sha256", "-certs", "chain.pem", "-key", "signer.key", "-in",
        "plain.efi", "-out", "ossl.efi", check=True)
    run("osslsigncode", "sign", "-h", "sha384", "-certs", "signer-alone.pem", "-key",
        "signer-alone.key", "-in", "plain.efi", "-out", "sha384.efi", check=True)
    run("sbsign", "--key", "signer-alone.key", "--cert", "signer-alone.pem", "--output", "both.efi",
        "ossl.efi", check=True)

    with tap.test("sbsign: the signer and the digest are shown, and sbverify agrees"):
        status, findings, signatures = inspect(wrap(read("sb.efi"), "sb.rom"), "--db",
                                               "signer-alone.pem")
        equal((status, findings, len(signatures)), (0, [], 1))
        equal(signatures[0]["subject"], "CN=alone,O=Acme\\, Inc.,C=DE")
        equal(signatures[0]["algorithm"], "SHA256")
        equal((signatures[0]["digest"],) * 2, signed_digest("sb.efi"))
        equal(run("sbverify", "--cert", "signer-alone.pem", "sb.efi").returncode, 0)
    with tap.test("another certificate: both refuse"):
        equal(inspect("sb.rom", "--db", "root.pem")[:2], (1, ["untrusted-key"]))
        equal(run("sbverify", "--cert", "root.pem", "sb.efi").returncode != 0, True)
    with tap.test("without a certificate nobody is believed, and nothing is wrong"):
        equal(inspect("sb.rom")[:2], (0, []))
    with tap.test("osslsigncode: a chain of three; each of its certificates is believed"):
        wrap(read("ossl.efi"), "ossl.rom")
        for db in ("root", "middle", "signer"):
            status, findings, signatures = inspect("ossl.rom", "--db", db + ".pem")
            equal((db, status, findings), (db, 0, []))
        equal((signatures[0]["subject"], signatures[0]["issuer"]),
              ("CN=signer,O=Acme", "CN=middle,O=Acme"))
        equal((signatures[0]["digest"],) * 2, signed_digest("ossl.efi"))
        equal((signatures[0]["digest"],) * 2, osslsigncode_digest("ossl.efi", "root.pem"))
        equal(run("sbverify", "--cert", "root.pem", "ossl.efi").returncode, 0)
    with tap.test("a certificate of the same name and another key is refused, as openssl does"):
        equal(inspect("ossl.rom", "--db", "other.pem")[:2], (1, ["untrusted-key"]))
        # sbverify 0.9.4 accepts it: it forgives each fault of a chain whose issuer's name fits
        for db, status in (("other", 2), ("root", 0)):
            equal(run("openssl", "verify", "-partial_chain", "-CAfile", db + ".pem", "-untrusted",
                      "middle.pem", "signer.pem").returncode, status)
    with tap.test("a certificate as DER"):
        run("openssl", "x509", "-in", "middle.pem", "-outform", "DER", "-out", "middle.der", check=True)
        equal(inspect("ossl.rom", "--db", "middle.der")[:2], (0, []))
    with tap.test("SHA-384"):
        status, findings, signatures = inspect(wrap(read("sha384.efi"), "sha384.rom"), "--db",
                                               "signer-alone.pem")
        equal((status, findings, signatures[0]["algorithm"]), (0, [], "SHA384"))
        equal((signatures[0]["digest"],) * 2, signed_digest("sha384.efi", "sha384"))
        equal((signatures[0]["digest"],) * 2, osslsigncode_digest("sha384.efi", "signer-alone.pem"))
    with tap.test("two signatures: one that leads to the certificate is enough"):
        wrap(read("both.efi"), "both.rom")
        for db in ("root", "signer-alone"):
            status, findings, signatures = inspect("both.rom", "--db", db + ".pem")
            equal((status, findings, len(signatures)), (0, [], 2))
            equal(run("sbverify", "--cert", db + ".pem", "both.efi").returncode, 0)
        equal(inspect("both.rom", "--db", "other.pem")[:2], (1, ["untrusted-key"]))
    with tap.test("another byte of the program: everyone refuses, with and without a certificate"):
        for name, db in (("sb", "signer-alone"), ("ossl", "root")):
            data = bytearray(read(name + ".efi"))
            data[0x181] ^= 1
            with open("flipped.efi", "wb") as f:
                f.write(data)
            wrap(bytes(data), "flipped.rom")
            equal(inspect("flipped.rom")[:2], (1, ["digest-mismatch"]))
            equal("digest-mismatch" in inspect("flipped.rom", "--db", db + ".pem")[1], True)
            equal(run("sbverify", "--cert", db + ".pem", "flipped.efi").returncode != 0, True)
        stated, calculated = signed_digest("flipped.efi")
        equal(stated != calculated, True)
        equal((stated, calculated), osslsigncode_digest("flipped.efi", "root.pem"))
    with tap.test("the checksum is no part of what is signed"):
        data = bytearray(read("sb.efi"))
        data[0x58 + 0x40] ^= 1
        equal(inspect(wrap(bytes(data), "checksum.rom"), "--db", "signer-alone.pem")[:2], (0, []))
    with tap.test("another byte of the signature: refused"):
        data = bytearray(read("sb.efi"))
        data[-40] ^= 1  # in what RSA made, the last 256 bytes
        with open("forged.efi", "wb") as f:
            f.write(data)
        status, findings, _ = inspect(wrap(bytes(data), "forged.rom"), "--db", "signer-alone.pem")
        equal(status, 1)
        equal("bad-signature" in findings, True, findings)
        equal(run("sbverify", "--cert", "signer-alone.pem", "forged.efi").returncode != 0, True)
    with tap.test("padding behind the certificates, as iPXE's efirom leaves it: everyone refuses"):
        with open("padded.efi", "wb") as f:
            f.write(read("ossl.efi") + bytes(256))
        status, findings, _ = inspect(wrap(read("ossl.efi"), "padded.rom", behind=256))
        equal((status, findings), (1, ["certificate-not-at-end", "digest-mismatch"]))
        for path, holds in (("ossl.efi", True), ("padded.efi", False)):
            equal(run("osslsigncode", "verify", "-CAfile", "root.pem", "-in", path).returncode == 0,
                  holds, "osslsigncode of " + path)
            equal(run("sbverify", "--cert", "root.pem", path).returncode == 0, holds,
                  "sbverify of " + path)
    with tap.test("unsigned: a certificate refuses it, no question, no finding"):
        wrap(read("plain.efi"), "plain.rom")
        equal(inspect("plain.rom")[:2], (0, []))
        equal(inspect("plain.rom", "--db", "root.pem")[:2], (1, ["unsigned"]))
    with tap.test("text says the same, by the other program"):
        done = run(ROMTOOL, "inspect", "sb.rom", "plain.rom", "flipped.rom")
        equal(done.returncode, 1)
        equal(re.findall(r"signed by (.*)", done.stdout),
              ["CN=alone,O=Acme\\, Inc.,C=DE", "CN=signer,O=Acme"])
        equal(re.findall(r"^(\S+): \d+ bytes", done.stdout, re.M),
              ["sb.rom", "plain.rom", "flipped.rom"])
    os.chdir("/")
tap.end()
