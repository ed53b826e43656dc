/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/probe-show.h"

#include "core/file.h"
#include "romtool/profile.h"
#include "romtool/slots-commands.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    OPTION_QEMU = OPTION_LONG,
    OPTION_NAME,
    OPTION_AGAINST,
    OPTION_TIMEOUT,
    OPTION_JSON,
};

enum { MOST_MACHINES = 64, MOST_JOBS = 256, MOST_SECONDS = 3600, PATIENCE = 30 };

static const struct option_spec option_specs[] = {
    {OPTION_QEMU, "qemu", "BINARY", "the QEMU to measure"},
    {'L', "rom-dir", "DIR", "where it looks for ROM files first; may be given several times"},
    {'m', "machine", "MACHINE", "only this machine type or alias; may be given several times"},
    {OPTION_NAME, "name", "VENDOR/SERIES", "whose slot file this becomes; default: qemu/VERSION"},
    {'o', "output", "FILE", "write the slot file; '-' is standard output"},
    {OPTION_AGAINST, "against", "PROFILE", "compare with this profile or slot file"},
    {'j', "jobs", "JOBS", "how many QEMUs run at once; default: one a processor"},
    {OPTION_TIMEOUT, "timeout", "SECONDS", "kill a QEMU that takes longer; default: 30"},
    {'q', "quiet", NULL, "print nothing but differences, draw no progress"},
    {OPTION_JSON, "json", NULL, "print romtool/probe/1"},
    {0},
};

static const struct command_help help = {
    "slots probe",
    "--qemu BINARY [-L DIR]... [-m MACHINE]... [-o FILE] [--against PROFILE]",
    "Measure a QEMU: start each of its machine types, without running a guest, and ask for the "
    "ROM\n"
    "slot of every device that can have one. What cannot be measured is said with its reason. "
    "With\n"
    "--against everything that differs from the profile is a line, and the exit status 1.",
    option_specs,
};

struct probing {
    struct probe probe;
    const char *machines[MOST_MACHINES];
    size_t n_machines;
    char *paths[PROBE_DIRS_MAX + 1]; /* owned: the absolute ones */
    size_t n_paths;
    const char *name, *output, *against;
    unsigned jobs;
    bool quiet, json;
    struct profile profile; /* with against */
    char vendor[ROMTOOL_NAME_SIZE], series[ROMTOOL_NAME_SIZE];
    struct romtool_error err; /* of the first job */
    int asked;
};

/* ------------------------------------------------------------------------- options */

static bool take_number(const char *text, unsigned most, unsigned *ret)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    *ret = (unsigned)value;
    return text[0] >= '1' && text[0] <= '9' && *end == '\0' && value <= most;
}

/* QEMU runs in another directory. A name of PATH stays one; links stay what they are. */
static int keep_absolute(struct probing *p, const char *path, const char **ret,
                         struct romtool_error *err)
{
    struct rt_buffer absolute = {0};
    char *here = NULL;

    *ret = path;
    if (path[0] == '/')
        return 0;
    here = getcwd(NULL, 0);
    if (here == NULL)
        return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot tell the current directory");
    rt_buffer_printf(&absolute, "%s/%s", here, path);
    free(here);
    if (absolute.failed)
        return rt_error_no_memory(err);
    *ret = p->paths[p->n_paths++] = absolute.data;
    return 0;
}

/* "debian/bookworm", or "acme" where there is only one series. */
static bool take_name(struct probing *p, const char *name)
{
    const char *slash = strchr(name, '/');
    size_t n = slash != NULL ? (size_t)(slash - name) : strlen(name);

    if (strlen(name) >= ROMTOOL_NAME_SIZE)
        return false;
    memcpy(p->vendor, name, n);
    p->vendor[n] = '\0';
    (void)snprintf(p->series, sizeof(p->series), "%s", slash != NULL ? slash + 1 : "");
    return probe_is_name(p->vendor) && (slash == NULL || probe_is_name(p->series));
}

