/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "core/file.h"
#include "manifests/fields.h"
#include "manifests/minisign.h"
#include "manifests/public-key.h"
#include "manifests/ssh.h"

#include <stdlib.h>
#include <string.h>

enum { OPTION_FORMAT = OPTION_LONG, OPTION_JSON };

static const struct option_spec option_specs[] = {
    {OPTION_FORMAT, "format", "FORMAT", "print the key as a file: minisign, pem or ssh"},
    {OPTION_JSON, "json", NULL, "print romtool/key/1"},
    {0},
};

static const struct command_help show_help = {
    "key show",
    "[--format FORMAT | --json] KEY...",
    "Show public keys, whoever wrote their files (minisign, PEM, OpenSSH's allowed signers): the\n"
    "algorithm, the key's name (SHA-256 of its SubjectPublicKeyInfo, what a DSSE envelope and\n"
    "revoked.d call it) and for Ed25519 minisign's key id.",
    option_specs,
};

static const struct command_help key_help = {
    "key",
    "show ...",
    "Show public keys.",
    option_specs + sizeof(option_specs) / sizeof(option_specs[0]) - 1,
};

enum { KEY_FILE_MAX = 65536 };

struct shown_key {
    struct rt_key_public key;
    struct rt_key_limits limits;
    char name[2 * RT_SHA256_SIZE + 1], minisign_id[17];
};

static int read_key(const char *path, struct shown_key *ret, struct romtool_error *err)
{
    struct rt_file file;
    int r = rt_file_read(path, KEY_FILE_MAX, &file, err);

    if (r < 0)
        return r;
    r = rt_key_public_read(rt_file_bytes(&file), &ret->key, &ret->limits, err);
    if (r < 0)
        rt_error_prefix(err, "'%s'", path);
    if (r == 0)
        r = rt_key_public_name(&ret->key, ret->name, err);
    if (r == 0)
        rt_minisign_key_id(&ret->key, ret->minisign_id);
    rt_file_free(&file);
    return r;
}

static void print_text(const char *path, const struct shown_key *key)
{
    char shown[512], time[RT_MANIFEST_CREATED_LEN + 1];

    (void)printf("%s: %s\n  name %s\n", printable(path, shown, sizeof(shown)),
                 rt_key_algorithm_name(key->key.algorithm), key->name);
    if (key->key.algorithm == RT_KEY_ED25519)
        (void)printf("  minisign %s%s\n", key->minisign_id,
                     key->key.own_id ? "" : ", derived: the file states none");
    if (key->limits.not_before > 0 && rt_manifest_created_write(key->limits.not_before, time))
        (void)printf("  not before %s\n", time);
    if (key->limits.not_after > 0 && rt_manifest_created_write(key->limits.not_after, time))
        (void)printf("  not after %s\n", time);
}

static void print_json_key(const char *path, const struct shown_key *key, struct rt_json_writer *w)
{
    rt_json_begin_object(w, NULL);
    rt_json_write_string(w, "path", path);
    rt_json_write_string(w, "algorithm", rt_key_algorithm_name(key->key.algorithm));
    rt_json_write_string(w, "name", key->name);
    if (key->key.algorithm == RT_KEY_ED25519)
        rt_json_write_string(w, "minisign", key->minisign_id);
    rt_json_end_object(w);
}

static int print_file(const char *format, const struct shown_key *key, struct romtool_error *err)
{
    struct rt_buffer out = {0};
    int r = 0;

    if (strcmp(format, "pem") == 0) {
        rt_key_public_write_pem(&key->key, &out);
    } else if (key->key.algorithm != RT_KEY_ED25519) {
        r = rt_error_set(err, ROMTOOL_E_USAGE, ROMTOOL_NO_OFFSET, "%s has no file for %s", format,
                         rt_key_algorithm_name(key->key.algorithm));
    } else if (strcmp(format, "ssh") == 0) {
        rt_ssh_key_append(&key->key, &out);
        rt_buffer_puts(&out, "\n");
    } else {
        r = rt_minisign_key_write(&key->key, &out, err);
    }
    if (r == 0 && out.failed)
        r = rt_error_no_memory(err);
    if (r == 0)
        (void)fputs(out.data, stdout);
    rt_buffer_free(&out);
    return r;
}

static enum exit_status show_all(const char *format, bool json, int n, char **paths)
{
    struct rt_buffer out = {0};
    struct rt_json_writer writer = {.out = &out};
    enum exit_status status = EXIT_HELD;
    struct romtool_error err;

    if (json) {
        rt_json_begin_object(&writer, NULL);
        rt_json_write_string(&writer, "schema", "romtool/key/1");
        rt_json_begin_array(&writer, "keys");
    }
    for (int i = 0; i < n; i++) {
        struct shown_key key;
        int r;

        rt_error_clear(&err);
        r = read_key(paths[i], &key, &err);
        if (r == 0 && format != NULL)
            r = print_file(format, &key, &err);
        else if (r == 0 && json)
            print_json_key(paths[i], &key, &writer);
        else if (r == 0)
            print_text(paths[i], &key);
        if (r < 0)
            status = exit_status_both(status, say_error(&err, paths[i], false));
    }
    if (!json)
        return status;
    rt_json_end_array(&writer);
    rt_json_end_object(&writer);
    return print_json(&out, status);
}

static enum exit_status command_show(int argc, char **argv)
{
    struct options options = {.help = &show_help, .argc = argc, .argv = argv};
    const char *format = NULL;
    bool json = false;
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        if (id == OPTION_FORMAT)
            format = options.value;
        else
            json = true;
    }
    if (options.first == argc)
        return usage_error(&show_help, "no KEY");
    if (format != NULL && strcmp(format, "minisign") != 0 && strcmp(format, "pem") != 0 &&
        strcmp(format, "ssh") != 0)
        return usage_error(&show_help, "'%s' is not minisign, pem or ssh", format);
    if (format != NULL && json)
        return usage_error(&show_help, "--format or --json");
    return show_all(format, json, argc - options.first, argv + options.first);
}

enum exit_status command_key(int argc, char **argv)
{
    struct options options = {
        .help = &key_help, .argc = argc, .argv = argv, .stop_at_operand = true};
    int id;

    if (argc > 1 && strcmp(argv[1], "show") == 0)
        return command_show(argc - 1, argv + 1);
    id = options_next(&options);
    if (id != OPTION_END)
        return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
    if (options.first < argc)
        return usage_error(&key_help, "no command 'key %s'", argv[options.first]);
    return usage_error(&key_help, "show?");
}
