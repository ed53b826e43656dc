/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the loader: memfds. What a VMM calls is in romtool.h. */
#ifndef RT_LOADER_LOAD_H
#define RT_LOADER_LOAD_H

#include "core/bytes.h"
#include "core/error.h"

/* A close-on-exec memfd of exactly these bytes, sealed against any change. ROMTOOL_E_IO. */
int rt_load_memfd(const char *name, struct rt_bytes bytes, int *ret_fd, struct romtool_error *err);

#endif
