/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's command line: words, one a line, and behind the first NUL byte the text of a file, which
 * every -readconfig reads. What is written of the file reads as it was read, by this reader and by
 * the formats that QEMU has for its lines; each romfile that is replaced is read back, and nothing
 * else of what was said has changed.
 */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/json.h"
#include "loader/qemu.h"

enum {
    WORDS_MAX = 64,
    PLACES_MAX = 8, /* that are replaced one by one */
    LINK_SIZE = sizeof("/proc/self/fd/-2147483648"),
    QEMU_LINE_MAX = 1023, /* bytes that its fgets() takes at once, with the newline */
};

static const char NEW[] = "/proc/self/fd/800";

/* ------------------------------------------------------------------------- strings and files */

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int open_file(struct rt_bytes text, char ret_link[LINK_SIZE])
{
    int fd = memfd_create("config", MFD_CLOEXEC);

    FUZZ_CHECK(fd >= 0);
    FUZZ_CHECK(text.len == 0 || write(fd, text.data, text.len) == (ssize_t)text.len);
    (void)snprintf(ret_link, LINK_SIZE, "/proc/self/fd/%d", fd);
    return fd;
}

static void check_refusal(int r, const struct romtool_error *err)
{
    size_t len = strlen(err->text);

    FUZZ_CHECK(r == ROMTOOL_E_UNSUPPORTED_ARGUMENT || r == ROMTOOL_E_BAD_JSON);
    FUZZ_CHECK(r == err->code && err->sys_errno == 0);
    FUZZ_CHECK(len > 0 && len + 1 < sizeof(err->text)); /* not cut */
    for (size_t i = 0; i < len; i++)
        FUZZ_CHECK(err->text[i] >= 0x20 && err->text[i] < 0x7f);
}

/* ------------------------------------------------------------------------- -readconfig */

/* The same, but perhaps for the values of one key in one section. */
static void check_same_config(const struct rt_qemu_config *a, const struct rt_qemu_config *b,
                              const struct rt_qemu_section *changed, const char *changed_key)
{
    FUZZ_CHECK(a->n == b->n);
    for (size_t i = 0; i < a->n; i++) {
        const struct rt_qemu_section *x = &a->sections[i], *y = &b->sections[i];

        FUZZ_CHECK(same(x->group, y->group) && same(x->id, y->id) && x->n == y->n);
        for (size_t k = 0; k < x->n; k++) {
            bool is_changed = x == changed && same(x->entries[k].key, changed_key);

            FUZZ_CHECK(same(x->entries[k].key, y->entries[k].key));
            FUZZ_CHECK(same(is_changed ? NEW : x->entries[k].value, y->entries[k].value));
        }
    }
}

/* Takes the next line off *text, as QEMU would see it. */
static void take_line(const char **text, char ret[QEMU_LINE_MAX + 1])
{
    size_t len = strcspn(*text, "\n");

    FUZZ_CHECK((*text)[len] == '\n' && len < QEMU_LINE_MAX);
    memcpy(ret, *text, len + 1);
    ret[len + 1] = '\0';
    *text += len + 1;
}

/* What qemu_config_parse() makes of the text, up to 11.1: its three kinds of line. */
static void check_as_qemu_reads(const char *text, const struct rt_qemu_config *config)
{
    char line[QEMU_LINE_MAX + 1], name[64], value[1024];

    for (size_t i = 0; i < config->n; i++) {
        const struct rt_qemu_section *section = &config->sections[i];

        take_line(&text, line);
        name[0] = value[0] = '\0';
        if (section->id != NULL)
            FUZZ_CHECK(sscanf(line, "[%63s \"%63[^\"]\"]", name, value) == 2 &&
                       strcmp(value, section->id) == 0);
        else
            FUZZ_CHECK(sscanf(line, "[%63s \"%63[^\"]\"]", name, value) < 2 &&
                       sscanf(line, "[%63[^]]]", name) == 1);
        FUZZ_CHECK(strcmp(name, section->group) == 0);
        for (size_t k = 0; k < section->n; k++) {
            take_line(&text, line);
            name[0] = value[0] = '\0';
            FUZZ_CHECK(line[0] != '#' && line[0] != '[' && line[0] != '\n');
            FUZZ_CHECK(sscanf(line, " %63s = \"%1023[^\"]\"", name, value) ==
                       (section->entries[k].value[0] != '\0' ? 2 : 1));
            FUZZ_CHECK(strcmp(name, section->entries[k].key) == 0);
            FUZZ_CHECK(strcmp(value, section->entries[k].value) == 0);
        }
    }
    FUZZ_CHECK(*text == '\0');
}

