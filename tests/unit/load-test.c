/* SPDX-License-Identifier: BSD-2-Clause */
/* romtool_load(): bytes that fit and hold, or a refusal; the sealed memfd that comes of them. */
#define _GNU_SOURCE /* memfd_create, F_GET_SEALS */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "core/digest.h"
#include "programs.h"
#include "romtool.h"
#include "tests/support/rom-words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ------------------------------------------------------------------------- files */

/* The file "x.rom" of these words, open; *ret, where it is not NULL, holds the same bytes. */
static int file_of(const char *words, int flags, struct rom_builder *ret)
{
    struct rom_builder rb = {0};
    char path[PATH_MAX];
    int fd;

    rb_words(&rb, words);
    assert_true(scratch_write("x.rom", rb.size > 0 ? rb.data : (const uint8_t *)"", rb.size));
    fd = open(scratch_path(path, "x.rom"), flags);
    assert_true(fd >= 0);
    if (ret != NULL)
        *ret = rb;
    else
        rb_free(&rb);
    return fd;
}

static int memfd_of(const char *words, struct rom_builder *ret)
{
    int fd = memfd_create("x.rom", MFD_CLOEXEC);

    assert_true(fd >= 0);
    rb_words(ret, words);
    assert_int_equal(write(fd, ret->data, ret->size), ret->size);
    return fd;
}

/* ------------------------------------------------------------------------- one call */

struct loaded {
    int ret;
    struct romtool_error err;
    struct romtool_rom *rom;
};

/* Every call: outputs are cleared, the code is the error's, the sentence names the file. */
static struct loaded load(int fd, const struct romtool_mandate *mandate, uint64_t stated_slot,
                          unsigned flags)
{
    struct loaded l = {.rom = (struct romtool_rom *)(uintptr_t)&l};

    memset(&l.err, 0xa5, sizeof(l.err));
    l.ret = romtool_load(fd, "x.rom", mandate, stated_slot, flags, &l.rom, &l.err);
    assert_int_equal(l.err.code, l.ret);
    assert_int_equal(l.rom != NULL, l.ret == 0);
    if (l.ret == 0)
        assert_string_equal(l.err.text, "");
    else if (l.ret != ROMTOOL_E_USAGE)
        assert_int_equal(strncmp(l.err.text, "'x.rom': ", 9), 0);
    return l;
}

static struct loaded load_slot(int fd, uint64_t slot)
{
    const struct romtool_mandate mandate = {.slot = slot};

    return load(fd, &mandate, 0, 0);
}

static void expect_code(struct loaded l, int code)
{
    if (l.ret != code)
        fail_msg("%d %s", l.ret, l.err.text);
    romtool_rom_free(l.rom);
}

static void expect_bytes(const struct romtool_rom *rom, const struct rom_builder *rb, uint64_t slot)
{
    const uint8_t *data = romtool_rom_data(rom);
    uint8_t any = 0;

    assert_int_equal(romtool_rom_slot(rom), slot);
    assert_int_equal(romtool_rom_file_size(rom), rb->size);
    assert_memory_equal(data, rb->data, rb->size);
    for (size_t i = rb->size; i < slot; i++)
        any |= data[i];
    assert_int_equal(any, 0);
}

/* ------------------------------------------------------------------------- sizes */

static void test_fits(void **state)
{
    static const char *const roms[] = {"x86 efi", "x86 efi:length=1536", "x86 efi pad:to=3000",
                                       "x86 efi pad:to=4K,fill=0xff"};
    static const uint64_t slots[] = {4096, 8192, 262144, ROMTOOL_SLOT_MAX};

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(roms) * COUNT(slots); i++) {
        uint64_t slot = slots[i / 2 / COUNT(roms)];
        const char *words = roms[i / 2 % COUNT(roms)];
        struct rom_builder rb = {0};
        int fd = i % 2 == 0 ? file_of(words, O_RDONLY, &rb) : memfd_of(words, &rb);
        struct loaded l;

        assert_int_equal(lseek(fd, 100, SEEK_SET), 100);
        l = load_slot(fd, slot);
        assert_int_equal(l.ret, 0);
        assert_int_equal(lseek(fd, 0, SEEK_CUR), 100);
        (void)close(fd);
        expect_bytes(l.rom, &rb, slot);
        romtool_rom_free(l.rom);
        rb_free(&rb);
    }
}

