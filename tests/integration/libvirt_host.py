# SPDX-License-Identifier: BSD-2-Clause
"""A throw-away libvirt host: libvirtd and virtlogd in a mount namespace of their own, without
systemd, D-Bus or KVM. Nothing of the machine's libvirt is read or changed."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time

from tap import equal

PROGRAMS = ["libvirtd", "virtlogd", "virsh", "qemu-system-x86_64", "unshare"]

# Nobody is given up who does not answer for 30 seconds: he may only wait for a processor.
QEMU_CONF = """
user = "root"
group = "root"
security_driver = "none"
dynamic_ownership = 0
remember_owner = 0
namespaces = []
cgroup_controllers = []
keepalive_interval = -1
"""

LIBVIRTD_CONF = """
unix_sock_group = "root"
unix_sock_ro_perms = "0700"
unix_sock_rw_perms = "0700"
auth_unix_ro = "none"
auth_unix_rw = "none"
keepalive_interval = -1
host_uuid = "%s"
log_outputs = "3:file:%s"
"""

# Debian's libvirtd looks this user up before it reads that another is to be used.
USERS = {"/etc/passwd": "libvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin\n",
         "/etc/group": "libvirt-qemu:x:64055:\nkvm:x:64056:\n"}

# What libvirt uses, and what takes its place.
PLACES = {"/run/libvirt": "run", "/etc/libvirt": "etc", "/var/lib/libvirt": "lib",
          "/var/log/libvirt": "log", "/var/cache/libvirt": "cache"}


def missing():
    """Why there can be no such host here; or None."""
    absent = [p for p in PROGRAMS if shutil.which(p, path=os.environ["PATH"] + ":/usr/sbin") is None]
    if absent:
        return "no " + ", ".join(absent)
    if os.geteuid() != 0:
        return "not root"
    return None


def environment():
    """Where the daemons are found, and what is said is in English."""
    return {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin", "LC_ALL": "C"}


def runs_on(name, host, other):
    """The one host has the guest, the other has not. It is waited for: daemons learn of it by QEMU's
    events."""
    end = time.monotonic() + 300
    while (host.is_running(name), other.is_running(name)) != (True, False) and time.monotonic() < end:
        time.sleep(0.05)
    equal((host.is_running(name), other.is_running(name)), (True, False))


class LibvirtHost:
    """conf is added to qemu.conf; hooks {name: text} are there before libvirtd is."""

    def __init__(self, conf="", hooks=None):
        place = tempfile.gettempdir()  # where a socket's path has room, it is of 107 bytes at most
        self.dir = tempfile.mkdtemp(prefix="libvirt-", dir=place if len(place) < 70 else "/tmp")
        self.uri = "qemu+unix:///system?socket=%s/run/libvirt-sock" % self.dir
        for name in ["etc/hooks", "lib/qemu", "log/qemu", *PLACES.values()]:
            os.makedirs(self.path(name), exist_ok=True)
        with open("/proc/sys/kernel/random/uuid", encoding="ascii") as f:
            uuid = f.read().strip()
        self.write("etc/qemu.conf", QEMU_CONF + conf)
        self.write("etc/libvirtd.conf", LIBVIRTD_CONF % (uuid, self.path("libvirtd.log")))
        for name, text in (hooks or {}).items():
            self.write(os.path.join("etc/hooks", name), text, 0o755)
        for place, lines in USERS.items():
            self.write(os.path.basename(place), self._with_lines(place, lines))

    @staticmethod
    def _with_lines(place, lines):
        with open(place, encoding="utf-8") as f:
            text = f.read()
        names = {line.split(":")[0] for line in text.splitlines()}
        return text + "".join(line + "\n" for line in lines.splitlines()
                              if line.split(":")[0] not in names)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(self.path(name), mode)

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        for place in PLACES:  # to mount upon; they stay, empty: another such host may be there
            os.makedirs(place, exist_ok=True)
        mounts = {**PLACES, **{place: os.path.basename(place) for place in USERS}}
        script = ["set -e"]
        script += ["mount --bind '%s' '%s'" % (self.path(name), place)
                   for place, name in mounts.items()]
        script += ["%s -d -p '%s'" % (program, self.path(program + ".pid"))
                   for program in ("virtlogd", "libvirtd")]
        subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c", "\n".join(script)],
                       check=True, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        self._wait_for_libvirtd()

    def _wait_for_libvirtd(self):
        end = time.monotonic() + 300
        while self.virsh("list", check=False).returncode != 0:
            if time.monotonic() > end:
                raise RuntimeError("no libvirtd: " + self.log())
            time.sleep(0.05)

    def __exit__(self, *_):
        found = self.virsh("list", "--name", check=False)
        for name in found.stdout.split() if found.returncode == 0 else []:
            self.virsh("destroy", name, check=False)
        for program in ("libvirtd", "virtlogd"):
            self._end(program)
        shutil.rmtree(self.dir)

    def _end(self, program):
        try:
            with open(self.path(program + ".pid"), encoding="ascii") as f:
                pid = int(f.read())
            os.kill(pid, 15)
        except (OSError, ValueError):
            return
        end = time.monotonic() + 300
        while self._runs(pid):
            if time.monotonic() > end:
                raise RuntimeError("%s does not end: %s" % (program, self.log()))
            time.sleep(0.02)

    @staticmethod
    def _runs(pid):
        """A zombie does not: nobody reaps it where there is no init. It may be gone at any time. But
        one with other threads still has its files open, and a lock on that of its number."""
        try:
            with open("/proc/%d/stat" % pid, encoding="ascii") as f:
                words = f.read().rsplit(")", 1)[1].split()
            return words[0] != "Z" or int(words[17]) > 1  # its state, its threads
        except OSError:
            return False

    def log(self):
        try:
            with open(self.path("libvirtd.log"), encoding="utf-8", errors="replace") as f:
                return f.read()
        except OSError:
            return ""

    def qemu_said(self, name, words, seconds=300, before=0):
        """How often QEMU has said this of a guest. Waits until that is more than before: what QEMU
        says goes to virtlogd, which writes it down while libvirtd already goes on."""
        log = self.path("log/qemu/%s.log" % name)
        end = time.monotonic() + seconds
        while True:
            found = 0
            with contextlib.suppress(FileNotFoundError):
                with open(log, encoding="utf-8", errors="replace") as f:
                    found = f.read().count(words)
            if found > before or time.monotonic() > end:
                return found
            time.sleep(0.05)

    def virsh(self, *argv, check=True):
        """Once more where libvirt gave up waiting for a guest that is busy, which it does after 30
        seconds and before it has done anything."""
        end = time.monotonic() + 300
        while True:
            done = subprocess.run(["virsh", "-q", "-k", "0", "-c", self.uri, *argv],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=300, env=environment(), check=False)
            if "cannot acquire state change lock" not in done.stderr or time.monotonic() > end:
                break
        if check and done.returncode != 0:
            raise AssertionError("virsh %s: %s" % (" ".join(argv), done.stderr))
        return done

    def create(self, xml, paused=False):
        """Starts a guest that is gone once it is off."""
        self.write("domain.xml", xml)
        self.virsh("create", self.path("domain.xml"), *(["--paused"] if paused else []))

    def wait_until_gone(self, name):
        """No guest of this name is there, dying or not. What becomes of one that failed is done by a
        thread of the daemon's, for which nobody waits: until then there can be no other."""
        end = time.monotonic() + 300
        while name in self.virsh("list", "--all", "--name").stdout.split():
            if time.monotonic() > end:
                raise AssertionError("still there: " + self.virsh("list", "--all").stdout)
            time.sleep(0.05)

    def is_running(self, name):
        done = self.virsh("domstate", name, check=False)
        return done.returncode == 0 and done.stdout.strip() == "running"

    def migrate(self, name, destination):
        """Live, to another such host; as virsh says of it."""
        address = self.path("migration.sock")
        with contextlib.suppress(FileNotFoundError):
            os.remove(address)
        return self.virsh("migrate", "--live", "--p2p", name, destination.uri, "unix://" + address,
                          check=False)

    def monitor(self, name, command):
        """QEMU's own (HMP) answer."""
        return self.virsh("qemu-monitor-command", name, "--hmp", command).stdout