static void check_config(struct rt_bytes text)
{
    struct rt_qemu_config config, again;
    struct rt_buffer out = {0}, twice = {0};
    struct romtool_error err = {0};
    int r = rt_qemu_config_parse(text, "c", &config, &err);

    if (r < 0) {
        check_refusal(r, &err);
        FUZZ_CHECK(err.offset < text.len);
        FUZZ_CHECK(config.sections == NULL && config.n == 0);
        return;
    }
    FUZZ_CHECK(err.code == 0);
    rt_buffer_puts(&out, "");
    rt_buffer_puts(&twice, "");
    rt_qemu_config_write(&config, &out);
    check_as_qemu_reads(out.data, &config);
    FUZZ_CHECK(rt_qemu_config_parse(rt_buffer_bytes(&out), "c", &again, NULL) == 0);
    check_same_config(&config, &again, NULL, NULL);
    rt_qemu_config_write(&again, &twice);
    FUZZ_CHECK(strcmp(out.data, twice.data) == 0);
    rt_buffer_free(&out);
    rt_buffer_free(&twice);
    rt_qemu_config_free(&config);
    rt_qemu_config_free(&again);
}

/* ------------------------------------------------------------------------- what was read */

static void check_place(const struct rt_qemu *qemu, const struct rt_qemu_rom *rom, int argc)
{
    const struct rt_qemu_place *place = &rom->place;

    FUZZ_CHECK(rom->rombar <= RT_QEMU_ROMBAR_OFF);
    if (rom->romfile == NULL)
        return;
    FUZZ_CHECK(place->form <= RT_QEMU_ENTRY_VALUE);
    if (place->form < RT_QEMU_ENTRY)
        FUZZ_CHECK(place->argument > 1 && place->argument < argc);
    else
        FUZZ_CHECK(place->config < qemu->n_configs &&
                   place->section < qemu->configs[place->config].n);
}

static void check_read(const struct rt_qemu *qemu, int argc, char *const argv[])
{
    for (size_t i = 0; i < qemu->n_devices; i++) {
        const struct rt_qemu_device *device = &qemu->devices[i];

        FUZZ_CHECK(device->origin < RT_QEMU_LATER);
        FUZZ_CHECK((device->origin != RT_QEMU_DEVICE && device->origin != RT_QEMU_VGA) ||
                   device->driver != NULL);
        FUZZ_CHECK(device->origin == RT_QEMU_DEVICE || device->rom.romfile == NULL);
        check_place(qemu, &device->rom, argc);
    }
    for (size_t i = 0; i < qemu->n_globals; i++) {
        FUZZ_CHECK(qemu->globals[i].driver != NULL && qemu->globals[i].property != NULL);
        FUZZ_CHECK((strcmp(qemu->globals[i].property, "romfile") == 0) ==
                   (qemu->globals[i].rom.romfile != NULL));
        check_place(qemu, &qemu->globals[i].rom, argc);
    }
    for (size_t i = 0; i < qemu->n_configs; i++)
        FUZZ_CHECK(qemu->configs[i].argument > 1 && qemu->configs[i].argument < argc);
    for (size_t i = 0; i < qemu->n_data_dirs; i++) {
        bool found = false;

        for (int k = 2; k < argc; k++)
            found = found || qemu->data_dirs[i] == argv[k];
        FUZZ_CHECK(found);
    }
}

static bool same_rom(const struct rt_qemu_rom *a, const struct rt_qemu_rom *b)
{
    return a->romsize == b->romsize && a->rombar == b->rombar &&
           (a->romfile == NULL) == (b->romfile == NULL) && a->place.form == b->place.form &&
           a->place.argument == b->place.argument && a->place.config == b->place.config &&
           a->place.section == b->place.section;
}

/* The same but for values of romfile. */
static void check_same(const struct rt_qemu *a, const struct rt_qemu *b)
{
    FUZZ_CHECK(same(a->machine, b->machine) && a->starts_no_guest == b->starts_no_guest);
    FUZZ_CHECK(a->n_devices == b->n_devices && a->n_globals == b->n_globals);
    FUZZ_CHECK(a->n_data_dirs == b->n_data_dirs && a->n_configs == b->n_configs);
    for (size_t i = 0; i < a->n_devices; i++) {
        const struct rt_qemu_device *x = &a->devices[i], *y = &b->devices[i];

        FUZZ_CHECK(x->origin == y->origin && x->json == y->json);
        FUZZ_CHECK(same(x->driver, y->driver) && same(x->id, y->id) && same_rom(&x->rom, &y->rom));
    }
    for (size_t i = 0; i < a->n_globals; i++) {
        const struct rt_qemu_global *x = &a->globals[i], *y = &b->globals[i];

        FUZZ_CHECK(same(x->driver, y->driver) && x->property == y->property);
        FUZZ_CHECK(same_rom(&x->rom, &y->rom));
    }
    for (size_t i = 0; i < a->n_data_dirs; i++)
        FUZZ_CHECK(same(a->data_dirs[i], b->data_dirs[i]));
}

