/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifests/ssh.h"

#include <stdio.h>
#include <string.h>

#include "manifests/base64.h"
#include "manifests/fields.h"
#include "manifests/lines.h"

static const char type_name[] = "ssh-ed25519";

enum {
    TYPE_LEN = sizeof(type_name) - 1,
    BLOB_KEY = 4 + TYPE_LEN + 4, /* where the key is: two strings, lengths in four bytes */
    BLOB_SIZE = BLOB_KEY + RT_KEY_PUBLIC_SIZE,
    MOST_FIELDS = 5,
};

/* What stands before the key in its blob (RFC 8709, section 4). */
static const uint8_t blob_prefix[BLOB_KEY] = {
    0, 0, 0, 11, 's', 's', 'h', '-', 'e', 'd', '2', '5', '5', '1', '9', 0, 0, 0, 32,
};

/* ------------------------------------------------------------------------- words */

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* The next word of a line; quotes keep spaces together. False at the end. */
static bool next_word(struct rt_bytes *rest, struct rt_bytes *ret)
{
    struct rt_bytes all = *rest;
    size_t start = 0, end;
    bool quoted = false;

    while (start < all.len && is_space(all.data[start]))
        start++;
    for (end = start; end < all.len && (quoted || !is_space(all.data[end])); end++)
        quoted ^= all.data[end] == '"';
    return end > start && rt_bytes_slice(all, start, end - start, ret) &&
           rt_bytes_slice(all, end, all.len - end, rest);
}

/* A line that says something. */
static bool next_line(struct rt_bytes *rest, struct rt_bytes *ret)
{
    bool ended;

    while (rt_line_next(rest, ret, &ended)) {
        struct rt_bytes words = *ret, word;

        if (next_word(&words, &word) && word.data[0] != '#')
            return true;
    }
    return false;
}

static bool is_key_type(struct rt_bytes word)
{
    static const char *const begins[] = {"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"};

    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        if (rt_bytes_equal_at(word, 0, begins[i], strlen(begins[i])))
            return true;
    }
    return false;
}

bool rt_ssh_is_signers(struct rt_bytes text)
{
    struct rt_bytes line, word;
    bool found = false;

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 0x20 && text.data[i] != '\n' && text.data[i] != '\r' &&
            text.data[i] != '\t')
            return false;
    }
    if (!next_line(&text, &line))
        return false;
    for (size_t i = 0; i < 3 && !found && next_word(&line, &word); i++)
        found = is_key_type(word);
    return found;
}

/* ------------------------------------------------------------------------- options */

/* One line, and where it stands in the file. */
struct entry {
    struct rt_bytes text, line;
    struct romtool_error *err;
};

static int bad(const struct entry *entry, struct rt_bytes at, const char *why)
{
    return rt_error_set(entry->err, ROMTOOL_E_BAD_KEY, (uint64_t)(at.data - entry->text.data), "%s",
                        why);
}

/* "20270101Z", "202701011200Z", "20270101120000Z" */
static bool read_time(struct rt_bytes value, int64_t *ret)
{
    char d[15] = "00000000000000", text[RT_MANIFEST_CREATED_LEN + 1];

    if ((value.len != 9 && value.len != 13 && value.len != 15) || value.data[value.len - 1] != 'Z')
        return false;
    for (size_t i = 0; i < value.len - 1; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return false;
        d[i] = (char)value.data[i];
    }
    (void)snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", d, d + 4, d + 6, d + 8,
                   d + 10, d + 12);
    return rt_manifest_created_read(text, ret) && *ret > 0;
}

static bool lists_namespace(struct rt_bytes value)
{
    size_t start = 0;

    for (size_t i = 0; i <= value.len; i++) {
        if (i < value.len && value.data[i] != ',')
            continue;
        if (i - start == strlen(RT_SSH_NAMESPACE) &&
            rt_bytes_equal_at(value, start, RT_SSH_NAMESPACE, i - start))
            return true;
        start = i + 1;
    }
    return false;
}

/* NAME="VALUE" or NAME=VALUE; the value without quotes. */
static bool option_is(struct rt_bytes option, const char *name, struct rt_bytes *ret)
{
    size_t n = strlen(name);

    *ret = (struct rt_bytes){NULL, 0};
    if (!rt_bytes_equal_at(option, 0, name, n) || option.len <= n || option.data[n] != '=')
        return false;
    n++;
    if (option.len - n >= 2 && option.data[n] == '"' && option.data[option.len - 1] == '"')
        return rt_bytes_slice(option, n + 1, option.len - n - 2, ret);
    return rt_bytes_slice(option, n, option.len - n, ret);
}

