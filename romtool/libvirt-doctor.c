/* SPDX-License-Identifier: BSD-2-Clause */
#include "romtool/libvirt-doctor.h"

#include "romtool/directory.h"
#include "romtool/libvirt-commands.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOMAINS "/etc/libvirt/qemu"

enum { OPTION_JSON = OPTION_LONG };

static const struct option_spec option_specs[] = {
    LIBVIRT_GROUND_OPTIONS,
    {OPTION_TRUST, "trust", "PATH",
     "a public key to trust, instead of the host's; may be repeated"},
    {OPTION_THRESHOLD, "threshold", "N", "of the --trust keys, so many must have signed"},
    {OPTION_AT, "at", "TIME", "judge limits in time as of then, not now"},
    {OPTION_ROOT, "root", "DIR", "the host lies below DIR"},
    {'q', "quiet", NULL, "print nothing about what holds"},
    {OPTION_JSON, "json", NULL, "print romtool/libvirt-doctor/1"},
    {0},
};

static const struct command_help help = {
    "libvirt doctor",
    "[-p PROFILE] [-M MANIFEST [--trust PATH]...] [--root DIR] [-q] [--json]",
    "Is this host set up so that libvirt's guests start only with ROMs that hold? The hook: "
    "there,\n"
    "executable, root's alone, seen by the daemon that runs. Each defined domain: would it start?\n"
    "Each ROM file: may QEMU read it? Each point that does not hold has its fix. Nothing is "
    "changed,\n"
    "libvirt is not asked.",
    option_specs,
};

/* ------------------------------------------------------------------------- points */

void doctor_add(struct doctor *doctor, const char *name, const char *path, enum exit_status status,
                const char *fix, const char *fmt, ...)
{
    struct doctor_point *grown = realloc(doctor->points, (doctor->n + 1) * sizeof(*grown));
    char text[700];
    va_list args;

    if (grown == NULL) {
        doctor->failed = true;
        return;
    }
    doctor->points = grown;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    grown[doctor->n] = (struct doctor_point){
        .name = name,
        .path = strdup(path),
        .text = strdup(text),
        .fix = fix != NULL ? strdup(fix) : NULL,
        .status = status,
    };
    if (grown[doctor->n].path == NULL || grown[doctor->n].text == NULL ||
        (fix != NULL && grown[doctor->n].fix == NULL)) {
        free(grown[doctor->n].path);
        free(grown[doctor->n].text);
        free(grown[doctor->n].fix);
        doctor->failed = true;
        return;
    }
    doctor->n++;
}

int doctor_read(const struct doctor *doctor, const char *path, size_t limit, struct rt_file *ret,
                struct romtool_error *err)
{
    char *below = libvirt_ground_path(&doctor->ground, path);
    int r = below == NULL ? rt_error_no_memory(err) : 0;

    *ret = (struct rt_file){0};
    if (r == 0)
        r = rt_file_read(below, limit, ret, err);
    free(below);
    return r;
}

bool doctor_is_there(const struct doctor *doctor, const char *path)
{
    char *below = libvirt_ground_path(&doctor->ground, path);
    bool is = below != NULL && access(below, F_OK) == 0;

    free(below);
    return is;
}

/* ------------------------------------------------------------------------- domains */

static void note_allowed(void *user, const char *sentence)
{
    struct libvirt_ground *ground = user;

    rt_buffer_printf(&ground->allowed, "; allowed %s", sentence);
}

/* The files of a domain's ROMs. */
static void look_at_roms(struct doctor *doctor, const struct rt_domain *domain)
{
    const struct rt_libvirt_ground *rules = &doctor->ground.rules;

    for (size_t i = 0; i < domain->n_devices; i++) {
        struct rt_libvirt_rom rom;
        struct romtool_error why;
        char *path = NULL;

        rt_error_clear(&why);
        if (rt_libvirt_rom_find(rules, domain, &domain->device[i], &rom, &why) != 1)
            continue; /* said of the domain */
        if (rt_libvirt_rom_path(rules, &rom, &path, &why) == 0 && doctor_is_there(doctor, path))
            doctor_rom(doctor, path);
        free(path);
    }
}

/* Another file helps, or what the domain says is to be another. */
static void domain_fix(int code, const char *path, char *ret, size_t n)
{
    if (code == ROMTOOL_E_OVERSIZE || code == ROMTOOL_E_UNDERSIZE || code == ROMTOOL_E_NOT_FOUND)
        (void)snprintf(ret, n, "romtool libvirt fix %s > fixed.xml && virsh define fixed.xml",
                       path);
    else
        (void)snprintf(ret, n, "virsh edit the domain of %s", path);
}

static void check_domain(struct doctor *doctor, const char *path, struct rt_bytes xml)
{
    struct rt_domain *domain = NULL;
    struct romtool_error err;
    struct rt_buffer none;
    char fix[600];
    int r;

    rt_error_clear(&err);
    rt_buffer_free(&doctor->ground.allowed);
    doctor->ground.allowed = (struct rt_buffer){0};
    r = rt_libvirt_decide(&doctor->ground.rules, RT_LIBVIRT_PREPARE, xml, &none, &err);
    domain_fix(r, path, fix, sizeof(fix));
    if (r < 0)
        doctor_add(doctor, "domain", path, exit_status_of(r), fix, "%s", err.text);
    else
        doctor_add(doctor, "domain", path, EXIT_HELD, NULL, "it would start%s",
                   doctor->ground.allowed.data != NULL ? doctor->ground.allowed.data : "");
    if (rt_domain_read(xml, &domain, NULL) == 0)
        look_at_roms(doctor, domain);
    rt_domain_free(domain);
}

