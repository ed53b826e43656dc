/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool rt_bytes_slice(struct rt_bytes b, size_t off, size_t n, struct rt_bytes *ret)
{
    *ret = (struct rt_bytes){NULL, 0};
    if (!rt_bytes_has(b, off, n))
        return false;
    if (n > 0)
        *ret = (struct rt_bytes){b.data + off, n};
    return true;
}

bool rt_bytes_u8(struct rt_bytes b, size_t off, uint8_t *ret)
{
    *ret = 0;
    if (!rt_bytes_has(b, off, 1))
        return false;
    *ret = b.data[off];
    return true;
}

bool rt_bytes_u16le(struct rt_bytes b, size_t off, uint16_t *ret)
{
    *ret = 0;
    if (!rt_bytes_has(b, off, 2))
        return false;
    *ret = (uint16_t)(b.data[off] | b.data[off + 1] << 8);
    return true;
}

bool rt_bytes_u32le(struct rt_bytes b, size_t off, uint32_t *ret)
{
    uint16_t low = 0, high = 0;

    *ret = 0;
    if (!rt_bytes_has(b, off, 4))
        return false;
    (void)rt_bytes_u16le(b, off, &low);
    (void)rt_bytes_u16le(b, off + 2, &high);
    *ret = (uint32_t)high << 16 | low;
    return true;
}

bool rt_bytes_equal_at(struct rt_bytes b, size_t off, const void *expected, size_t n)
{
    return rt_bytes_has(b, off, n) && (n == 0 || memcmp(b.data + off, expected, n) == 0);
}

uint8_t rt_bytes_sum8(struct rt_bytes b)
{
    const uint64_t even = 0x00ff00ff00ff00ff;
    uint64_t sum = 0;
    size_t at = 0;

    /* eight bytes at a time, in four lanes of 16 bits: 128 * 2 * 255 still fit */
    while (b.len - at >= sizeof(even)) {
        uint64_t lanes = 0, word;

        for (unsigned i = 0; i < 128 && b.len - at >= sizeof(word); i++) {
            memcpy(&word, b.data + at, sizeof(word));
            lanes += (word & even) + (word >> 8 & even);
            at += sizeof(word);
        }
        sum += lanes + (lanes >> 16) + (lanes >> 32) + (lanes >> 48);
    }
    for (; at < b.len; at++)
        sum += b.data[at];
    return (uint8_t)sum;
}

size_t rt_bytes_tail(struct rt_bytes b)
{
    enum { BLOCK = 64 };
    size_t n = b.len > 0 ? 1 : 0;

    /* a block in front of those known is like them where it is like itself, one byte on */
    while (b.len - n >= BLOCK &&
           memcmp(b.data + b.len - n - BLOCK, b.data + b.len - n - BLOCK + 1, BLOCK) == 0)
        n += BLOCK;
    while (n < b.len && b.data[b.len - 1 - n] == b.data[b.len - 1])
        n++;
    return n;
}

bool rt_bytes_zero_from(struct rt_bytes b, size_t off)
{
    return off >= b.len || (b.data[b.len - 1] == 0 && rt_bytes_tail(b) >= b.len - off);
}

size_t rt_bytes_utf8(struct rt_bytes b, size_t off)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first, next;
    uint32_t value;
    size_t n;

    if (!rt_bytes_u8(b, off, &first))
        return 0;
    if (first < 0x80)
        return 1;
    n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc0 || first > 0xf4)
        return 0;
    value = first & (0x7fU >> n);
    for (size_t i = 1; i < n; i++) {
        if (!rt_bytes_u8(b, off + i, &next) || (next & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (next & 0x3fU);
    }
    if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    return n;
}

void rt_bytes_to_hex(struct rt_bytes b, char *ret)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < b.len; i++) {
        ret[2 * i] = digits[b.data[i] >> 4];
        ret[2 * i + 1] = digits[b.data[i] & 15];
    }
    ret[2 * b.len] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool rt_bytes_from_hex(const char *hex, uint8_t *ret, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(hex[2 * i]);
        int low = high < 0 ? -1 : hex_digit(hex[2 * i + 1]);

        if (low < 0)
            return false;
        ret[i] = (uint8_t)(high << 4 | low);
    }
    return hex[2 * n] == '\0';
}

bool rt_size_is_power_of_two(uint64_t size)
{
    return size != 0 && (size & (size - 1)) == 0;
}

uint64_t rt_size_to_power_of_two(uint64_t size)
{
    uint64_t power = 1;

    if (size == 0)
        return 0;
    while (power != 0 && power < size)
        power <<= 1;
    return power;
}

bool rt_size_parse(const char *text, uint64_t *ret)
{
    bool hex = text[0] == '0' && text[1] == 'x';
    const char *p = hex ? text + 2 : text;
    uint64_t value = 0, base = hex ? 16 : 10, scale = 1;
    const char *first = p;

    *ret = 0;
    for (; *p != '\0'; p++) {
        int digit = hex_digit(hex && *p >= 'A' && *p <= 'F' ? (char)(*p - 'A' + 'a') : *p);

        if (digit < 0 || (uint64_t)digit >= base)
            break;
        if (value > (UINT64_MAX - (uint64_t)digit) / base)
            return false;
        value = value * base + (uint64_t)digit;
    }
    if (p == first)
        return false;
    if (!hex && (*p == 'K' || *p == 'M'))
        scale = *p++ == 'K' ? 1024 : 1024 * 1024;
    if (*p != '\0' || value > UINT64_MAX / scale)
        return false;
    *ret = value * scale;
    return true;
}

static bool buffer_reserve(struct rt_buffer *buf, size_t n)
{
    size_t wanted = buf->capacity > 0 ? buf->capacity : 256;
    char *data;

    if (buf->failed || n > SIZE_MAX / 4 || buf->len > SIZE_MAX / 4) {
        buf->failed = true;
        return false;
    }
    if (buf->data != NULL && n < buf->capacity - buf->len)
        return true;
    while (wanted <= buf->len + n)
        wanted *= 2;
    data = realloc(buf->data, wanted);
    if (data == NULL) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->capacity = wanted;
    return true;
}

void rt_buffer_append(struct rt_buffer *buf, const void *data, size_t n)
{
    if (!buffer_reserve(buf, n))
        return;
    if (n > 0)
        memcpy(buf->data + buf->len, data, n);
    buf->len += n;
    buf->data[buf->len] = '\0';
}

uint8_t *rt_buffer_extend(struct rt_buffer *buf, size_t n)
{
    uint8_t *ret;

    if (!buffer_reserve(buf, n))
        return NULL;
    ret = (uint8_t *)buf->data + buf->len;
    memset(ret, 0, n + 1);
    buf->len += n;
    return ret;
}

void rt_buffer_puts(struct rt_buffer *buf, const char *text)
{
    rt_buffer_append(buf, text, strlen(text));
}

void rt_buffer_printf(struct rt_buffer *buf, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        buf->failed = true;
    if (n < 0 || !buffer_reserve(buf, (size_t)n))
        return;
    va_start(ap, fmt);
    (void)vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    buf->len += (size_t)n;
}

void rt_buffer_free(struct rt_buffer *buf)
{
    free(buf->data);
    *buf = (struct rt_buffer){0};
}

void rt_bytes_wipe(uint8_t *data, size_t n)
{
    volatile uint8_t *p = data;

    while (n > 0)
        p[--n] = 0;
}

void rt_buffer_wipe(struct rt_buffer *buf)
{
    if (buf->data != NULL)
        rt_bytes_wipe((uint8_t *)buf->data, buf->capacity);
    rt_buffer_free(buf);
}
