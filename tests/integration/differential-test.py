#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Ten thousand generated ROMs, whole, altered and cut: what `romtool inspect` reads of them is what a
second reader reads, which was written from the same documents and shares nothing with the first.

Layout: PCI Firmware 3.0, section 5.1; PnP BIOS 1.0a; PXE 2.1; UEFI 2.10, chapter 14."""

import json
import os
import random
import subprocess
import tempfile

from guest import ROMTOOL, Tap, equal

N = 10000
SEED = 20261127
SIGNATURES = (b"\x55\xaa", b"\x77\xbb", b"\x56\x4e")
STRUCTURES = (b"PCIR", b"NPDS", b"RGIS")
TYPES = {0: "x86", 1: "openfirmware", 2: "hppa", 3: "efi"}

# ------------------------------------------------------------------------------- the generator


def u16(n):
    return n.to_bytes(2, "little")


def u32(n):
    return n.to_bytes(4, "little")


def negate(data):
    """The byte that makes the sum 0."""
    return -sum(data) & 0xff


def put(image, at, data):
    image[at:at + len(data)] = data


def pcir(r, kind, units, last):
    revision = r.choice((0, 3)) if kind != 3 else 0
    ids = [r.randrange(1, 65536) for _ in range(r.randrange(0, 6))] if revision == 3 else None
    head = bytearray(b"PCIR")
    head += u16(r.randrange(65536)) + u16(r.randrange(65536))
    size = 0x1c if revision == 3 else 0x18
    head += u16(size if ids else 0) + u16(size) + bytes([revision])
    head += r.randrange(1 << 24).to_bytes(3, "little") + u16(units) + u16(r.randrange(65536))
    head += bytes([kind, (0x80 if last else 0) | r.randrange(128)])
    head += u16(r.randrange(units + 1) if revision == 3 else 0)
    if revision == 3:
        head += u16(0) + u16(0)
        if ids:
            head += b"".join(u16(i) for i in ids) + u16(0)
    return head


def add_pnp(r, image, at, strings):
    """One or two $PnP headers in a row."""
    n = r.randrange(1, 3)
    put(image, 0x1a, u16(at))
    for i in range(n):
        here = at + 32 * i
        product = strings + 16 * i
        put(image, product, b"product %d" % r.randrange(1000) + b"\0")
        header = bytearray(b"$PnP\x01\x02") + u16(here + 32 if i + 1 < n else 0) + b"\0\0"
        header += u32(r.randrange(1 << 32)) + u16(0) + u16(product)
        header += bytes(r.randrange(256) for _ in range(4))
        header += u16(0) + u16(0) + u16(r.randrange(0x40, 0x200)) + u16(0) + u16(0)
        header[9] = negate(header)
        put(image, here, header)


def add_undi(r, image, at):
    undi = bytearray(b"UNDI\x16\0\0") + bytes([r.randrange(256), 1, 2])
    undi += u16(0x60) + u16(r.randrange(65536)) + u16(r.randrange(65536)) + u16(r.randrange(65536))
    undi += b"PCIR"
    undi[5] = negate(undi)
    put(image, 0x16, u16(at))
    put(image, at, undi)


def x86(r, last):
    units = r.choice((1, 2, 3, 4, 8, r.randrange(1, 128)))
    image = bytearray(r.randbytes(512 * units))
    init = r.randrange(1, units + 1)
    structure = pcir(r, 0, units, last)
    image[:0x40] = bytes(0x40)
    put(image, 0, b"\x55\xaa" + bytes([init]) + b"\xcb")
    put(image, 0x18, u16(0x40))
    put(image, 0x40, structure)
    if r.random() < 0.5:
        add_pnp(r, image, 0x80, 0x100)
    if r.random() < 0.5:
        add_undi(r, image, 0xe0)
    image[6] = 0
    image[6] = negate(image[:512 * init])
    return image


def efi(r, last):
    units = r.randrange(2, 40)
    image = bytearray(r.randbytes(512 * units))
    image[:0x40] = bytes(0x40)
    put(image, 0, b"\x55\xaa" + u16(r.randrange(2, units + 1)) + u32(0x0ef1))
    put(image, 8, u16(r.choice((0x0b, 0x0c))) + u16(r.choice((0x8664, 0xaa64, 0x14c))) + u16(0))
    put(image, 0x16, u16(0x60) + u16(0x1c))
    put(image, 0x1c, pcir(r, 3, units, last))
    return image


def plain(r, last):
    """Open Firmware, HP PA-RISC, and what is reserved."""
    units = r.randrange(1, 9)
    image = bytearray(r.randbytes(512 * units))
    image[:0x40] = bytes(0x40)
    kind = r.choice((1, 2, 4, 0xe0, 0xff))
    put(image, 0, b"\x55\xaa")
    if kind == 1:
        put(image, 2, u16(0x80))
        put(image, 0x80, b"\xfd\x08")
    put(image, 0x18, u16(0x40))
    put(image, 0x40, pcir(r, kind, units, last))
    return image


def isa(r):
    units = r.randrange(1, 9)
    image = bytearray(r.randbytes(512 * units))
    image[:0x40] = bytes(0x40)
    put(image, 0, b"\x55\xaa" + bytes([units]) + b"\xcb")
    image[6] = negate(image)
    return image


def generate(r):
    """A ROM, and whether it is one that holds."""
    if r.random() < 0.05:
        rom = isa(r)
    else:
        n = r.choice((1, 1, 2, 2, 3, 5))
        rom = bytearray()
        for i in range(n):
            rom += r.choice((x86, efi, plain))(r, i + 1 == n)
    fate = r.random()
    if fate < 0.3:
        return rom, True
    if fate < 0.5:
        return rom + bytes([r.choice((0, 0xff))]) * r.randrange(1, 3000), True
    if fate < 0.65:
        return rom[:r.randrange(1, len(rom))], False
    for _ in range(r.choice((1, 1, 2, 8))):
        # mostly where it matters: in a header
        at = r.randrange(len(rom)) if r.random() < 0.3 else \
            r.randrange(len(rom) // 512) * 512 + r.randrange(0x80)
        rom[at] = r.randrange(256)
    return rom, False


# ------------------------------------------------------------------------------- the second reader


class Reader:
    """Reads numbers; None beyond the end."""

    def __init__(self, data):
        self.data = data

    def number(self, at, n):
        return int.from_bytes(self.data[at:at + n], "little") if at + n <= len(self.data) else None

    def text(self, at):
        if not at or at >= len(self.data):
            return None
        end = self.data.find(b"\0", at)
        return None if end < 0 else self.data[at:end]


def read_pnp(image):
    """The products named by a chain of $PnP headers; None where that is not clean."""
    r = Reader(image)
    at, seen, products = r.number(0x1a, 2), set(), []
    while at:
        if at in seen or image[at:at + 4] != b"$PnP" or at + 32 > len(image):
            return None
        seen.add(at)
        if image[at + 5] != 2 or sum(image[at:at + 32]) & 0xff:
            return None
        products.append(r.text(r.number(at + 0x10, 2)))
        at = r.number(at + 6, 2)
    return products


def read_undi(image):
    at = Reader(image).number(0x16, 2)
    undi = image[at:at + 0x16] if at else b""
    if len(undi) < 0x16 or undi[:4] != b"UNDI" or undi[4] != 0x16 or sum(undi) & 0xff:
        return None
    return "%d.%d.%d" % (undi[9], undi[8], undi[7])


def read_image(data, offset):
    """(what it is, where the next is or None)"""
    rest = data[offset:]
    r = Reader(rest)
    pointer = r.number(0x18, 2)
    if rest[:2] not in SIGNATURES or pointer is None:
        return None, None
    if len(rest) < pointer + 0x18 or rest[pointer:pointer + 4] not in STRUCTURES:
        return None, None
    declared = 512 * r.number(pointer + 0x10, 2)
    last = bool(rest[pointer + 0x15] & 0x80)
    size = r.number(pointer + 0x0a, 2)
    npde = pointer + (size + 15) // 16 * 16 if size >= 0x18 else None
    if npde is not None and rest[npde:npde + 4] == b"NPDE":
        return None, None  # not made here on purpose
    kind = rest[pointer + 0x14]
    image = rest[:declared]
    found = {"offset": offset, "length": len(image), "type": TYPES.get(kind, "unknown"),
             "vendor": r.number(pointer + 4, 2), "device": r.number(pointer + 6, 2),
             "class": r.number(pointer + 0x0d, 3), "last": last, "checksum": "absent",
             "init_size": 0, "code_type": kind, "revision": rest[pointer + 0x0c]}
    if kind == 0:
        init = 512 * rest[2]
        whole = 0 < init <= declared and init <= len(image)
        found["init_size"] = init
        found["checksum"] = "ok" if whole and sum(image[:init]) & 0xff == 0 else "bad"
    elif kind == 3 and r.number(4, 4) == 0x0ef1:
        found["init_size"] = 512 * r.number(2, 2)
    goes_on = not last and 0 < declared <= len(rest)
    return found, offset + declared if goes_on else None


def read_rom(data):
    images, offset = [], 0
    while offset is not None:
        found, following = read_image(data, offset)
        if found is not None:
            images.append(found)
        offset = following
    return images


# ------------------------------------------------------------------------------- the comparison


def ours(image):
    flat = dict(image, **{k: image["pcir"][k] for k in ("code_type", "revision")})
    if flat["type"] == "efi" and "efi" not in image:
        flat["init_size"] = 0
    return flat


def compare(rom, holds, read):
    """What differs, as text."""
    images = [i for i in read["images"] if i["pcir"] is not None]
    expected = read_rom(rom)
    equal(len(images), len(expected), "images")
    for image, right in zip(images, expected):
        got = ours(image)
        equal({k: got[k] for k in right}, right, "image %d" % image["index"])
    if not holds:
        return
    findings = [f["name"] for f in read["findings"] if f["name"] not in ("no-pcir", "bad-pe")]
    equal(findings, [], "findings of a ROM that holds")
    for image, right in zip(images, expected):
        data = rom[right["offset"]:right["offset"] + right["length"]]
        if right["type"] != "x86":
            continue
        products = [p["product"].encode() for p in image["pnp"]]
        equal(products, read_pnp(data), "products")
        equal(image.get("undi", {}).get("version"), read_undi(data), "UNDI")
        if right["revision"] == 3:
            structure = Reader(data).number(0x18, 2)
            listed = Reader(data).number(structure + 8, 2)
            ids = []
            while listed and Reader(data).number(structure + listed + 2 * len(ids), 2):
                ids.append(Reader(data).number(structure + listed + 2 * len(ids), 2))
            equal(image["pcir"]["devices"], ids, "devices")


tap = Tap()
with tempfile.TemporaryDirectory() as work:
    r = random.Random(SEED)
    roms = [generate(r) for _ in range(N)]
    for i, (rom, _) in enumerate(roms):
        with open(os.path.join(work, "%05d.rom" % i), "wb") as f:
            f.write(rom)
    done = subprocess.run([ROMTOOL, "inspect", "--ndjson", work], capture_output=True, text=True)
    read = [json.loads(line)["files"][0] for line in done.stdout.splitlines()]

    with tap.test("each of %d ROMs is read" % N):
        equal(len(read), N)
        equal(done.returncode, 1, done.stderr)
    with tap.test("the second reader sees nothing else"):
        wrong = []
        for i, (rom, holds) in enumerate(roms):
            try:
                compare(bytes(rom), holds, read[i])
            except AssertionError as e:
                wrong.append("%05d: %s" % (i, e))
        equal(len(wrong), 0, "\n".join(wrong[:10]) + "\n")
    pci = [i for i in range(N) if any(x["pcir"] for x in read[i]["images"])]
    for key, by in (("length", 512), ("vendor", 1), ("checksum", "x")):
        with tap.test("control: another %s is seen in each of %d ROMs" % (key, len(pci))):
            for i in pci:
                images = [dict(x, **{key: x[key] + by}) for x in read[i]["images"]]
                try:
                    compare(bytes(roms[i][0]), roms[i][1], dict(read[i], images=images))
                except AssertionError:
                    continue
                raise AssertionError("not seen in %d" % i)
            equal(len(pci) > N // 2, True)
    with tap.test("the generator makes what it says: whole, altered, of every type"):
        equal(all(any(i["type"] == t for x in read for i in x["images"])
                  for t in ("x86", "openfirmware", "hppa", "efi", "unknown")), True)
        equal(3000 < sum(holds for _, holds in roms) < 7000, True)

tap.end()
