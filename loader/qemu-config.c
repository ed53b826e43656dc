/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * -readconfig's files: [group "id"], then key = "value". QEMU reads them line by line with fgets()
 * and sscanf() (qemu_config_parse): into pieces of 1023 bytes; groups and keys of up to 63.
 */
#include "core/file.h"
#include "loader/qemu-words.h"

#include <stdlib.h>
#include <string.h>

enum {
    CONFIG_MAX = 1 << 20,   /* bytes of a file */
    LINE_MAX_BYTES = 1022,  /* without its newline */
    ENTRY_MAX_BYTES = 1000, /* of key and value: written anew there are 7 more in its line */
    NAME_MAX_BYTES = 63,
};

struct config_reader {
    struct rt_qemu_config *config;
    const char *name; /* the file's */
    unsigned long line;
    size_t offset; /* of the line, in bytes */
};

static int refuse_line(const struct config_reader *reader, const char *why,
                       struct romtool_error *err)
{
    return rt_qemu_refuse(err, reader->offset, "-readconfig", reader->name, "line %lu: %s",
                          reader->line, why);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static const char *skip_space(const char *p)
{
    while (is_space(*p))
        p++;
    return p;
}

/* How many characters of a group's or a key's name are at p. */
static size_t name_length(const char *p)
{
    return strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");
}

static int add_section(struct rt_qemu_config *config, const char *group, size_t group_len,
                       const char *id, size_t id_len, struct romtool_error *err)
{
    struct rt_qemu_section *grown =
        realloc(config->sections, (config->n + 1) * sizeof(*config->sections));

    if (grown == NULL)
        return rt_error_no_memory(err);
    config->sections = grown;
    grown += config->n++;
    *grown = (struct rt_qemu_section){
        .group = strndup(group, group_len),
        .id = id != NULL ? strndup(id, id_len) : NULL,
    };
    return grown->group == NULL || (id != NULL && grown->id == NULL) ? rt_error_no_memory(err) : 0;
}

/* [group], [group "id"] */
static int read_header(struct config_reader *reader, const char *line, struct romtool_error *err)
{
    const char *group = line + 1, *id = NULL, *p;
    size_t group_len = name_length(group), id_len = 0;

    p = group + group_len;
    if (is_space(*p)) {
        p = skip_space(p);
        if (*p != '"')
            return refuse_line(reader, "not [GROUP \"ID\"]", err);
        id = p + 1;
        id_len = strcspn(id, "\"");
        p = id + id_len;
        if (*p == '"')
            p++;
    }
    if (group_len == 0 || group_len > NAME_MAX_BYTES || id_len > NAME_MAX_BYTES ||
        (id != NULL && id_len == 0) || *p != ']' || *skip_space(p + 1) != '\0')
        return refuse_line(reader, "not [GROUP] or [GROUP \"ID\"]", err);
    return add_section(reader->config, group, group_len, id, id_len, err);
}

/* key = "value", or key ="value" */
static int read_entry(struct config_reader *reader, const char *line, struct romtool_error *err)
{
    static const char what[] = "not KEY = \"VALUE\"";
    struct rt_qemu_section *section = &reader->config->sections[reader->config->n - 1];
    const char *key = skip_space(line), *value, *p;
    size_t key_len = name_length(key), value_len;
    struct rt_qemu_entry *grown;

    p = skip_space(key + key_len);
    /* the key ends at a space: %63s takes all of 'driver="e1000"' */
    if (key_len == 0 || key_len > NAME_MAX_BYTES || p == key + key_len || *p != '=')
        return refuse_line(reader, what, err);
    p = skip_space(p + 1);
    if (*p != '"')
        return refuse_line(reader, what, err);
    value = p + 1;
    value_len = strcspn(value, "\"");
    p = value + value_len;
    if (*p != '"' || *skip_space(p + 1) != '\0')
        return refuse_line(reader, what, err);
    if (key_len + value_len > ENTRY_MAX_BYTES)
        return refuse_line(reader, "key and value of more than 1000 bytes", err);
    grown = realloc(section->entries, (section->n + 1) * sizeof(*grown));
    if (grown == NULL)
        return rt_error_no_memory(err);
    section->entries = grown;
    grown += section->n++;
    *grown = (struct rt_qemu_entry){strndup(key, key_len), strndup(value, value_len)};
    return grown->key == NULL || grown->value == NULL ? rt_error_no_memory(err) : 0;
}

static int read_line(struct config_reader *reader, struct rt_bytes bytes, struct romtool_error *err)
{
    char line[LINE_MAX_BYTES + 1];

    if (bytes.len > LINE_MAX_BYTES)
        return refuse_line(reader, "longer than 1022 bytes", err);
    if (memchr(bytes.data, '\0', bytes.len) != NULL)
        return refuse_line(reader, "a NUL byte", err);
    memcpy(line, bytes.data, bytes.len);
    line[bytes.len] = '\0';
    if (line[0] == '\0' || line[0] == '#')
        return 0;
    if (line[0] == '[')
        return read_header(reader, line, err);
    if (reader->config->n == 0)
        return refuse_line(reader, "before the first [GROUP]", err);
    return read_entry(reader, line, err);
}

int rt_qemu_config_parse(struct rt_bytes text, const char *name, struct rt_qemu_config *ret,
                         struct romtool_error *err)
{
    struct config_reader reader = {.config = ret, .name = name};
    int r = 0;

