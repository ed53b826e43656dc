/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/slots-commands.h"

#include "core/file.h"
#include "romtool/profile.h"
#include "slots/lint.h"
#include "verify/verify.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPTION_STRICT = OPTION_LONG, OPTION_MASTER, OPTION_ROOT, OPTION_SERIES, OPTION_JSON };

enum {
    FINDINGS_MAX = 10000, /* that are shown of one file */
    LINKS_MAX = 40,       /* symbolic links of one path, as Linux */
    PATH_SIZE = 4096,
};

static const struct option_spec option_specs[] = {
    {OPTION_STRICT, "strict", NULL, "warnings refuse too"},
    {OPTION_MASTER, "master", "PROFILE", "where bug-fix machine types must be, not in the newest"},
    {OPTION_ROOT, "root", "DIR", "look for the ROM files in the search paths below DIR"},
    {OPTION_SERIES, "series", "NAME", "with --root: only for this series"},
    {'q', "quiet", NULL, "print nothing about what holds"},
    {OPTION_JSON, "json", NULL, "print romtool/slots-lint/1"},
    {0},
};

static const struct command_help help = {
    "slots lint",
    "[--strict] [--master PROFILE] [--root DIR [--series NAME]] [-q] [--json] FILE...",
    "Does a slot file hold: by itself, and by the rules of the field? A slot never changes for a\n"
    "machine type, bug-fix types are one for a stable series and on master too, ranges have no\n"
    "holes, devices are QEMU's. With --root, an unpacked image or package, the ROM files must be\n"
    "where this QEMU looks for them.",
    option_specs,
};

struct linting {
    const char *master_name, *root, *series;
    bool strict, quiet, json;
    struct profile master;
    struct finding_list findings;
    size_t n_findings; /* of the file at hand */
    struct rt_json_writer *writer;
    enum exit_status status;
};

/* ------------------------------------------------------------------------- ROM files */

/* A path below a directory, on the way. */
struct walk {
    char done[PATH_SIZE]; /* followed, without symbolic links; "" is the directory itself */
    char left[PATH_SIZE]; /* to follow */
    unsigned links;
};

/* Takes the next part of the path; done is cut where it goes up. False where nothing is left. */
static bool next_part(struct walk *walk, char ret[PATH_SIZE])
{
    for (;;) {
        size_t begin = strspn(walk->left, "/");
        size_t n = strcspn(walk->left + begin, "/");
        char *slash = strrchr(walk->done, '/');

        memcpy(ret, walk->left + begin, n);
        ret[n] = '\0';
        memmove(walk->left, walk->left + begin + n, strlen(walk->left + begin + n) + 1);
        if (n == 0)
            return false;
        if (strcmp(ret, "..") == 0 && slash != NULL)
            *slash = '\0'; /* above the directory is the directory itself */
        else if (strcmp(ret, ".") != 0 && strcmp(ret, "..") != 0)
            return true;
    }
}

/* Puts a symbolic link's target before what is left of the path. */
static bool follow_link(const char *path, struct walk *walk)
{
    char target[PATH_SIZE], left[PATH_SIZE];
    ssize_t n = readlink(path, target, sizeof(target) - 1);

    if (n < 0 || ++walk->links > LINKS_MAX)
        return false;
    target[n] = '\0';
    memcpy(left, walk->left, sizeof(left));
    if (target[0] == '/')
        walk->done[0] = '\0';
    return snprintf(walk->left, sizeof(walk->left), "%s/%s", target, left) <
           (int)sizeof(walk->left);
}

/* Goes one part further: into it, or where it leads. False where the path is too long or a loop. */
static bool go_on(struct walk *walk, const char *at, const char *part, mode_t mode)
{
    size_t done = strlen(walk->done), room = sizeof(walk->done) - done;

    if (S_ISLNK(mode))
        return follow_link(at, walk);
    return snprintf(walk->done + done, room, "/%s", part) < (int)room;
}

/*
 * Is there a regular file at root/path? Symbolic links lead where they would with root as "/", as
 * in the unpacked image that root is. A code where that cannot be seen.
 */
