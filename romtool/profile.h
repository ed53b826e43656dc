/* SPDX-License-Identifier: BSD-2-Clause */
/* -p PROFILE: a built-in profile, or a slot file. */
#ifndef ROMTOOL_PROFILE_H
#define ROMTOOL_PROFILE_H

#include "core/file.h"
#include "core/json.h"
#include "romtool/command.h"
#include "slots/slots.h"

/* --alias NAME=MACHINE, any number of times: what ambiguous names mean in this call. */
struct profile_aliases {
    struct rt_slot_alias items[16];
    char names[16][ROMTOOL_NAME_SIZE]; /* items' names; their machines are in argv */
    size_t n;
};

#define PROFILE_ALIAS_HELP "NAME=MACHINE", "let NAME stand for this machine type (pc-1.0)"

/* Takes one --alias; false after a usage error. */
bool profile_alias_option(const struct options *options, struct profile_aliases *aliases);

struct profile {
    struct rt_slot_profile slots;
    struct rt_slot_file *file; /* NULL: built in */
};

/*
 * name is that of a profile ("debian/bookworm"), dropped in (romtool/dropins.h) or built in, a slot
 * file with one series, or a slot file with a series behind it ("./debian.json/bookworm"). NULL is
 * the host's own by its os-release where it is known, else "upstream".
 */
int profile_open(const char *name, struct profile *ret, struct romtool_error *err);

/* Lets the aliases, which are borrowed, come before the profile's own. */
void profile_use_aliases(struct rt_slot_profile *slots, const struct profile_aliases *aliases);

/* The host's own profile; false where its os-release names none that is known. */
bool profile_of_host(struct rt_slot_profile *ret);

/* What answers are by: the profile, and the machine type that an alias stands for. */
void profile_print(const struct profile *profile, const char *machine);
void profile_json(const struct profile *profile, const char *machine, struct rt_json_writer *json);

void profile_close(struct profile *profile);

#endif
