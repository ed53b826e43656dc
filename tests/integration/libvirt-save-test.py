#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Save images that a real libvirt writes, in every format of its: what `romtool state` reads in them
is what QEMU said before; what --set-rom makes of them libvirt reads and restores."""

import json
import os
import re
import shutil
import subprocess
import tempfile

from libvirt_host import LibvirtHost, missing
from tap import Tap, equal

ROMTOOL = os.environ["ROMTOOL"]
FORMATS = ["raw", "gzip", "bzip2", "xz", "lzop"]  # all that libvirt 9.0 writes
HEADER = 92

# A NIC behind a root port, with a ROM of ours, and one on the root bus, with QEMU's.
GUEST = """<domain type='qemu'>
  <name>guest</name>
  <memory unit='MiB'>64</memory>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>
    <controller type='pci' index='0' model='pcie-root'/>
    <controller type='pci' index='1' model='pcie-root-port'>
      <address type='pci' bus='0' slot='1' function='0'/>
    </controller>
    <interface type='user'>
      <mac address='52:54:00:00:00:01'/>
      <model type='virtio'/>
      <rom bar='on' file='%s'/>
      <address type='pci' bus='1' slot='0'/>
    </interface>
    <interface type='user'>
      <mac address='52:54:00:00:00:02'/>
      <model type='e1000'/>
      <alias name='ua-wan'/>
      <address type='pci' bus='0' slot='0x10'/>
    </interface>
    <memballoon model='none'/>
  </devices>
