/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libvirt looks for hooks when it starts and on SIGHUP, and runs what it found then: the file
 * "qemu", and those in "qemu.d" (libvirt's hooks; 6.5.0 and later).
 */
#include "romtool/libvirt-doctor.h"

#include "romtool/directory.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOOKS "/etc/libvirt/hooks"
#define OURS  HOOKS "/qemu.d/50-romtool"

enum { HOOK_SIZE_MAX = 1 << 20 }; /* bytes of a script that is looked into */

static const char install_fix[] =
    "install -m 0755 50-romtool " HOOKS "/qemu.d/ (from share/doc/romtool/examples)";

/* Does a hook call romtool? */
static bool is_ours(const struct doctor *doctor, const char *path)
{
    struct rt_file file;
    bool is;

    if (doctor_read(doctor, path, HOOK_SIZE_MAX, &file, NULL) < 0)
        return false;
    is = strstr((const char *)file.data, "romtool") != NULL;
    rt_file_free(&file);
    return is;
}

/* The path of the hook that calls romtool; NULL: there is none. The caller frees it. */
static char *find_hook(struct doctor *doctor)
{
    char *dir = libvirt_ground_path(&doctor->ground, HOOKS "/qemu.d"), *found = NULL;
    struct file_names names = {0};
    struct romtool_error why;

    rt_error_clear(&why);
    if (dir != NULL && is_directory(dir))
        (void)directory_list(dir, &names, &why);
    for (size_t i = 0; i < names.n && found == NULL; i++) {
        found = path_join(HOOKS "/qemu.d", names.names[i]);
        if (found != NULL && !is_ours(doctor, found)) {
            free(found);
            found = NULL;
        }
    }
    if (found == NULL && is_ours(doctor, HOOKS "/qemu"))
        found = strdup(HOOKS "/qemu");
    file_names_free(&names);
    free(dir);
    return found;
}

/* Root's, or with --root whoever asks. */
static bool is_root(const struct doctor *doctor, uid_t uid)
{
    return uid == 0 || (doctor->ground.root[0] != '\0' && uid == geteuid());
}

/* Whoever can write there decides which guests start. */
static bool check_owner(struct doctor *doctor, const char *path, const struct stat *st)
{
    char fix[256];

    if (!is_root(doctor, st->st_uid)) {
        (void)snprintf(fix, sizeof(fix), "chown root:root %s", path);
        doctor_add(doctor, "hook", path, EXIT_REFUSED, fix,
                   "its owner is user %" PRIu64 ", not root", (uint64_t)st->st_uid);
        return false;
    }
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        (void)snprintf(fix, sizeof(fix), "chmod go-w %s", path);
        doctor_add(doctor, "hook", path, EXIT_REFUSED, fix, "others than root can write to it");
        return false;
    }
    return true;
}

static bool check_directory(struct doctor *doctor, const char *dir)
{
    char *below = libvirt_ground_path(&doctor->ground, dir);
    struct stat st;
    bool holds = below == NULL || stat(below, &st) < 0 || check_owner(doctor, dir, &st);

    free(below);
    return holds;
}

static bool check_hook(struct doctor *doctor, const char *path, struct stat *ret)
{
    char *below = libvirt_ground_path(&doctor->ground, path);
    char fix[256];
    bool holds;

    if (below == NULL || stat(below, ret) < 0) {
        free(below);
        doctor_add(doctor, "hook", path, EXIT_UNDECIDED, "look again", "it is gone meanwhile");
        return false;
    }
    free(below);
    holds = check_owner(doctor, path, ret);
    if (strncmp(path, HOOKS "/qemu.d/", sizeof(HOOKS "/qemu.d/") - 1) == 0)
        holds = check_directory(doctor, HOOKS "/qemu.d") && holds;
    holds = check_directory(doctor, HOOKS) && holds;
    if ((ret->st_mode & S_IXUSR) == 0) {
        (void)snprintf(fix, sizeof(fix), "chmod 0755 %s", path);
        doctor_add(doctor, "hook", path, EXIT_REFUSED, fix,
                   "it is not executable: libvirt does not run it");
        holds = false;
    }
    if (holds)
        doctor_add(doctor, "hook", path, EXIT_HELD, NULL, "there, executable, root's alone");
    return holds;
}

/* ------------------------------------------------------------------------- daemons */

