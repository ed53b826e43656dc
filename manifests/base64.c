/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifests/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
static const char last_two[][2] = {[RT_BASE64_STANDARD] = {'+', '/'}, [RT_BASE64_URL] = {'-', '_'}};

enum { NO_DIGIT = 64 };

static uint8_t value_of(enum rt_base64_alphabet alphabet, uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint8_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint8_t)(c - 'a' + 26);
    if (c >= '0' && c <= '9')
        return (uint8_t)(c - '0' + 52);
    if (c == last_two[alphabet][0])
        return 62;
    return c == last_two[alphabet][1] ? 63 : NO_DIGIT;
}

static char digit_of(uint32_t value)
{
    return value < 62 ? digits[value] : last_two[RT_BASE64_STANDARD][value - 62];
}

size_t rt_base64_size(const char *text, size_t text_len)
{
    size_t padding = 0;

    while (padding < 2 && padding < text_len && text[text_len - 1 - padding] == '=')
        padding++;
    return text_len < 4 ? 0 : text_len / 4 * 3 - padding;
}

/* The last four characters: one to three bytes. */
static bool decode_end(const uint8_t values[256], const char *text, uint8_t *ret, size_t bytes)
{
    uint32_t bits = 0;

    for (size_t i = 0; i < 4; i++) {
        uint32_t value = i <= bytes ? values[(uint8_t)text[i]] : 0;

        if (value == NO_DIGIT || (i > bytes && text[i] != '='))
            return false;
        bits = bits << 6 | value;
    }
    for (size_t i = 0; i < bytes; i++)
        ret[i] = (uint8_t)(bits >> (16 - 8 * i));
    return (bits & (0xffffffU >> (8 * bytes))) == 0; /* else bits that no byte takes */
}

bool rt_base64_decode_as(enum rt_base64_alphabet alphabet, const char *text, size_t text_len,
                         uint8_t *ret, size_t n)
{
    uint8_t values[256];
    size_t in = 0, out = 0;

    if (text_len / 4 != n / 3 + (n % 3 > 0 ? 1 : 0) || text_len % 4 != 0)
        return false;
    for (size_t i = 0; i < sizeof(values); i++)
        values[i] = value_of(alphabet, (uint8_t)i);
    for (; n - out > 3; in += 4, out += 3) {
        uint32_t a = values[(uint8_t)text[in]], b = values[(uint8_t)text[in + 1]];
        uint32_t c = values[(uint8_t)text[in + 2]], d = values[(uint8_t)text[in + 3]];

        if (((a | b | c | d) & NO_DIGIT) != 0)
            return false;
        ret[out] = (uint8_t)(a << 2 | b >> 4);
        ret[out + 1] = (uint8_t)(b << 4 | c >> 2);
        ret[out + 2] = (uint8_t)(c << 6 | d);
    }
    return n == 0 || decode_end(values, text + in, ret + out, n - out);
}

bool rt_base64_decode(const char *text, size_t text_len, uint8_t *ret, size_t n)
{
    return rt_base64_decode_as(RT_BASE64_STANDARD, text, text_len, ret, n);
}

void rt_base64_append(struct rt_buffer *out, struct rt_bytes bytes)
{
    for (size_t in = 0; in < bytes.len; in += 3) {
        char text[4] = {'=', '=', '=', '='};
        size_t left = bytes.len - in < 3 ? bytes.len - in : 3;
        uint32_t bits = 0;

        for (size_t i = 0; i < 3; i++)
            bits = bits << 8 | (i < left ? bytes.data[in + i] : 0U);
        for (size_t i = 0; i <= left; i++)
            text[i] = digit_of(bits >> (18 - 6 * i) & 63);
        rt_buffer_append(out, text, sizeof(text));
    }
}
