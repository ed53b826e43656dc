/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "core/file.h"
#include "manifests/minisign.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct option_spec option_specs[] = {
    {'q', "quiet", NULL, "print nothing"},
    {0},
};

static const struct command_help help = {
    "keygen",
    "NAME",
    "Make an Ed25519 key pair: NAME.key, the private key (PEM PKCS#8, readable by you only), and\n"
    "NAME.pub, the public key (minisign). Files that are there already are not replaced.",
    option_specs,
};

static int write_file(const char *name, const char *suffix, unsigned mode,
                      const struct rt_buffer *text, struct romtool_error *err)
{
    struct rt_buffer path = {0};
    int r;

    rt_buffer_printf(&path, "%s%s", name, suffix);
    if (path.failed || text->failed)
        r = rt_error_no_memory(err);
    else
        r = rt_file_write(path.data, mode, RT_FILE_KEEP,
                          (struct rt_bytes){(const uint8_t *)text->data, text->len}, err);
    rt_buffer_free(&path);
    return r;
}

/* The public half first: where it cannot be written, no private key is left behind. */
static int write_pair(const char *name, const struct rt_buffer *private_text,
                      const struct rt_buffer *public_text, struct romtool_error *err)
{
    struct rt_buffer path = {0};
    int r = write_file(name, ".pub", 0644, public_text, err);

    if (r < 0)
        return r;
    r = write_file(name, ".key", 0600, private_text, err);
    rt_buffer_printf(&path, "%s.pub", name);
    if (r < 0 && !path.failed)
        (void)unlink(path.data);
    rt_buffer_free(&path);
    return r;
}

static int generate(const char *name, char id[17], struct romtool_error *err)
{
    struct rt_buffer private_text = {0}, public_text = {0};
    struct rt_key_private *key = NULL;
    struct rt_key_public public;
    int r = rt_key_generate(&key, err);

    if (r == 0)
        r = rt_key_private_public(key, &public, err);
    if (r == 0)
        r = rt_key_private_write(key, &private_text, err);
    if (r == 0)
        r = rt_minisign_key_write(&public, &public_text, err);
    if (r == 0)
        r = write_pair(name, &private_text, &public_text, err);
    if (r == 0)
        rt_minisign_key_id(&public, id);
    rt_key_private_free(key);
    rt_buffer_wipe(&private_text);
    rt_buffer_free(&public_text);
    return r;
}

enum exit_status command_keygen(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct romtool_error err;
    bool quiet = false;
    char id_text[17], shown[512];
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id != 'q')
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        quiet = true;
    }
    if (options.first + 1 != argc)
        return usage_error(&help, "one NAME is needed");
    rt_error_clear(&err);
    if (generate(argv[options.first], id_text, &err) < 0)
        return say_error(&err, NULL, false);
    (void)printable(argv[options.first], shown, sizeof(shown));
    if (!quiet)
        (void)printf("%s.key, %s.pub: key %s\n", shown, shown, id_text);
    return EXIT_HELD;
}
