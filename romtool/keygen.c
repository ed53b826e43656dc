/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "core/file.h"
#include "manifests/minisign.h"
#include "manifests/private-key.h"
#include "manifests/public-key.h"
#include "romtool/passphrase.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_ALGORITHM = OPTION_LONG, OPTION_ENCRYPT, OPTION_PASSPHRASE_FD };

static const struct option_spec option_specs[] = {
    {OPTION_ALGORITHM, "algorithm", "NAME", "ed25519 (default), ecdsa-p256 or ecdsa-p384"},
    {OPTION_ENCRYPT, "encrypt", NULL, "encrypt the private key, ask for a passphrase"},
    {OPTION_PASSPHRASE_FD, "passphrase-fd", "N", PASSPHRASE_FD_HELP},
    {'q', "quiet", NULL, "print nothing"},
    {0},
};

static const struct command_help help = {
    "keygen",
    "[--algorithm NAME] [--encrypt] NAME",
    "Make a key pair: NAME.key, the private key (PEM PKCS#8, readable by you only), and the "
    "public\n"
    "key: NAME.pub (minisign) for Ed25519, NAME.pem for ECDSA. Files that are there already are\n"
    "not replaced.",
    option_specs,
};

struct generation {
    const char *name;
    enum rt_key_algorithm algorithm;
    bool encrypt, quiet;
    struct passphrase_source source;
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
        r = rt_file_write(path.data, mode, RT_FILE_KEEP, rt_buffer_bytes(text), err);
    rt_buffer_free(&path);
    return r;
}

static const char *public_suffix(const struct generation *generation)
{
    return generation->algorithm == RT_KEY_ED25519 ? ".pub" : ".pem";
}

/* The public half first: where it cannot be written, no private key is left behind. */
static int write_pair(const struct generation *generation, const struct rt_buffer *private_text,
                      const struct rt_buffer *public_text, struct romtool_error *err)
{
    struct rt_buffer path = {0};
    int r = write_file(generation->name, public_suffix(generation), 0644, public_text, err);

    if (r < 0)
        return r;
    r = write_file(generation->name, ".key", 0600, private_text, err);
    rt_buffer_printf(&path, "%s%s", generation->name, public_suffix(generation));
    if (r < 0 && !path.failed)
        (void)unlink(path.data);
    rt_buffer_free(&path);
    return r;
}

static int write_public(const struct rt_key_public *public, struct rt_buffer *out,
                        struct romtool_error *err)
{
    if (public->algorithm == RT_KEY_ED25519)
        return rt_minisign_key_write(public, out, err);
    rt_key_public_write_pem(public, out);
    return out->failed ? rt_error_no_memory(err) : 0;
}

static int generate(struct generation *generation, struct rt_key_public *public,
                    struct romtool_error *err)
{
    struct rt_buffer private_text = {0}, public_text = {0};
    char passphrase[RT_KEY_PASSPHRASE_MAX];
    struct rt_key_private *key = NULL;
    size_t n = 0;
    int r = 0;

    if (generation->encrypt)
        r = passphrase_ask(&generation->source, passphrase, &n, err);
    if (r == 0)
        r = rt_key_generate(generation->algorithm, &key, err);
    if (r == 0)
        r = rt_key_private_public(key, public, err);
    if (r == 0)
        r = rt_private_key_write(key, (struct rt_bytes){(const uint8_t *)passphrase, n},
                                 &private_text, err);
    if (r == 0)
        r = write_public(public, &public_text, err);
    if (r == 0)
        r = write_pair(generation, &private_text, &public_text, err);
    rt_key_private_free(key);
    rt_bytes_wipe((uint8_t *)passphrase, n);
    rt_buffer_wipe(&private_text);
    rt_buffer_free(&public_text);
    return r;
}

static void say(const struct generation *generation, const struct rt_key_public *public)
{
    char shown[512], id[17], name[2 * RT_SHA256_SIZE + 1] = "";

    (void)printable(generation->name, shown, sizeof(shown));
    if (public->algorithm == RT_KEY_ED25519)
        rt_minisign_key_id(public, id);
    else if (rt_key_public_name(public, name, NULL) < 0)
        return;
    (void)printf("%s.key, %s%s: key %s\n", shown, shown, public_suffix(generation),
                 name[0] != '\0' ? name : id);
}

static bool take_option(struct generation *generation, const struct options *options, int id)
{
    switch (id) {
    case OPTION_ALGORITHM:
        generation->algorithm = rt_key_algorithm_find(options->value);
        if (generation->algorithm != RT_KEY_NONE)
            return true;
        (void)usage_error(&help, "'%s' is not ed25519, ecdsa-p256 or ecdsa-p384", options->value);
        return false;
    case OPTION_ENCRYPT:
        generation->encrypt = true;
        return true;
    case OPTION_PASSPHRASE_FD:
        return passphrase_fd_option(options, &generation->source.fd);
    default:
        generation->quiet = true;
        return true;
    }
}

enum exit_status command_keygen(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct generation generation = {
        .algorithm = RT_KEY_ED25519,
        .source = {.fd = -1, .twice = true},
    };
    struct rt_key_public public;
    struct romtool_error err;
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        if (!take_option(&generation, &options, id))
            return EXIT_USAGE;
    }
    if (options.first + 1 != argc)
        return usage_error(&help, "one NAME is needed");
    if (generation.source.fd >= 0 && !generation.encrypt)
        return usage_error(&help, "--passphrase-fd is for --encrypt");
    generation.name = argv[options.first];
    generation.source.what = generation.name;
    rt_error_clear(&err);
    if (generate(&generation, &public, &err) < 0)
        return say_error(&err, NULL, false);
    if (!generation.quiet)
        say(&generation, &public);
    return EXIT_HELD;
}
