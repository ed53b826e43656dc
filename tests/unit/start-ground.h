/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ground that loader/start is tested on: the slots of a small slot file, ROMs in the test's
 * directory, and what is expected behind the descriptors.
 */
#ifndef TESTS_UNIT_START_GROUND_H
#define TESTS_UNIT_START_GROUND_H

#include <stdarg.h>
#include <sys/stat.h>

#include "loader/rom-descriptors.h"
#include "loader/rom-names.h"
#include "loader/start.h"
#include "programs.h"
#include "tests/support/child.h"
#include "tests/support/rom-words.h"

#define COUNT(array)           (sizeof(array) / sizeof((array)[0]))

#define ROM_NAME(name, number) {name, number},
static const struct {
    const char *name;
    int number;
} rom_names[] = {RT_ROM_NAMES(ROM_NAME)};

/* ------------------------------------------------------------------------- the ground */

/* On both machine types of the slot file. */
static const struct {
    const char *device, *file;
    int slot;
} rows[] = {
    {"e1000", "efi-e1000.rom", 4096},
    {"e1000e", "efi-e1000e.rom", 4096},
    {"virtio-net-pci", "efi-virtio.rom", 8192},
    {"virtio-net-pci-transitional", "efi-virtio.rom", 8192},
    {"rtl8139", "efi-rtl8139.rom", 2048},
    {"VGA", "vgabios-stdvga.bin", 65536},
    {"ne2k_pci", NULL, 0}, /* without a BAR */
};

static const struct {
    const char *name, *words;
} files[] = {
    {"efi-e1000.rom", "x86:device=0x100e efi"},
    {"efi-e1000e.rom", "x86:device=0x10d3 efi pad:to=4K"},
    {"efi-virtio.rom", "x86:device=0x1041 efi:length=2048"},
    {"efi-rtl8139.rom", "x86 efi pad:to=2560"}, /* 512 too many */
    {"x.rom", "x86:device=0xbeef efi"},
    {"a,b.rom", "x86:device=0xcafe efi"},
    {"large.rom", "x86:length=5120"},
    {"text.rom", "raw:bytes=68656c6c6f"},
};

static struct rt_slot_file *slots;
static struct rt_slot_profile profile;
static struct rt_start_source source;
static size_t n_loaded;
static char **started;
static struct romtool_error err;

static inline void count_loaded(void *user, const char *path, const struct romtool_mandate *mandate,
                                const struct romtool_rom *rom)
{
    require(user == &n_loaded && path != NULL && rom != NULL);
    require(mandate->machine[0] != '\0' && mandate->device[0] != '\0');
    n_loaded++;
}

static inline void print_series(struct rt_buffer *out, const char *name, const char *dir)
{
    rt_buffer_printf(out,
                     "{\"name\": \"%s\", \"qemu\": \"7.2\", \"package\": \"qemu\", "
                     "\"source\": \"test\", \"search\": [\"%s/%s\"], "
                     "\"aliases\": {\"pc\": \"pc-i440fx-7.2\", \"q35\": \"pc-q35-7.2\"}, "
                     "\"machines\": [\"pc-i440fx-7.2\", \"pc-q35-7.2\", \"pc-q35-own\"]}",
                     name, scratch, dir);
}

static inline void print_slot_file(struct rt_buffer *out)
{
    rt_buffer_puts(out, "{\"schema\": \"romtool-slots/1\", \"vendor\": \"test\", \"series\": [");
    print_series(out, "a", "series");
    rt_buffer_puts(out, ", ");
    print_series(out, "host", ".");
    rt_buffer_puts(out, "], \"like\": {\"pc-q35-own\": \"pc-q35-7.2\"}, \"mandates\": [");
    for (size_t i = 0; i < COUNT(rows); i++) {
        rt_buffer_printf(out,
                         "%s{\"machines\": [{\"machine\": \"pc-i440fx-7.2\"}, "
                         "{\"machine\": \"pc-q35-7.2\"}], \"device\": \"%s\", \"slot\": %d, "
                         "\"basis\": \"measured\", \"source\": \"test\"",
                         i > 0 ? ", " : "", rows[i].device, rows[i].slot);
        if (rows[i].file != NULL)
            rt_buffer_printf(out, ", \"file\": \"%s\"", rows[i].file);
        rt_buffer_puts(out, "}");
    }
    rt_buffer_puts(out, "]}");
}

static inline int set_up(void **state)
{
    struct rt_buffer text = {0};
    char path[PATH_MAX];

    (void)state;
    if (!scratch_make() || mkdir(scratch_path(path, "series"), 0700) != 0)
        return -1;
    for (size_t i = 0; i < COUNT(files); i++) {
        struct rom_builder rb = {0};

        rb_words(&rb, files[i].words);
        if (!scratch_write(files[i].name, rb.data, rb.size))
            return -1;
        rb_free(&rb);
    }
    print_slot_file(&text);
    if (rt_slot_file_read((struct rt_bytes){(const uint8_t *)text.data, text.len}, &slots, &err) !=
        0) {
        print_error("%s\n", err.text);
        return -1;
    }
    rt_buffer_free(&text);
    profile = (struct rt_slot_profile){.vendor = rt_slot_file_vendor(slots),
                                       .series = rt_slot_file_vendor(slots)->series,
                                       .name = "test/a"};
    source = (struct rt_start_source){
        .rom.profile = &profile,
        .names_dir = "/names",
        .events = {.loaded = count_loaded, .user = &n_loaded},
    };
    return 0;
}