static void doctor_domain(struct doctor *doctor, const char *path)
{
    struct romtool_error err;
    struct rt_file file;

    rt_error_clear(&err);
    if (doctor_read(doctor, path, RT_DOMAIN_MAX, &file, &err) == 0)
        check_domain(doctor, path, rt_file_bytes(&file));
    else
        doctor_add(doctor, "domain", path, EXIT_UNDECIDED, "ask as root", "%s", err.text);
    rt_file_free(&file);
}

static int doctor_domains(struct doctor *doctor, struct romtool_error *err)
{
    char *dir = libvirt_ground_path(&doctor->ground, DOMAINS);
    struct file_names names = {0};
    int r = dir == NULL ? rt_error_no_memory(err) : 0;

    if (r == 0 && is_directory(dir))
        r = directory_list(dir, &names, err);
    for (size_t i = 0; r == 0 && i < names.n; i++) {
        size_t n = strlen(names.names[i]);
        char *path = path_join(DOMAINS, names.names[i]);

        if (path != NULL && n > 4 && strcmp(names.names[i] + n - 4, ".xml") == 0)
            doctor_domain(doctor, path);
        doctor->failed = doctor->failed || path == NULL;
        free(path);
    }
    file_names_free(&names);
    free(dir);
    return r;
}

/* ------------------------------------------------------------------------- the answer */

static const char *word_of(enum exit_status status)
{
    return status == EXIT_HELD ? "ok" : verdict_name(status);
}

static void show_text(const struct doctor *doctor, bool quiet)
{
    for (size_t i = 0; i < doctor->n; i++) {
        const struct doctor_point *point = &doctor->points[i];
        char path[512], text[700], fix[700];

        if (quiet && point->status == EXIT_HELD)
            continue;
        (void)printf("%s: %s: %s: %s\n", word_of(point->status), point->name,
                     printable(point->path, path, sizeof(path)),
                     printable(point->text, text, sizeof(text)));
        if (point->fix != NULL)
            (void)printf("  fix: %s\n", printable(point->fix, fix, sizeof(fix)));
    }
}

static enum exit_status show_json(const struct doctor *doctor, enum exit_status status)
{
    struct rt_buffer out = {0};
    struct rt_json_writer json = {.out = &out};

    rt_json_begin_object(&json, NULL);
    rt_json_write_string(&json, "schema", "romtool/libvirt-doctor/1");
    rt_json_begin_array(&json, "points");
    for (size_t i = 0; i < doctor->n; i++) {
        const struct doctor_point *point = &doctor->points[i];

        rt_json_begin_object(&json, NULL);
        rt_json_write_string(&json, "name", point->name);
        rt_json_write_string(&json, "path", point->path);
        rt_json_write_string(&json, "verdict", verdict_name(point->status));
        rt_json_write_string(&json, "text", point->text);
        if (point->fix != NULL)
            rt_json_write_string(&json, "fix", point->fix);
        else
            rt_json_write_null(&json, "fix");
        rt_json_end_object(&json);
    }
    rt_json_end_array(&json);
    rt_json_write_string(&json, "verdict", verdict_name(status));
    rt_json_end_object(&json);
    return print_json(&out, status);
}

/* What is refused is known to be wrong, whatever else is not known. */
static enum exit_status status_of(const struct doctor *doctor)
{
    enum exit_status status = EXIT_HELD;

    for (size_t i = 0; i < doctor->n; i++) {
        if (doctor->points[i].status == EXIT_REFUSED)
            return EXIT_REFUSED;
        status = exit_status_both(status, doctor->points[i].status);
    }
    return status;
}

static enum exit_status examine(struct doctor *doctor, bool quiet, bool json)
{
    struct romtool_error err;
    enum exit_status status;
    int r;

    rt_error_clear(&err);
    r = libvirt_ground_open(&doctor->ground, &err);
    doctor->ground.rules.allowed = note_allowed;
    if (r == 0) {
        doctor_hook(doctor);
        r = doctor_domains(doctor, &err);
    }
    if (r == 0 && doctor->failed)
        r = rt_error_no_memory(&err);
    if (r < 0)
        return say_error(&err, NULL, json);
    status = status_of(doctor);
    if (json)
        return show_json(doctor, status);
    show_text(doctor, quiet);
    return status;
}

static void doctor_end(struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->n; i++) {
        free(doctor->points[i].path);
        free(doctor->points[i].text);
        free(doctor->points[i].fix);
    }
    free(doctor->points);
    libvirt_ground_close(&doctor->ground);
}

enum exit_status command_libvirt_doctor(int argc, char **argv)
{
    struct options options = {.help = &help, .argc = argc, .argv = argv};
    struct doctor doctor = {.ground = LIBVIRT_GROUND_NONE};
    bool quiet = false, json = false;
    enum exit_status status;
    int id;

    while ((id = options_next(&options)) != OPTION_END) {
        if (id == OPTION_HELP || id == OPTION_WRONG)
            return id == OPTION_HELP ? EXIT_HELD : EXIT_USAGE;
        quiet = quiet || id == 'q';
        json = json || id == OPTION_JSON;
        if (id == 'q' || id == OPTION_JSON)
            continue;
        if (!libvirt_ground_option(&doctor.ground, &options, id))
            return EXIT_USAGE;
    }
    if (options.first != argc)
        return usage_error(&help, "it takes no operands");
    /* --root is for all of the host here, with a release and without */
    if (doctor.ground.trust.root != NULL)
        doctor.ground.root = doctor.ground.trust.root;
    if (doctor.ground.manifest_path == NULL)
        doctor.ground.trust.root = NULL;
    if (!release_trust_agrees(&doctor.ground.trust, doctor.ground.manifest_path != NULL, &help))
        return EXIT_USAGE;
    status = examine(&doctor, quiet, json);
    doctor_end(&doctor);
    return status;
}