static int read_option(const struct entry *entry, struct rt_bytes option,
                       struct rt_key_limits *limits)
{
    struct rt_bytes value;

    if (option_is(option, "namespaces", &value))
        return lists_namespace(value)
                   ? 0
                   : bad(entry, option, "a key whose namespaces= do not have " RT_SSH_NAMESPACE);
    if (option_is(option, "valid-after", &value))
        return read_time(value, &limits->not_before)
                   ? 0
                   : bad(entry, option, "valid-after is no time in UTC like 20270101Z");
    if (option_is(option, "valid-before", &value))
        return read_time(value, &limits->not_after)
                   ? 0
                   : bad(entry, option, "valid-before is no time in UTC like 20270101Z");
    return bad(entry, option, "an option that is not known here");
}

static int read_options(const struct entry *entry, struct rt_bytes options,
                        struct rt_key_limits *limits)
{
    size_t start = 0;
    bool quoted = false;
    int r = 0;

    for (size_t i = 0; i <= options.len && r == 0; i++) {
        struct rt_bytes option;

        if (i < options.len && options.data[i] == '"')
            quoted = !quoted;
        if (i < options.len && (quoted || options.data[i] != ','))
            continue;
        (void)rt_bytes_slice(options, start, i - start, &option);
        if (quoted)
            r = bad(entry, options, "a quote that does not end");
        else if (option.len == 0)
            r = bad(entry, options, "an empty option");
        else
            r = read_option(entry, option, limits);
        start = i + 1;
    }
    return r;
}

/* ------------------------------------------------------------------------- the key */

static int read_entry(const struct entry *entry, struct rt_key_public *ret,
                      struct rt_key_limits *limits)
{
    struct rt_bytes rest = entry->line, words[MOST_FIELDS];
    uint8_t blob[BLOB_SIZE];
    size_t n = 0, type = 0;

    while (n < MOST_FIELDS && next_word(&rest, &words[n]))
        n++;
    while (type < n && !is_key_type(words[type]))
        type++;
    if (type > 2 || type + 1 >= n)
        return bad(entry, entry->line, "no key behind principals and options");
    if (!rt_line_is(words[type], type_name))
        return bad(entry, words[type], "not an ssh-ed25519 key");
    if (type == 2) {
        int r = read_options(entry, words[1], limits);

        if (r < 0)
            return r;
    }
    if (!rt_base64_decode((const char *)words[type + 1].data, words[type + 1].len, blob,
                          sizeof(blob)) ||
        memcmp(blob, blob_prefix, sizeof(blob_prefix)) != 0)
        return bad(entry, words[type + 1], "not an ssh-ed25519 key in base64");
    ret->algorithm = RT_KEY_ED25519;
    memcpy(ret->key, blob + BLOB_KEY, RT_KEY_PUBLIC_SIZE);
    return 0;
}

int rt_ssh_signers_read(struct rt_bytes text, struct rt_key_public *ret,
                        struct rt_key_limits *ret_limits, struct romtool_error *err)
{
    struct entry entry = {.text = text, .err = err};
    struct rt_bytes rest = text, more;
    int r;

    *ret = (struct rt_key_public){0};
    *ret_limits = (struct rt_key_limits){0};
    if (!next_line(&rest, &entry.line))
        return rt_error_set(err, ROMTOOL_E_BAD_KEY, 0, "no key in it");
    r = read_entry(&entry, ret, ret_limits);
    if (r == 0 && next_line(&rest, &more))
        r = bad(&entry, more, "a second key: one key per file");
    return r;
}

void rt_ssh_key_append(const struct rt_key_public *key, struct rt_buffer *out)
{
    uint8_t blob[BLOB_SIZE];

    memcpy(blob, blob_prefix, sizeof(blob_prefix));
    memcpy(blob + BLOB_KEY, key->key, RT_KEY_PUBLIC_SIZE);
    rt_buffer_printf(out, "%s ", type_name);
    rt_base64_append(out, (struct rt_bytes){blob, sizeof(blob)});
}