/* ------------------------------------------------------------------------- what was written */

/* The same parts in the same order, but for the value of key. */
static void check_same_parts(const char *a, const char *b, const char *key)
{
    struct rt_qemu_part x, y;

    for (bool first = true; rt_qemu_part_next(&a, first, &x, NULL) > 0; first = false) {
        FUZZ_CHECK(rt_qemu_part_next(&b, first, &y, NULL) > 0);
        FUZZ_CHECK(strcmp(x.key, y.key) == 0);
        FUZZ_CHECK(strcmp(y.value, strcmp(x.key, key) == 0 ? NEW : x.value) == 0);
        rt_qemu_part_free(&x);
        rt_qemu_part_free(&y);
    }
    FUZZ_CHECK(*b == '\0');
}

static void check_same_json(const struct rt_json *a, const struct rt_json *b);

struct member {
    const struct rt_json *other;
    bool is_root; /* whose romfile is another */
};

static int check_member(void *user, const char *key, const struct rt_json *value)
{
    const struct member *member = user;
    const struct rt_json *other = rt_json_get(member->other, key);

    FUZZ_CHECK(other != NULL);
    if (!member->is_root || strcmp(key, "romfile") != 0)
        check_same_json(value, other);
    return 0;
}

static void check_same_json(const struct rt_json *a, const struct rt_json *b)
{
    struct member members = {.other = b};
    int64_t x, y;

    FUZZ_CHECK(rt_json_type(a) == rt_json_type(b) && rt_json_count(a) == rt_json_count(b));
    FUZZ_CHECK(same(rt_json_string(a), rt_json_string(b)));
    FUZZ_CHECK(rt_json_integer(a, &x) == rt_json_integer(b, &y) && x == y);
    FUZZ_CHECK(rt_json_is_true(a) == rt_json_is_true(b));
    if (rt_json_type(a) == RT_JSON_ARRAY) {
        for (size_t i = 0; i < rt_json_count(a); i++)
            check_same_json(rt_json_at(a, i), rt_json_at(b, i));
    }
    (void)rt_json_each(a, check_member, &members);
}

static void check_same_members(const char *a, const char *b)
{
    struct rt_json *x, *y;

    FUZZ_CHECK(rt_json_parse((struct rt_bytes){(const uint8_t *)a, strlen(a)}, &x, NULL) == 0);
    FUZZ_CHECK(rt_json_parse((struct rt_bytes){(const uint8_t *)b, strlen(b)}, &y, NULL) == 0);
    FUZZ_CHECK(rt_json_count(x) == rt_json_count(y));
    (void)rt_json_each(x, check_member, &(struct member){.other = y, .is_root = true});
    rt_json_free(x);
    rt_json_free(y);
}

static void check_word(const struct rt_qemu_place *place, const char *before, const char *after)
{
    size_t named = strcspn(before, "=") + 1;

    switch (place->form) {
    case RT_QEMU_PART:
        check_same_parts(before, after, "romfile");
        break;
    case RT_QEMU_GLOBAL_PART:
        check_same_parts(before, after, "value");
        break;
    case RT_QEMU_JSON:
        check_same_members(before, after);
        break;
    case RT_QEMU_SET:
    case RT_QEMU_GLOBAL:
        FUZZ_CHECK(strncmp(before, after, named) == 0 && strcmp(after + named, NEW) == 0);
        break;
    case RT_QEMU_ENTRY:
    case RT_QEMU_ENTRY_VALUE:
        FUZZ_CHECK(strcmp(before, after) == 0);
    }
}

/* ------------------------------------------------------------------------- replacing */

/* The i-th of what is stated of ROMs: of the devices, then of -global. */
static const struct rt_qemu_rom *rom_at(const struct rt_qemu *qemu, size_t i)
{
    return i < qemu->n_devices ? &qemu->devices[i].rom : &qemu->globals[i - qemu->n_devices].rom;
}

static size_t count_roms(const struct rt_qemu *qemu)
{
    return qemu->n_devices + qemu->n_globals;
}

/* Reads the line again, with files as they are written by now. */
static void read_again(struct rt_qemu *seen, int argc, char **argv, struct rt_qemu *ret)
{
    int fds[WORDS_MAX];

    for (size_t i = 0; i < seen->n_configs; i++) {
        struct rt_buffer text = {0};
        char link[LINK_SIZE];

        rt_qemu_config_write(&seen->configs[i], &text);
        fds[i] = open_file(rt_buffer_bytes(&text), link);
        free(argv[seen->configs[i].argument]);
        argv[seen->configs[i].argument] = strdup(link);
        rt_buffer_free(&text);
    }
    FUZZ_CHECK(rt_qemu_read(argc, argv, ret, NULL) == 0);
    for (size_t i = 0; i < seen->n_configs; i++) {
        (void)close(fds[i]);
        check_same_config(&seen->configs[i], &ret->configs[i], NULL, NULL);
    }
}