static void test_exact(void **state)
{
    struct rom_builder rb = {0};
    int fd = file_of("x86 efi", O_RDONLY, &rb);
    struct loaded l = load_slot(fd, 2048);

    (void)state;
    assert_int_equal(l.ret, 0);
    expect_bytes(l.rom, &rb, 2048);
    romtool_rom_free(l.rom);
    (void)close(fd);
    rb_free(&rb);
}

static void test_oversize(void **state)
{
    int fd = file_of("x86 efi pad:to=2049", O_RDONLY, NULL);
    struct loaded l = load_slot(fd, 2048);

    (void)state;
    assert_int_equal(l.ret, ROMTOOL_E_OVERSIZE);
    assert_int_equal(l.err.offset, 2048);
    assert_string_equal(l.err.text, "'x.rom': 2049 bytes, the slot is 2048: 1 bytes too many");
    expect_code(load_slot(fd, 1024), ROMTOOL_E_OVERSIZE);
    expect_code(load_slot(fd, 4096), 0);
    (void)close(fd);
}

/* The size is judged first: of a file that cannot be read, and of one that would take for ever. */
static void test_before_reading(void **state)
{
    int fd = file_of("x86 efi", O_WRONLY, NULL);
    struct rusage before, after;
    struct loaded l;

    (void)state;
    l = load_slot(fd, 2048);
    assert_int_equal(l.ret, ROMTOOL_E_IO);
    assert_int_equal(l.err.sys_errno, EBADF);
    expect_code(load_slot(fd, 1024), ROMTOOL_E_OVERSIZE);
    (void)close(fd);

    fd = memfd_create("huge", MFD_CLOEXEC);
    assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
    assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
    expect_code(load_slot(fd, ROMTOOL_SLOT_MAX), ROMTOOL_E_OVERSIZE);
    expect_code(load_slot(fd, UINT64_C(1) << 40), ROMTOOL_E_TOO_LARGE);
    assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
    assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 8192); /* KiB */
    (void)close(fd);
}

static void test_stated_slot(void **state)
{
    static const struct {
        uint64_t mandated, stated;
        int code;
        uint64_t slot;
    } cases[] = {
        {2048, 0, 0, 2048},
        {1024, 0, ROMTOOL_E_OVERSIZE, 0},
        {1024, 2048, 0, 2048},
        {1024, 4096, 0, 4096},
        {4096, 2048, 0, 2048},
        {4096, 1024, ROMTOOL_E_OVERSIZE, 0},
        {4096, 3000, ROMTOOL_E_NOT_POWER_OF_TWO, 0},
        {4096, ROMTOOL_SLOT_MAX * 2, ROMTOOL_E_TOO_LARGE, 0},
        {4096, UINT64_MAX, ROMTOOL_E_TOO_LARGE, 0},
        {3000, 0, ROMTOOL_E_NOT_POWER_OF_TWO, 0},
        {3000, 4096, 0, 4096},
        {0, 0, ROMTOOL_E_NOT_POWER_OF_TWO, 0},
        {0, 4096, 0, 4096},
        {ROMTOOL_SLOT_MAX * 2, 0, ROMTOOL_E_TOO_LARGE, 0},
    };
    int fd = file_of("x86 efi", O_RDONLY, NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct romtool_mandate mandate = {.slot = cases[i].mandated};
        struct loaded l = load(fd, &mandate, cases[i].stated, 0);

        assert_int_equal(l.ret, cases[i].code);
        if (l.ret == 0)
            assert_int_equal(romtool_rom_slot(l.rom), cases[i].slot);
        romtool_rom_free(l.rom);
    }
    (void)close(fd);
}

