/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "core/file.h"
#include "manifests/manifest.h"
#include "romtool/passphrase.h"
#include "romtool/sign.h"

#include <stdlib.h>
#include <string.h>

enum { OPTION_FORMAT = OPTION_LONG, OPTION_TBS, OPTION_ATTACH, OPTION_PASSPHRASE_FD };

static const struct option_spec option_specs[] = {
    {'k', "key", "KEY", "the private key, NAME.key of keygen; with --attach the public key"},
    {OPTION_FORMAT, "format", "FORMAT", "minisign (default) or dsse"},
    {OPTION_TBS, "tbs", "FORMAT", "write what is to be signed: minisign, minisign-comment or dsse"},
    {OPTION_ATTACH, "attach", "SIG", "take a signature that was made elsewhere"},
    {'o', "output", "OUT", "of --tbs; '-' is standard output"},
    {OPTION_PASSPHRASE_FD, "passphrase-fd", "N", PASSPHRASE_FD_HELP},
    {'q', "quiet", NULL, "print nothing"},
    {0},
};

static const struct command_help help = {
    "sign",
    "-k KEY [--format FORMAT] FILE | --tbs FORMAT -o OUT FILE\n"
    "       | --attach SIG... -k PUBLIC-KEY [--format FORMAT] FILE",
    "Sign a manifest's exact bytes: FILE.minisig, which minisign verifies too, or FILE.dsse, "
    "where\n"
    "several may sign. Only what reads as a manifest is signed. KEY may be a pkcs11: URI where\n"
    "libcrypto has a provider for it. Where the key is elsewhere: --tbs writes the bytes that it "
    "has\n"
    "to sign, --attach verifies what it made of them and only then writes.",
    option_specs,
};

enum { SMALL_FILE_MAX = 65536 };

/* ------------------------------------------------------------------------- keys */

static bool is_uri(const char *key)
{
    return strncmp(key, "pkcs11:", sizeof("pkcs11:") - 1) == 0;
}

static int open_uri(const struct signing *signing, struct rt_key_private **ret,
                    struct romtool_error *err)
{
    struct passphrase_source source = {signing->passphrase_fd, signing->key_path, false};
    char pin[RT_KEY_PASSPHRASE_MAX + 1] = "";
    size_t n = 0;
    int r = 0;

    if (signing->passphrase_fd >= 0) /* else the provider's configuration may have it */
        r = passphrase_ask(&source, pin, &n, err);
    pin[n] = '\0';
    if (r == 0)
        r = rt_key_private_from_uri(signing->key_path, pin, ret, err);
    rt_bytes_wipe((uint8_t *)pin, sizeof(pin));
    return r;
}

static int open_key(const struct signing *signing, struct rt_key_private **ret,
                    struct romtool_error *err)
{
    struct passphrase_source source = {signing->passphrase_fd, signing->key_path, false};
    struct rt_passphrase passphrase = {passphrase_ask, &source};
    struct rt_file file = {0};
    int r;

    if (is_uri(signing->key_path)) {
        r = open_uri(signing, ret, err);
    } else {
        r = rt_file_read(signing->key_path, SMALL_FILE_MAX, &file, err);
        if (r < 0)
            return r;
        r = rt_private_key_read(rt_file_bytes(&file), &passphrase, ret, err);
        rt_file_wipe(&file);
    }
    if (r < 0)
        rt_error_prefix(err, "'%s'", signing->key_path);
    return r;
}

static int open_public_key(const struct signing *signing, struct rt_key_public *ret,
                           struct romtool_error *err)
{
    struct rt_file file = {0};
    int r = rt_file_read(signing->key_path, SMALL_FILE_MAX, &file, err);

    if (r < 0)
        return r;
    r = rt_key_public_read(rt_file_bytes(&file), ret, NULL, err);
    if (r < 0)
        rt_error_prefix(err, "'%s'", signing->key_path);
    rt_file_free(&file);
    return r;
}

/* ------------------------------------------------------------------------- one FILE */

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

static int do_sign(struct signing *signing, struct romtool_error *err)
{
    struct rt_key_private *key = NULL;
    int r = open_key(signing, &key, err);

    if (r == 0)
        r = signing->format == SIGN_DSSE ? sign_dsse(signing, key, err)
                                         : sign_minisign(signing, key, err);
    rt_key_private_free(key);
    return r;
}

static int do_attach(struct signing *signing, struct romtool_error *err)
{
    struct rt_key_public key;
    int r = open_public_key(signing, &key, err);

    if (r < 0)
        return r;
    return signing->format == SIGN_DSSE ? attach_dsse(signing, &key, err)
                                        : attach_minisign(signing, &key, err);
}

