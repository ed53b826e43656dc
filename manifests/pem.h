/* SPDX-License-Identifier: BSD-2-Clause */
/* One PEM block (RFC 7468, strict): its two lines, canonical base64 between them, nothing else. */
#ifndef RT_MANIFESTS_PEM_H
#define RT_MANIFESTS_PEM_H

#include "core/bytes.h"
#include "core/error.h"

/* Does the text begin with the line of this label: "PUBLIC KEY"? */
bool rt_pem_begins(struct rt_bytes text, const char *label);

/*
 * Appends what the one block of this label holds to out. Lines may end in CRLF, the last one's end
 * may be missing. ROMTOOL_E_BAD_KEY names the byte; _NO_MEMORY.
 */
int rt_pem_read(struct rt_bytes text, const char *label, struct rt_buffer *out,
                struct romtool_error *err);

/* Appends the block, lines of 64 characters. */
void rt_pem_append(struct rt_buffer *out, const char *label, struct rt_bytes bytes);

#endif
