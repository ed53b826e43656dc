#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""`romtool state` of guests that the real QEMU saved: the RAM blocks are those that this QEMU says
that it has, the ROMs those that its guest reads."""

import fcntl
import hashlib
import json
import os
import random
import subprocess
import tempfile
import time

from guest import Tap, equal, require, romtool
from saved import Answering, ArmSource, Source, file_of

require("/usr/lib/ipxe/qemu/efi-virtio.rom", "/usr/lib/ipxe/qemu/pxe-virtio.rom",
        "/usr/share/seabios/vgabios-stdvga.bin", "/usr/bin/qemu-system-aarch64",
        "/usr/bin/qemu-img")
tap = Tap()
work = tempfile.TemporaryDirectory()

# Writes into 448 KiB over and over, and says so on the serial console first.
BOOT_SECTOR = bytes.fromhex("baf803" "b021" "ee"   # mov dx,3f8; mov al,'!'; out dx,al
                            "b80020"               # mov ax,2000
                            "8ec0" "43" "31ff"     # 1: mov es,ax; inc bx; xor di,di
                            "26891d" "81c70001"    # 2: mov es:[di],bx; add di,100
                            "75f7"                 # jnz 2
                            "050010" "3d0090"      # add ax,1000; cmp ax,9000
                            "72ea" "ebe5").ljust(510, b"\0") + b"\x55\xaa"


def path_of(name):
    return os.path.join(work.name, name)


def device(name, *more):
    return ["-device", ",".join([name, *more])]


def nics(*names):
    return [word for name in names for word in device(name)]


def ask_state(*argv):
    """The one guest of the one file."""
    document = json.loads(romtool("state", "--json", *argv).stdout)
    equal(document["schema"], "romtool/state/1")
    equal(len(document["files"]), 1, "guests")
    return document["files"][0]


def serious(state):
    """Findings, but for the notes that no known release has a ROM."""
    return [finding["name"] for finding in state["findings"] if finding["severity"] != "info"]


def judge(guest, path, container="qemu-stream", machine=None, roms=None, prefix=""):
    """Everything that is said of a saved guest, against the QEMU that saved it. prefix is before
    the names of extracted files."""
    extracted = tempfile.mkdtemp(dir=work.name)
    state = ask_state("--extract", extracted, path)
    equal(state["container"], container)
    equal(state["machine"], machine)
    equal(state["truncated"], False)
    equal(serious(state), [])
    blocks = [(block["name"], block["length"]) for block in state["blocks"]]
    equal(blocks, guest.used_blocks(), "RAM blocks")
    found = [block["name"] for block in state["blocks"] if block["rom"]]
    equal([rom["block"] for rom in state["roms"]], found, "ROMs")
    if roms is not None:
        equal(sorted(rom["device"] for rom in state["roms"]), sorted(roms), "devices")
    equal(sorted(os.listdir(extracted)), sorted(prefix + file_of(name) for name in found),
          "files")
    for rom in state["roms"]:
        with open(os.path.join(extracted, prefix + file_of(rom["block"])), "rb") as f:
            data = f.read()
        equal(len(data), rom["slot"], rom["block"])
        equal(hashlib.sha256(data).hexdigest(), rom["sha256"], rom["block"])
        if data != guest.rom_of(rom["block"]):
            raise AssertionError("%s is not what the guest reads" % rom["block"])
    return state


# what it is, machine type, what the stream calls it, capabilities, devices, whose ROMs there are
ALL = ["e1000", "rtl8139", "ne2k_pci", "pcnet", "i82551", "virtio-net-pci"]
CONFIGURATIONS = [
    ("six NICs", "pc-i440fx-1.7", None, [], nics(*ALL), ALL),
    # compat properties take vmxnet3's ROM away, up to 2.4
    ("six NICs", "pc-i440fx-2.0", None, [], nics(*ALL, "vmxnet3"), ALL),
    ("VGA", "pc-i440fx-2.3", None, [], nics("VGA", "e1000", "i82559er"),
     ["VGA", "e1000", "i82559er"]),
    ("cirrus", "pc-i440fx-2.6", "pc-i440fx-2.6", [], nics("cirrus-vga", *ALL),
     ["cirrus-vga", *ALL]),
    ("all NICs and VGA", "pc-i440fx-7.2", "pc-i440fx-7.2", [],
     nics("VGA", *ALL, "e1000e", "vmxnet3"), ["VGA", *ALL, "e1000e", "vmxnet3"]),
    ("express NICs", "pc-q35-2.4", "pc-q35-2.4", [], nics("e1000", "vmxnet3", "virtio-vga"),
     ["e1000", "virtio-vga"]),
    ("qxl and others", "pc-q35-7.2", "pc-q35-7.2", [],
     nics("qxl-vga", "bochs-display", "e1000e", "i82557b"),
     ["qxl-vga", "bochs-display", "e1000e", "i82557b"]),
    ("virtio in its three forms", "pc-q35-7.2", "pc-q35-7.2", [],
     nics("virtio-net-pci", "virtio-net-pci-transitional", "virtio-net-pci-non-transitional"),
     ["virtio-net-pci", "virtio-net-pci-transitional", "virtio-net-pci-non-transitional"]),
    ("behind root ports and a bridge", "pc-q35-7.2", "pc-q35-7.2", [],
     [*device("pcie-root-port", "id=p1,chassis=1,addr=4"), *device("virtio-net-pci", "bus=p1"),
      *device("pcie-root-port", "id=p2,chassis=2,addr=5"), *device("e1000e", "bus=p2"),
      *device("pcie-root-port", "id=p3,chassis=3,addr=6"),
      *device("pcie-pci-bridge", "id=b,bus=p3"), *device("rtl8139", "bus=b,addr=7"),
      *device("vmware-svga")], ["virtio-net-pci", "e1000e", "rtl8139", "vmware-svga"]),
    ("nothing that has a ROM", "pc-q35-7.2", "pc-q35-7.2", [],
     [*device("virtio-net-pci", "rombar=0"), *device("e1000", "romfile=")], []),
    ("return path", "pc-q35-7.2", "pc-q35-7.2", ["return-path"], nics("virtio-net-pci"),
     ["virtio-net-pci"]),
    ("postcopy-ram", "pc-q35-7.2", "pc-q35-7.2", ["return-path", "postcopy-ram"],
     nics("virtio-net-pci"), ["virtio-net-pci"]),
    ("validate-uuid", "pc-q35-7.2", "pc-q35-7.2", ["validate-uuid"], nics("virtio-net-pci"),
     ["virtio-net-pci"]),
    ("compressed pages", "pc-q35-7.2", "pc-q35-7.2", ["compress"], nics("virtio-net-pci", "VGA"),
     ["virtio-net-pci", "VGA"]),
    ("4 GiB of memory", "pc-q35-7.2", "pc-q35-7.2", [], ["-m", "4G", *nics("virtio-net-pci")],
     ["virtio-net-pci"]),
]

for n, (what, machine, said, capabilities, devices, roms) in enumerate(CONFIGURATIONS):
    with tap.test("%s, %s" % (machine, what)):
        with Source(machine, *devices) as g:
            if capabilities:
                g.capability(*capabilities)
            if "return-path" in capabilities:
                g.save_answering(path_of("stream-%d" % n))
            else:
                g.save(path_of("stream-%d" % n))
            judge(g, path_of("stream-%d" % n), machine=said, roms=roms)

with tap.test("x-ignore-shared: the memory is a shared file's"):
    backend = "memory-backend-file,id=m,size=32M,share=on,mem-path=" + path_of("memory")
    with Source("pc-q35-7.2,memory-backend=m", "-m", "32M", "-object", backend,
                *nics("virtio-net-pci", "VGA")) as g:
        g.capability("x-ignore-shared")
        g.save(path_of("shared"))
        judged = judge(g, path_of("shared"), machine="pc-q35-7.2", roms=["virtio-net-pci", "VGA"])
        equal(judged["capabilities"], ["x-ignore-shared"])
    equal(os.path.getsize(path_of("shared")) < 4 << 20, True, "the memory is not in the stream")


HUGE_PAGES = "/proc/sys/vm/nr_hugepages"


class HugePages:
    """So many huge pages are there, as long as it lasts; False where the system gives none."""

    def __init__(self, n):
        self.n = n

    def __enter__(self):
        self.file = open(HUGE_PAGES, encoding="ascii")
        fcntl.flock(self.file, fcntl.LOCK_EX)  # the number is the whole system's
        self.before = self.file.read()
        return self.set(str(max(self.n, int(self.before)))) >= self.n

    def __exit__(self, *_):
        self.set(self.before)
        self.file.close()

    @staticmethod
    def set(text):
        try:
            with open(HUGE_PAGES, "w", encoding="ascii") as f:
                f.write(text)
            with open(HUGE_PAGES, encoding="ascii") as f:
                return int(f.read())
        except OSError:
            return 0


def judge_page_size(name, backend, page_size):
    with tap.test(name):
        with Source("pc-q35-7.2,memory-backend=m", "-object",
                    "memory-backend-memfd,id=m,size=16M" + backend,
                    *nics("virtio-net-pci", "e1000")) as g:
            g.capability("return-path", "postcopy-ram")
            g.save_answering(path_of("huge"))
            judged = judge(g, path_of("huge"), machine="pc-q35-7.2",
                           roms=["virtio-net-pci", "e1000"])
            equal([block.get("page_size") for block in judged["blocks"]][:2], [page_size, None])


with HugePages(8) as are_there:
    if are_there:
        judge_page_size("postcopy-ram: the page size of huge pages", ",hugetlb=on,hugetlbsize=2M",
                        2 << 20)
    else:  # tests/unit has streams as QEMU writes them
        judge_page_size("postcopy-ram: normal pages, the system gives no huge ones", "", None)


def save_running(path, until, *capabilities):
    """A guest that writes into its memory is saved, at its speed until that is true of what QEMU
    says of the migration, and judged."""
    with open(path_of("boot"), "wb") as f:
        f.write(BOOT_SECTOR)
    with Source("pc-i440fx-7.2", "-drive", "if=ide,format=raw,snapshot=on,file=" + path_of("boot"),
                *nics("e1000", "virtio-net-pci"), running=True) as g:
        g.connect()
        equal(g.serial_says(["!"], 300), "!")
        if capabilities:
            g.capability(*capabilities)
        # what the guest writes over takes half a second: even one that has to wait for a processor
        # has written into it again by then
        g.ask("migrate-set-parameters", **{"max-bandwidth": 1 << 20, "downtime-limit": 1})
        g.begin_save(path)
        end = time.monotonic() + 300
        while not until(g.ask("query-migrate")) and time.monotonic() < end:
            time.sleep(0.05)
        g.ask("migrate-set-parameters", **{"max-bandwidth": 1 << 30, "downtime-limit": 2000})
        g.end_save()
        judge(g, path, machine="pc-i440fx-7.2", roms=["e1000", "virtio-net-pci"])
        return g.ask("query-migrate")


def is_several(migration):
    return migration.get("ram", {}).get("dirty-sync-count", 0) >= 4


with tap.test("a running guest that dirties its memory, in several passes"):
    done = save_running(path_of("running"), is_several)
    equal(is_several(done), True, "passes")

with tap.test("the same with XBZRLE allowed"):  # whether QEMU makes use of it is its own affair
    equal(is_several(save_running(path_of("xbzrle"), is_several, "xbzrle")), True, "passes")

with tap.test("aarch64: a page size that the stream states"):
    with ArmSource("virt-7.2", "-cpu", "cortex-a57", *nics("virtio-net-pci", "e1000")) as g:
        g.save(path_of("arm"))
        judged = judge(g, path_of("arm"), machine="virt-7.2", roms=["virtio-net-pci", "e1000"])
        equal(judged["page_size"], 4096)

with tap.test("snapshots in a qcow2 image"):
    image = path_of("image.qcow2")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", image, "1M"], check=True)
    with Source("pc-q35-7.2", "-drive", "if=none,id=d,format=qcow2,file=" + image,
                *device("virtio-blk-pci", "drive=d"), *nics("e1000", "virtio-net-pci")) as g:
        said = g.ask("human-monitor-command", **{"command-line": "savevm first"})
        equal(said, "", "savevm")
        judged = judge(g, image, "qcow2", "pc-q35-7.2", ["e1000", "virtio-net-pci"], "1-")
        equal(judged["snapshot"], {"id": "1", "name": "first"})

# ------------------------------------------------------------------------- cut and piped


def cut_at(whole, n):
    """What is said of the first n bytes of a stream."""
    with open(path_of("cut"), "wb") as f:
        f.write(whole[:n])
    done = romtool("state", "--json", path_of("cut"), check=False)
    if done.returncode not in (0, 1, 2, 3):
        raise AssertionError("cut at %d: exit status %d" % (n, done.returncode))
    state = json.loads(done.stdout)["files"][0]
    equal(done.returncode == 0, state["verdict"] == "held", "cut at %d: exit status" % n)
    return state


def judge_cuts(path):
    with open(path, "rb") as f:
        whole = f.read()
    state = ask_state(path)
    wanted = random.Random(6)
    places = {*range(0, 300, 7), *(wanted.randrange(300, len(whole)) for _ in range(60)),
              len(whole) - 1}
    seen = set()
    for n in sorted(places):
        cut = cut_at(whole, n)
        if cut["blocks"] != state["blocks"]:  # not even the list is whole
            equal(cut["truncated"] or serious(cut) != [], True, "cut at %d: said" % n)
            equal(cut["verdict"] != "held", True, "cut at %d: verdict" % n)
            equal(cut["blocks"], state["blocks"][:len(cut["blocks"])], "cut at %d: blocks" % n)
            equal([rom["sha256"] for rom in cut["roms"] if rom["sha256"]], [], "cut at %d" % n)
            seen.add("list")
            continue
        if cut["truncated"]:
            seen.add("memory")
            equal(serious(cut).count("truncated"), 1, "cut at %d" % n)
            # what is whole is the same: the guest does not write into its ROMs
            equal([rom for rom in cut["roms"] if rom["sha256"] and rom not in state["roms"]], [],
                  "cut at %d" % n)
            continue
        equal(cut["roms"], state["roms"], "cut at %d" % n)
        equal(serious(cut), [], "cut at %d" % n)
        seen.add("devices")
    equal(seen, {"list", "memory", "devices"}, "cut in")


for n in (0, 8, 10):
    with tap.test("cut anywhere: %s, %s" % (CONFIGURATIONS[n][1], CONFIGURATIONS[n][0])):
        judge_cuts(path_of("stream-%d" % n))

with tap.test("a pipe gives the same answer as the file"):
    for n in (0, 4, 13):
        with open(path_of("stream-%d" % n), "rb") as f:
            done = subprocess.run([os.environ["ROMTOOL"], "state", "--json", "-"], stdin=f,
                                  capture_output=True, check=True)
        piped = json.loads(done.stdout)["files"][0]
        state = ask_state(path_of("stream-%d" % n))
        del piped["path"], state["path"]
        equal(piped, state)

with tap.test("exec: through --tee passes every byte on, and says the same"):
    with Source("pc-q35-7.2", *nics("virtio-net-pci", "e1000")) as g:
        g.begin_save_through("'%s' state --tee --json -o '%s' - > '%s'"
                             % (os.environ["ROMTOOL"], path_of("answer"), path_of("tee")))
        g.end_save()
        state = judge(g, path_of("tee"), machine="pc-q35-7.2", roms=["virtio-net-pci", "e1000"])
    with open(path_of("answer"), encoding="utf-8") as f:
        answer = json.load(f)["files"][0]
    del answer["path"], state["path"]
    equal(answer, state)
    with open(path_of("tee"), "rb") as f:
        equal(Answering.is_ended(f.read()), True, "it goes on to the stream's last byte")

work.cleanup()
tap.end()