static int do_file(struct signing *signing, struct romtool_error *err)
{
    struct rt_file file = {0};
    int r = rt_file_read(signing->path, RT_MANIFEST_SIZE_MAX, &file, err);

    if (r == 0)
        r = check_manifest(signing->path, &file, err);
    signing->manifest = rt_file_bytes(&file);
    if (r == 0 && signing->tbs != SIGN_NO_FORMAT)
        r = write_tbs(signing, err);
    else if (r == 0 && signing->n_attached > 0)
        r = do_attach(signing, err);
    else if (r == 0)
        r = do_sign(signing, err);
    rt_file_free(&file);
    return r;
}

/* ------------------------------------------------------------------------- options */

static bool take_format(const char *text, bool tbs, enum sign_format *ret)
{
    if (strcmp(text, "minisign") == 0)
        *ret = SIGN_MINISIGN;
    else if (strcmp(text, "dsse") == 0)
        *ret = SIGN_DSSE;
    else if (tbs && strcmp(text, "minisign-comment") == 0)
        *ret = SIGN_MINISIGN_COMMENT;
    else
        (void)usage_error(&help, "'%s' is not minisign%s or dsse", text,
                          tbs ? ", minisign-comment" : "");
    return *ret != SIGN_NO_FORMAT;
}

static bool take_attached(struct signing *signing, const char *path)
{
    if (signing->n_attached == SIGN_ATTACHED_MAX) {
        (void)usage_error(&help, "more than %d --attach", SIGN_ATTACHED_MAX);
        return false;
    }
    signing->attached[signing->n_attached++] = path;
    return true;
}

static bool take_option(struct signing *signing, const struct options *options, int id)
{
    switch (id) {
    case 'k':
        signing->key_path = options->value;
        return true;
    case OPTION_FORMAT:
        signing->format = SIGN_NO_FORMAT;
        return take_format(options->value, false, &signing->format);
    case OPTION_TBS:
        return take_format(options->value, true, &signing->tbs);
    case OPTION_ATTACH:
        return take_attached(signing, options->value);
    case 'o':
        signing->output = options->value;
        return true;
    case OPTION_PASSPHRASE_FD:
        return passphrase_fd_option(options, &signing->passphrase_fd);
    default:
        signing->quiet = true;
        return true;
    }
}

/* What does not go together, or NULL. */
static const char *contradiction(const struct signing *signing)
{
    size_t n = signing->n_attached;

    if (signing->tbs != SIGN_NO_FORMAT) {
        if (signing->key_path != NULL || signing->output == NULL)
            return "--tbs needs -o OUT, and no key";
        if (signing->tbs == SIGN_MINISIGN_COMMENT && n != 1)
            return "the comment's signature is over the first one too: --attach SIG gives it";
        return signing->tbs != SIGN_MINISIGN_COMMENT && n > 0 ? "--tbs or --attach" : NULL;
    }
    if (signing->output != NULL)
        return "-o is for --tbs";
    if (signing->key_path == NULL)
        return "-k KEY is needed";
    if (n > 0 && signing->passphrase_fd >= 0)
        return "--attach needs no passphrase";
    if (n > 0 && n != (signing->format == SIGN_DSSE ? 1U : 2U))
        return signing->format == SIGN_DSSE
                   ? "one --attach at a time"
                   : "minisign has two signatures: --attach SIG --attach COMMENT-SIG";
    return NULL;
}

enum exit_status command_sign(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct signing signing = {.format = SIGN_MINISIGN, .passphrase_fd = -1};
    struct romtool_error err;
    char shown[512];
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        if (!take_option(&signing, &options, id))
            return EXIT_USAGE;
    }
    if (contradiction(&signing) != NULL)
        return usage_error(&help, "%s", contradiction(&signing));
    if (options.first + 1 != argc)
        return usage_error(&help, "one FILE is needed");
    signing.path = argv[options.first];
    if (strcmp(signing.path, "-") == 0)
        return usage_error(&help, "a signature lies beside its FILE, standard input has no place");
    rt_error_clear(&err);
    if (do_file(&signing, &err) < 0)
        return say_error(&err, signing.path, false);
    if (!signing.quiet && signing.tbs == SIGN_NO_FORMAT)
        (void)printf("%s.%s\n", printable(signing.path, shown, sizeof(shown)),
                     signing.format == SIGN_DSSE ? "dsse" : "minisig");
    return EXIT_HELD;
}
