/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifests/fields.h"

#include <stdio.h>
#include <string.h>

/* The n bytes of one well-formed UTF-8 character at off. */
static bool is_invisible(struct rt_bytes text, size_t off, size_t n)
{
    const uint8_t *c = text.data + off;

    if (n == 1)
        return c[0] < 0x20 || c[0] == 0x7f;
    if (n == 2) /* U+0080..U+009F: the C1 controls */
        return c[0] == 0xc2 && c[1] < 0xa0;
    if (n != 3 || c[0] != 0xe2)
        return false;
    /* U+2028..U+202E: line and paragraph separator, embeddings and overrides (Unicode TR 9) */
    if (c[1] == 0x80 && c[2] >= 0xa8 && c[2] <= 0xae)
        return true;
    /* U+2066..U+2069: isolates */
    return c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9;
}

bool rt_manifest_text_is_printable(struct rt_bytes text, bool tabs)
{
    for (size_t i = 0; i < text.len;) {
        size_t n = rt_bytes_utf8(text, i);

        if (n == 0)
            return false;
        if (is_invisible(text, i, n) && !(tabs && text.data[i] == '\t'))
            return false;
        i += n;
    }
    return true;
}

/* ------------------------------------------------------------------------- times */

/*
 * The proleptic Gregorian calendar without the C library's: no locale, no time zone, no time_t.
 * Years begin in March here, so that the leap day is the last one.
 */
enum {
    DAYS_PER_ERA = 146097, /* 400 years */
    DAYS_TO_1970 = 719468, /* from 0000-03-01 */
    SECONDS_PER_DAY = 86400,
};

static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, year_of_era = y % 400;
    int64_t month_from_march = (month + 9) % 12;
    /* 153 days are five months of 31, 30, 31, 30, 31 days */
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;

    return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
           day_of_year - DAYS_TO_1970;
}

static void date_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    int64_t shifted = days + DAYS_TO_1970;
    int64_t era = shifted / DAYS_PER_ERA, d = shifted % DAYS_PER_ERA;
    /* 1460, 36524, 146096: days before the leap day of 4, 100 and 400 years */
    int64_t year_of_era = (d - d / 1460 + d / 36524 - d / 146096) / 365;
    int64_t day_of_year = d - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;

    *day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    *month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    *year = era * 400 + year_of_era + (*month <= 2 ? 1 : 0);
}

bool rt_manifest_created_write(int64_t created, char ret[RT_MANIFEST_CREATED_LEN + 1])
{
    int64_t year, month, day, second = created % SECONDS_PER_DAY;
    char text[80];

    ret[0] = '\0';
    if (created < 0 || created > RT_MANIFEST_CREATED_MAX)
        return false;
    date_from_days(created / SECONDS_PER_DAY, &year, &month, &day);
    if (snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)year, (int)month,
                 (int)day, (int)(second / 3600), (int)(second / 60 % 60),
                 (int)(second % 60)) != RT_MANIFEST_CREATED_LEN)
        return false;
    memcpy(ret, text, RT_MANIFEST_CREATED_LEN + 1);
    return true;
}

/* n decimal digits at text. */
static bool read_digits(const char *text, size_t n, int64_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *ret = *ret * 10 + (text[i] - '0');
    }
    return true;
}

bool rt_manifest_created_read(const char *text, int64_t *ret)
{
    static const char form[] = "____-__-__T__:__:__Z";
    char again[RT_MANIFEST_CREATED_LEN + 1];
    int64_t year, month, day, hour, minute, second, value;

    *ret = 0;
    if (strlen(text) != RT_MANIFEST_CREATED_LEN)
        return false;
    for (size_t i = 0; i < RT_MANIFEST_CREATED_LEN; i++) {
        if (form[i] != '_' && form[i] != text[i])
            return false;
    }
    if (!read_digits(text, 4, &year) || !read_digits(text + 5, 2, &month) ||
        !read_digits(text + 8, 2, &day) || !read_digits(text + 11, 2, &hour) ||
        !read_digits(text + 14, 2, &minute) || !read_digits(text + 17, 2, &second))
        return false;
    if (month < 1 || month > 12)
        return false;
    value = days_from_date(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
    /* What is written otherwise than it was read (February 30, 24:00) is no date. */
    if (!rt_manifest_created_write(value, again) || strcmp(again, text) != 0)
        return false;
    *ret = value;
    return true;
}
