/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "core/file.h"
#include "manifests/manifest.h"
#include "manifests/minisign.h"

#include <string.h>

static const struct option_spec option_specs[] = {
    {'k', "key", "KEY", "the private key, NAME.key of keygen"},
    {'q', "quiet", NULL, "print nothing"},
    {0},
};

static const struct command_help help = {
    "sign",
    "-k KEY FILE",
    "Sign a manifest's exact bytes: FILE.minisig, which minisign verifies too. Only what reads as "
    "a\n"
    "manifest is signed.",
    option_specs,
};

enum { KEY_FILE_MAX = 65536 };

static int read_key(const char *path, struct rt_key_private **ret, struct romtool_error *err)
{
    struct rt_file file;
    int r = rt_file_read(path, KEY_FILE_MAX, &file, err);

    if (r < 0)
        return r;
    r = rt_key_private_read(rt_file_bytes(&file), ret, err);
    if (r < 0)
        rt_error_prefix(err, "'%s'", path);
    rt_file_wipe(&file);
    return r;
}

/* Signing a statement that every reader will refuse helps nobody. */
static int check_manifest(const char *path, const struct rt_file *file, struct romtool_error *err)
{
    struct rt_manifest_doc *doc;
    int r = rt_manifest_read(rt_file_bytes(file), &doc, err);

    if (r < 0)
        rt_error_prefix(err, "'%s'", path);
    else
        rt_manifest_doc_free(doc);
    return r;
}

static int write_signature(const char *path, const struct rt_key_private *key,
                           const struct rt_file *file, struct romtool_error *err)
{
    const char *slash = strrchr(path, '/');
    struct rt_buffer comment = {0}, text = {0}, out = {0};
    int r = 0;

    rt_buffer_printf(&comment, "file:%s", slash != NULL ? slash + 1 : path);
    rt_buffer_printf(&out, "%s.minisig", path);
    if (comment.failed || out.failed)
        r = rt_error_no_memory(err);
    if (r == 0)
        r = rt_minisign_sign(key, rt_file_bytes(file), comment.data, &text, err);
    if (r == 0)
        r = rt_file_write(out.data, 0644, 0,
                          (struct rt_bytes){(const uint8_t *)text.data, text.len}, err);
    rt_buffer_free(&comment);
    rt_buffer_free(&text);
    rt_buffer_free(&out);
    return r;
}

static int sign(const char *key_path, const char *path, struct romtool_error *err)
{
    struct rt_key_private *key = NULL;
    struct rt_file file = {0};
    int r = read_key(key_path, &key, err);

    if (r == 0)
        r = rt_file_read(path, RT_MANIFEST_SIZE_MAX, &file, err);
    if (r == 0)
        r = check_manifest(path, &file, err);
    if (r == 0)
        r = write_signature(path, key, &file, err);
    rt_file_free(&file);
    rt_key_private_free(key);
    return r;
}

enum exit_status command_sign(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    const char *key_path = NULL;
    struct romtool_error err;
    bool quiet = false;
    char shown[512];
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == 'k')
            key_path = options.value;
        else if (id == 'q')
            quiet = true;
        else
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
    }
    if (key_path == NULL)
        return usage_error(&help, "-k KEY is needed");
    if (options.first + 1 != argc)
        return usage_error(&help, "one FILE is needed");
    if (strcmp(argv[options.first], "-") == 0)
        return usage_error(&help, "a signature lies beside its FILE, standard input has no place");
    rt_error_clear(&err);
    if (sign(key_path, argv[options.first], &err) < 0)
        return say_error(&err, argv[options.first], false);
    if (!quiet)
        (void)printf("%s.minisig\n", printable(argv[options.first], shown, sizeof(shown)));
    return EXIT_HELD;
}