static FILE *open_proc(const struct doctor *doctor, const char *name, const char *file)
{
    struct rt_buffer path = {0};
    char *below;
    FILE *ret;

    rt_buffer_printf(&path, "/proc/%s%s", name, file);
    below = path.failed ? NULL : libvirt_ground_path(&doctor->ground, path.data);
    ret = below != NULL ? fopen(below, "re") : NULL;
    rt_buffer_free(&path);
    free(below);
    return ret;
}

/* Of /proc/stat: when the host started, in seconds since 1970; 0: not known. */
static uint64_t boot_time(const struct doctor *doctor)
{
    FILE *stream = open_proc(doctor, "stat", "");
    char *line = NULL;
    uint64_t ret = 0;
    size_t n = 0;

    while (stream != NULL && ret == 0 && getline(&line, &n, stream) >= 0)
        if (strncmp(line, "btime ", 6) == 0)
            ret = strtoull(line + 6, NULL, 10);
    free(line);
    if (stream != NULL)
        (void)fclose(stream);
    return ret;
}

/* proc(5), /proc/PID/stat: "PID (COMM) STATE ...", starttime is the 22nd, in clock ticks. */
static bool read_process(const struct doctor *doctor, const char *pid, char *ret_name, size_t n,
                         uint64_t *ret_started)
{
    FILE *stream = open_proc(doctor, pid, "/stat");
    char line[1024], *name, *end;
    bool has_line = stream != NULL && fgets(line, sizeof(line), stream) != NULL;

    if (stream != NULL)
        (void)fclose(stream);
    if (!has_line)
        return false;
    name = strchr(line, '(');
    end = strrchr(line, ')');
    if (name == NULL || end == NULL)
        return false;
    (void)snprintf(ret_name, n, "%.*s", (int)(end - name - 1), name + 1);
    for (int field = 2; end != NULL && field < 22; field++)
        end = strchr(end + 1, ' ');
    if (end == NULL)
        return false;
    *ret_started = strtoull(end + 1, NULL, 10) / (uint64_t)sysconf(_SC_CLK_TCK);
    return true;
}

static bool is_daemon(const char *name)
{
    return strcmp(name, "libvirtd") == 0 || strcmp(name, "virtqemud") == 0;
}

/* A hook that came, or changed its mode, behind a daemon's start may be one that it does not know.
 */
static void check_daemon(struct doctor *doctor, const char *hook, const char *pid, const char *name,
                         uint64_t started, const struct stat *st)
{
    char fix[300];

    if (started > (uint64_t)st->st_ctime) {
        doctor_add(doctor, "daemon", hook, EXIT_HELD, NULL, "%s (%s) started when it was there",
                   name, pid);
        return;
    }
    (void)snprintf(fix, sizeof(fix), "kill -HUP %s", pid);
    doctor_add(doctor, "daemon", hook, EXIT_UNDECIDED, fix,
               "%s (%s) started before it was as it is now: it runs it only where it was sent "
               "SIGHUP since",
               name, pid);
}

static void check_daemons(struct doctor *doctor, const char *hook, const struct stat *st)
{
    char *proc = libvirt_ground_path(&doctor->ground, "/proc"), name[64];
    uint64_t boot = boot_time(doctor), started;
    struct dirent **entries = NULL;
    int n = proc != NULL ? scandir(proc, &entries, NULL, versionsort) : -1;
    bool any = false;

    for (int i = 0; i < n; i++) {
        const char *pid = entries[i]->d_name;

        if (pid[0] >= '1' && pid[0] <= '9' &&
            read_process(doctor, pid, name, sizeof(name), &started) && is_daemon(name)) {
            any = true;
            check_daemon(doctor, hook, pid, name, boot + started, st);
        }
        free(entries[i]);
    }
    free(entries);
    free(proc);
    if (n < 0)
        doctor_add(doctor, "daemon", hook, EXIT_UNDECIDED, "mount -t proc proc /proc",
                   "/proc does not say whether a daemon runs");
    else if (!any)
        doctor_add(doctor, "daemon", hook, EXIT_HELD, NULL,
                   "no libvirtd and no virtqemud runs: it is seen when one starts");
}

void doctor_hook(struct doctor *doctor)
{
    char *hook = find_hook(doctor);
    struct stat st;

    if (hook == NULL)
        doctor_add(doctor, "hook", OURS, EXIT_REFUSED, install_fix,
                   "no hook calls romtool: guests start unchecked");
    else if (check_hook(doctor, hook, &st))
        check_daemons(doctor, hook, &st);
    free(hook);
}
