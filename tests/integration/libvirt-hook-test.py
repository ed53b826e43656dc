#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The hook under real libvirt daemons: which guests start; restores and live migrations between two
hosts whose ROM files differ, without it and with it; and that it never costs a guest its life."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

from libvirt_host import LibvirtHost, environment, missing, runs_on
from tap import Tap, equal, read

ROMTOOL, MKROM = os.environ["ROMTOOL"], os.environ["MKROM"]

# On each host a directory of its own: the same path, other files.
ROM, STORE = "/var/lib/libvirt/roms/efi-virtio.rom", "/var/lib/libvirt/store"
SMALL, RIGHT, LARGE = 100000, 200000, 300000  # bytes; of 128, 256 and 512 KiB a QEMU makes slots
SLOT = 262144  # of virtio-net-pci on pc-q35-7.2
OPTIONS = "-p debian/bookworm --store %s" % STORE

GUEST = """<domain type='qemu'>
  <name>guest</name>
  <memory unit='MiB'>64</memory>
  %s
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>
    <interface type='user'>
      <mac address='52:54:00:00:00:01'/>
      <model type='virtio'/>
      <rom file='%s'/>
    </interface>
    <memballoon model='none'/>
  </devices>
</domain>
"""
ALLOW = ("<metadata><romtool:roms xmlns:romtool='urn:romtool:libvirt:1'>"
         "<romtool:allow device='e1000' size='524288' reason='none is there'/>"
         "<romtool:allow device='net0' size='524288' reason='since 2019'/>"
         "</romtool:roms></metadata>")


QEMU = "xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'"


def override(alias, name, kind, value):
    return ("<q:override %s><q:device alias='%s'><q:frontend><q:property name='%s' type='%s' value='%s'/>"
            "</q:frontend></q:device></q:override>" % (QEMU, alias, name, kind, value))


def words(*values):
    return "<q:commandline %s>%s</q:commandline>" % (QEMU, "".join("<q:arg value='%s'/>" % v for v in values))


# Ways past <rom>, with which libvirt 9.0 starts a guest: what takes the place of "<rom file='%s'/>", what
# is behind <devices>, and what is said of it. The ROM there is too large.
BYPASSES = {
    "an override undoes enabled='no'": (
        "<rom enabled='no'/>", override("net0", "romfile", "string", ROM), "300000 bytes"),
    "one undoes bar='off'": (
        "<rom bar='off' file='%s'/>" % ROM, override("net0", "rombar", "unsigned", 1), "300000 bytes"),
    "one makes another device of it": (
        "<rom enabled='no'/>", override("net0", "driver", "string", "e1000"), "'driver=e1000'"),
    "one gives a display a ROM": (
        "<rom enabled='no'/>", override("video0", "romfile", "string", ROM), "refused video0: '%s'" % ROM),
    "one gives another device a ROM": (
        "<rom enabled='no'/>", override("sound0", "romfile", "string", ROM), "'romfile' of a qemu:override"),
    "a second NIC by -device": (
        "<rom enabled='no'/>", words("-device", "virtio-net-pci,addr=0x9,romfile=" + ROM), "'virtio-net-pci' of"),
    "-global": ("", words("-global", "virtio-net-pci.romfile=" + ROM), "'-global virtio-net-pci' of"),
    "-L": ("", words("-L", os.path.dirname(ROM)), "'-L %s' of" % os.path.dirname(ROM)),
    "-option-rom": ("", words("-option-rom", ROM), "'-option-rom %s'" % ROM),
}

# Without its case, in a place that is full, and what it writes itself could not grow, either.
FULL = """#!/bin/sh
echo "$2" >>'%(told)s'
for place in /tmp /var/tmp /dev/shm /var/log/libvirt; do
    echo full >$place/new || echo full >>'%(told)s'
done
cd /dev/shm
ulimit -f 0
TMPDIR=/dev/shm exec %(romtool)s libvirt hook -M /none.json -- "$@"
"""


def hook(options=OPTIONS, romtool=ROMTOOL):
    """The script of packaging/, with options."""
    text = read("packaging", "50-romtool.in").replace("@romtool@", romtool)
    equal("hook --" in text, True)
    return text.replace("hook --", "hook %s --" % options)


