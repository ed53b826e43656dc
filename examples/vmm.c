/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtual machine monitor's way to an option ROM: opens the file, enters a sandbox in which
 * nothing can be opened any more, and there loads the ROM and maps it as the device's ROM BAR.
 *
 *   cc -std=c11 vmm.c $(pkg-config --cflags --libs romtool) -o vmm
 *   ./vmm debian/bookworm pc-q35-7.2 virtio-net-pci /usr/lib/ipxe/qemu/efi-virtio.rom
 *
 * Exit status: 0 mapped, 1 refused, 2 usage, 3 could not decide.
 */
#define _POSIX_C_SOURCE 200809L
#include <romtool.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "this example knows the system calls of x86-64 and arm64 alone"
#endif

#define LOAD(field)    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
#define ALLOW(number)  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), RETURN(SECCOMP_RET_ALLOW)

/* From here on a system call that is not in this list ends the process. None of them opens. */
static int enter_sandbox(void)
{
    static struct sock_filter filter[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        /* romtool_load() */
        ALLOW(__NR_fstat),
        ALLOW(__NR_newfstatat), /* what fstat() is in glibc 2.33 and later */
        ALLOW(__NR_pread64),
        /* romtool_rom_memfd() */
        ALLOW(__NR_memfd_create),
        ALLOW(__NR_lseek),
        ALLOW(__NR_fcntl),
        /* both, and the monitor itself */
        ALLOW(__NR_getrandom), /* malloc(), once */
        ALLOW(__NR_brk),
        ALLOW(__NR_mmap),
        ALLOW(__NR_munmap),
        ALLOW(__NR_write),
        ALLOW(__NR_close),
        ALLOW(__NR_exit_group),
        RETURN(SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

struct bar {
    const unsigned char *bytes;
    uint64_t size; /* in bytes, a power of two: what the guest reads back from the BAR */
};

/* Loads the ROM open at fd, if it holds for the mandate, and maps it read-only. */
static int map_rom_bar(int fd, const char *path, const struct romtool_mandate *mandate,
                       struct bar *bar, struct romtool_error *e)
{
    struct romtool_rom *rom;
    void *map = MAP_FAILED;
    int memfd;
    int r = romtool_load(fd, path, mandate, 0, 0, &rom, e);

    if (r < 0)
        return r;
    bar->size = romtool_rom_slot(rom);
    r = romtool_rom_memfd(rom, &memfd, e);
    romtool_rom_free(rom); /* the memfd outlives it */
    if (r < 0)
        return r;
    map = mmap(NULL, bar->size, PROT_READ, MAP_PRIVATE, memfd, 0);
    close(memfd);
    if (map == MAP_FAILED) {
        snprintf(e->text, sizeof(e->text), "cannot map %" PRIu64 " bytes", bar->size);
        return e->code = ROMTOOL_E_IO;
    }
    bar->bytes = (const unsigned char *)map;
    return 0;
}

int main(int argc, char **argv)
{
    struct romtool_mandate mandate;
    struct romtool_error e;
    struct bar bar;
    int fd, r;

    if (argc != 5) {
        dprintf(2, "usage: vmm PROFILE MACHINE DEVICE ROM\n");
        return 2;
    }
    fd = open(argv[4], O_RDONLY | O_CLOEXEC);
    if (fd < 0 || enter_sandbox() < 0) {
        perror(fd < 0 ? argv[4] : "sandbox");
        return 3;
    }

    r = romtool_mandate_find(argv[1], argv[2], argv[3], &mandate, &e);
    if (r == 0)
        r = map_rom_bar(fd, argv[4], &mandate, &bar, &e);
    close(fd);
    if (r < 0) {
        dprintf(2, "vmm: %s (%s)\n", e.text, romtool_error_name(r));
        return romtool_error_verdict(r) == ROMTOOL_REFUSED ? 1 : 3;
    }
    dprintf(1, "%s on %s: a ROM BAR of %" PRIu64 " bytes, which begins with %02x %02x\n",
            mandate.device, mandate.machine, bar.size, bar.bytes[0], bar.bytes[1]);
    return 0;
}