/* False after a usage error. */
static bool take_option(struct probing *p, int id, const char *value)
{
    switch (id) {
    case OPTION_QEMU:
        p->probe.binary = value;
        return true;
    case 'L':
        if (p->probe.n_dirs < PROBE_DIRS_MAX) {
            p->probe.dirs[p->probe.n_dirs++] = value;
            return true;
        }
        (void)usage_error(&help, "more than %d -L", PROBE_DIRS_MAX);
        return false;
    case 'm':
        if (p->n_machines < MOST_MACHINES) {
            p->machines[p->n_machines++] = value;
            return true;
        }
        (void)usage_error(&help, "more than %d -m", MOST_MACHINES);
        return false;
    case OPTION_NAME:
        p->name = value;
        if (take_name(p, value))
            return true;
        (void)usage_error(&help, "'%s' is not a name like debian/bookworm", value);
        return false;
    case 'o':
        p->output = value;
        return true;
    case OPTION_AGAINST:
        p->against = value;
        return true;
    case 'j':
        if (take_number(value, MOST_JOBS, &p->jobs))
            return true;
        (void)usage_error(&help, "'%s' is not a number of jobs from 1 to %d", value, MOST_JOBS);
        return false;
    case OPTION_TIMEOUT:
        if (take_number(value, MOST_SECONDS, &p->probe.seconds))
            return true;
        (void)usage_error(&help, "'%s' is not a number of seconds from 1 to %d", value,
                          MOST_SECONDS);
        return false;
    case 'q':
        p->quiet = true;
        return true;
    case OPTION_JSON:
        p->json = true;
        return true;
    default:
        return false;
    }
}

static bool to_stdout(const struct probing *p)
{
    return p->output != NULL && strcmp(p->output, "-") == 0;
}

/* OPTION_END, OPTION_HELP or OPTION_WRONG */
static int take_options(struct probing *p, int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP)
            return OPTION_HELP;
        if (id == OPTION_WRONG || !take_option(p, id, options.value))
            return OPTION_WRONG;
    }
    if (options.first != argc)
        (void)usage_error(&help, "unexpected '%s'", argv[options.first]);
    else if (p->probe.binary == NULL || p->probe.binary[0] == '\0')
        (void)usage_error(&help, "--qemu is missing");
    else if (p->json && to_stdout(p))
        (void)usage_error(&help, "'-o -' and --json both print to standard output");
    else
        return OPTION_END;
    return OPTION_WRONG;
}

/* ------------------------------------------------------------------------- measuring */

static void ask_job(void *user, size_t i, int cancel)
{
    struct probing *p = user;

    (void)i;
    rt_error_clear(&p->err);
    p->asked = probe_ask(&p->probe, cancel, &p->err);
}

static void measure_job(void *user, size_t i, int cancel)
{
    struct probing *p = user;
    size_t wanted = 0;

    for (size_t m = 0; m < p->probe.n_machines; m++) {
        if (p->probe.machines[m].wanted && wanted++ == i)
            probe_measure(&p->probe, &p->probe.machines[m], cancel);
    }
}

/* Ends by the signal that ended the jobs, if one did: whoever started romtool sees it. */
static int run_jobs(const struct probe_jobs *jobs, struct romtool_error *err)
{
    int ended_by;
    int r = probe_jobs_run(jobs, &ended_by, err);

    if (ended_by != 0)
        (void)raise(ended_by);
    return ended_by != 0 ? rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET, "interrupted") : r;
}

static int choose_machines(struct probing *p, struct romtool_error *err)
{
    int r = 0;

    for (size_t i = 0; i < p->probe.n_machines && p->n_machines > 0; i++)
        p->probe.machines[i].wanted = false;
    for (size_t i = 0; i < p->n_machines && r == 0; i++)
        r = probe_want(&p->probe, p->machines[i], err);
    return r;
}

static int nothing_measured(const struct probing *p, struct romtool_error *err)
{
    const struct probe *probe = &p->probe;

    for (size_t i = 0; i < probe->n_machines; i++) {
        const struct probe_machine *machine = &probe->machines[i];

        if (machine->wanted && machine->failed)
            return rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET,
                                "'%s': nothing could be measured: %s: %s", probe->binary,
                                machine->name, machine->reason);
    }
    return rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET,
                        "'%s': nothing could be measured: it has none of the devices that have a "
                        "ROM, or none of them starts",
                        probe->binary);
}

