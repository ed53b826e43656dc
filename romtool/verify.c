/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "core/digest.h"
#include "core/file.h"
#include "romtool/profile.h"
#include "romtool/directory.h"
#include "romtool/known.h"
#include "romtool/release.h"
#include "verify/verify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_STRICT = OPTION_LONG, OPTION_JSON, OPTION_ALIAS };

static const struct option_spec option_specs[] = {
    {'p', "profile", "PROFILE", "whose mandates: a profile's name or a slot file"},
    {OPTION_ALIAS, "alias", PROFILE_ALIAS_HELP},
    {'m', "machine", "MACHINE", "the mandate of this machine type or alias"},
    {'d', "device", "DEVICE", "the mandate of this device; without it by the file's name"},
    {'s', "size", "SIZE", "this slot, instead of a mandate"},
    {'M', "manifest", "MANIFEST", "what this release states; its signatures lie beside it"},
    RELEASE_TRUST_OPTIONS,
    {OPTION_STRICT, "strict", NULL, "warnings refuse too"},
    {'q', "quiet", NULL, "print nothing about what holds"},
    {OPTION_JSON, "json", NULL, "print romtool/verify/1"},
    {0},
};

static const struct command_help help = {
    "verify",
    "[-p PROFILE] [-m MACHINE] [-d DEVICE] | -s SIZE | -M MANIFEST [--trust PATH]... PATH...",
    "Does a ROM file hold: by itself, for its slot, for what a signed release states? With -M a\n"
    "directory must hold every ROM of the release, unchanged, and nothing else; a file is only\n"
    "compared with what is stated under its name. Without --trust the keys in\n"
    "/etc/romtool/trusted.d are trusted, those in revoked.d not, as policy.conf there says.",
    option_specs,
};

struct verification {
    const char *profile_name, *machine, *device, *manifest_path;
    struct release_trust trust;
    uint64_t size; /* -s, or 0 */
    bool strict, quiet, json;
    struct profile profile;
    struct profile_aliases aliases;
    struct release release;
    const struct rt_manifest *manifest; /* what it states, or NULL */
    struct finding_list findings;
    struct rt_json_writer *writer; /* with json: the document */
    enum exit_status status;
};

/* ------------------------------------------------------------------------- one file */

static void report(struct verification *v, const char *path, const struct rt_file *file,
                   const uint8_t *sha256, enum exit_status status)
{
    char shown[512];

    v->status = exit_status_both(v->status, status);
    if (!v->json) {
        if (!v->quiet || status != EXIT_HELD)
            (void)printf("%s: %s\n", printable(path, shown, sizeof(shown)), verdict_name(status));
        if (sha256 != NULL)
            known_print(sha256);
        return;
    }
    rt_json_begin_object(v->writer, NULL);
    rt_json_write_string(v->writer, "path", path);
    if (sha256 != NULL)
        rt_json_write_hex(v->writer, "sha256", (struct rt_bytes){sha256, RT_SHA256_SIZE});
    else
        rt_json_write_null(v->writer, "sha256");
    rt_json_write_integer(v->writer, "size", (int64_t)file->len);
    rt_json_write_string(v->writer, "verdict", verdict_name(status));
    if (sha256 != NULL)
        known_json(sha256, v->writer);
    rt_json_end_object(v->writer);
}

/* What is asked of a file beyond being a ROM. */
static int judge_mandate(struct verification *v, const char *name, const struct rt_file *file,
                         const struct rt_findings *findings, struct romtool_error *err)
{
    const struct rt_slot_row *row;
    int r = 0;

    if (v->size != 0) {
        rt_verify_slot(file->len, v->size, findings);
    } else if (v->profile.slots.vendor != NULL) {
        r = v->device != NULL ? rt_slot_find(&v->profile.slots, v->machine, v->device, &row, err)
                              : rt_slot_find_file(&v->profile.slots, v->machine, name, &row, err);
        if (r == 0)
            rt_verify_slot(file->len, row->slot, findings);
    }
    return r;
}

static const struct rt_manifest_rom *find_stated(const struct verification *v, const char *name)
{
    const struct rt_manifest *model = v->manifest;

    for (size_t i = 0; i < model->n_roms; i++) {
        if (strcmp(model->roms[i].file, name) == 0)
            return &model->roms[i];
    }
    return NULL;
}

static void judge_stated(struct verification *v, const char *name, const struct rt_file *file,
                         const uint8_t *sha256, const struct rt_findings *findings)
{
    const struct rt_manifest_rom *stated = find_stated(v, name);

    rt_verify_withdrawn(sha256, v->manifest, findings);
    if (stated != NULL)
        rt_verify_stated(file->len, sha256, stated, findings);
    else
        rt_finding_add(findings, ROMTOOL_E_EXTRA, RT_ERROR, ROMTOOL_NO_OFFSET,
                       "not a file of this release");
}