</domain>
"""
ROM_BLOCKS = ["0000:00:01.0:00.0/virtio-net-pci.rom", "0000:00:10.0/e1000.rom"]

# Configuration addresses (PCI local bus 3.0, 3.2.2.3.2) and places below 4 GiB that nobody uses.
PORT, VIRTIO, E1000 = 0x80000800, 0x80010000, 0x80008000
VIRTIO_ROM, E1000_ROM = 0xd0100000, 0xd0000000


def state(*argv):
    done = subprocess.run([ROMTOOL, "state", *argv], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)
    return path


def pattern(n, seed):
    return bytes((i * seed + i // 251) & 0xff for i in range(n))


class Saved:
    """A guest on a host, and what QEMU said of it before it was saved."""

    def __init__(self, host, rom):
        self.host = host
        self.image = host.path("guest.save")
        host.create(GUEST % rom, paused=True)
        self.blocks = self.ram_blocks()
        self.roms = self.rom_bytes()
        host.virsh("resume", "guest")
        host.virsh("save", "guest", self.image)

    def ram_blocks(self):
        rows = self.host.monitor("guest", "info ramblock").splitlines()[1:]
        rows = [row.rsplit(None, 5) for row in rows if row.strip()]  # name, page, unit, 3 numbers
        return [[row[0].strip(), int(row[4], 16)] for row in rows]

    def _configure(self, address, value):
        self.host.monitor("guest", "o /w 0xcf8 %#x" % address)
        self.host.monitor("guest", "o /w 0xcfc %#x" % value)

    def rom_bytes(self):
        """What the guest would read of each ROM: no firmware has run yet, its work is done here."""
        self._configure(PORT + 0x18, 0x00010100)  # bus 1 is behind it
        self._configure(PORT + 0x20, 0xd010d010)  # and this megabyte
        self._configure(PORT + 0x04, 6)
        found = []
        for device, place in ((VIRTIO, VIRTIO_ROM), (E1000, E1000_ROM)):
            self._configure(device + 0x30, place | 1)
            self._configure(device + 0x04, 2)
            path = self.host.path("memory")
            size = dict(self.blocks)[ROM_BLOCKS[len(found)]]
            self.host.monitor("guest", 'pmemsave %#x %#x "%s"' % (place, size, path))
            found.append(read(path))
        return found


def check_state(saved, name):
    """romtool's list is QEMU's; what libvirt says is what was asked of it."""
    status, out, err = state("--json", saved.image)
    equal(status, 0, err)
    guest = json.loads(out)["files"][0]
    equal(guest["container"], "libvirt-save")
    equal(guest["compression"] or "raw", name)
    equal(guest["machine"], "pc-q35-7.2")
    equal([[b["name"], b["length"]] for b in guest["blocks"]], saved.blocks)
    equal([r["block"] for r in guest["roms"]], ROM_BLOCKS)
    equal(guest["domain"]["name"], "guest")
    equal([[d["alias"], d["mac"], d["model"], d["pci_path"], d["rom_file"], d["rom_bar"]]
           for d in guest["domain"]["devices"]],
          [["net0", "52:54:00:00:00:01", "virtio", "0000:00:01.0:00.0", rom_path, "on"],
           ["ua-wan", "52:54:00:00:00:02", "e1000", "0000:00:10.0", None, None]])


def check_roms(saved):
    """The bytes that come out are those that the guest reads."""
    directory = saved.host.path("roms")
    os.mkdir(directory)
    status, _, err = state("--extract", directory, saved.image)
    equal(status, 0, err)
    names = sorted(os.listdir(directory))
    equal(len(names), 2, repr(names))
    for name, rom, expected in zip(names, ROM_BLOCKS, saved.roms):
        equal(name.endswith(rom.split("/")[1]), True, name)
        equal(read(os.path.join(directory, name)) == expected, True, rom + " is what was read")
    equal(saved.roms[0], pattern(200000, 7).ljust(262144, b"\0"), "the ROM that was given")


def data_end(image):
    return HEADER + int.from_bytes(image[0x14:0x18], "little")


def check_set_rom(saved):
    """libvirt sees the new file, in the place of the old one alone; the state is untouched."""
    new = write(os.path.join(roms, "new & 'quoted' <\u00e4>.rom"), pattern(150000, 11))
    before, xml = read(saved.image), saved.host.virsh("save-image-dumpxml", saved.image).stdout
    os.chmod(saved.image, 0o640)
    status, out, err = state("--set-rom", "net0=" + new, saved.image)
    equal((status, err), (0, ""))
    equal("net0" in out and "0x40000" in out and out.count("\n") == 1, True, out)
    after = read(saved.image)
    equal(len(after), len(before))
    equal(data_end(after), data_end(before))
    equal(after[data_end(after):] == before[data_end(before):], True, "the state is as it was")
    equal(os.stat(saved.image).st_mode & 0o7777, 0o640)
    expected = xml.replace("file='%s'" % rom_path,
                           "file='%s'" % new.replace("&", "&amp;").replace("'", "&apos;")
                           .replace("<", "&lt;").replace(">", "&gt;"))
    got = saved.host.virsh("save-image-dumpxml", saved.image).stdout
    equal(got, expected)
    equal(got != xml, True)
    return new


def check_restore(saved, new):
    """The guest runs on: its slot, its bytes, and the new file."""
    saved.host.virsh("restore", saved.image)
    equal(saved.ram_blocks(), saved.blocks)
    got = saved.host.virsh("qemu-monitor-command", "guest", json.dumps(
        {"execute": "qom-get", "arguments": {"path": "/machine/peripheral/net0",
                                             "property": "romfile"}})).stdout
    equal(json.loads(got)["return"], new)
    saved.host.virsh("suspend", "guest")
    equal(saved.rom_bytes() == saved.roms, True, "the ROMs are those that it had")
    saved.host.virsh("destroy", "guest")


def in_format(name):
    with LibvirtHost('save_image_format = "%s"\n' % name) as host:
        saved = new = None
        with tap.test(name + ": libvirt saves a guest"):
            saved = Saved(host, rom_path)
        if saved is None:
            return
        with tap.test(name + ": machine type, RAM blocks and NICs are what QEMU and libvirt said"):
            check_state(saved, name)
        with tap.test(name + ": the ROMs are what the guest reads"):
            check_roms(saved)
        with tap.test(name + ": --set-rom changes what libvirt reads, nothing else"):
            new = check_set_rom(saved)
        with tap.test(name + ": and libvirt restores it"):
            check_restore(saved, new)


# ------------------------------------------------------------------------------------ repairs


def refused(saved, device, path, status, words):
    """An answer, and not a byte of the image another."""
    before, names = read(saved.image), sorted(os.listdir(saved.host.dir))
    got, out, err = state("--set-rom", device + "=" + path, saved.image)
    equal(got, status, err)
    equal(out, "")
    equal(words in err, True, err)
    equal(read(saved.image) == before, True, "the image is as it was")
    equal(sorted(os.listdir(saved.host.dir)), names)


def repairs(host):
    rom = write(os.path.join(roms, "release.rom"), pattern(200000, 7))
    saved = Saved(host, rom)
    good = write(os.path.join(roms, "good.rom"), pattern(140000, 3))
    with tap.test("a ROM that has grown: no restore; with another by --set-rom: it runs on"):
        write(rom, pattern(300000, 7))
        done = host.virsh("restore", saved.image, check=False)
        equal(done.returncode != 0, True)
        host.wait_until_gone("guest")
        equal(host.qemu_said("guest", "Size mismatch: %s: 0x40000 != 0x80000" % ROM_BLOCKS[0]), 1,
              done.stderr)
        equal(state("--set-rom", "52:54:00:00:00:01=" + good, saved.image)[0], 0)
        host.virsh("restore", saved.image)
        equal(saved.ram_blocks(), saved.blocks)
        host.virsh("save", "guest", saved.image)
    with tap.test("what was done is done: once more is the same image"):
        before = read(saved.image)
        equal(state("--set-rom", "virtio=" + good, saved.image)[0], 0)
        equal(read(saved.image) == before, True)
    with tap.test("a NIC without <rom> gets one"):
        equal(state("--set-rom", "ua-wan=" + good, saved.image)[0], 0)
        xml = host.virsh("save-image-dumpxml", saved.image).stdout
        interface = re.search(r"<interface(?:(?!</interface>).)*ua-wan.*?</interface>", xml, re.S)
        equal("<rom file='%s'/>" % good in interface[0], True, interface[0])
    with tap.test("a ROM that is not on this host: done, with a warning"):
        status, out, err = state("--set-rom", "net0=/nothing/here.rom", saved.image)
        equal((status, out.count("\n"), err.count("\n")), (0, 1, 1), out + err)
        equal("warning: '/nothing/here.rom'" in err, True, err)
        equal("file='/nothing/here.rom'" in host.virsh("save-image-dumpxml", saved.image).stdout,
              True)
    with tap.test("a path that does not fit is refused"):
        refused(saved, "net0", "/" + "x" * 70000, 1, "refused")
    with tap.test("an unknown device, a relative path, no save image are refused"):
        refused(saved, "net7", good, 3, "net0 52:54:00:00:00:01 virtio")
        refused(saved, "net0", "good.rom", 2, "must begin with '/'")
        saved.image = write(host.path("short.save"), read(saved.image)[:3000])
        refused(saved, "net0", good, 1, "ends")
        saved.image = good
        refused(saved, "net0", good, 1, "good.rom")
    with tap.test("an image that libvirt has not finished is refused, by it too"):
        saved.image = host.path("guest.save")
        saved.image = write(host.path("part.save"), b"LibvirtQemudPart" + read(saved.image)[16:])
        refused(saved, "net0", good, 1, "not written to its end")
        equal(host.virsh("restore", saved.image, check=False).returncode != 0, True)


tap = Tap()
roms = tempfile.mkdtemp(prefix="roms-")
rom_path = write(os.path.join(roms, "virtio.rom"), pattern(200000, 7))
why = missing()
if why is not None:
    tap.skip("save images of a real libvirt", why)
else:
    for each in FORMATS:
        in_format(each)
    with LibvirtHost() as a_host:
        repairs(a_host)
shutil.rmtree(roms)
tap.end()
