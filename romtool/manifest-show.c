/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/commands.h"

#include "core/file.h"
#include "manifests/fields.h"
#include "romtool/manifest-commands.h"
#include "romtool/release.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_JSON = OPTION_LONG };

static const struct option_spec option_specs[] = {
    RELEASE_TRUST_OPTIONS,
    {OPTION_JSON, "json", NULL, "print romtool/manifest/1"},
    {0},
};

static const struct command_help help = {
    "manifest show",
    "[--trust PATH]... [--json] MANIFEST",
    "Show what a release states, who has signed it and whether that is to be believed: exit status "
    "0\n"
    "only where it is. Without --trust the keys that this host trusts decide.",
    option_specs,
};

struct showing {
    const char *path;
    bool json;
    struct release release;
    struct rt_manifest_doc *doc;     /* of a manifest that does not hold */
    const struct rt_manifest *model; /* or NULL: it cannot be read */
    struct finding_list findings;
};

/* ------------------------------------------------------------------------- text */

static void print_time(const char *what, int64_t time)
{
    char text[RT_MANIFEST_CREATED_LEN + 1];

    if (time > 0 && rt_manifest_created_write(time, text))
        (void)printf("  %s %s\n", what, text);
}

static void print_rom(const struct rt_manifest_rom *rom)
{
    (void)printf("  %s: %" PRIu64 " bytes, slot %" PRIu64 ", content %" PRIu64 ", %zu image%s\n",
                 rom->file, rom->size, rom->slot, rom->content_length, rom->n_images,
                 rom->n_images == 1 ? "" : "s");
    for (size_t i = 0; i < rom->n_mandates; i++) {
        const struct rt_manifest_mandate *mandate = &rom->mandates[i];

        (void)printf("    %s on", mandate->device);
        for (size_t k = 0; k < mandate->n_machines; k++) {
            const struct rt_slot_range *range = &mandate->machines[k];
            char from[RT_SLOT_VERSION_SIZE], to[RT_SLOT_VERSION_SIZE];

            rt_slot_version_write(range->from, from);
            rt_slot_version_write(range->to, to);
            if (range->versioned)
                (void)printf("%s %s %s to %s", k > 0 ? "," : "", range->family, from, to);
            else
                (void)printf("%s %s", k > 0 ? "," : "", range->family);
        }
        (void)printf("\n");
    }
}

static void print_model(const struct rt_manifest *model)
{
    char hex[2 * RT_SHA256_SIZE + 1];

    (void)printf("release %s of %s (%s), serial %" PRId64 ", profile %s\n", model->release,
                 model->product, model->channel, model->serial, model->profile);
    if (model->min_serial > 0)
        (void)printf("  withdraws serials below %" PRId64 "\n", model->min_serial);
    print_time("created", model->created);
    print_time("not after", model->not_after);
    for (size_t i = 0; i < model->n_roms; i++)
        print_rom(&model->roms[i]);
    for (size_t i = 0; i < model->n_withdrawn; i++) {
        rt_bytes_to_hex((struct rt_bytes){model->withdrawn[i].sha256, RT_SHA256_SIZE}, hex);
        (void)printf("  withdraws %s: %s\n", hex, model->withdrawn[i].reason);
    }
}

static const char *algorithm_of(const struct showing *showing,
                                const struct rt_manifest_signature *signature)
{
    if (!signature->dsse)
        return "ed25519";
    if (!signature->valid)
        return "unknown"; /* an envelope does not say, the key fixes it */
    return rt_key_algorithm_name(showing->release.trust->keys[signature->key].key.algorithm);
}

static void print_signature(const struct showing *showing,
                            const struct rt_manifest_signature *signature)
{
    const char *algorithm = algorithm_of(showing, signature);
    char shown[512], key[80];

    (void)printf("%s%s: %s, key %s: ", printable(showing->path, shown, sizeof(shown)),
                 showing->release.file->suffixes[signature->blob], algorithm,
                 signature->key_id[0] != '\0' ? printable(signature->key_id, key, sizeof(key))
                                              : "not named");
    if (!signature->valid)
        (void)printf("not valid (%s)\n", romtool_error_name(signature->code));
    else
        (void)printf(
            "valid, trusted as '%s'\n",
            printable(showing->release.trust->keys[signature->key].name, shown, sizeof(shown)));
}

/* ------------------------------------------------------------------------- JSON */