class Host(LibvirtHost):
    def __init__(self, rom, stored=None, text=None):
        super().__init__(hooks={} if text is None else {"qemu.d/50-romtool": text})
        self.set_rom(rom)
        if stored is not None:
            self.put_rom("lib/store/acme/1/efi-virtio.rom", stored)

    def put_rom(self, name, size):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            subprocess.run([MKROM, "x86", "efi", "pad:to=%d" % size], stdout=f, check=True)

    def set_rom(self, size):
        self.put_rom("lib/roms/efi-virtio.rom", size)

    def set_hook(self, text):
        self.write("etc/hooks/qemu.d/50-romtool", text, 0o755)

    def start(self, metadata=""):
        self.write("domain.xml", GUEST % (metadata, ROM))
        return self.virsh("create", self.path("domain.xml"), check=False)

    def started(self, metadata=""):
        done = self.start(metadata)
        equal(done.returncode, 0, done.stderr)

    def slot(self):
        """The size of the NIC's ROM, which is its BAR's, by QEMU."""
        done = self.virsh("qemu-monitor-command", "guest", json.dumps(
            {"execute": "qom-get", "arguments": {
                "path": "/machine/peripheral/net0/virtio-net-pci.rom[0]", "property": "size"}}))
        return json.loads(done.stdout)["return"]

    def xml(self):
        return self.virsh("dumpxml", "guest").stdout

    def end(self):
        self.virsh("destroy", "guest", check=False)

    def in_namespace(self, *argv):
        """Where the daemons are."""
        with open(self.path("virtlogd.pid"), encoding="ascii") as f:
            namespace = f.read().strip()
        subprocess.run(["nsenter", "-m", "-t", namespace, *argv], check=True, env=environment(),
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def fill_up(self, *places):
        """What the daemons see there is full; but for this host and for romtool, should they be."""
        os.mkdir(self.path("full"))
        for place in places:
            script = ["set -e", "cd '%s'" % self.dir,
                      "mount -t tmpfs -o size=64k,mode=1777 none full"]
            for kept in (self.dir, os.path.dirname(ROMTOOL)):
                if kept.startswith(place + "/"):
                    script.append("mkdir -p 'full%s'" % kept[len(place):])
                    script.append("mount --bind '%s' 'full%s'" % (kept, kept[len(place):]))
            script += ["cat /dev/zero >full/rest || :", "mount --move full '%s'" % place]
            self.in_namespace("sh", "-c", "\n".join(script))

    def restart(self):
        """libvirtd ends, its guests run on; the next one finds them."""
        self._end("libvirtd")
        self.in_namespace("libvirtd", "-d", "-p", self.path("libvirtd.pid"))
        self._wait_for_libvirtd()


def migrated(source, destination, slot):
    done = source.migrate("guest", destination)
    equal(done.returncode, 0, done.stderr)
    runs_on("guest", destination, source)
    equal(destination.slot(), slot)


def mismatches(host):
    """How often QEMU has refused a guest there for its ROM's size."""
    return host.qemu_said("guest", "Size mismatch: 0000:00:")


def not_migrated(source, destination, words=None):
    done = source.migrate("guest", destination)
    equal(done.returncode != 0, True, "no migration")
    runs_on("guest", source, destination)
    destination.wait_until_gone("guest")
    if words is not None:
        equal(words in done.stderr, True, done.stderr)


# ------------------------------------------------------------------------------------ starts


def starts():
    with Host(RIGHT, text=hook()) as host:
        with tap.test("a guest whose ROM makes its slot starts"):
            host.started()
            equal(host.slot(), SLOT)
            host.end()
        with tap.test("one whose ROM is too large does not, and virsh says why"):
            host.set_rom(LARGE)
            done = host.start()
            equal(done.returncode != 0, True)
            equal("romtool: refused net0: '%s': 300000 bytes, the slot of virtio-net-pci on "
                  "pc-q35-7.2 is 262144" % ROM in done.stderr, True, done.stderr)
        with tap.test("with a romtool:allow in what libvirt keeps of its metadata it does"):
            host.started(ALLOW)
            equal(host.slot(), 2 * SLOT)
            host.end()
        with tap.test("of two that stand side by side libvirt keeps one, of two in one both"):
            one = ("<romtool:allow xmlns:romtool='urn:romtool:libvirt:1' device='net%d' "
                   "size='524288' reason='r'/>")
            host.started("<metadata>%s%s</metadata>" % (one % 0, one % 1))
            equal(host.xml().count("<romtool:allow "), 1)
            host.end()
            host.started(ALLOW)
            equal(host.xml().count("<romtool:allow "), 2)
            host.end()
        with tap.test("one whose ROM would make a smaller slot does not"):
            host.set_rom(SMALL)
            equal("of which QEMU makes a slot of 131072" in host.start().stderr, True)
        with tap.test("nor one whose ROM, release or mandates are not there"):
            os.remove(host.path("lib/roms/efi-virtio.rom"))
            equal("refused because it could not be decided" in host.start().stderr, True)
            host.set_rom(RIGHT)
            host.set_hook(hook(OPTIONS + " -M /none.json"))
            equal("refused because it could not be decided" in host.start().stderr, True)
            host.set_hook(hook(romtool="/none/romtool"))
            equal(host.start().returncode != 0, True)
        with tap.test("nor one whose hook was killed"):
            host.set_hook("#!/bin/sh\nkill -9 $$\n")
            equal(host.start().returncode != 0, True)


def bypasses():
    with Host(LARGE, text=hook()) as host:
        for name, (rom, behind, said) in BYPASSES.items():
            with tap.test("past <rom>: " + name):
                guest = GUEST % ("", ROM)
                guest = guest.replace("<rom file='%s'/>" % ROM, rom)
                guest = guest.replace("<memballoon", "<video><model type='vga'/></video><sound model='ac97'/><memballoon")
                host.write("domain.xml", guest.replace("</domain>", behind + "</domain>"))
                done = host.virsh("create", host.path("domain.xml"), check=False)
                equal((done.returncode != 0, said in done.stderr), (True, True), done.stderr)
                host.set_hook("#!/bin/sh\n")  # and that it would have started
                done = host.virsh("create", host.path("domain.xml"), check=False)
                equal(done.returncode, 0, done.stderr)
                host.end()
                host.set_hook(hook())


def reconnects():
    broken = [("nothing", hook(), False), ("a release", hook("-M /none.json"), False),
              ("options", hook("--frobnicate"), False), ("the ROM", hook(), True),
              ("romtool", hook(romtool="/none/romtool"), False),
              ("a release, by a script without its case",
               "#!/bin/sh\nexec %s libvirt hook -M /none.json -- \"$@\"\n" % ROMTOOL, False)]
    with Host(RIGHT, text=hook()) as host:
        host.started()
        for what, text, is_gone in broken:
            with tap.test("a daemon finds its guest again, missing: " + what):
                host.set_hook(text)
                if is_gone:
                    os.remove(host.path("lib/roms/efi-virtio.rom"))
                host.restart()
                # QEMU is asked, which waits for the daemon to have found it: one that is ended
                # while it still looks gives its guest up
                equal((host.slot(), host.is_running("guest")), (SLOT, True))
        with tap.test("and where every disk that a hook could write to is full"):
            host.fill_up("/tmp", "/var/tmp", "/dev/shm", "/var/log/libvirt", "/var/cache/libvirt")
            host.set_hook(FULL % {"told": host.path("told"), "romtool": ROMTOOL})
            host.restart()
            equal((host.slot(), host.is_running("guest")), (SLOT, True))
            with open(host.path("told"), encoding="ascii") as f:
                equal(f.read(), "reconnect\n" + "full\n" * 4)
        with tap.test("and a hook that fails there would have killed it"):
            host.set_hook("#!/bin/sh\nexit 1\n")
            host.restart()
            end = time.monotonic() + 300
            while host.is_running("guest") and time.monotonic() < end:
                time.sleep(0.1)
            equal(host.is_running("guest"), False)


# ------------------------------------------------------------------------------------ restores


def restored(host, image):
    host.virsh("restore", image)
    equal((host.is_running("guest"), host.slot()), (True, SLOT))


def restores():
    with Host(RIGHT, stored=SLOT, text=hook()) as host:
        image = host.path("guest.save")
        with tap.test("a guest is saved, and restored as it was"):
            host.started()
            host.virsh("save", "guest", image)
            restored(host, image)
            equal("<rom file='%s'/>" % ROM in host.xml(), True, host.xml())
            host.virsh("save", "guest", image)
        with tap.test("its ROM has grown: it gets the installed one"):
            host.set_rom(LARGE)
            restored(host, image)
            equal("<rom file='%s/acme/1/efi-virtio.rom'/>" % STORE in host.xml(), True, host.xml())
            host.virsh("save", "guest", image)
        with tap.test("that one is gone, and its own has shrunk: it gets a romsize"):
            shutil.rmtree(host.path("lib/store"))
            done = host.virsh("restore", image, check=False)
            equal("no file for it of 262144 bytes is installed" in done.stderr, True, done.stderr)
            equal(os.path.exists(image), True)
            host.put_rom("lib/store/acme/1/efi-virtio.rom", SMALL)
            restored(host, image)
            equal(re.search(r"name='romsize' type='unsigned' value='262144'", host.xml()) is not None,
                  True, host.xml())
            host.virsh("save", "guest", image)
        with tap.test("and comes back with it"):
            restored(host, image)
            host.end()


# ------------------------------------------------------------------------------------ migrations


def without_hook():
    with Host(RIGHT) as small, Host(LARGE) as large:
        with tap.test("without the hook no guest goes to a host with a larger ROM"):
            small.started()
            not_migrated(small, large)
            equal(mismatches(large), 1)
            small.end()
        with tap.test("nor back"):
            large.started()
            not_migrated(large, small)
            equal(mismatches(small), 1)
            equal(large.slot(), 2 * SLOT)
            large.end()


def with_hook():
    with Host(RIGHT, text=hook()) as small, Host(LARGE, text=hook()) as large:
        with tap.test("without anything that fits, the hook says so, and the guest runs on"):
            small.started()
            not_migrated(small, large, "no file for it of 262144 bytes is installed")
        with tap.test("with an installed ROM it goes to a host with a larger one"):
            large.put_rom("lib/store/acme/1/efi-virtio.rom", SLOT)
            migrated(small, large, SLOT)
            equal("<rom file='%s/acme/1/efi-virtio.rom'/>" % STORE in large.xml(), True)
        with tap.test("and back, where it has another path"):
            small.put_rom("lib/store/other/efi-virtio.256K.rom", SLOT)
            migrated(large, small, SLOT)
            equal("<rom file='%s/other/efi-virtio.256K.rom'/>" % STORE in small.xml(), True)
            small.end()
        with tap.test("a guest with a larger slot goes to a host with a smaller ROM"):
            large.started(ALLOW)
            equal(large.slot(), 2 * SLOT)
            migrated(large, small, 2 * SLOT)
            equal("name='romsize' type='unsigned' value='524288'" in small.xml(), True, small.xml())
        with tap.test("and back"):
            migrated(small, large, 2 * SLOT)
            large.end()
        with tap.test("what cannot be decided there leaves the guest where it is"):
            small.started()
            large.set_hook(hook("-M /none.json"))
            not_migrated(small, large, "could not be decided")
            equal(small.slot(), SLOT)
            small.end()


# ------------------------------------------------------------------------------------ syslog


def logged(metadata, size):
    """What the hook says to syslog, in a /dev of its own."""
    with tempfile.TemporaryDirectory() as work, socket.socket(socket.AF_UNIX,
                                                              socket.SOCK_DGRAM) as log:
        rom = os.path.join(work, "x.rom")
        with open(rom, "wb") as f:
            subprocess.run([MKROM, "x86", "efi", "pad:to=%d" % size], stdout=f, check=True)
        log.bind(os.path.join(work, "log"))
        subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c",
                        "mount -t tmpfs none /dev && ln -s '%s/log' /dev/log && "
                        "exec '%s' libvirt hook %s guest prepare begin -"
                        % (work, ROMTOOL, OPTIONS)],
                       input=GUEST % (metadata, rom), text=True, stderr=subprocess.DEVNULL,
                       check=False)
        log.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            return log.recv(4096).decode()
    return None


def syslog():
    with tap.test("a refusal and what was allowed are in syslog; what holds is not"):
        said = logged("", LARGE)
        equal(re.match(r"<28>.*romtool\[\d+\]: guest 'guest': prepare refused: net0: .* too many",
                       said) is not None, True, said)
        said = logged(ALLOW, LARGE)
        equal(re.match(r"<29>.*romtool\[\d+\]: guest 'guest': allowed net0: a slot of 524288 .*: "
                       "since 2019", said) is not None, True, said)
        equal(logged("", RIGHT), None)


tap = Tap()
why = missing()
if why is not None:
    tap.skip("the hook under a real libvirt", why)
else:
    syslog()
    starts()
    bypasses()
    reconnects()
    restores()
    without_hook()
    with_hook()
tap.end()