/* sha256 is that of the file where there is a manifest. */
static int judge_file(struct verification *v, const char *path, const struct rt_file *file,
                      const uint8_t *sha256, const struct rt_findings *findings,
                      struct romtool_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    struct rt_rom rom;
    int r;

    if (v->manifest != NULL) {
        judge_stated(v, name, file, sha256, findings);
        return 0;
    }
    r = rt_verify_rom(rt_file_bytes(file), RT_ROM_PAYLOADS, NULL, NULL, findings, &rom, err);
    return r < 0 ? r : judge_mandate(v, name, file, findings, err);
}

/* Prints findings as they come, and keeps them for the document. */
static void add_finding(void *user, const struct rt_finding *finding)
{
    struct verification *v = user;
    struct rt_findings keep = finding_list_sink(&v->findings);

    if (v->json)
        keep.add(keep.user, finding);
    else if (!v->quiet || finding->severity >= RT_WARNING)
        print_finding(stderr, v->findings.path, finding);
}

/* What could not be decided is said at once, and is a finding of the document too. */
static enum exit_status add_error(struct verification *v, const char *path,
                                  const struct romtool_error *err)
{
    struct rt_findings keep = finding_list_sink(&v->findings);

    v->findings.path = path;
    if (v->json)
        rt_finding_add(&keep, err->code, RT_ERROR, err->offset, "%s", err->text);
    return say_error(err, path, false);
}

static void verify_file(struct verification *v, const char *path)
{
    struct rt_findings kept = {add_finding, v};
    struct rt_verify_judge judge = {.next = &kept, .strict = v->strict};
    struct rt_findings findings = rt_verify_findings(&judge);
    uint8_t sha256[RT_SHA256_SIZE];
    bool decides = v->manifest != NULL || v->json; /* else the digest only names the file */
    struct romtool_error err;
    struct rt_file file;
    bool digested = false;
    int r;

    rt_error_clear(&err);
    v->findings.path = path;
    r = rt_file_read(path, (size_t)ROMTOOL_SLOT_MAX, &file, &err);
    if (r == 0 && (decides || !v->quiet)) {
        int digest = rt_digest_sha256(rt_file_bytes(&file), sha256, decides ? &err : NULL);

        digested = digest == 0;
        r = decides ? digest : 0;
    }
    if (r == 0)
        r = judge_file(v, path, &file, sha256, &findings, &err);
    if (r < 0)
        report(v, path, &file, NULL, add_error(v, path, &err));
    else
        report(v, path, &file, digested && (v->json || !v->quiet) ? sha256 : NULL,
               judge.refused ? EXIT_REFUSED : EXIT_HELD);
    rt_file_free(&file);
}

/* ------------------------------------------------------------------------- directories */

static bool is_listed(const struct file_names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++) {
        if (strcmp(names->names[i], name) == 0)
            return true;
    }
    return false;
}

static void report_missing(struct verification *v, const char *dir, const struct file_names *names)
{
    const struct rt_manifest *model = v->manifest;
    struct rt_findings findings = {add_finding, v};
    const struct rt_file none = {0};

    for (size_t i = 0; i < model->n_roms; i++) {
        char *path;

        if (is_listed(names, model->roms[i].file))
            continue;
        path = path_join(dir, model->roms[i].file);
        v->findings.path = path != NULL ? path : model->roms[i].file;
        rt_finding_add(&findings, ROMTOOL_E_MISSING, RT_ERROR, ROMTOOL_NO_OFFSET,
                       "stated, but not there");
        report(v, v->findings.path, &none, NULL, EXIT_REFUSED);
        free(path);
    }
}

/* Without a manifest the files that are named like ROMs; with one, all but its own. */
static bool belongs(const struct verification *v, const char *dir, const char *name)
{
    return v->manifest != NULL ? !release_is_own_file(v->manifest_path, dir, name)
                               : is_rom_name(name);
}

static void verify_directory(struct verification *v, const char *dir)
{
    struct file_names names;
    struct romtool_error err;
    bool any = false;

    rt_error_clear(&err);
    if (directory_list(dir, &names, &err) < 0) {
        v->status = exit_status_both(v->status, add_error(v, dir, &err));
        return;
    }
    for (size_t i = 0; i < names.n; i++) {
        char *path;

        if (!belongs(v, dir, names.names[i]))
            continue;
        any = true;
        path = path_join(dir, names.names[i]);
        if (path != NULL)
            verify_file(v, path);
        else
            v->status = EXIT_UNDECIDED;
        free(path);
    }
    if (v->manifest != NULL) {
        report_missing(v, dir, &names);
    } else if (!any) { /* nothing was verified: that is no success */
        (void)rt_error_set(&err, ROMTOOL_E_NOT_FOUND, ROMTOOL_NO_OFFSET,
                           "'%s': no ROM file in it, *.rom or *.bin", dir);
        v->status = exit_status_both(v->status, add_error(v, dir, &err));
    }
    file_names_free(&names);
}

