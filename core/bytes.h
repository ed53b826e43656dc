/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hostile bytes, read without ever leaving them; byte counts; a growing output buffer.
 * The one cursor of the project: the length travels with the pointer, every read says whether it
 * could. Nothing else does pointer arithmetic on input.
 */
#ifndef RT_CORE_BYTES_H
#define RT_CORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rt_bytes {
    const uint8_t *data;
    size_t len;
};

/* Do n bytes at off lie inside? The only bounds check; it cannot wrap. */
static inline bool rt_bytes_has(struct rt_bytes b, size_t off, size_t n)
{
    return off <= b.len && n <= b.len - off;
}

/* Each reads at off and returns false, leaving *ret 0, where the bytes end before. */
bool rt_bytes_slice(struct rt_bytes b, size_t off, size_t n, struct rt_bytes *ret);
bool rt_bytes_u8(struct rt_bytes b, size_t off, uint8_t *ret);
bool rt_bytes_u16le(struct rt_bytes b, size_t off, uint16_t *ret);
bool rt_bytes_u32le(struct rt_bytes b, size_t off, uint32_t *ret);

/* Do the bytes at off equal these n? False where they end before. */
bool rt_bytes_equal_at(struct rt_bytes b, size_t off, const void *expected, size_t n);

/* The same bytes, and as many? */
static inline bool rt_bytes_equal(struct rt_bytes a, struct rt_bytes b)
{
    return a.len == b.len && rt_bytes_equal_at(a, 0, b.data, b.len);
}

/* The 8-bit sum of all bytes. */
uint8_t rt_bytes_sum8(struct rt_bytes b);

/* How many bytes at the end all equal the last one; 0 when empty. */
size_t rt_bytes_tail(struct rt_bytes b);

/* Are all bytes from off on zero? True where there are none. */
bool rt_bytes_zero_from(struct rt_bytes b, size_t off);

/* How many bytes the UTF-8 character at off has (RFC 3629, shortest form only); 0: none is there.
 */
size_t rt_bytes_utf8(struct rt_bytes b, size_t off);

/* Lower-case hex of b into ret, which holds 2 * b.len + 1 characters. */
void rt_bytes_to_hex(struct rt_bytes b, char *ret);

/* The inverse: exactly 2 * n lower-case hex characters into n bytes; false for anything else. */
bool rt_bytes_from_hex(const char *hex, uint8_t *ret, size_t n);

bool rt_size_is_power_of_two(uint64_t size);

/* The smallest power of two that is no smaller; 0 for 0 and where none fits 64 bits. */
uint64_t rt_size_to_power_of_two(uint64_t size);

/* "262144", "0x40000", "256K", "1M" to bytes, nothing around it; false for anything else. */
bool rt_size_parse(const char *text, uint64_t *ret);

/* ------------------------------------------------------------------------- output buffer */

/* Zeroed at start. After an allocation failure every further append is void and failed is set. */
struct rt_buffer {
    char *data; /* NUL-terminated whenever not NULL */
    size_t len; /* without that NUL */
    size_t capacity;
    bool failed;
};

/* What is in it, until the next append. */
static inline struct rt_bytes rt_buffer_bytes(const struct rt_buffer *buf)
{
    return (struct rt_bytes){(const uint8_t *)buf->data, buf->len};
}

void rt_buffer_append(struct rt_buffer *buf, const void *data, size_t n);
/* n more bytes of 0x00, to be written by the caller before the next call; NULL where it failed. */
uint8_t *rt_buffer_extend(struct rt_buffer *buf, size_t n);
void rt_buffer_puts(struct rt_buffer *buf, const char *text);
__attribute__((format(printf, 2, 3))) void rt_buffer_printf(struct rt_buffer *buf, const char *fmt,
                                                            ...);
void rt_buffer_free(struct rt_buffer *buf);

/* Frees what held a secret: overwritten first, in a way that no optimizer removes. */
void rt_buffer_wipe(struct rt_buffer *buf);
void rt_bytes_wipe(uint8_t *data, size_t n);

#endif
