#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`romtool run` as a domain's <emulator> under a real libvirt: probed, started, saved, restored,
plugged into, and refused so that the virsh user reads why."""

import contextlib
import json
import os
import subprocess
import time

from libvirt_host import LibvirtHost, missing, runs_on
from tap import Tap, equal

ROMTOOL, MKROM = os.environ["ROMTOOL"], os.environ["MKROM"]
# On each host a place of its own: the same path, other files.
EMULATOR, ROMS, STORE = ("/var/lib/libvirt/" + name for name in ("emulator", "roms", "store"))
SLOT = 262144  # of virtio-net-pci and e1000e on pc-q35-7.2
BANNER = "iPXE (http"

GUEST = """<domain type='qemu'>
  <name>guest</name>
  <memory unit='MiB'>64</memory>
  <os>
    <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
    <bios useserial='yes'/>
    <boot dev='network'/>
  </os>
  <devices>
    <emulator>%s</emulator>
    <controller type='usb' model='none'/>
    <controller type='pci' index='0' model='pcie-root'/>
    <controller type='pci' index='1' model='pcie-root-port'/>
    <controller type='pci' index='2' model='pcie-root-port'/>
    <controller type='pci' index='3' model='pcie-root-port'/>
    <interface type='%s'>
      <mac address='52:54:00:00:00:01'/>
      <model type='virtio'/>
      %s
    </interface>
    <serial type='file'><source path='%s'/></serial>
    <memballoon model='none'/>
  </devices>
</domain>
"""
LATE = """<interface type='user'>
  <mac address='52:54:00:00:00:%s'/>
  <model type='%s'/>
  %s
