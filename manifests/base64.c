/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifests/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
static const char last_two[][2] = {[RT_BASE64_STANDARD] = {'+', '/'}, [RT_BASE64_URL] = {'-', '_'}};

enum { NO_DIGIT = 64 };

static uint32_t value_of(enum rt_base64_alphabet alphabet, char c)
{
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 52;
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

bool rt_base64_decode_as(enum rt_base64_alphabet alphabet, const char *text, size_t text_len,
                         uint8_t *ret, size_t n)
{
    if (text_len / 4 != n / 3 + (n % 3 > 0 ? 1 : 0) || text_len % 4 != 0)
        return false;
    for (size_t in = 0, out = 0; in < text_len; in += 4, out += 3) {
        size_t bytes = n - out < 3 ? n - out : 3;
        uint32_t bits = 0;

        for (size_t i = 0; i < 4; i++) {
            uint32_t value = i <= bytes ? value_of(alphabet, text[in + i]) : 0;

            if (value == NO_DIGIT || (i > bytes && text[in + i] != '='))
                return false;
            bits = bits << 6 | value;
        }
        for (size_t i = 0; i < bytes; i++)
            ret[out + i] = (uint8_t)(bits >> (16 - 8 * i));
        if ((bits & (0xffffffU >> (8 * bytes))) != 0) /* bits that no byte takes */
            return false;
    }
    return true;
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