static int measure(struct probing *p, struct romtool_error *err)
{
    struct probe_jobs jobs = {.n = 1, .threads = 1, .run = ask_job, .user = p};
    int r;

    probe_choose_devices(&p->probe, p->against != NULL ? &p->profile.slots : NULL);
    r = run_jobs(&jobs, err);
    if (r == 0 && p->asked < 0) {
        *err = p->err;
        r = p->asked;
    }
    if (r == 0)
        r = choose_machines(p, err);
    if (r < 0)
        return r;
    jobs = (struct probe_jobs){
        .threads = p->jobs, .run = measure_job, .user = p, .progress = !p->quiet && isatty(2) == 1};
    for (size_t i = 0; i < p->probe.n_machines; i++)
        jobs.n += p->probe.machines[i].wanted;
    r = run_jobs(&jobs, err);
    if (r == 0 && probe_count_measured(&p->probe) == 0)
        r = nothing_measured(p, err);
    return r;
}

/* ------------------------------------------------------------------------- results */

static int write_slot_file(struct probing *p, struct romtool_error *err)
{
    struct rt_buffer text = {0};
    struct rt_bytes bytes;
    int r;

    if (p->name == NULL) {
        (void)snprintf(p->vendor, sizeof(p->vendor), "qemu");
        (void)snprintf(p->series, sizeof(p->series), "%s", p->probe.version);
    }
    r = probe_write(&p->probe, p->vendor, p->series, &text, err);
    bytes = rt_buffer_bytes(&text);
    if (r == 0 && to_stdout(p))
        r = rt_file_write_fd(STDOUT_FILENO, "standard output", bytes, err);
    else if (r == 0)
        r = rt_file_write(p->output, 0644, 0, bytes, err);
    rt_buffer_free(&text);
    return r;
}

static enum exit_status show(const struct probing *p)
{
    struct rt_buffer out = {0};
    struct rt_json_writer json = {.out = &out};
    const struct probe_report report = {
        .probe = &p->probe,
        .against = p->against != NULL ? &p->profile.slots : NULL,
        .quiet = p->quiet || to_stdout(p),
        .out = to_stdout(p) ? stderr : stdout,
        .json = p->json ? &json : NULL,
    };
    enum exit_status status = probe_show(&report);

    return p->json ? print_json(&out, status) : status;
}

static int prepare(struct probing *p, struct romtool_error *err)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (p->jobs == 0)
        p->jobs = processors > 0 && processors < MOST_JOBS ? (unsigned)processors : 1;
    if (p->probe.seconds == 0)
        p->probe.seconds = PATIENCE;
    return p->against != NULL ? profile_open(p->against, &p->profile, err) : 0;
}

/* The binary where it is a path, and the directories. */
static int make_absolute(struct probing *p, struct romtool_error *err)
{
    int r = 0;

    p->probe.program = p->probe.binary;
    if (strchr(p->probe.binary, '/') != NULL)
        r = keep_absolute(p, p->probe.binary, &p->probe.program, err);
    for (size_t i = 0; i < p->probe.n_dirs && r == 0; i++) {
        const char *dir = p->probe.dirs[i];
        struct stat st;

        /* QEMU would look past it without a word */
        if (stat(dir, &st) < 0)
            return rt_error_system(err, errno == ENOENT ? ROMTOOL_E_NOT_FOUND : ROMTOOL_E_IO, errno,
                                   "cannot read '%s'", dir);
        if (!S_ISDIR(st.st_mode))
            return rt_error_set(err, ROMTOOL_E_IO, ROMTOOL_NO_OFFSET, "'%s' is not a directory",
                                dir);
        r = keep_absolute(p, dir, &p->probe.dirs[i], err);
    }
    return r;
}

enum exit_status command_slots_probe(int argc, char **argv)
{
    struct probing *p = calloc(1, sizeof(*p)); /* its tables are large */
    struct romtool_error err;
    enum exit_status status;
    int r;

    rt_error_clear(&err);
    if (p == NULL) {
        (void)rt_error_no_memory(&err);
        return say_error(&err, NULL, false);
    }
    r = take_options(p, argc, argv);
    if (r != OPTION_END) {
        free(p);
        return r == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
    }
    r = make_absolute(p, &err);
    if (r == 0)
        r = prepare(p, &err);
    if (r == 0)
        r = measure(p, &err);
    if (r == 0 && p->output != NULL)
        r = write_slot_file(p, &err);
    status = r == 0 ? show(p) : say_error(&err, NULL, p->json);
    for (size_t i = 0; i < p->n_paths; i++)
        free(p->paths[i]);
    profile_close(&p->profile);
    probe_free(&p->probe);
    free(p);
    return status;
}
