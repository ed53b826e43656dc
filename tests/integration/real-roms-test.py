#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What is found in the ROMs that Debian 12 ships: what is true of them, and nothing else."""

import glob
import json
import os
import subprocess

from guest import ROMTOOL, Tap, equal, require

IPXE, SEABIOS, QEMU_DATA = "/usr/lib/ipxe/qemu", "/usr/share/seabios", "/usr/share/qemu"
OVMF = "/usr/share/OVMF/OVMF_CODE_4M.fd"
require(IPXE + "/efi-virtio.rom", SEABIOS + "/vgabios-stdvga.bin", QEMU_DATA + "/kvmvapic.bin", OVMF)

# (name, severity, offset) of each finding, by file; of the others there is none
NOT_A_ROM = [("not-a-rom", "error", 0)]
ISA = [("no-pcir", "info", 0x18)]
FOUND = {
    # no ids at all in the first image, fff3:0000 in the second; the device has 10ec:8029
    IPXE + "/efi-ne2k_pci.rom": [("foreign-ids", "warning", 0x20)],
    IPXE + "/pxe-ne2k_pci.rom": [("foreign-ids", "warning", 0x20)],
    # for modern virtio, 1af4:1041; QEMU's default device is the transitional 1af4:1000
    IPXE + "/efi-virtio.rom": [("foreign-ids", "warning", 0x20)],
    IPXE + "/pxe-virtio.rom": [("foreign-ids", "warning", 0x20)],
    # 1002:5159 is the RV100; QEMU's default model is the Rage 128, 1002:5046
    SEABIOS + "/vgabios-ati.bin": [("foreign-ids", "warning", 0x99e0)],
    **{SEABIOS + "/" + name: ISA for name in (
        "vgabios.bin", "vgabios-isavga.bin", "vgabios-ramfb.bin")},
    **{SEABIOS + "/" + name: NOT_A_ROM for name in (
        "bios.bin", "bios-256k.bin", "bios-microvm.bin")},
    **{QEMU_DATA + "/" + name: ISA for name in (
        "kvmvapic.bin", "linuxboot.bin", "linuxboot_dma.bin", "multiboot.bin", "multiboot_dma.bin",
        "pvh.bin", "sgabios.bin")},
    OVMF: NOT_A_ROM,
}

files = sorted(glob.glob(IPXE + "/*.rom") + glob.glob(SEABIOS + "/*.bin")
               + [f for f in FOUND if f.startswith(QEMU_DATA)] + [OVMF])
done = subprocess.run([ROMTOOL, "inspect", "--json", *files], capture_output=True, text=True)
read = {f["path"]: f for f in json.loads(done.stdout)["files"]}

tap = Tap()
with tap.test("the ROMs are there"):
    equal(len(read), len(files))
    equal(set(FOUND) - set(read), set())
    equal(len([f for f in files if f.startswith(IPXE)]) >= 16, True)

for path in files:
    with tap.test(path):
        found = [(f["name"], f["severity"], f["offset"]) for f in read[path]["findings"]]
        equal(found, FOUND.get(path, []))

IDS = {"e1000": 0x8086100e, "e1000e": 0x808610d3, "eepro100": 0x80861229, "pcnet": 0x10222000,
       "rtl8139": 0x10ec8139, "virtio": 0x1af41041, "vmxnet3": 0x15ad07b0, "ne2k_pci": 0}
for nic, ids in IDS.items():
    with tap.test("efi-%s.rom: an x86 image and an EFI driver for x86-64, nothing behind" % nic):
        rom = read["%s/efi-%s.rom" % (IPXE, nic)]
        x86, efi = rom["images"]
        equal((x86["type"], efi["type"]), ("x86", "efi"))
        equal(x86["vendor"] << 16 | x86["device"], ids)
        equal(efi["vendor"] << 16 | efi["device"], ids if ids else 0xfff30000)
        equal(rom["content_length"], os.path.getsize(rom["path"]))
        equal((x86["pcir"]["revision"], x86["pcir"]["runtime_length"]), (3, 3584))
        equal(x86["pcir"]["devices"], [x86["device"]] if ids else [])
        equal([p["manufacturer"] for p in x86["pnp"]], ["http://ipxe.org"])
        equal((x86["undi"]["version"], x86["undi"]["bus"]), ("2.1.0", "PCIR"))
        equal(x86["ipxe"]["shrunk_length"] <= x86["init_size"], True)
        equal((efi["efi"]["machine"], efi["efi"]["subsystem"], efi["efi"]["compression"]),
              (0x8664, 0x0b, 0))
        equal((efi["efi"]["offset"], efi["efi"]["pe"]["pe32_plus"]), (0x38, True))
        equal((efi["efi"]["pe"]["timestamp"], efi["efi"]["pe"]["signatures"]), (282175620, []))
        equal(rom["composition"], {"x86": True, "efi": [0x8664]})
tap.end()