    *ret = (struct rt_qemu_config){0};
    while (r == 0 && reader.offset < text.len) {
        struct rt_bytes rest = {text.data + reader.offset, text.len - reader.offset};
        const uint8_t *end = memchr(rest.data, '\n', rest.len);
        size_t len = end != NULL ? (size_t)(end - rest.data) : rest.len;

        reader.line++;
        r = read_line(&reader, (struct rt_bytes){rest.data, len}, err);
        reader.offset += len + 1;
    }
    if (r < 0)
        rt_qemu_config_free(ret);
    return r;
}

int rt_qemu_config_read(const char *path, struct rt_qemu_config *ret, struct romtool_error *err)
{
    struct rt_file file;
    /* "-" is a file for QEMU, not standard input */
    int r = rt_file_read(strcmp(path, "-") == 0 ? "./-" : path, CONFIG_MAX, &file, err);

    *ret = (struct rt_qemu_config){0};
    if (r < 0)
        return r;
    r = rt_qemu_config_parse(rt_file_bytes(&file), path, ret, err);
    rt_file_free(&file);
    return r;
}

void rt_qemu_config_free(struct rt_qemu_config *config)
{
    for (size_t i = 0; i < config->n; i++) {
        struct rt_qemu_section *section = &config->sections[i];

        for (size_t k = 0; k < section->n; k++) {
            free(section->entries[k].key);
            free(section->entries[k].value);
        }
        free(section->entries);
        free(section->group);
        free(section->id);
    }
    free(config->sections);
    *config = (struct rt_qemu_config){0};
}

const char *rt_qemu_section_get(const struct rt_qemu_section *section, const char *key)
{
    for (size_t i = section->n; i > 0; i--) {
        if (strcmp(section->entries[i - 1].key, key) == 0)
            return section->entries[i - 1].value;
    }
    return NULL;
}

int rt_qemu_section_replace(struct rt_qemu_section *section, const char *key, const char *value,
                            struct romtool_error *err)
{
    for (size_t i = 0; i < section->n; i++) {
        char *copy;

        if (strcmp(section->entries[i].key, key) != 0)
            continue;
        copy = strdup(value);
        if (copy == NULL)
            return rt_error_no_memory(err);
        free(section->entries[i].value);
        section->entries[i].value = copy;
    }
    return 0;
}

void rt_qemu_config_write(const struct rt_qemu_config *config, struct rt_buffer *out)
{
    for (size_t i = 0; i < config->n; i++) {
        const struct rt_qemu_section *section = &config->sections[i];

        if (section->id != NULL)
            rt_buffer_printf(out, "[%s \"%s\"]\n", section->group, section->id);
        else
            rt_buffer_printf(out, "[%s]\n", section->group);
        for (size_t k = 0; k < section->n; k++)
            rt_buffer_printf(out, "  %s = \"%s\"\n", section->entries[k].key,
                             section->entries[k].value);
    }
}
