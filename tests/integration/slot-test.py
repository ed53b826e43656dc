#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The slot that QEMU gives each padded ROM is the mandated one, and `run` gives the same."""

import json
import os
import tempfile

from guest import Guest, Tap, equal, require, romtool

# driver -> ROM file that Debian's QEMU loads for it
NICS = {
    "e1000": "efi-e1000.rom",
    "e1000e": "efi-e1000e.rom",
    "i82559er": "pxe-eepro100.rom",
    "ne2k_pci": "efi-ne2k_pci.rom",
    "pcnet": "efi-pcnet.rom",
    "rtl8139": "efi-rtl8139.rom",
    "virtio-net-pci": "efi-virtio.rom",
    "vmxnet3": "efi-vmxnet3.rom",
}
ROMS = "/usr/lib/ipxe/qemu"

require(*[os.path.join(ROMS, file) for file in NICS.values()])
tap = Tap()


def mandate(machine, nic):
    """The slot in bytes, None where the profile says that there is none."""
    done = romtool("slots", "show", "-p", "debian/bookworm", "-m", machine, "-d", nic, "--json",
                   check=False)
    rows = json.loads(done.stdout).get("mandates", [])
    return rows[0]["slot"] if rows and rows[0]["slot"] else None


def read_back(guest, nics):
    return {nic: guest.ask("qom-get", path="/machine/peripheral/" + nic.replace("_", "-"),
                           property="romsize") for nic in nics}


def devices(nics, suffix=lambda nic: ""):
    argv = []
    for nic in nics:
        argv += ["-device", "%s,id=%s%s" % (nic, nic.replace("_", "-"), suffix(nic))]
    return argv


for machine in ("pc-i440fx-2.0", "pc-q35-7.2"):
    base = ["-M", machine, "-nodefaults", "-S"]
    mandates = {nic: mandate(machine, nic) for nic in NICS}
    nics = [nic for nic in NICS if mandates[nic] is not None]

    with tap.test("%s mandates a slot for every NIC but vmxnet3 before 2.7" % machine):
        missing = [nic for nic in NICS if mandates[nic] is None]
        equal(missing, ["vmxnet3"] if machine == "pc-i440fx-2.0" else [])

    with tap.test("%s: the BAR of every padded file is the mandate" % machine), \
            tempfile.TemporaryDirectory() as padded:
        for nic in nics:
            romtool("pad", "-p", "debian/bookworm", "-m", machine, "-d", nic,
                    "-o", os.path.join(padded, nic), os.path.join(ROMS, NICS[nic]))
        with Guest(base + devices(nics, lambda nic: ",romfile=" + os.path.join(padded, nic))) as g:
            equal(read_back(g, nics), {nic: mandates[nic] for nic in nics}, "romsize")
            blocks = {name: size for name, size in g.blocks().items() if "/" in name[1:]}
            roms = [size for name, size in blocks.items() if name.endswith(".rom")]
            equal(sorted(roms), sorted(mandates[nic] for nic in nics), "RAM blocks")

    with tap.test("%s: run gives every default ROM its mandated slot" % machine):
        with Guest(base + devices(nics), run=["-p", "debian/bookworm"]) as g:
            equal(read_back(g, nics), {nic: mandates[nic] for nic in nics}, "romsize")

with tap.test("the default NIC of a machine gets its verified ROM"):
    for machine, nic in (("pc-q35-7.2", "e1000e"), ("pc-q35-2.11", "e1000"),
                         ("pc-i440fx-7.2", "e1000")):
        with Guest(["-M", machine, "-S"], run=["-p", "debian/bookworm"]) as g:
            found = [name for name in g.blocks() if name.endswith("/%s.rom" % nic)]
            equal(len(found), 1, machine)
            equal(g.blocks()[found[0]], 262144, machine)

with tap.test("-nic with libvirt's model name, and a NIC that is hotplugged without a ROM ready"):
    with Guest(["-M", "pc-q35-7.2", "-nodefaults", "-S", "-nic", "user,model=virtio",
                "-device", "pcie-root-port,id=root"], run=["-p", "debian/bookworm"]) as g:
        equal([s for n, s in g.blocks().items() if n.endswith("/virtio-net-pci.rom")], [262144])
        try:
            g.ask("device_add", driver="e1000e", id="late", bus="root")
            raise AssertionError("a ROM that nothing verified was loaded")
        except RuntimeError as refusal:
            equal(str(refusal), 'romfile "efi-e1000e.rom" is empty')

tap.end()
