/* SPDX-License-Identifier: BSD-2-Clause */
#include "slots/tag.h"

#include <string.h>

/* pseries-2.12-sxxm; pc-1.0-qemu-kvm and -qemu-git; pc-i440fx-bionic-hpb, -hpb-maxcpus, noble-v2 */
static const char *const legacy_words[] = {"sxxm", "qemu", "kvm", "git", "hpb", "maxcpus", "v2"};

/* Ubuntu's series, which stand where the version would: pc-q35-noble */
static const char *const ubuntu_series[] = {
    "precise", "trusty", "utopic", "vivid", "wily",     "xenial", "yakkety",  "zesty",    "artful",
    "bionic",  "cosmic", "disco",  "eoan",  "focal",    "groovy", "hirsute",  "impish",   "jammy",
    "kinetic", "lunar",  "mantic", "noble", "oracular", "plucky", "questing", "resolute",
};

static bool is_one_of(const char *word, size_t n, const char *const *known, size_t n_known)
{
    for (size_t i = 0; i < n_known; i++) {
        if (strlen(known[i]) == n && memcmp(known[i], word, n) == 0)
            return true;
    }
    return false;
}

/* "noble-v2" of "pc-q35-noble-v2", "sxxm" of "pseries-2.12-sxxm"; empty where there are none. */
static const char *words_of(const char *machine)
{
    static const char *const families[] = {"pc-i440fx", "pc-q35",          "pc",   "virt",
                                           "pseries",   "s390-ccw-virtio", "xenfv"};
    struct rt_machine_name name;

    if (rt_machine_name_parse(machine, &name) && name.versioned)
        return machine + strlen(machine) - strlen(name.tag);
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        size_t n = strlen(families[i]);

        if (strncmp(machine, families[i], n) != 0)
            continue;
        if (machine[n] == '\0') /* "pc-q35" is a family, not "pc" and a word */
            break;
        if (machine[n] == '-')
            return machine + n + 1;
    }
    return "";
}

const char *rt_machine_new_tag(const char *machine, size_t *ret_n)
{
    const char *word = words_of(machine);

    while (*word != '\0') {
        size_t n = strcspn(word, "-");

        *ret_n = n;
        if (!is_one_of(word, n, legacy_words, sizeof(legacy_words) / sizeof(legacy_words[0])) &&
            !is_one_of(word, n, ubuntu_series, sizeof(ubuntu_series) / sizeof(ubuntu_series[0])))
            return word;
        word += n + (word[n] == '-' ? 1 : 0);
    }
    *ret_n = 0;
    return NULL;
}