static void verify_path(struct verification *v, const char *path)
{
    if (is_directory(path))
        verify_directory(v, path);
    else
        verify_file(v, path);
}

/* ------------------------------------------------------------------------- the whole */

static int open_ground(struct verification *v, struct romtool_error *err)
{
    struct rt_findings findings = {add_finding, v};
    int r;

    v->findings.path = v->manifest_path;
    if (v->manifest_path != NULL) {
        r = release_open(v->manifest_path, &v->trust, true, &findings, &v->release, err);
        if (r == 0)
            v->manifest = rt_manifest_model(v->release.manifest);
        return r;
    }
    if (v->profile_name != NULL || v->machine != NULL || v->device != NULL)
        r = profile_open(v->profile_name, &v->profile, err);
    else
        return 0;
    profile_use_aliases(&v->profile.slots, &v->aliases);
    return r;
}

static void begin_json(struct verification *v)
{
    const struct rt_manifest *model;

    rt_json_begin_object(v->writer, NULL);
    rt_json_write_string(v->writer, "schema", "romtool/verify/1");
    profile_json(&v->profile, v->machine, v->writer);
    if (v->manifest != NULL) {
        model = v->manifest;
        rt_json_begin_object(v->writer, "manifest");
        rt_json_write_string(v->writer, "product", model->product);
        rt_json_write_string(v->writer, "channel", model->channel);
        rt_json_write_string(v->writer, "release", model->release);
        rt_json_write_integer(v->writer, "serial", model->serial);
        rt_json_end_object(v->writer);
    }
    rt_json_begin_array(v->writer, "files");
}

static void announce(const struct verification *v)
{
    const struct rt_manifest *model;
    char shown[512];

    if (v->json || v->quiet)
        return;
    if (v->profile.slots.vendor != NULL)
        profile_print(&v->profile, v->machine);
    if (v->manifest != NULL) {
        model = v->manifest;
        (void)printf("release %s of %s (%s), serial %" PRId64 ", signed by '%s'\n", model->release,
                     model->product, model->channel, model->serial,
                     printable(release_signer(&v->release), shown, sizeof(shown)));
    }
}

static enum exit_status verify_all(struct verification *v, int n, char **paths)
{
    struct rt_buffer out = {0};
    struct rt_json_writer writer = {.out = &out};
    struct romtool_error err;

    rt_error_clear(&err);
    v->writer = &writer;
    if (open_ground(v, &err) < 0) {
        v->status = say_error(&err, v->manifest_path, v->json);
        release_close(&v->release);
        return v->status;
    }
    announce(v);
    if (v->json)
        begin_json(v);
    for (int i = 0; i < n; i++)
        verify_path(v, paths[i]);
    if (v->findings.failed)
        v->status = EXIT_UNDECIDED;
    if (v->json) {
        rt_json_end_array(&writer);
        rt_json_write_string(&writer, "verdict", verdict_name(v->status));
        finding_list_json(&v->findings, &writer, true);
        rt_json_end_object(&writer);
        v->status = print_json(&out, v->status);
    }
    finding_list_clear(&v->findings);
    release_close(&v->release);
    profile_close(&v->profile);
    return v->status;
}

/* ------------------------------------------------------------------------- options */

static bool take_option(struct verification *v, struct options *options, int id)
{
    switch (id) {
    case 'p':
        v->profile_name = options->value;
        return true;
    case 'm':
        v->machine = options->value;
        return true;
    case 'd':
        v->device = options->value;
        return true;
    case OPTION_ALIAS:
        return profile_alias_option(options, &v->aliases);
    case 's':
        return option_slot(options, &v->size);
    case 'M':
        v->manifest_path = options->value;
        return true;
    case OPTION_TRUST:
    case OPTION_THRESHOLD:
    case OPTION_AT:
    case OPTION_ROOT:
        return release_trust_option(options, id, &v->trust);
    case OPTION_STRICT:
        v->strict = true;
        return true;
    case OPTION_JSON:
        v->json = true;
        return true;
    default:
        v->quiet = true;
        return true;
    }
}

static bool options_agree(const struct verification *v, int n)
{
    bool mandate = v->profile_name != NULL || v->machine != NULL || v->device != NULL;

    if (n == 0)
        (void)usage_error(&help, "no PATH");
    else if ((v->size != 0) + mandate + (v->manifest_path != NULL) > 1)
        (void)usage_error(&help, "one of -s, -M, and -p with -m and -d");
    else if (v->device != NULL && v->machine == NULL)
        (void)usage_error(&help, "-d needs -m");
    else
        return release_trust_agrees(&v->trust, v->manifest_path != NULL, &help);
    return false;
}

enum exit_status command_verify(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct verification v = {.trust = RELEASE_TRUST_NONE};
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        if (!take_option(&v, &options, id))
            return EXIT_USAGE;
    }
    if (!options_agree(&v, argc - options.first))
        return EXIT_USAGE;
    return verify_all(&v, argc - options.first, argv + options.first);
}