</interface>
"""
REFUSED = "romtool: refused '%s': 300000 bytes, the slot of virtio-net-pci on pc-q35-7.2 is 262144"


class Host(LibvirtHost):
    """Its emulator is a script of two lines."""

    def __init__(self):
        super().__init__()
        self.serial = self.path("serial.log")
        self.good, self.large = self.path("good.rom"), self.path("large.rom")
        self.put_rom(self.good, 200000)
        self.put_rom(self.large, 300000)
        self.put_rom(self.path("lib/roms/efi-virtio.rom"), 300000)
        self.set_emulator()

    @staticmethod
    def put_rom(path, size):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            subprocess.run([MKROM, "x86:device=0x1041", "efi", "pad:to=%d" % size], stdout=f, check=True)

    def set_emulator(self, options="", qemu_options=""):
        self.write("lib/emulator", '#!/bin/sh\nexec %s run -p debian/bookworm --store %s %s -- '
                   '/usr/bin/qemu-system-x86_64 %s "$@"\n' % (ROMTOOL, STORE, options, qemu_options),
                   0o755)

    def start(self, rom="", interface="user", paused=False):
        self.write("domain.xml", GUEST % (EMULATOR, interface, rom, self.serial))
        return self.virsh("create", self.path("domain.xml"), *(["--paused"] if paused else []),
                          check=False)

    def started(self, *argv, **more):
        done = self.start(*argv, **more)
        equal(done.returncode, 0, done.stderr)

    def says_why(self, attempt, words):
        """It fails, and virsh says why. libvirt reads that from the domain's log, into which virtlogd
        writes it when it comes to it, and only where init has already seen the process end, or
        libvirt was connected to it before: where libvirt was faster or slower, once more."""
        end = time.monotonic() + 300
        while True:
            before = self.qemu_said("guest", words, 0)
            done = attempt()
            equal(done.returncode != 0, True, "it has started")
            self.wait_until_gone("guest")
            if words in done.stderr:
                return
            equal(self.qemu_said("guest", words, before=before) > before, True, done.stderr)
            if time.monotonic() > end:
                raise AssertionError(done.stderr)

    def refused(self, words, *argv):
        self.says_why(lambda: self.start(*argv), words)

    def qmp(self, command, **arguments):
        done = self.virsh("qemu-monitor-command", "guest",
                          json.dumps({"execute": command, "arguments": arguments}))
        return json.loads(done.stdout)["return"]

    def slot(self, alias, block="virtio-net-pci"):
        return self.qmp("qom-get", path="/machine/peripheral/%s/%s.rom[0]" % (alias, block),
                        property="size")

    def pid(self):
        with open(self.path("run/qemu/guest.pid"), encoding="ascii") as f:
            return int(f.read())

    def opened(self):
        """Where QEMU's descriptors lead. It runs: one may be closed while they are looked at."""
        directory = "/proc/%d/fd" % self.pid()
        found = []
        for n in os.listdir(directory):
            with contextlib.suppress(FileNotFoundError):
                found.append(os.readlink(os.path.join(directory, n)))
        return found

    def attach(self, mac, model, rom=""):
        self.write("late.xml", LATE % (mac, model, rom))
        return self.virsh("attach-device", "guest", self.path("late.xml"), "--live", check=False)

    def end(self):
        self.virsh("destroy", "guest", check=False)

    def says(self, text, seconds=300):
        """Whether the serial console says it, which virtlogd writes: libvirt passes a pipe to QEMU."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if os.path.exists(self.serial):
                with open(self.serial, encoding="utf-8", errors="replace") as f:
                    if text in f.read():
                        return True
            time.sleep(0.1)
        return False


def probes(host):
    with tap.test("libvirt probes it: its machine types and NICs are QEMU's"):
        answers = [host.virsh("domcapabilities", "--virttype", "qemu", "--machine", "pc-q35-7.2",
                              "--emulatorbin", path).stdout
                   for path in (EMULATOR, "/usr/bin/qemu-system-x86_64")]
        equal(answers[0].replace(EMULATOR, "/usr/bin/qemu-system-x86_64"), answers[1])
        equal("<machine>pc-q35-7.2</machine>" in answers[0], True, answers[0])


def starts(host):
    with tap.test("a domain starts, its BAR is the slot"):
        host.started()
        equal(host.slot("net0"), SLOT)
    with tap.test("it is QEMU itself that runs, in the sandbox that libvirt asked for"):
        process = "/proc/%d/" % host.pid()
        equal(os.readlink(process + "exe"), "/usr/bin/qemu-system-x86_64")
        with open(process + "cmdline", encoding="utf-8") as f:
            words = f.read().split("\0")
        equal(words[words.index("-sandbox") + 1].startswith("on,"), True)
        with open(process + "status", encoding="ascii") as f:
            equal("\nSeccomp:\t2\n" in f.read(), True)
    with tap.test("its ROM is the verified memory, not a file"):
        opened = host.opened()
        equal([path for path in opened if path.endswith(".rom")], [])
        equal(any(path.startswith("/memfd:") for path in opened), True)
    with tap.test("firmware runs it: the banner comes out of the pipe that libvirt passed"):
        equal(host.says(BANNER), True)
        host.end()
    with tap.test("<rom file=>: the slot is the same, a file that is shorter is padded"):
        host.started("<rom file='%s'/>" % host.good)
        equal(host.slot("net0"), SLOT)
        host.end()
    with tap.test("<rom enabled='no'/>: none"):
        host.started("<rom enabled='no'/>")
        equal(".rom" in host.monitor("guest", "info ramblock").replace("pc.rom", ""), False)
        host.end()


def refusals(host):
    with tap.test("a ROM that is too large: no start, and virsh says why"):
        host.refused(REFUSED % host.large, "<rom file='%s'/>" % host.large)
    with tap.test("a default ROM that is too large"):
        host.set_emulator(qemu_options="-L " + ROMS)
        host.refused(REFUSED % (ROMS + "/efi-virtio.rom"))
    with tap.test("with --rom-size it starts, and the reason is in the domain's log"):
        host.set_emulator("--rom-size virtio-net-pci=512K --reason 'since 2019'", "-L " + ROMS)
        host.started()
        equal(host.slot("net0"), 2 * SLOT)
        host.end()
        equal(host.qemu_said("guest", "since 2019") > 0, True)
    with tap.test("--rom-size for one NIC by the alias that libvirt gives"):
        host.set_emulator("--rom-size virtio-net-pci@net0=512K")
        host.started("<rom file='%s'/>" % host.large)
        equal(host.slot("net0"), 2 * SLOT)
        host.end()


def saves(host):
    image = host.path("guest.save")
    host.set_emulator()
    with tap.test("a domain is saved and restored"):
        host.started("<rom file='%s'/>" % host.good)
        host.virsh("save", "guest", image)
        host.virsh("restore", image)
        equal((host.slot("net0"), host.virsh("domstate", "guest").stdout.strip()), (SLOT, "running"))
        host.virsh("save", "guest", image)
    with tap.test("its ROM has grown: it is not restored, virsh says why, the image stays"):
        host.put_rom(host.good, 300000)
        host.says_why(lambda: host.virsh("restore", image, check=False), REFUSED % host.good)
    with tap.test("with the old one again it is"):
        host.put_rom(host.good, 200000)
        host.virsh("restore", image)
        equal(host.slot("net0"), SLOT)
        host.end()


def plugs(host):
    host.set_emulator()
    with tap.test("a NIC of a model that the domain has is plugged, with its slot"):
        host.started()
        done = host.attach("02", "virtio")
        equal(done.returncode, 0, done.stderr)
        equal(host.slot("net1"), SLOT)
    with tap.test("one of another model is not: there is no verified ROM"):
        done = host.attach("03", "e1000e")
        equal((done.returncode != 0, "is empty" in done.stderr), (True, True), done.stderr)
        host.end()
    host.set_emulator("--hotplug")
    with tap.test("with --hotplug it is"):
        host.started()
        for mac, model, block in (("02", "virtio", "virtio-net-pci"), ("03", "e1000e", "e1000e")):
            done = host.attach(mac, model)
            equal(done.returncode, 0, done.stderr)
            equal(host.slot("net%d" % (int(mac) - 1), block), SLOT)
        host.end()


def descriptors(host):
    host.set_emulator()
    if not os.path.exists("/dev/net/tun"):
        tap.skip("a tap device that libvirt opens", "no /dev/net/tun")
        return
    with tap.test("a tap device that libvirt opens is QEMU's"):
        host.started(interface="ethernet")
        equal("/dev/net/tun" in host.opened(), True)
        equal(host.slot("net0"), SLOT)
        host.end()


def migrates():
    with Host() as old, Host() as new:
        old.put_rom(old.path("lib/roms/efi-virtio.rom"), 200000)
        for host in (old, new):
            host.set_emulator(qemu_options="-L " + ROMS)
        with tap.test("a domain does not go to a host whose ROM is too large, and runs on"):
            old.started()
            new.says_why(lambda: old.migrate("guest", new), REFUSED % (ROMS + "/efi-virtio.rom"))
            runs_on("guest", old, new)
        with tap.test("where the store has one that fits it does, without a hook; and back"):
            new.put_rom(new.path("lib/store/acme/1/efi-virtio.rom"), SLOT)
            for source, destination in ((old, new), (new, old)):
                done = source.migrate("guest", destination)
                equal(done.returncode, 0, done.stderr)
                runs_on("guest", destination, source)
                equal(destination.slot("net0"), SLOT)
            old.end()


tap = Tap()
why = missing()
if why is not None:
    tap.skip("an emulator under a real libvirt", why)
else:
    with Host() as a_host:
        for part in (probes, starts, refusals, saves, plugs, descriptors):
            part(a_host)
    migrates()
tap.end()
