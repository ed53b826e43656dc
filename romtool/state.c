/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/state-commands.h"

#include "core/file.h"
#include "romtool/directory.h"
#include "romtool/state-set-rom.h"
#include "romtool/state.h"

#include <stdlib.h>
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

struct inquiry {
    struct state_question question;
    struct origin_sources sources; /* -M, --rom */
    const char *out, *set_rom;
    bool tee;
    size_t n_options;

    struct destination destination;
    struct origins origins;
    FILE *answer;          /* stdout; stderr with --tee; with -o what is written there at the end */
    char *written;         /* with -o: what answer holds */
    size_t n_written;      /* bytes */
    struct rt_buffer text; /* JSON */
    struct rt_json_writer writer;
    enum exit_status status;
};

/* ------------------------------------------------------------------------- showing */

static void begin_document(struct inquiry *inquiry)
{
    inquiry->writer.filled = false;
    rt_json_begin_object(&inquiry->writer, NULL);
    rt_json_write_string(&inquiry->writer, "schema", "romtool/state/1");
    rt_json_begin_array(&inquiry->writer, "files");
}

/* What is written of it by now: of a document no more is kept than a guest. */
static void flush_document(struct inquiry *inquiry)
{
    if (inquiry->text.failed) {
        (void)fputs("romtool: out of memory\n", stderr);
        inquiry->status = EXIT_UNDECIDED;
    } else {
        (void)fwrite(inquiry->text.data, 1, inquiry->text.len, inquiry->answer);
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
    for (size_t i = 0; i < guest->findings.n; i++) {
        const struct rt_finding *finding = &guest->findings.items[i].finding;

        if (!guest->question->quiet || finding->severity != RT_INFO)
            print_finding(stderr, guest->path, finding);
    }
}

static void show(struct inquiry *inquiry, const struct state_guest *guest)
{
    const struct state_question *question = &inquiry->question;

    inquiry->status = exit_status_both(inquiry->status, guest->status);
    if (question->ndjson)
        begin_document(inquiry);
    if (question->json || question->ndjson) {
        state_json(guest, &inquiry->writer, inquiry->answer);
        flush_document(inquiry);
    } else {
        if (guest->saved != NULL && (!question->quiet || guest->status != EXIT_HELD))
            state_print(inquiry->answer, guest);
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

static void answer(struct inquiry *inquiry, char **paths)
{
    inquiry->writer =
        (struct rt_json_writer){.out = &inquiry->text, .compact = inquiry->question.ndjson};
    if (inquiry->question.json)
        begin_document(inquiry);
    for (size_t i = 0; paths[i] != NULL; i++)
        read_file(inquiry, paths[i]);
    if (inquiry->question.json)
        end_document(inquiry, inquiry->status);
}

static int begin_answer(struct inquiry *inquiry, struct romtool_error *err)
{
    inquiry->answer = inquiry->tee ? stderr : stdout;
    if (inquiry->out == NULL)
        return 0;
    inquiry->answer = open_memstream(&inquiry->written, &inquiry->n_written);
    return inquiry->answer == NULL ? rt_error_no_memory(err) : 0;
}

static int end_answer(struct inquiry *inquiry, struct romtool_error *err)
{
    struct rt_bytes bytes;

    if (inquiry->out == NULL || inquiry->answer == NULL)
        return 0;
    if (fclose(inquiry->answer) != 0)
        return rt_error_no_memory(err);
    bytes = (struct rt_bytes){(const uint8_t *)inquiry->written, inquiry->n_written};
    return rt_file_write(inquiry->out, 0644, 0, bytes, err);
}

/* --tee without an answer: what is left of standard input, all of it if nothing was read. */
static void pass_on(struct inquiry *inquiry)
{
    struct romtool_error err;
    struct input input;

    rt_error_clear(&err);
    if (input_open("-", STDOUT_FILENO, &input, &err) < 0 || input_drain(&input, &err) < 0)
        inquiry->status = exit_status_both(inquiry->status, say_error(&err, "-", false));
    input_close(&input);
}

/* Of a release that was opened all the same. */
static void warn(void *user, const struct rt_finding *finding)
{
    const struct inquiry *inquiry = user;

    print_finding(stderr, inquiry->sources.manifest, finding);
}

static enum exit_status inquire(struct inquiry *inquiry, char **paths)
{
    struct rt_findings warnings = {warn, inquiry};
    const struct state_question *question = &inquiry->question;
    bool json = (question->json || question->ndjson) && !inquiry->tee;
    const char *path = question->to;
    struct romtool_error err;
    int r = 0;

    rt_error_clear(&err);
    if (question->to != NULL)
        r = destination_open(question->to, question->profile, question->qemu, &inquiry->destination,
                             &err);
    if (r == 0) {
        path = inquiry->sources.manifest;
        r = origins_open(&inquiry->sources, &warnings, &inquiry->origins, &err);
    }
    if (r == 0)
        r = begin_answer(inquiry, &err);
    if (r == 0) {
        answer(inquiry, paths);
        path = inquiry->out;
        r = end_answer(inquiry, &err);
    }
    if (r < 0)
        inquiry->status = exit_status_both(inquiry->status, say_error(&err, path, json));
    if (r < 0 && inquiry->tee)
        pass_on(inquiry);
    free(inquiry->written);
    origins_close(&inquiry->origins);
    destination_close(&inquiry->destination);
    return inquiry->status;
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
    case OPTION_SET_ROM:
        inquiry->set_rom = options->value;
        return true;
    case 'o':
        inquiry->out = options->value;
        return true;
    case 'M':
        inquiry->sources.manifest = options->value;
        return true;
    case OPTION_ROM:
        return origin_rom_option(options, &inquiry->sources);
    case OPTION_TRUST:
    case OPTION_THRESHOLD:
    case OPTION_AT:
    case OPTION_ROOT:
        return release_trust_option(options, id, &inquiry->sources.trust);
    case OPTION_JSON:
        question->json = true;
        return true;
    case OPTION_NDJSON:
        question->ndjson = true;
        return true;
    default:
        question->quiet = true;
        return true;
    }
}

/* What a pipe has is read once. */
static bool is_stdin_repeated(char **paths)
{
    size_t n = 0;

    for (; *paths != NULL; paths++)
        n += strcmp(*paths, "-") == 0;
    return n > 1;
}

static bool options_agree(const struct inquiry *inquiry, int n, char **paths)
{
    const struct state_question *question = &inquiry->question;

    if (n == 0)
        (void)usage_error(&help, "no FILE");
    else if (question->json && question->ndjson)
        (void)usage_error(&help, "--json and --ndjson exclude each other");
    else if (inquiry->tee && (n != 1 || strcmp(paths[0], "-") != 0))
        (void)usage_error(&help, "--tee passes on standard input: FILE is '-'");
    else if (is_stdin_repeated(paths))
        (void)usage_error(&help, "standard input is read once");
    else if (question->to == NULL && (question->profile != NULL || question->qemu != NULL))
        (void)usage_error(&help, "-p and --qemu are for --to");
    else if (question->profile != NULL && !is_directory(question->to))
        (void)usage_error(&help, "-p goes with --to DIRECTORY: '%s' is none", question->to);
    else if (question->only_blocks &&
             (question->extract != NULL || origins_asked(&inquiry->sources)))
        (void)usage_error(&help, "--blocks reads no ROM, --extract, -M and --rom need them");
    else
        return release_trust_agrees(&inquiry->sources.trust, inquiry->sources.manifest != NULL,
                                    &help);
    return false;
}

/* DEVICE=PATH; nothing else is asked then: with -o one would not expect FILE to change. */
static enum exit_status set_rom(const struct inquiry *inquiry, int n, char **paths)
{
    const char *equals = strchr(inquiry->set_rom, '=');
    char device[RT_STATE_NAME_SIZE];

    if (equals == NULL || equals == inquiry->set_rom || equals[1] == '\0' ||
        (size_t)(equals - inquiry->set_rom) >= sizeof(device))
        return usage_error(&help, "'%s' is not DEVICE=PATH", inquiry->set_rom);
    if (inquiry->n_options > 1)
        return usage_error(&help, "--set-rom changes FILE itself and goes with no other option");
    if (n != 1 || strcmp(paths[0], "-") == 0)
        return usage_error(&help, "--set-rom changes one file");
    (void)snprintf(device, sizeof(device), "%.*s", (int)(equals - inquiry->set_rom),
                   inquiry->set_rom);
    return state_set_rom(paths[0], device, equals + 1);
}

enum exit_status command_state(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct inquiry inquiry = {.sources.trust = RELEASE_TRUST_NONE, .status = EXIT_HELD};
    struct state_question *question = &inquiry.question;
    int id, n;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        if (!take_option(&inquiry, &options, id))
            return EXIT_USAGE;
        inquiry.n_options++;
    }
    n = argc - options.first;
    if (inquiry.set_rom != NULL)
        return set_rom(&inquiry, n, argv + options.first);
    if (!options_agree(&inquiry, n, argv + options.first))
        return EXIT_USAGE;
    question->needs_roms = question->extract != NULL || origins_asked(&inquiry.sources);
    /* whether it restores is told by the list alone */
    question->only_blocks |= question->to != NULL && !question->needs_roms;
    return inquire(&inquiry, argv + options.first);
}
