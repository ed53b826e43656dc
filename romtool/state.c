/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/state-commands.h"

#include "romtool/state.h"

#include <string.h>
#include <unistd.h>

enum {
    OPTION_TO = OPTION_LONG,
    OPTION_QEMU,
    OPTION_ROM,
    OPTION_BLOCKS,
    OPTION_EXTRACT,
    OPTION_TEE,
    OPTION_SET_ROM,
    OPTION_JSON,
    OPTION_NDJSON,
};

static const struct option_spec option_specs[] = {
    {OPTION_TO, "to", "B", "will it restore there? a profile, slot file, manifest or directory"},
    {'p', "profile", "PROFILE", "with --to DIRECTORY: whose ROM file names"},
    {'m', "machine", "MACHINE", "the guest's machine type, where the stream does not say"},
    {OPTION_QEMU, "qemu", "VERSION", "with --to: the QEMU there, where it is not the profile's"},
    {OPTION_BLOCKS, "blocks", NULL, "only the RAM blocks: no memory is read"},
    {OPTION_EXTRACT, "extract", "DIR", "write each ROM, as the guest reads it, into DIR"},
    {'M', "manifest", "MANIFEST",
     "every ROM must be of this release; its signatures lie beside it"},
    RELEASE_TRUST_OPTIONS,
    {OPTION_ROM, "rom", "PATH", "compare with this ROM file or directory; may be repeated"},
    {OPTION_TEE, "tee", NULL, "pass standard input on to standard output, the answer to stderr"},
    {OPTION_SET_ROM, "set-rom", "DEVICE=PATH", "change a libvirt save image: this <rom file>"},
    {'o', "output", "OUT", "write the answer to this file"},
    {'q', "quiet", NULL, "print nothing about what holds"},
    {OPTION_JSON, "json", NULL, "print romtool/state/1"},
    {OPTION_NDJSON, "ndjson", NULL, "the same, one object a guest"},
    {0},
};

static const struct command_help help = {
    "state",
    "[--to B] [--extract DIR] [-M MANIFEST [--trust PATH]...] FILE...",
    "What a saved or migrating guest has: its machine type, its RAM blocks, and which option ROMs\n"
    "are in it. FILE is a migration stream, a libvirt save image or a qcow2 image with snapshots.",
    option_specs,
};

enum { ROMS_MAX = 64 };

struct inquiry {
    struct state_question question;
    const char *manifest, *out, *set_rom;
    struct release_trust trust;
    const char *roms[ROMS_MAX];
    size_t n_roms;
    bool tee;

    struct destination destination;
    struct origins origins;
    struct rt_buffer text; /* JSON */
    struct rt_json_writer writer;
    enum exit_status status;
};

/* ------------------------------------------------------------------------- showing */

/* Where sentences go: stdout is the stream's with --tee. */
static FILE *answer_stream(const struct inquiry *inquiry)
{
    return inquiry->tee ? stderr : stdout;
}

static void begin_document(struct inquiry *inquiry)
{
    inquiry->writer.filled = false;
    rt_json_begin_object(&inquiry->writer, NULL);
    rt_json_write_string(&inquiry->writer, "schema", "romtool/state/1");
    rt_json_begin_array(&inquiry->writer, "files");
}

static void flush_document(struct inquiry *inquiry)
{
    FILE *stream = answer_stream(inquiry);

    if (inquiry->text.failed) {
        (void)fputs("romtool: out of memory\n", stderr);
        inquiry->status = EXIT_UNDECIDED;
    } else {
        (void)fwrite(inquiry->text.data, 1, inquiry->text.len, stream);
    }
    rt_buffer_free(&inquiry->text);
}

static void end_document(struct inquiry *inquiry, enum exit_status status)
{
    rt_json_end_array(&inquiry->writer);
    rt_json_write_string(&inquiry->writer, "verdict", verdict_name(status));
    rt_json_end_object(&inquiry->writer);
    rt_buffer_puts(&inquiry->text, "\n");
    flush_document(inquiry);
}

static void say_findings(const struct state_guest *guest)
{
    for (size_t i = 0; i < guest->findings.n; i++)
        print_finding(stderr, guest->path, &guest->findings.items[i].finding);
}