static inline int tear_down(void **state)
{
    char path[PATH_MAX];

    (void)state;
    rt_slot_file_free(slots);
    (void)rmdir(scratch_path(path, "series"));
    scratch_remove();
    return 0;
}

/* ------------------------------------------------------------------------- one start */

/* Prepares "qemu WORDS", separated by one space each. */
__attribute__((format(printf, 1, 2))) static inline int start(const char *fmt, ...)
{
    struct rt_buffer words = {0};
    char *argv[32], text[PATH_MAX];
    int argc = 0, r;
    va_list ap;

    va_start(ap, fmt);
    require(vsnprintf(text, sizeof(text), fmt, ap) > 0);
    va_end(ap);
    rt_buffer_printf(&words, "qemu %s", text);
    for (char *word = words.data; word != NULL;) {
        char *space = strchr(word, ' ');

        require((size_t)argc + 1 < COUNT(argv));
        argv[argc++] = word;
        if (space != NULL)
            *space++ = '\0';
        word = space;
    }
    argv[argc] = NULL;
    rt_error_clear(&err);
    started = argv;
    r = rt_start_prepare(&source, argc, argv, &started, &err);
    require(err.code == r);
    require((started != NULL) == (r == 0));
    rt_buffer_free(&words);
    return r;
}

/* The prepared command line, in one string. */
__attribute__((format(printf, 1, 2))) static inline void expect_argv(const char *fmt, ...)
{
    struct rt_buffer seen = {0};
    char expected[PATH_MAX];
    va_list ap;

    va_start(ap, fmt);
    require(vsnprintf(expected, sizeof(expected), fmt, ap) > 0);
    va_end(ap);
    for (size_t i = 0; started[i] != NULL; i++)
        rt_buffer_printf(&seen, "%s%s", i > 0 ? " " : "", started[i]);
    require_string(seen.data, expected);
    rt_buffer_free(&seen);
    rt_start_free(started);
}

__attribute__((format(printf, 2, 3))) static inline void expect_error(int code, const char *fmt,
                                                                      ...)
{
    char expected[PATH_MAX];
    va_list ap;

    va_start(ap, fmt);
    require(vsnprintf(expected, sizeof(expected), fmt, ap) > 0);
    va_end(ap);
    require_string(err.text, expected);
    require(err.code == code);
}

/* Opened as QEMU opens it, the descriptor has the file's bytes, then zeros up to slot. */
static inline void expect_descriptor(int number, const char *file, size_t slot)
{
    const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    struct rt_buffer content = file != NULL ? scratch_read(file) : (struct rt_buffer){0};
    static uint8_t data[65537];
    char path[64];
    int fd;

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", number);
    fd = open(path, O_RDONLY);
    require(fd >= 0);
    require(fcntl(number, F_GETFD) == 0); /* inherited */
    require((fcntl(number, F_GET_SEALS) & ~0x20) == seals); /* but F_SEAL_EXEC, of Linux 6.3 */
    require(read(fd, data, sizeof(data)) == (ssize_t)slot);
    require(content.len <= slot);
    require(content.len == 0 || memcmp(data, content.data, content.len) == 0);
    for (size_t i = content.len; i < slot; i++)
        require(data[i] == 0);
    (void)close(fd);
    rt_buffer_free(&content);
}

/* The name has this file in this slot; every other name is empty. NULL: all are. */
static inline void expect_names(const char *name, const char *file, size_t slot)
{
    for (size_t i = 0; i < COUNT(rom_names); i++) {
        if (name != NULL && strcmp(rom_names[i].name, name) == 0)
            expect_descriptor(rom_names[i].number, file, slot);
        else
            expect_descriptor(rom_names[i].number, NULL, 0);
    }
}

static inline void expect_no_descriptors(void)
{
    for (size_t i = 0; i < COUNT(rom_names); i++)
        require(fcntl(rom_names[i].number, F_GETFD) < 0);
    require(fcntl(800, F_GETFD) < 0);
}

/* ------------------------------------------------------------------------- one case */

struct start_case {
    const char *name;
    void (*run)(const void *argument);
};

#define CASE(run)                                                                                  \
    {                                                                                              \
#run, run                                                                                  \
    }

/* Runs a case, in a child, from the root: nothing there shadows a ROM. */
static inline void run_case(const void *argument)
{
    const struct start_case *start_case = argument;

    require(chdir("/") == 0);
    start_case->run(NULL);
    rt_slot_file_free(slots);
}

#endif