/* What is not at the place is as it was: the other words, the rest of the files. */
static void check_others(const struct rt_qemu *before, const struct rt_qemu *after,
                         const struct rt_qemu_place *place, int argc, char *const argv[],
                         char *const words[])
{
    const struct rt_qemu_section *changed = NULL;

    if (place->form >= RT_QEMU_ENTRY)
        changed = &before->configs[place->config].sections[place->section];
    for (int i = 0; i < argc; i++)
        FUZZ_CHECK((changed == NULL && i == place->argument) || strcmp(argv[i], words[i]) == 0);
    for (size_t i = 0; i < before->n_configs; i++)
        check_same_config(&before->configs[i], &after->configs[i], changed,
                          place->form == RT_QEMU_ENTRY ? "romfile" : "value");
}

/* Replaces one romfile, the which-th, or every one: SIZE_MAX. */
static void check_replacing(const struct rt_qemu *before, int argc, char *const argv[],
                            size_t which)
{
    struct rt_qemu qemu, after;
    char *words[WORDS_MAX + 1] = {0};

    for (int i = 0; i < argc; i++)
        words[i] = strdup(argv[i]);
    FUZZ_CHECK(rt_qemu_read(argc, words, &qemu, NULL) == 0);
    for (size_t i = 0; i < count_roms(&qemu); i++) {
        const struct rt_qemu_rom *rom = rom_at(&qemu, i);

        if (rom->romfile == NULL || (which != SIZE_MAX && i != which))
            continue;
        FUZZ_CHECK(rt_qemu_replace_romfile(&qemu, &rom->place, NEW, words, NULL) == 0);
        check_word(&rom->place, argv[rom->place.argument], words[rom->place.argument]);
    }
    if (which != SIZE_MAX)
        check_others(before, &qemu, &rom_at(before, which)->place, argc, argv, words);
    read_again(&qemu, argc, words, &after);
    check_same(before, &after);
    for (size_t i = 0; i < count_roms(before); i++) {
        const char *old = rom_at(before, i)->romfile;

        FUZZ_CHECK(same(rom_at(&after, i)->romfile,
                        old != NULL && (which == SIZE_MAX || i == which) ? NEW : old));
    }
    rt_qemu_free(&after);
    rt_qemu_free(&qemu);
    for (int i = 0; i < argc; i++)
        free(words[i]);
}

/* ------------------------------------------------------------------------- an input */

static void check_line(int argc, char *const argv[])
{
    struct romtool_error err = {0};
    struct rt_qemu qemu;
    size_t n = 0;
    int r = rt_qemu_read(argc, argv, &qemu, &err);

    if (r < 0) {
        check_refusal(r, &err);
        FUZZ_CHECK(qemu.devices == NULL && qemu.globals == NULL && qemu.configs == NULL);
        FUZZ_CHECK(qemu.data_dirs == NULL && qemu.machine == NULL && !qemu.starts_no_guest);
        return;
    }
    FUZZ_CHECK(err.code == 0);
    check_read(&qemu, argc, argv);
    for (size_t i = 0; i < count_roms(&qemu) && n < PLACES_MAX; i++) {
        if (rom_at(&qemu, i)->romfile == NULL)
            continue;
        check_replacing(&qemu, argc, argv, i);
        n++;
    }
    if (n > 1 || qemu.n_configs > 0)
        check_replacing(&qemu, argc, argv, SIZE_MAX);
    rt_qemu_free(&qemu);
}

static bool is_readconfig(const char *word)
{
    return strcmp(word, "-readconfig") == 0 || strcmp(word, "--readconfig") == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size > 0 ? memchr(data, '\0', size) : NULL;
    size_t len = nul != NULL ? (size_t)(nul - data) : size;
    struct rt_bytes config = {data + len + (nul != NULL), size - len - (nul != NULL)};
    char *text = malloc(len + 1), *argv[WORDS_MAX + 1] = {(char *)(uintptr_t) "qemu"};
    char link[LINK_SIZE];
    int argc = 1, fd;

    FUZZ_CHECK(text != NULL);
    if (len > 0)
        memcpy(text, data, len);
    text[len] = '\0';
    check_config(config);
    fd = open_file(config, link);
    for (char *word = text; word != NULL && argc < WORDS_MAX;) {
        char *end = strchr(word, '\n');

        if (end != NULL)
            *end++ = '\0';
        argv[argc] = is_readconfig(argv[argc - 1]) ? link : word;
        argc++;
        word = end;
    }
    check_line(argc, argv);
    (void)close(fd);
    free(text);
    return 0;
}