static int is_file_below(const char *root, const char *path, bool *ret, struct romtool_error *err)
{
    struct walk walk = {.links = 0};
    char part[PATH_SIZE], at[3 * PATH_SIZE];
    struct stat st = {0};

    *ret = false;
    if (snprintf(walk.left, sizeof(walk.left), "%s", path) >= (int)sizeof(walk.left))
        return 0;
    while (next_part(&walk, part)) {
        (void)snprintf(at, sizeof(at), "%s%s/%s", root, walk.done, part);
        if (lstat(at, &st) == 0) {
            if (!go_on(&walk, at, part, st.st_mode))
                return 0;
        } else if (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG) {
            return 0;
        } else {
            return rt_error_system(err, ROMTOOL_E_IO, errno, "cannot look at '%s'", at);
        }
    }
    *ret = S_ISREG(st.st_mode);
    return 0;
}

static int find_file(void *user, const struct rt_slot_series *series, const char *file, bool *ret,
                     struct romtool_error *err)
{
    const struct linting *l = user;
    struct rt_buffer path = {0};
    int r = 0;

    *ret = l->series != NULL && strcmp(l->series, series->name) != 0; /* not asked about */
    for (size_t i = 0; i < series->n_search && r == 0 && !*ret; i++) {
        rt_buffer_printf(&path, "%s/%s", series->search[i], file);
        r = path.failed ? rt_error_no_memory(err) : is_file_below(l->root, path.data, ret, err);
        rt_buffer_free(&path);
    }
    return r;
}

/* ------------------------------------------------------------------------- one file */

static void report(struct linting *l, const char *path, const struct rt_slot_file *file,
                   enum exit_status status)
{
    char shown[512];

    l->status = exit_status_both(l->status, status);
    if (!l->json) {
        if (!l->quiet || status != EXIT_HELD)
            (void)printf("%s: %s\n", printable(path, shown, sizeof(shown)), verdict_name(status));
        return;
    }
    rt_json_begin_object(l->writer, NULL);
    rt_json_write_string(l->writer, "path", path);
    if (file != NULL)
        rt_json_write_string(l->writer, "vendor", rt_slot_file_vendor(file)->name);
    else
        rt_json_write_null(l->writer, "vendor");
    rt_json_write_string(l->writer, "verdict", verdict_name(status));
    rt_json_end_object(l->writer);
}

/* Prints findings as they come, and keeps them for the document. */
static void add_finding(void *user, const struct rt_finding *finding)
{
    struct linting *l = user;
    struct rt_findings keep = finding_list_sink(&l->findings);

    if (++l->n_findings > FINDINGS_MAX)
        return;
    if (l->json)
        keep.add(keep.user, finding);
    else if (!l->quiet || finding->severity >= RT_WARNING)
        print_finding(stderr, l->findings.path, finding);
}

/* What ended the work on a file is said at once, and is a finding of the document too. */
static enum exit_status add_error(struct linting *l, const struct romtool_error *err)
{
    struct rt_findings keep = finding_list_sink(&l->findings);

    if (l->json)
        rt_finding_add(&keep, err->code, RT_ERROR, err->offset, "%s", err->text);
    return say_error(err, NULL, false);
}

static int read_slot_file(const struct linting *l, const char *path, struct rt_slot_file **ret,
                          struct romtool_error *err)
{
    const struct rt_slot_vendor *vendor;
    struct rt_file text;
    int r = rt_file_read(path, RT_SLOT_FILE_SIZE_MAX, &text, err);

    if (r < 0)
        return r;
    r = rt_slot_file_read(rt_file_bytes(&text), ret, err);
    rt_file_free(&text);
    if (r < 0)
        rt_error_prefix(err, "'%s'", path);
    if (r < 0 || l->series == NULL)
        return r;
    vendor = rt_slot_file_vendor(*ret);
    for (size_t i = 0; i < vendor->n_series; i++) {
        if (strcmp(vendor->series[i].name, l->series) == 0)
            return 0;
    }
    return rt_error_set(err, ROMTOOL_E_UNKNOWN_PROFILE, ROMTOOL_NO_OFFSET,
                        "'%s' has no series '%s'", path, l->series);
}

