#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Ways by which a ROM would slip past `romtool run`. Each is shown to be one by QEMU alone; with
`run` it is refused before QEMU is executed, by a sentence that names it, or QEMU itself ends, or
what the guest has is verified after all."""

import os
import re
import subprocess
import tempfile

from guest import ROMTOOL, QEMU, Tap, equal, make_rom, require, romtool
from started import I440FX, Q35, RUN, Refusal, Started
from tap import read

require("/usr/share/seabios/vgabios-stdvga.bin", "/usr/lib/ipxe/qemu/efi-e1000.rom")
tap = Tap()

VIRTIO = "virtio-net-pci,id=nic"
SIZE, BAR, SMALL = 300000, 524288, 5120  # bytes: too large for any slot; its BAR; one in fw_cfg
LINE = 1023  # bytes that QEMU's reader of -readconfig takes as a line: its buffer less the zero

work = tempfile.TemporaryDirectory()
refusal = Refusal(work.name)


def place(name):
    return os.path.join(work.name, name)


def config(text):
    config.n += 1
    path = place("%d.cfg" % config.n)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return ["-readconfig", path]


config.n = 0
large, small, good = place("large.rom"), place("small.rom"), place("good.rom")
make_rom(large, "x86", "efi", "pad:to=%d" % SIZE)
make_rom(small, "x86:length=%d,sum=1" % SMALL)
make_rom(good, "x86", "efi", "pad:to=200000")
os.mkdir(place("roms"))


def get_in(guest):
    """What is in this guest and was not verified: its ROM BARs and its ROMs in fw_cfg."""
    found = ["%s: %d" % (name, size) for name, size in guest.slots().items() if size >= BAR]
    return found + ["%s: %d" % (name, size) for name, (_, size) in guest.fw_cfg().items()
                    if size == SMALL]


def slips(name, words, said=None, machine=Q35, has_control=True):
    """said is a word of the refusal; with None QEMU may start, where it has nothing unverified."""
    words = [*machine, *words]
    if has_control:
        with tap.test(name + ": control: QEMU alone lets it in"), Started(words, run=None) as g:
            equal(len(get_in(g)) > 0, True)
    with tap.test(name + ": is kept out"):
        if said is not None or refusal.run(words).executed is None:
            refusal.refused(words, said or "")
            return
        with Started(words) as g:
            try:
                g.connect()
            except (RuntimeError, OSError):
                equal(g.ends(), 1, g.errors())
                return
            equal(get_in(g), [])


# ------------------------------------------------------------------------------------ -global

# Classes and interfaces that a PCI device is of: a -global reaches it by each of their names.
for driver in ("pci-device", "virtio-pci", "conventional-pci-device", "pci-express-device"):
    slips("-global %s.romfile" % driver,
          ["-global", "%s.romfile=%s" % (driver, large), "-device", VIRTIO], driver)
for driver, device in (("virtio-net-pci-base", VIRTIO), ("e1000-base", "e1000")):
    slips("-global %s.romfile" % driver,
          ["-global", "%s.romfile=%s" % (driver, large), "-device", device], driver)
slips("-global driver=pci-device", ["-device", VIRTIO, "-global",
                                    "value=%s,property=romfile,driver=pci-device" % large],
      "pci-device")
slips("a good ROM by driver, another by class", [
    "-global", "virtio-net-pci.romfile=" + good,
    "-global", "virtio-net-pci-base.romfile=" + large, "-device", VIRTIO], "virtio-net-pci-base")
slips("a class in -readconfig", ["-device", VIRTIO, *config("""[global]
  driver = "virtio-net-pci-base"
  property = "romfile"
  value = "%s"
