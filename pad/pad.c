/* SPDX-License-Identifier: BSD-2-Clause */
#include "pad/pad.h"

#include <inttypes.h>
#include <string.h>

int rt_pad_check_slot(uint64_t slot, struct romtool_error *err)
{
    if (slot > ROMTOOL_SLOT_MAX)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, ROMTOOL_NO_OFFSET,
                            "a slot of %" PRIu64 " bytes, the largest is %" PRIu64, slot,
                            ROMTOOL_SLOT_MAX);
    if (!rt_size_is_power_of_two(slot))
        return rt_error_set(err, ROMTOOL_E_NOT_POWER_OF_TWO, ROMTOOL_NO_OFFSET,
                            "a slot of %" PRIu64 " bytes is not a power of two", slot);
    return 0;
}

int rt_pad_plan(uint64_t size, uint64_t slot, uint64_t *ret_padding, struct romtool_error *err)
{
    int r = rt_pad_check_slot(slot, err);

    *ret_padding = 0;
    if (r < 0)
        return r;
    if (size == 0)
        return rt_error_set(err, ROMTOOL_E_EMPTY, 0, "0 bytes, not a ROM");
    if (size > slot)
        return rt_error_set(err, ROMTOOL_E_OVERSIZE, slot,
                            "%" PRIu64 " bytes, the slot is %" PRIu64 ": %" PRIu64
                            " bytes too many",
                            size, slot, size - slot);
    *ret_padding = slot - size;
    return 0;
}

void rt_pad_fill(uint8_t *data, size_t size, size_t slot, uint8_t fill)
{
    if (size < slot)
        memset(data + size, fill, slot - size);
}

int romtool_slot_for_size(uint64_t file_size, uint64_t *ret_slot, struct romtool_error *reterr)
{
    rt_error_clear(reterr);
    if (ret_slot == NULL)
        return rt_error_set(reterr, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET, "no place for the slot");
    *ret_slot = 0;
    if (file_size == 0)
        return rt_error_set(reterr, ROMTOOL_E_EMPTY, 0, "0 bytes, not a ROM");
    if (file_size > ROMTOOL_SLOT_MAX)
        return rt_error_set(reterr, ROMTOOL_E_TOO_LARGE, ROMTOOL_SLOT_MAX,
                            "%" PRIu64 " bytes, the largest slot is %" PRIu64, file_size,
                            ROMTOOL_SLOT_MAX);
    *ret_slot = rt_size_to_power_of_two(file_size);
    return 0;
}
