/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU opens a ROM file as libvirt's user, under what AppArmor or SELinux let it. */
#include "romtool/libvirt-doctor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define QEMU_CONF "/etc/libvirt/qemu.conf"

enum { CONF_SIZE_MAX = 1 << 20 }; /* bytes */

/* A line KEY = "VALUE" of qemu.conf; the last one counts. */
static bool conf_says(const struct doctor *doctor, const char *key, const char *value)
{
    struct rt_file file;
    bool says = false;
    char *rest, *line;
    size_t n = strlen(key);

    if (doctor_read(doctor, QEMU_CONF, CONF_SIZE_MAX, &file, NULL) < 0)
        return false;
    rest = (char *)file.data;
    while ((line = strsep(&rest, "\n")) != NULL) {
        char *at = line + strspn(line, " \t");

        if (strncmp(at, key, n) != 0)
            continue;
        at += n + strspn(at + n, " \t");
        if (*at != '=')
            continue;
        at += 1 + strspn(at + 1, " \t");
        says = *at == '"' && strncmp(at + 1, value, strlen(value)) == 0 &&
               at[1 + strlen(value)] == '"';
    }
    rt_file_free(&file);
    return says;
}

/* The first step of the path that others may not pass, or the file that they may not read. */
static bool is_open_to_all(const struct doctor *doctor, const char *path, char *ret, size_t n)
{
    const char *slash = path;

    do {
        struct rt_buffer step = {0};
        struct stat st;
        char *below;
        bool may = true;

        slash = strchr(slash + 1, '/');
        rt_buffer_append(&step, path, slash != NULL ? (size_t)(slash - path) : strlen(path));
        below = step.failed ? NULL : libvirt_ground_path(&doctor->ground, step.data);
        if (below != NULL && stat(below, &st) == 0)
            may = (st.st_mode & (S_ISDIR(st.st_mode) ? S_IXOTH : S_IROTH)) != 0;
        if (!may)
            (void)snprintf(ret, n, "%s", step.data);
        rt_buffer_free(&step);
        free(below);
        if (!may)
            return false;
    } while (slash != NULL);
    return true;
}

static bool check_mode(struct doctor *doctor, const char *path)
{
    char step[512], fix[600];

    if (is_open_to_all(doctor, path, step, sizeof(step)))
        return true;
    (void)snprintf(fix, sizeof(fix), "chmod o+%s %s", strcmp(step, path) == 0 ? "r" : "x", step);
    doctor_add(doctor, "rom", path, EXIT_REFUSED, fix, "QEMU's user may not read it: mode of '%s'",
               step);
    return false;
}

static bool check_apparmor(struct doctor *doctor, const char *path)
{
    char fix[600];

    if (!doctor_is_there(doctor, "/sys/module/apparmor") ||
        !doctor_is_there(doctor, "/etc/apparmor.d/abstractions/libvirt-qemu") ||
        doctor_apparmor_allows(doctor, path))
        return true;
    (void)snprintf(fix, sizeof(fix),
                   "echo '  %s r,' >> /etc/apparmor.d/local/abstractions/libvirt-qemu", path);
    doctor_add(doctor, "rom", path, EXIT_REFUSED, fix,
               "AppArmor's rules for libvirt's guests do not let QEMU read it");
    return false;
}

/* Its policy is no text: below /usr what is not labelled otherwise is usr_t or lib_t, which all
 * domains read. */
static bool check_selinux(struct doctor *doctor, const char *path)
{
    char fix[600];

    if (!doctor_is_there(doctor, "/sys/fs/selinux/enforce") || strncmp(path, "/usr/", 5) == 0)
        return true;
    (void)snprintf(fix, sizeof(fix), "chcon -t virt_content_t %s", path);
    doctor_add(doctor, "rom", path, EXIT_UNDECIDED, fix,
               "SELinux may not let QEMU read it: its label is not looked at");
    return false;
}

void doctor_rom(struct doctor *doctor, const char *path)
{
    bool is_root = conf_says(doctor, "user", "root") || conf_says(doctor, "user", "+0");
    bool is_confined = !conf_says(doctor, "security_driver", "none");
    bool holds = true;

    for (size_t i = 0; i < doctor->n; i++)
        if (strcmp(doctor->points[i].name, "rom") == 0 && strcmp(doctor->points[i].path, path) == 0)
            return;
    if (!is_root)
        holds = check_mode(doctor, path);
    if (is_confined)
        holds = check_apparmor(doctor, path) && check_selinux(doctor, path) && holds;
    if (holds)
        doctor_add(doctor, "rom", path, EXIT_HELD, NULL, "QEMU may read it, as far as files tell");
}
