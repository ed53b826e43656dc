#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""libromtool from another language: a client that knows nothing but the sizes in romtool.h."""

import ctypes
import os
import subprocess
import tempfile
from ctypes import POINTER, byref, c_char, c_char_p, c_int, c_uint, c_uint8, c_uint32, c_uint64, c_void_p

from tap import Tap, equal

# ---------------------------------------------------------------------------- the client


class Error(ctypes.Structure):
    _fields_ = [("code", c_int), ("sys_errno", c_int), ("offset", c_uint64), ("text", c_char * 496)]


class Mandate(ctypes.Structure):
    _fields_ = [("slot", c_uint64), ("file_size", c_uint64), ("has_sha256", c_uint32),
                ("reserved", c_uint32), ("sha256", c_uint8 * 32), ("profile", c_char * 64),
                ("machine", c_char * 64), ("device", c_char * 64), ("file", c_char * 64),
                ("source", c_char * 128)]


lib = ctypes.CDLL(os.environ["LIBROMTOOL"])
lib.romtool_mandate_find.argtypes = [c_char_p, c_char_p, c_char_p, POINTER(Mandate), POINTER(Error)]
lib.romtool_load.argtypes = [c_int, c_char_p, POINTER(Mandate), c_uint64, c_uint,
                             POINTER(c_void_p), POINTER(Error)]
lib.romtool_rom_data.argtypes, lib.romtool_rom_data.restype = [c_void_p], POINTER(c_uint8)
lib.romtool_rom_slot.argtypes, lib.romtool_rom_slot.restype = [c_void_p], c_uint64
lib.romtool_rom_free.argtypes, lib.romtool_rom_free.restype = [c_void_p], None


def load(fd, profile, machine, device):
    """The bytes of the BAR; OSError with the code and the sentence where the ROM is refused."""
    error, mandate, rom = Error(), Mandate(), c_void_p()
    if lib.romtool_mandate_find(profile, machine, device, byref(mandate), byref(error)) < 0 or \
            lib.romtool_load(fd, mandate.file, byref(mandate), 0, 0, byref(rom), byref(error)) < 0:
        raise OSError(error.code, error.text.decode())
    try:
        return bytes(lib.romtool_rom_data(rom)[:lib.romtool_rom_slot(rom)])
    finally:
        lib.romtool_rom_free(rom)


# ---------------------------------------------------------------------------- what it gets


def rom(*words):
    """A file of these words, open, and its bytes."""
    made = subprocess.run([os.environ["MKROM"], *words], capture_output=True, check=True).stdout
    file = tempfile.TemporaryFile()
    file.write(made)
    file.flush()
    return file, made


tap = Tap()
with tap.test("structures are as large as romtool.h says"):
    equal((ctypes.sizeof(Error), ctypes.sizeof(Mandate)), (512, 440))

with tap.test("a ROM's bytes, padded to the slot"):
    file, made = rom("x86", "efi", "pad:to=249344")
    equal(load(file.fileno(), b"debian/bookworm", b"q35", b"virtio"), made + bytes(262144 - len(made)))

with tap.test("refusals, with their sentence"):
    file, _ = rom("x86", "pad:to=262145")
    for argv, said in (((b"debian/bookworm", b"q35", b"virtio"),
                        (-101, "'efi-virtio.rom': 262145 bytes, the slot is 262144: 1 bytes too many")),
                       ((b"debian/bookworm", b"q35", b"virtioo"), (-209, "unknown device 'virtioo'"))):
        try:
            load(file.fileno(), *argv)
        except OSError as e:
            equal((e.errno, e.strerror[:len(said[1])]), said)
        else:
            raise AssertionError("it loads")
tap.end()