""" % large)], "virtio-net-pci-base")
for driver, model in (("pci-vga", "std"), ("virtio-vga-base", "virtio")):
    slips("-global %s.romfile" % driver, ["-global", "%s.romfile=%s" % (driver, large), "-vga", model],
          driver)
# Devices that no word of the command line names: they are the machine's.
for driver, machine in (("ich9-ahci", Q35), ("mch", Q35), ("ICH9-LPC", Q35), ("piix3-ide", I440FX)):
    slips("-global %s.romfile" % driver, ["-global", "%s.romfile=%s" % (driver, large)], driver,
          machine)
slips("a -global for the disk of -drive", [
    "-global", "virtio-blk-pci.romfile=" + large,
    "-drive", "if=virtio,format=raw,readonly=on,file=" + good], "virtio-blk-pci")
slips("a -global for -usb", ["-global", "ich9-usb-uhci1.romfile=" + large, "-usb"],
      "ich9-usb-uhci1")
slips("a -global for -vga", ["-global", "VGA.romfile=" + large, "-vga", "std"], large)
slips("a -global for -nic", ["-global", "e1000.romfile=" + large, "-nic", "user,model=e1000"], large)
slips("a -global for the machine's own NIC", ["-global", "e1000e.romfile=" + large], large,
      [w for w in Q35 if w != "-nodefaults"])
slips("a -global of a device that the machine has once more", [
    "-device", "ich9-ahci,romfile=", "-global", "ich9-ahci.romfile=" + large], large)
with tap.test("a -global file with and without a BAR: both are right, or it is refused"):
    make_rom(place("4k.rom"), "x86:length=4096")
    for bars in (("0", "1"), ("1", "0")):
        words = [*Q35, "-global", "virtio-net-pci.romfile=" + place("4k.rom")]
        for name, bar in zip("ab", bars):
            words += ["-device", "virtio-net-pci,id=%s,rombar=%s" % (name, bar)]
        if refusal.run(words).executed is not None:
            with Started(words) as guest:
                equal(list(guest.slots().values()), [262144], bars)
with tap.test("a rombar by an alias, which reaches nothing, takes no padding away"):
    words = [*Q35, "-global", "virtio-net.rombar=0", "-device", VIRTIO + ",romfile=" + place("4k.rom")]
    if refusal.run(words).executed is not None:
        with Started(words) as guest:
            equal(guest.slots(), {"nic": 262144})
slips("a -global by an alias, which reaches nothing", [
    "-global", "virtio-net.romfile=" + good, "-L", place("roms"), "-device", VIRTIO], has_control=False)

# ------------------------------------------------------------------------------------ -set

slips("-set of a global", ["-global", "driver=virtio-net-pci,property=romfile,value=,id=x",
                           "-set", "global.x.value=" + large, "-device", VIRTIO])
slips("-set of one of two devices", [
    "-device", VIRTIO + ",romfile=" + good, "-device", "virtio-net-pci,id=b,romfile=" + good,
    "-set", "device.b.romfile=" + large], large)
slips("-set after a good one", ["-device", VIRTIO, "-set", "device.nic.romfile=" + good,
                                "-set", "device.nic.romfile=" + large], large)
slips("-set takes a question back", ["-device", "help,id=nic,romfile=" + large,
                                     "-set", "device.nic.driver=virtio-net-pci"], large)
slips("-set of a second device's id", [
    "-device", "e1000,id=a,id=b", "-device", VIRTIO.replace("nic", "b"),
    "-set", "device.b.romfile=" + large], "two ids")
slips("-set of an id without a value", [
    "-device", "noid,driver=virtio-net-pci", "-set", "device.off.romfile=" + large], "id, driver or")
slips("-set of an id in a value", [
    "-device", "a,,id=z,driver=virtio-net-pci,id=b",
    "-set", "device.z.romfile=" + large], "an id in it")
slips("-set of a driver", ["-device", "virtio-balloon-pci,id=nic,romfile=",
                           "-set", "device.nic.driver=virtio-net-pci",
                           "-set", "device.nic.romfile=" + large], large)
slips("an id that QEMU cuts", [*config('[device "%s"]\ndriver = "virtio-net-pci"\n' % ("n" * 70)),
                               "-set", "device.%s.romfile=%s" % ("n" * 63, large)])

# ------------------------------------------------------------------------------------ -readconfig

DEVICE = '[device "nic"]\ndriver = "virtio-net-pci"\n'
slips("a comment that is longer than QEMU's line",
      config(DEVICE + "#".ljust(LINE, "a") + 'romfile = "%s"\n' % large))
slips("white space and words behind", config('[ device\t"nic"] x\n\tdriver\t=\t"virtio-net-pci" x\n'
                                             ' romfile = "%s" # x\n' % large), ".cfg")
slips("lines that end on \\r\\n, the last on nothing",
      config((DEVICE + 'romfile = "%s"' % large).replace("\n", "\r\n")), large)
slips("a device without a name", config('[device]\ndriver = "virtio-net-pci"\nromfile = "%s"\n' % large),
      large)
slips("a driver with a quote that does not end", config('[device "nic"]\ndriver = "virtio-net-pci"\n'
                                                        'romfile = "%s\n' % large), has_control=False)
slips("a zero byte", config(DEVICE + 'x\0\nromfile = "%s"\n' % large), has_control=False)
slips("[option-rom]", config('[option-rom]\nromfile = "%s"\n' % small), ".cfg",
      has_control=False)
slips("[fw_cfg]", config('[fw_cfg "x"]\nname = "genroms/x.rom"\nfile = "%s"\n' % small), ".cfg")
for path in ("/dev/stdin", "/dev/fd/0"):
    with tap.test("-readconfig of %s: is kept out" % path):
        with open(config(DEVICE + 'romfile = "%s"\n' % large)[1], "rb") as f:
            refusal.refused([*Q35, "-readconfig", path], stdin=f)
with tap.test("-readconfig of a FIFO: is refused, and nobody waits for it"):
    os.mkfifo(place("fifo"))
    refusal.refused([*Q35, "-readconfig", place("fifo")], "fifo")
with tap.test("-readconfig of a file that is not there, of a directory: is refused"):
    refusal.refused([*Q35, "-readconfig", place("none")], "none", status=[3])
    refusal.refused([*Q35, "-readconfig", place("roms")], "roms")

# ------------------------------------------------------------------------------------ machines

slips("-machine none, and another type", ["-machine", "none,type=pc-q35-7.2", "-device",
                                          VIRTIO + ",romfile=" + large], large)
slips("-machine none, and another in -readconfig", [
    "-machine", "none", "-device", VIRTIO + ",romfile=" + large,
    *config('[machine]\ntype = "pc-q35-7.2"\n')], large)
slips("-machine none, and -M behind", ["-machine", "none", "-device", VIRTIO + ",romfile=" + large,
                                       "-M", "pc-q35-7.2"], large)
slips("behind a disk image", [good, "-device", VIRTIO + ",romfile=" + large], large)
for option in ("-nodefaults", "-version", "-help"):
    slips("a name that is " + option, ["-name", option, "-global", "e1000e.romfile=" + large,
                                       "-nic", "user,model=e1000e"], large)

# What asks QEMU for an answer is passed unchecked; so it must be that QEMU only answers.
EVIL = ["-device", VIRTIO + ",romfile=" + large]
ASKS = [["-version"], ["--version"], ["-h"], ["-help"], ["-audio-help"], ["-L", "help"], ["-L", "?"],
        ["-device", "help"], ["-device", "?"], ["-device", "driver=help"], ["-device", "e1000,help"],
        ["-device", "e1000,?"], ["-device", "e1000,help=off"], ["-device", "help=1,driver=e1000"],
        ["-device", "e1000,nohelp"], ["-device", "help,driver=e1000"], ["-device", "e1000,id=help"],
        ["-device", "e1000,driver=help"], ["-device", "e1000,help,id=e", "-set", "device.e.help=x"],
        ["-device", '{"driver":"help"}'], ["-M", "help"], ["-M", "?"], ["-M", "q35,help"],
        ["-M", "type=help"], ["-M", "help", "-M", "q35"], ["-M", "help,type=q35"], ["-M", "q35,type=help"],
        ["-vga", "help"], ["-vga", "help", "-vga", "std"], ["-vga", "std", "-vga", "help"],
        ["-vga", "help", "-vga", "none"], ["-nic", "model=help"], ["-net", "nic,model=?"],
        ["-netdev", "help"], ["-cpu", "help"], ["-display", "help"], ["-object", "help"],
        ["-accel", "help"], ["-drive", "format=?"], ["-d", "help"], ["-trace", "help"],
        ["-global", "help"], ["-set", "help"], ["-name", "-version"], ["-append", "-h"]]
with tap.test("what is passed because it only asks does only ask"):
    found = []
    for asks in ASKS:
        for words in ([*Q35, *asks, *EVIL], [*asks, *Q35, *EVIL]):
            if refusal.run(words).executed is not None:
                with Started(words) as guest:
                    try:
                        guest.connect()
                        found.append(words)
                    except (RuntimeError, OSError):
                        guest.ends()
    equal(found, [])

# ------------------------------------------------------------------------------------ JSON

slips("JSON in single quotes",
      ["-device", "{'driver':'virtio-net-pci','id':'nic','romfile':'%s'}" % large])
slips("JSON with an escaped key", ["-device", '{"driver":"virtio-net-pci","rom\\u0066ile":"%s"}' % large],
      large)
slips("JSON with a key twice", ["-device", '{"driver":"virtio-net-pci","romfile":"","romfile":"%s"}'
                                % large], "'-device {", has_control=False)
slips("JSON for -nic", ["-nic", '{"type":"user","model":"e1000"}'], "'-nic {", has_control=False)

# ------------------------------------------------------------------------------------ no NIC at all

for driver in ("virtio-balloon-pci", "lsi53c895a", "virtio-rng-pci"):
    slips("romfile of " + driver, ["-device", "%s,romfile=%s" % (driver, large)], driver)
# Of these files SeaBIOS makes option ROMs; "pciVVVV,DDDD.rom" comes before the device's own.
for name in ("genroms/x.rom", "vgaroms/x.rom", "pci1af4,,1000.rom"):
    slips("-fw_cfg " + name, ["-fw_cfg", "name=%s,file=%s" % (name, small)], name)
slips("-fw_cfg without name=", ["-fw_cfg", "genroms/x.rom,file=" + small], "genroms/x.rom")
slips("-fw_cfg, its name by -set", ["-fw_cfg", "name=opt/x,id=x,file=" + small,
                                    "-set", "fw_cfg.x.name=genroms/x.rom"])
slips("-option-rom", ["-option-rom", small], "-option-rom")
slips("--option-rom", ["--option-rom", small], "option-rom")
with tap.test("-fw_cfg of what is no ROM passes"), \
        Started([*Q35, "-fw_cfg", "name=opt/org.example,string=abc"]) as guest:
    equal(guest.fw_cfg_file("opt/org.example"), b"abc")

# ------------------------------------------------------------------------------------ other places

os.makedirs(place("root/usr/bin"))  # QEMU looks into /usr/bin/../lib/ipxe/qemu
os.makedirs(place("root/usr/lib/ipxe/qemu"))
make_rom(place("root/usr/lib/ipxe/qemu/efi-e1000.rom"), "x86", "efi", "pad:to=%d" % SIZE)


def plugged(words, run):
    """The slot of a NIC that is plugged into a running guest, or the refusal."""
    with Started([*I440FX, *words], run=run) as g:
        try:
            g.ask("device_add", driver="e1000", id="late")
        except RuntimeError as why:
            return str(why)
        return g.slots()["late"]


CHROOT = ["-chroot", place("root")]
with tap.test("-chroot, a NIC is plugged later: control: QEMU alone looks there"):
    equal(plugged(CHROOT, None), BAR)
for more in ([], ["--hotplug"]):
    with tap.test("-chroot, a NIC is plugged later%s: is kept out" % "".join(more)):
        if refusal.run([*I440FX, *CHROOT], run=[*RUN, *more]).executed is not None:
            equal(plugged(CHROOT, [*RUN, *more]) == BAR, False)
NAMES = os.path.join(os.path.dirname(ROMTOOL), "rom-names")
with tap.test("-runas, a NIC is plugged later: none that nothing verified, --hotplug's is"):
    # where nobody may look into the links' directory QEMU would find other files: no start then
    if subprocess.run(["setpriv", "--reuid", "nobody", "--clear-groups", "ls", NAMES],
                      stdout=subprocess.DEVNULL, check=False).returncode == 0:
        equal('"efi-e1000.rom" is empty' in plugged(["-runas", "nobody"], RUN), True)
        equal(plugged(["-runas", "nobody"], [*RUN, "--hotplug"]), 262144)
    else:
        done = refusal.run([*I440FX, "-runas", "nobody"], run=RUN)
        equal((done.executed, "is not open to everybody" in done.stderr), (None, True), done.stderr)

# ------------------------------------------------------------------------------------ every model

with open(small, "rb") as f:
    damaged = f.read()
listing = subprocess.run([QEMU, "-device", "help"], capture_output=True, text=True, check=True).stdout
NETWORK = re.search(r"Network devices:\n(.*?)\n\n", listing, re.S)[1]
DISPLAY = re.search(r"Display devices:\n(.*?)\n\n", listing, re.S)[1]
for file in ["kvmvapic.bin", "vgabios.bin", "vgabios-isavga.bin", "vgabios-ramfb.bin",
             "sgabios.bin",
             *("vgabios-%s.bin" % v for v in "stdvga cirrus qxl vmware virtio ati bochs-display".split()),
             *("%s-%s.rom" % (p, n) for p in ("efi", "pxe", "compat-256k-efi") for n in
               "e1000 e1000e eepro100 ne2k_pci pcnet rtl8139 virtio vmxnet3".split())]:
    if file != "kvmvapic.bin":  # of which every machine has one
        with open(os.path.join(place("roms"), file), "wb") as f:
            f.write(damaged)


def loads_default(guest):
    """Bytes of the damaged file, by a BAR or by fw_cfg."""
    roms = [guest.fw_cfg_file(name) for name, size in guest.fw_cfg_roms().items() if size == SMALL]
    roms += [guest.rom(name) for name in guest.slots()]
    return any(damaged[0x100:SMALL] in rom for rom in roms)


with tap.test("no model of QEMU loads a damaged default ROM"):
    bad, tried = [], 0
    for bus, models in (("PCI", NETWORK), ("PCI", DISPLAY), ("ISA", DISPLAY), ("System", DISPLAY)):
        for model in re.findall(r'name "([^"]+)", bus %s' % bus, models):
            words = [*I440FX, "-L", place("roms"), "-device", model + ",id=it"]
            if refusal.run(words).executed is None:
                tried += 1
                continue
            with Started(words) as guest:
                try:
                    bad += [model] if loads_default(guest) else []
                except (RuntimeError, OSError):
                    tried += 1
    equal(bad, [])
    equal(tried > 25, True, "%d models" % tried)

# ------------------------------------------------------------------------------------ options

lists = read("loader", "qemu-options.c")
KNOWN = sorted(set(re.findall(r'"([A-Za-z][\w-]*)"', lists[lists.index("deciding"):])))


def qemu_takes_value(option):
    """None where it does not know the option."""
    done = subprocess.run([QEMU, "-version", "-" + option], capture_output=True, text=True,
                          timeout=300, stdin=subprocess.DEVNULL)
    if "invalid option" in done.stderr:
        return None
    return "requires an argument" in done.stderr


with tap.test("hidden options too take a value here if and only if they do in QEMU"):
    wrong = []
    for option in KNOWN:
        done = romtool("run", "-p", "upstream", "--", "/nonexistent/qemu", "-nodefaults",
                       "-" + option, "-bogus", check=False)
        takes = qemu_takes_value(option)
        if takes is not None and "'-%s'" % option not in done.stderr and \
                ("'-bogus': not an option" not in done.stderr) != takes:
            wrong.append(option)
    equal(len(KNOWN) > 100, True)
    equal(wrong, [])

work.cleanup()
tap.end()
