/* SPDX-License-Identifier: BSD-2-Clause */
/* romtool_load(): bytes that fit, or a refusal. The size is judged before anything is read. */
#include "core/digest.h"
#include "core/file.h"
#include "loader/load.h"
#include "pad/pad.h"
#include "verify/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct romtool_rom {
    uint8_t *data; /* slot bytes */
    size_t slot;
    size_t file_size;
};

static int judge_size(int fd, const struct romtool_mandate *mandate, uint64_t slot,
                      size_t *ret_size, struct romtool_error *err)
{
    struct stat st;
    uint64_t padding;
    int r;

    if (fstat(fd, &st) < 0)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot read");
    if (!S_ISREG(st.st_mode))
        return rt_error_set(err, ROMTOOL_E_NOT_REGULAR, ROMTOOL_NO_OFFSET, "not a regular file");
    r = rt_pad_plan((uint64_t)st.st_size, slot, &padding, err);
    if (r < 0)
        return r;
    if (mandate->file_size != 0 && mandate->file_size != (uint64_t)st.st_size)
        return rt_error_set(err, ROMTOOL_E_SIZE_MISMATCH, ROMTOOL_NO_OFFSET,
                            "%" PRIu64 " bytes, stated are %" PRIu64, (uint64_t)st.st_size,
                            mandate->file_size);
    *ret_size = (size_t)st.st_size;
    return 0;
}

static int judge_digest(struct rt_bytes file, const struct romtool_mandate *mandate,
                        struct romtool_error *err)
{
    uint8_t sha256[RT_SHA256_SIZE];
    int r;

    if (mandate->has_sha256 == 0)
        return 0;
    r = rt_digest_sha256(file, sha256, err);
    if (r < 0)
        return r;
    if (memcmp(sha256, mandate->sha256, sizeof(sha256)) != 0)
        return rt_error_set(err, ROMTOOL_E_DIGEST_MISMATCH, ROMTOOL_NO_OFFSET,
                            "other bytes than stated: the sha256 differs");
    return 0;
}

static int load(int fd, const struct romtool_mandate *mandate, uint64_t slot, unsigned flags,
                struct romtool_rom *rom, struct romtool_error *err)
{
    struct rt_bytes file;
    int r = judge_size(fd, mandate, slot, &rom->file_size, err);

    if (r < 0)
        return r;
    rom->slot = (size_t)slot;
    rom->data = malloc(rom->slot);
    if (rom->data == NULL)
        return rt_error_no_memory(err);
    memset(rom->data + rom->file_size, 0, rom->slot - rom->file_size); /* the padding */
    r = rt_file_fill(fd, rom->data, rom->file_size, err);
    if (r < 0)
        return r;
    file = (struct rt_bytes){rom->data, rom->file_size};
    r = judge_digest(file, mandate, err);
    if (r == 0 && (flags & ROMTOOL_LOAD_ANY_CONTENT) == 0)
        r = rt_verify_rom_holds(file, err);
    return r;
}

int romtool_load(int fd, const char *name, const struct romtool_mandate *mandate,
                 uint64_t stated_slot, unsigned flags, struct romtool_rom **ret_rom,
                 struct romtool_error *reterr)
{
    const char *what = name != NULL ? name : "ROM file";
    struct romtool_error why;
    struct romtool_rom *rom;
    int r;

    rt_error_clear(reterr);
    if (ret_rom != NULL)
        *ret_rom = NULL;
    if (fd < 0 || mandate == NULL || ret_rom == NULL || mandate->has_sha256 > 1 ||
        mandate->reserved != 0 || (flags & ~(unsigned)ROMTOOL_LOAD_ANY_CONTENT) != 0)
        return rt_error_set(reterr, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                            "romtool_load() was called wrongly");
    rom = calloc(1, sizeof(*rom));
    if (rom == NULL)
        return rt_error_no_memory(reterr);
    rt_error_clear(&why);
    r = load(fd, mandate, stated_slot != 0 ? stated_slot : mandate->slot, flags, rom, &why);
    if (r < 0) {
        romtool_rom_free(rom);
        (void)rt_error_hand_on(reterr, &why);
        rt_error_prefix(reterr, "'%s'", what);
        return r;
    }
    *ret_rom = rom;
    return 0;
}

const void *romtool_rom_data(const struct romtool_rom *rom)
{
    return rom != NULL ? rom->data : NULL;
}

uint64_t romtool_rom_slot(const struct romtool_rom *rom)
{
    return rom != NULL ? rom->slot : 0;
}

uint64_t romtool_rom_file_size(const struct romtool_rom *rom)
{
    return rom != NULL ? rom->file_size : 0;
}

int romtool_rom_memfd(const struct romtool_rom *rom, int *ret_fd, struct romtool_error *reterr)
{
    rt_error_clear(reterr);
    if (ret_fd != NULL)
        *ret_fd = -1;
    if (rom == NULL || ret_fd == NULL)
        return rt_error_set(reterr, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET,
                            "romtool_rom_memfd() was called wrongly");
    return rt_load_memfd("ROM", (struct rt_bytes){rom->data, rom->slot}, ret_fd, reterr);
}

void romtool_rom_free(struct romtool_rom *rom)
{
    if (rom == NULL)
        return;
    free(rom->data);
    free(rom);
}
