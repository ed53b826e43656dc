/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest reads from a ROM BAR. QEMU reads the file into zeroed memory of the slot's size
 * (hw/pci/pci.c, pci_add_option_rom()) and, if it is the device's default, patches its ids.
 */
#include "verify/verify.h"

#include "rom/patch.h"

#include <inttypes.h>
#include <string.h>

#define PATCHES                                                                                    \
    (sizeof(((struct rt_rom_patch *)NULL)->bytes) / sizeof(((struct rt_rom_patch *)NULL)->bytes[0]))

/* The file, cut at each byte that is patched, and the new bytes between. */
static size_t cut(struct rt_bytes file, const struct rt_rom_patch *patch,
                  struct rt_bytes pieces[2 * PATCHES + 1])
{
    size_t at = 0, n = 0;

    for (size_t i = 0; i < patch->n; i++) {
        size_t offset = patch->bytes[i].offset; /* they are in order */

        (void)rt_bytes_slice(file, at, offset - at, &pieces[n++]);
        pieces[n++] = (struct rt_bytes){&patch->bytes[i].to, 1};
        at = offset + 1;
    }
    (void)rt_bytes_slice(file, at, file.len - at, &pieces[n++]);
    return n;
}

int rt_verify_guest(struct rt_bytes file, uint64_t slot, uint16_t vendor, uint16_t device,
                    uint8_t ret_default[RT_SHA256_SIZE], uint8_t ret_explicit[RT_SHA256_SIZE],
                    struct romtool_error *err)
{
    struct rt_bytes pieces[2 * PATCHES + 1];
    struct rt_rom_patch patch;
    int r;

    rt_error_clear(err);
    memset(ret_default, 0, RT_SHA256_SIZE);
    memset(ret_explicit, 0, RT_SHA256_SIZE);
    if (file.len > slot)
        return rt_error_set(err, ROMTOOL_E_OVERSIZE, slot, "%zu bytes, the slot is %" PRIu64,
                            file.len, slot);
    r = rt_digest_sha256_pieces(&file, 1, slot - file.len, ret_explicit, err);
    if (r < 0)
        return r;
    rt_rom_patch_ids(file, vendor, device, &patch);
    if (patch.n == 0) {
        memcpy(ret_default, ret_explicit, RT_SHA256_SIZE);
        return 0;
    }
    return rt_digest_sha256_pieces(pieces, cut(file, &patch, pieces), slot - file.len, ret_default,
                                   err);
}