static void lint_file(struct linting *l, const char *path)
{
    struct rt_slot_lint options = {
        .master = l->master_name != NULL ? &l->master.slots : NULL,
        .find_file = l->root != NULL ? find_file : NULL,
        .user = l,
    };
    struct rt_findings kept = {add_finding, l};
    struct rt_verify_judge judge = {.next = &kept, .strict = l->strict};
    struct rt_findings findings = rt_verify_findings(&judge);
    struct rt_slot_file *file = NULL;
    struct romtool_error err;
    int r;

    rt_error_clear(&err);
    l->findings.path = path;
    l->n_findings = 0;
    r = read_slot_file(l, path, &file, &err);
    if (r == 0)
        r = rt_slot_lint(rt_slot_file_vendor(file), &options, &findings, &err);
    if (l->n_findings > FINDINGS_MAX)
        (void)fprintf(stderr, "romtool: %zu more findings are not shown\n",
                      l->n_findings - FINDINGS_MAX);
    if (r < 0)
        report(l, path, file, add_error(l, &err));
    else
        report(l, path, file, judge.refused ? EXIT_REFUSED : EXIT_HELD);
    rt_slot_file_free(file);
}

/* ------------------------------------------------------------------------- the whole */

/* A directory that is not there would hold no ROM at all. */
static int check_root(const char *root, struct romtool_error *err)
{
    struct stat st;

    if (stat(root, &st) < 0)
        return rt_error_system(err, errno == ENOENT ? ROMTOOL_E_NOT_FOUND : ROMTOOL_E_IO, errno,
                               "cannot look below '%s'", root);
    if (!S_ISDIR(st.st_mode))
        return rt_error_set(err, ROMTOOL_E_NOT_FOUND, ROMTOOL_NO_OFFSET, "'%s' is no directory",
                            root);
    return 0;
}

static enum exit_status lint_all(struct linting *l, int n, char **paths)
{
    struct rt_buffer out = {0};
    struct rt_json_writer writer = {.out = &out};
    struct romtool_error err;
    int r = 0;

    rt_error_clear(&err);
    l->writer = &writer;
    if (l->root != NULL)
        r = check_root(l->root, &err);
    if (r == 0 && l->master_name != NULL)
        r = profile_open(l->master_name, &l->master, &err);
    if (r < 0)
        return say_error(&err, NULL, l->json);
    rt_json_begin_object(&writer, NULL);
    rt_json_write_string(&writer, "schema", "romtool/slots-lint/1");
    rt_json_begin_array(&writer, "files");
    for (int i = 0; i < n; i++)
        lint_file(l, paths[i]);
    if (l->findings.failed)
        l->status = EXIT_UNDECIDED;
    rt_json_end_array(&writer);
    rt_json_write_string(&writer, "verdict", verdict_name(l->status));
    finding_list_json(&l->findings, &writer, true);
    rt_json_end_object(&writer);
    if (l->json)
        l->status = print_json(&out, l->status);
    rt_buffer_free(&out);
    finding_list_clear(&l->findings);
    profile_close(&l->master);
    return l->status;
}

static void take_option(struct linting *l, const struct options *options, int id)
{
    switch (id) {
    case OPTION_STRICT:
        l->strict = true;
        break;
    case OPTION_MASTER:
        l->master_name = options->value;
        break;
    case OPTION_ROOT:
        l->root = options->value;
        break;
    case OPTION_SERIES:
        l->series = options->value;
        break;
    case OPTION_JSON:
        l->json = true;
        break;
    default:
        l->quiet = true;
        break;
    }
}

enum exit_status command_slots_lint(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct linting l = {0};
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        take_option(&l, &options, id);
    }
    if (options.first == argc)
        return usage_error(&help, "no FILE");
    if (l.series != NULL && l.root == NULL)
        return usage_error(&help, "--series belongs to --root");
    return lint_all(&l, argc - options.first, argv + options.first);
}