static void show(struct inquiry *inquiry, const struct state_guest *guest)
{
    const struct state_question *question = &inquiry->question;

    inquiry->status = exit_status_both(inquiry->status, guest->status);
    if (question->ndjson)
        begin_document(inquiry);
    if (question->json || question->ndjson) {
        state_json(guest, &inquiry->writer);
    } else {
        if (guest->saved != NULL && (!question->quiet || guest->status != EXIT_HELD))
            state_print(answer_stream(inquiry), guest);
        say_findings(guest);
    }
    if (question->ndjson)
        end_document(inquiry, guest->status);
}

/* ------------------------------------------------------------------------- files */

static void read_guest(struct inquiry *inquiry, const char *path, struct saved *saved, size_t i)
{
    struct state_guest guest = {.question = &inquiry->question, .path = path};

    state_guest_read(&guest, saved, i, inquiry->question.to != NULL ? &inquiry->destination : NULL,
                     &inquiry->origins);
    show(inquiry, &guest);
    state_guest_end(&guest);
}

/* What could not even be opened is an answer, too. */
static void show_unopened(struct inquiry *inquiry, const char *path,
                          const struct romtool_error *err)
{
    struct state_guest guest = {.question = &inquiry->question, .path = path};
    struct rt_findings findings = state_guest_sink(&guest);

    (void)say_error(err, path, false);
    guest.status = exit_status_of(err->code);
    if (inquiry->question.json || inquiry->question.ndjson)
        rt_finding_add(&findings, err->code, RT_ERROR, err->offset, "%s", err->text);
    show(inquiry, &guest);
    state_guest_end(&guest);
}

static void read_file(struct inquiry *inquiry, const char *path)
{
    struct romtool_error err;
    struct saved saved;

    rt_error_clear(&err);
    if (saved_open(path, inquiry->tee ? STDOUT_FILENO : -1, &saved, &err) < 0) {
        show_unopened(inquiry, path, &err);
    } else {
        for (size_t i = 0; i < saved.n; i++)
            read_guest(inquiry, path, &saved, i);
    }
    rt_error_clear(&err);
    if (inquiry->tee && input_drain(&saved.input, &err) < 0)
        inquiry->status = exit_status_both(inquiry->status, say_error(&err, path, false));
    saved_close(&saved);
}

/* ------------------------------------------------------------------------- the whole */

static enum exit_status answer(struct inquiry *inquiry, char **paths)
{
    inquiry->writer =
        (struct rt_json_writer){.out = &inquiry->text, .compact = inquiry->question.ndjson};
    if (inquiry->question.json)
        begin_document(inquiry);
    for (size_t i = 0; paths[i] != NULL; i++)
        read_file(inquiry, paths[i]);
    if (inquiry->question.json)
        end_document(inquiry, inquiry->status);
    return inquiry->status;
}

static enum exit_status prepare_and_answer(struct inquiry *inquiry, char **paths)
{
    const struct state_question *question = &inquiry->question;
    enum exit_status status;
    struct romtool_error err;
    int r = 0;

    rt_error_clear(&err);
    if (question->to != NULL)
        r = destination_open(question->to, question->profile, question->qemu, &inquiry->destination,
                             &err);
    status = r < 0 ? say_error(&err, question->to, question->json || question->ndjson)
                   : answer(inquiry, paths);
    destination_close(&inquiry->destination);
    return status;
}

static bool take_option(struct inquiry *inquiry, const struct options *options, int id)
{
    struct state_question *question = &inquiry->question;

    switch (id) {
    case OPTION_TO:
        question->to = options->value;
        return true;
    case 'p':
        question->profile = options->value;
        return true;
    case 'm':
        question->machine = options->value;
        return true;
    case OPTION_QEMU:
        question->qemu = options->value;
        return true;
    case OPTION_BLOCKS:
        question->only_blocks = true;
        return true;
    case OPTION_EXTRACT:
        question->extract = options->value;
        return true;
    case OPTION_TEE:
        inquiry->tee = true;
        return true;
    case OPTION_JSON:
        question->json = true;
        return true;
    case OPTION_NDJSON:
        question->ndjson = true;
        return true;
    case 'q':
        question->quiet = true;
        return true;
    default:
        return false;
    }
}

enum exit_status command_state(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct inquiry inquiry = {.trust = RELEASE_TRUST_NONE, .status = EXIT_HELD};
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (!take_option(&inquiry, &options, id))
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
    }
    if (options.first == argc)
        return usage_error(&help, "no FILE");
    return prepare_and_answer(&inquiry, argv + options.first);
}
