/* SPDX-License-Identifier: BSD-2-Clause */
/* Which options QEMU has, which of them take a value, and which decide about ROMs. */
#ifndef RT_LOADER_QEMU_OPTIONS_H
#define RT_LOADER_QEMU_OPTIONS_H

#include <stdbool.h>

enum rt_qemu_option {
    RT_QEMU_OPTION_VALUE, /* takes a value, says nothing about ROMs */
    RT_QEMU_OPTION_FLAG,  /* takes none, says nothing about ROMs */
    RT_QEMU_OPTION_ASKS,  /* takes none; QEMU answers and exits */
    RT_QEMU_OPTION_MACHINE,
    RT_QEMU_OPTION_DEVICE,
    RT_QEMU_OPTION_NIC,
    RT_QEMU_OPTION_NET,
    RT_QEMU_OPTION_NETDEV,
    RT_QEMU_OPTION_VGA,
    RT_QEMU_OPTION_FW_CFG,
    RT_QEMU_OPTION_RUN_WITH,
    RT_QEMU_OPTION_RUN_AS,
    RT_QEMU_OPTION_DATA_DIR,
    RT_QEMU_OPTION_GLOBAL,
    RT_QEMU_OPTION_SET,
    RT_QEMU_OPTION_CONFIG,
    RT_QEMU_OPTION_NO_DEFAULTS,
    RT_QEMU_OPTION_REFUSED, /* takes a value; may bring in ROMs past this reader */
};

/* "-device" and "--device" are one. False: no option that is known here. */
bool rt_qemu_option_find(const char *argument, enum rt_qemu_option *ret);

bool rt_qemu_option_has_value(enum rt_qemu_option option);

#endif
