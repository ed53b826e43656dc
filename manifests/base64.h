/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Base64 (RFC 4648), canonical only: padded, no bits that no byte takes, no white space, one
 * alphabet from end to end.
 */
#ifndef RT_MANIFESTS_BASE64_H
#define RT_MANIFESTS_BASE64_H

#include "core/bytes.h"

enum rt_base64_alphabet {
    RT_BASE64_STANDARD, /* "+/" */
    RT_BASE64_URL,      /* "-_" */
};

/* How many bytes a text of this length and end holds, if it is base64 at all. */
size_t rt_base64_size(const char *text, size_t text_len);

/* Returns false unless exactly n bytes come out. */
bool rt_base64_decode(const char *text, size_t text_len, uint8_t *ret, size_t n);
bool rt_base64_decode_as(enum rt_base64_alphabet alphabet, const char *text, size_t text_len,
                         uint8_t *ret, size_t n);

/* The standard alphabet. */
void rt_base64_append(struct rt_buffer *out, struct rt_bytes bytes);

#endif
