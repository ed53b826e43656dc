/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one table of subcommands: name and summary, by the program that has them. romtool executes
 * the others from its libexec directory, so that no start pays for a library that it does not use.
 */
#ifndef ROMTOOL_COMMANDS_H
#define ROMTOOL_COMMANDS_H

#include "romtool/command.h"

/* romtool itself: jansson and libc */
#define COMMANDS_ROMTOOL(X)                                                                        \
    X(inspect, "show what is inside ROM files")                                                    \
    X(pad, "pad ROM files to exactly their slot")                                                  \
    X(plan, "what moving guests between two profiles or releases needs")                           \
    X(rom, "join, split, fix and re-identify ROM files")                                           \
    X(run, "start a VMM with verified, padded ROMs")                                               \
    X(slots, "show the mandates: which slot on which machine type")

/* romtool-crypto: libcrypto */
#define COMMANDS_CRYPTO(X)                                                                         \
    X(verify, "check ROM files against a slot or a release")                                       \
    X(manifest, "state a release")                                                                 \
    X(keygen, "make a key pair")                                                                   \
    X(key, "show public keys")                                                                     \
    X(sign, "sign a manifest")                                                                     \
    X(load, "write a verified ROM, padded to its slot")

/* romtool-state: zlib, libcrypto, and libarchive and libxml2 where they are built in */
#define COMMANDS_STATE(X) X(state, "show a saved or migrating guest and the ROMs in it")

/* romtool-libvirt: libcrypto, and libxml2 where it is built in */
#define COMMANDS_LIBVIRT(X) X(libvirt, "check, correct and guard libvirt's guests")

struct command {
    const char *name;
    const char *summary;
    const char *program;                            /* of libexec; NULL where run is */
    enum exit_status (*run)(int argc, char **argv); /* argv[0] is the command's name */
};

/* Finds argv[1] among the commands and runs it, here or in its program; the process's status. */
int dispatch(int argc, char **argv, const struct command *commands, size_t n);

/* A row of a command that has subcommands of its own. */
struct subcommand {
    const char *name;
    enum exit_status (*run)(int argc, char **argv); /* argv[0] is the subcommand's name */
};

/* Runs the one that argv[1] names; help is the command's, for --help and what is wrong. */
enum exit_status run_subcommand(const struct command_help *help, const struct subcommand *commands,
                                size_t n, int argc, char **argv);

/* Becomes a program of libexec; returns EXIT_UNDECIDED, said, where it cannot. */
int execute(const char *program, char **argv);

/* The same for a command, of which argv[0] is the name, that another program goes on with. */
enum exit_status execute_command(const char *program, int argc, char **argv);

/*
 * The path of something that is installed in libexec/romtool, or lies beside this very program in
 * the build tree. The caller frees it; NULL when out of memory.
 */
char *installed_path(const char *name);

#define DECLARE_COMMAND(id, summary) enum exit_status command_##id(int argc, char **argv);
COMMANDS_ROMTOOL(DECLARE_COMMAND)
COMMANDS_CRYPTO(DECLARE_COMMAND)
COMMANDS_STATE(DECLARE_COMMAND)
COMMANDS_LIBVIRT(DECLARE_COMMAND)
#undef DECLARE_COMMAND

#endif