static void write_json_model(const struct rt_manifest *model, struct rt_json_writer *w)
{
    if (model == NULL) {
        rt_json_write_null(w, "manifest");
        return;
    }
    rt_json_begin_object(w, "manifest");
    rt_json_write_string(w, "product", model->product);
    rt_json_write_string(w, "channel", model->channel);
    rt_json_write_string(w, "release", model->release);
    rt_json_write_integer(w, "serial", model->serial);
    rt_json_write_string(w, "profile", model->profile);
    rt_json_begin_array(w, "roms");
    for (size_t i = 0; i < model->n_roms; i++) {
        const struct rt_manifest_rom *rom = &model->roms[i];

        rt_json_begin_object(w, NULL);
        rt_json_write_string(w, "file", rom->file);
        rt_json_write_hex(w, "sha256", (struct rt_bytes){rom->sha256, RT_SHA256_SIZE});
        rt_json_write_integer(w, "size", (int64_t)rom->size);
        rt_json_write_integer(w, "slot", (int64_t)rom->slot);
        rt_json_end_object(w);
    }
    rt_json_end_array(w);
    rt_json_end_object(w);
}

static void write_json_signature(const struct showing *showing,
                                 const struct rt_manifest_signature *signature,
                                 struct rt_json_writer *w)
{
    rt_json_begin_object(w, NULL);
    rt_json_write_string(w, "container", signature->dsse ? "dsse" : "minisign");
    rt_json_write_string(w, "keyid", signature->key_id);
    rt_json_write_string(w, "algorithm", algorithm_of(showing, signature));
    rt_json_write_boolean(w, "trusted", signature->trusted);
    rt_json_write_boolean(w, "valid", signature->valid);
    rt_json_write_string(w, "result", romtool_error_name(signature->code));
    rt_json_end_object(w);
}

static enum exit_status show_json(const struct showing *showing, enum exit_status status)
{
    struct rt_buffer out = {0};
    struct rt_json_writer w = {.out = &out};

    rt_json_begin_object(&w, NULL);
    rt_json_write_string(&w, "schema", "romtool/manifest/1");
    write_json_model(showing->model, &w);
    rt_json_write_string(&w, "verdict", verdict_name(status));
    rt_json_begin_array(&w, "signatures");
    for (size_t i = 0; i < showing->release.signatures.n; i++)
        write_json_signature(showing, &showing->release.signatures.items[i], &w);
    rt_json_end_array(&w);
    finding_list_json(&showing->findings, &w, false);
    rt_json_end_object(&w);
    return print_json(&out, status);
}

/* ------------------------------------------------------------------------- the whole */

static void add_finding(void *user, const struct rt_finding *finding)
{
    struct showing *showing = user;
    struct rt_findings keep = finding_list_sink(&showing->findings);

    keep.add(keep.user, finding);
    if (!showing->json)
        print_finding(stderr, showing->path, finding);
}

/* What does not hold is shown too, if it can be read: the verdict says what it is worth. */
static void read_unverified(struct showing *showing)
{
    struct rt_manifest_file *file = showing->release.file;

    if (file != NULL && file->manifest.len > 0 &&
        rt_manifest_read(rt_file_bytes(&file->manifest), &showing->doc, NULL) == 0)
        showing->model = rt_manifest_doc_model(showing->doc);
}

static enum exit_status show(struct showing *showing, const struct release_trust *trust)
{
    const struct rt_findings findings = {add_finding, showing};
    struct rt_findings keep = finding_list_sink(&showing->findings);
    enum exit_status status = EXIT_HELD;
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    showing->findings.path = showing->path;
    r = release_open(showing->path, trust, false, &findings, &showing->release, &err);
    if (r == 0)
        showing->model = rt_manifest_model(showing->release.manifest);
    else
        read_unverified(showing);
    if (r < 0 && showing->model == NULL) {
        status = say_error(&err, showing->path, showing->json);
    } else {
        if (r < 0) {
            status = exit_status_of(r);
            rt_finding_add(&keep, r, RT_ERROR, err.offset, "%s", err.text);
        }
        if (showing->json) {
            status = show_json(showing, status);
        } else {
            print_model(showing->model);
            for (size_t i = 0; i < showing->release.signatures.n; i++)
                print_signature(showing, &showing->release.signatures.items[i]);
            (void)printf("%s\n", verdict_name(status));
            if (r < 0)
                (void)say_error(&err, showing->path, false);
        }
    }
    finding_list_clear(&showing->findings);
    rt_manifest_doc_free(showing->doc);
    release_close(&showing->release);
    return status;
}

enum exit_status command_manifest_show(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct release_trust trust = RELEASE_TRUST_NONE;
    struct showing showing = {0};
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        if (id == OPTION_JSON)
            showing.json = true;
        else if (!release_trust_option(&options, id, &trust))
            return EXIT_USAGE;
    }
    if (options.first + 1 != argc)
        return usage_error(&help, "one MANIFEST is needed");
    if (!release_trust_agrees(&trust, true, &help))
        return EXIT_USAGE;
    showing.path = argv[options.first];
    return show(&showing, &trust);
}