/* ------------------------------------------------------------------------- what is no ROM file */

static void test_irregular(void **state)
{
    int fd, ends[2];

    (void)state;
    fd = file_of("", O_RDONLY, NULL);
    expect_code(load_slot(fd, 4096), ROMTOOL_E_EMPTY);
    (void)close(fd);
    expect_code(load_slot(fd, 4096), ROMTOOL_E_IO); /* closed */
    fd = open(scratch, O_RDONLY | O_DIRECTORY);
    expect_code(load_slot(fd, 4096), ROMTOOL_E_NOT_REGULAR);
    (void)close(fd);
    fd = open("/dev/zero", O_RDONLY);
    expect_code(load_slot(fd, 4096), ROMTOOL_E_NOT_REGULAR);
    (void)close(fd);
    assert_int_equal(pipe(ends), 0);
    expect_code(load_slot(ends[0], 4096), ROMTOOL_E_NOT_REGULAR);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void test_usage(void **state)
{
    static const unsigned flags[] = {2, 3, 1U << 31, ~0U};
    struct romtool_mandate mandate = {.slot = 4096};
    struct romtool_error err;
    struct romtool_rom *rom;
    int fd = file_of("x86 efi", O_RDONLY, NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(flags); i++)
        expect_code(load(fd, &mandate, 0, flags[i]), ROMTOOL_E_USAGE);
    expect_code(load(-1, &mandate, 0, 0), ROMTOOL_E_USAGE);
    expect_code(load(fd, NULL, 0, 0), ROMTOOL_E_USAGE);
    mandate.has_sha256 = 2;
    expect_code(load(fd, &mandate, 0, 0), ROMTOOL_E_USAGE);
    mandate.has_sha256 = 0;
    mandate.reserved = 1;
    expect_code(load(fd, &mandate, 0, 0), ROMTOOL_E_USAGE);
    mandate.reserved = 0;
    assert_int_equal(romtool_load(fd, "x", &mandate, 0, 0, NULL, &err), ROMTOOL_E_USAGE);
    assert_int_equal(err.code, ROMTOOL_E_USAGE);
    assert_int_equal(romtool_load(fd, "x", &mandate, 0, 0, NULL, NULL), ROMTOOL_E_USAGE);
    /* without an error object, without a name */
    assert_int_equal(romtool_load(fd, "x", &mandate, 1024, 0, &rom, NULL), ROMTOOL_E_OVERSIZE);
    assert_int_equal(romtool_load(fd, NULL, &mandate, 1024, 0, &rom, &err), ROMTOOL_E_OVERSIZE);
    assert_int_equal(strncmp(err.text, "'ROM file': 2048 bytes", 22), 0);
    assert_int_equal(romtool_load(fd, NULL, &mandate, 0, 0, &rom, NULL), 0);
    romtool_rom_free(rom);
    romtool_rom_free(NULL);
    assert_null(romtool_rom_data(NULL));
    assert_int_equal(romtool_rom_slot(NULL), 0);
    assert_int_equal(romtool_rom_file_size(NULL), 0);
    (void)close(fd);
}

/* ------------------------------------------------------------------------- what is stated */

static void test_digest(void **state)
{
    struct romtool_mandate mandate = {.slot = 4096, .has_sha256 = 1};
    struct rom_builder rb = {0};
    int fd = file_of("x86 efi", O_RDONLY, &rb);

    (void)state;
    assert_int_equal(rt_digest_sha256((struct rt_bytes){rb.data, rb.size}, mandate.sha256, NULL),
                     0);
    expect_code(load(fd, &mandate, 0, 0), 0);
    for (size_t bit = 0; bit < 256; bit += 17) {
        mandate.sha256[bit / 8] ^= (uint8_t)(1U << bit % 8);
        expect_code(load(fd, &mandate, 0, 0), ROMTOOL_E_DIGEST_MISMATCH);
        /* that the content or the slot is relaxed is about neither of these */
        expect_code(load(fd, &mandate, 8192, ROMTOOL_LOAD_ANY_CONTENT), ROMTOOL_E_DIGEST_MISMATCH);
        mandate.has_sha256 = 0;
        expect_code(load(fd, &mandate, 0, 0), 0);
        mandate.has_sha256 = 1;
        mandate.sha256[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    expect_code(load(fd, &mandate, 0, 0), 0);
    (void)close(fd);
    rb_free(&rb);
}

static void test_file_size(void **state)
{
    struct romtool_mandate mandate = {.slot = 4096, .file_size = 2048};
    int fd = file_of("x86 efi", O_RDONLY, NULL);
    struct loaded l;

    (void)state;
    expect_code(load(fd, &mandate, 0, 0), 0);
    mandate.file_size = 2049;
    l = load(fd, &mandate, 0, ROMTOOL_LOAD_ANY_CONTENT);
    assert_int_equal(l.ret, ROMTOOL_E_SIZE_MISMATCH);
    assert_string_equal(l.err.text, "'x.rom': 2048 bytes, stated are 2049");
    mandate.file_size = UINT64_MAX;
    expect_code(load(fd, &mandate, 0, 0), ROMTOOL_E_SIZE_MISMATCH);
    expect_code(load(fd, &mandate, 1024, 0), ROMTOOL_E_OVERSIZE);
    (void)close(fd);
}

/* ------------------------------------------------------------------------- content */

static void test_content(void **state)
{
    static const struct {
        const char *words;
        int code;
    } cases[] = {
        {"x86 efi", 0},
        {"isa", 0},
        {"openfirmware", 0},
        {"pad:to=1024", 0}, /* blank */
        {"pad:to=1024,fill=0xff", 0},
        {"x86 raw:bytes=0102", 0}, /* trailing data: a warning */
        {"raw:bytes=7f454c46", ROMTOOL_E_NOT_A_ROM},
        {"raw:bytes=55", ROMTOOL_E_NOT_A_ROM},
        {"x86:sum=1", ROMTOOL_E_BAD_CHECKSUM},
        {"x86 cut:to=700", ROMTOOL_E_TRUNCATED},
        {"x86:indicator=0", ROMTOOL_E_NO_LAST_IMAGE},
        {"x86:units=0", ROMTOOL_E_BAD_LENGTH},
        {"x86:pcir-signature=0", ROMTOOL_E_BAD_PCIR},
        {"x86 efi:efi-signature=0", ROMTOOL_E_BAD_EFI_HEADER},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct romtool_mandate mandate = {.slot = 4096};
        struct rom_builder rb = {0};
        int fd = file_of(cases[i].words, O_RDONLY, &rb);
        struct loaded any;

        expect_code(load(fd, &mandate, 0, 0), cases[i].code);
        any = load(fd, &mandate, 0, ROMTOOL_LOAD_ANY_CONTENT);
        assert_int_equal(any.ret, 0);
        expect_bytes(any.rom, &rb, 4096);
        romtool_rom_free(any.rom);
        expect_code(load(fd, &mandate, 1, ROMTOOL_LOAD_ANY_CONTENT),
                    rb.size > 1 ? ROMTOOL_E_OVERSIZE : 0);
        (void)close(fd);
        rb_free(&rb);
    }
}

/* ------------------------------------------------------------------------- the memfd */

static int memfd_of_rom(struct rom_builder *ret)
{
    int rom_fd = file_of("x86 efi pad:to=2100,fill=0xff", O_RDONLY, ret), fd = 77;
    struct loaded l = load_slot(rom_fd, 4096);
    struct romtool_error err = {.code = ROMTOOL_E_INTERNAL};

    assert_int_equal(l.ret, 0);
    assert_int_equal(romtool_rom_memfd(l.rom, &fd, &err), 0);
    assert_int_equal(err.code, 0);
    romtool_rom_free(l.rom);
    (void)close(rom_fd);
    return fd;
}

/* The bytes, from where a reader of the descriptor starts. */
static void test_memfd_content(void **state)
{
    uint8_t data[4097], zeros[4096 - 2100] = {0};
    struct rom_builder rb = {0};
    int fd = memfd_of_rom(&rb);
    struct stat st;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 4096);
    assert_int_equal(read(fd, data, sizeof(data)), 4096);
    assert_memory_equal(data, rb.data, 2100);
    assert_memory_equal(data + 2100, zeros, sizeof(zeros));
    (void)close(fd);
    rb_free(&rb);
}

static void expect_immutable(int fd)
{
    assert_int_equal(write(fd, "x", 1), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    assert_int_equal(pwrite(fd, "x", 1, 4096), -1);
    assert_int_equal(ftruncate(fd, 4095), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_int_equal(ftruncate(fd, 4097), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), -1);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
    assert_int_equal(errno, EPERM);
    assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
    assert_int_equal(errno, EPERM);
}

enum { NOEXEC_SEAL = 0x20 }; /* F_SEAL_EXEC, of Linux 6.3 */

/* Where Linux knows such memfds at all. */
static void expect_no_program(int fd)
{
    const unsigned flag = 0x8; /* MFD_NOEXEC_SEAL */
    int known = memfd_create("x", MFD_CLOEXEC | flag);
    struct stat st;

    if (known < 0)
        return;
    (void)close(known);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_mode & 0111, 0);
    assert_int_equal(fcntl(fd, F_GET_SEALS) & NOEXEC_SEAL, NOEXEC_SEAL);
    assert_int_equal(fchmod(fd, 0777), -1);
}

static void test_memfd_sealed(void **state)
{
    struct rom_builder rb = {0};
    int fd = memfd_of_rom(&rb), again;
    char path[64];
    void *map;

    (void)state;
    assert_int_equal(fcntl(fd, F_GET_SEALS) & ~NOEXEC_SEAL,
                     F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    expect_immutable(fd);
    expect_no_program(fd);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    again = open(path, O_RDWR);
    assert_true(again >= 0);
    expect_immutable(again);
    map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, again, 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    assert_memory_equal(map, rb.data, rb.size);
    (void)munmap(map, 4096);
    (void)close(again);
    (void)close(fd);
    rb_free(&rb);
}

static void test_memfd_usage(void **state)
{
    int rom_fd = file_of("x86", O_RDONLY, NULL), fd = 77;
    struct loaded l = load_slot(rom_fd, 1024);
    struct romtool_error err;

    (void)state;
    assert_int_equal(l.ret, 0);
    assert_int_equal(romtool_rom_memfd(NULL, &fd, &err), ROMTOOL_E_USAGE);
    assert_int_equal(fd, -1);
    assert_int_equal(err.code, ROMTOOL_E_USAGE);
    assert_int_equal(romtool_rom_memfd(l.rom, NULL, &err), ROMTOOL_E_USAGE);
    assert_int_equal(romtool_rom_memfd(NULL, NULL, NULL), ROMTOOL_E_USAGE);
    assert_int_equal(romtool_rom_memfd(l.rom, &fd, NULL), 0);
    (void)close(fd);
    romtool_rom_free(l.rom);
    (void)close(rom_fd);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fits),          cmocka_unit_test(test_exact),
        cmocka_unit_test(test_oversize),      cmocka_unit_test(test_before_reading),
        cmocka_unit_test(test_stated_slot),   cmocka_unit_test(test_irregular),
        cmocka_unit_test(test_usage),         cmocka_unit_test(test_digest),
        cmocka_unit_test(test_file_size),     cmocka_unit_test(test_content),
        cmocka_unit_test(test_memfd_content), cmocka_unit_test(test_memfd_sealed),
        cmocka_unit_test(test_memfd_usage),
    };

    return cmocka_run_group_tests_name("load", tests, scratch_set_up, scratch_tear_down);
}
