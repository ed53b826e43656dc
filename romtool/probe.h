/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `slots probe`: what a real QEMU says. A QEMU is asked about itself (probe-ask.c), then every
 * machine type of it is started with every device that may own a ROM BAR (probe-measure.c); what
 * came of it is written as a slot file (probe-write.c), compared with a profile (probe-compare.c)
 * and shown (probe-show.c).
 */
#ifndef ROMTOOL_PROBE_H
#define ROMTOOL_PROBE_H

#include "core/error.h"
#include "core/json.h"
#include "slots/slots.h"

#include <stdatomic.h>

enum {
    PROBE_DIRS_MAX = 16, /* as in a slot file, like the next two */
    PROBE_MACHINES_MAX = 512,
    PROBE_TEXT_SIZE = 128,
    PROBE_DEVICES_MAX = 256,
};

enum probe_state {
    PROBE_UNTRIED,
    PROBE_MEASURED,
    PROBE_FAILED,    /* not measured, and its ROM may be why */
    PROBE_NO_DEVICE, /* does not come up without its ROM either */
};

/* One device on one machine type. */
struct probe_cell {
    enum probe_state state;
    uint64_t slot; /* bytes; 0: no ROM BAR */
    char file[ROMTOOL_NAME_SIZE];
    char reason[PROBE_TEXT_SIZE];
};

struct probe_machine {
    char name[ROMTOOL_NAME_SIZE];
    char alias[ROMTOOL_NAME_SIZE]; /* empty: none */
    struct rt_machine_name parsed;
    bool deprecated;
    bool wanted; /* to be measured */
    bool failed; /* did not start */
    bool no_bus; /* has no PCI bus, so that no device on it has a ROM BAR */
    char reason[PROBE_TEXT_SIZE];
    struct probe_cell *cells; /* one for each device */
};

struct probe {
    /* what is asked */
    const char *binary;               /* as it was named */
    const char *program;              /* the same as a path that holds in another directory */
    const char *dirs[PROBE_DIRS_MAX]; /* for -L, absolute */
    size_t n_dirs;
    unsigned seconds; /* that a QEMU may take */

    /* what it is: probe_ask() */
    char version[RT_SLOT_VERSION_SIZE];
    char package[PROBE_TEXT_SIZE]; /* what its builder calls it, or empty */
    char search[PROBE_DIRS_MAX][PROBE_TEXT_SIZE];
    size_t n_search;
    bool search_assumed;            /* it did not say */
    struct probe_machine *machines; /* by family, then version */
    size_t n_machines;
    const char *devices[PROBE_DEVICES_MAX]; /* by name; those that it has */
    size_t n_devices;
    struct probe_cell *cells;

    /* devices that were seen not to start beside others: only saves starts */
    atomic_bool alone[PROBE_DEVICES_MAX];
};

/* ------------------------------------------------------------------------- asking */

/*
 * Notes which devices are worth a question: those of every built-in profile and of this one, which
 * may be NULL. The names stay borrowed.
 */
void probe_choose_devices(struct probe *probe, const struct rt_slot_profile *profile);

/* Fills in what this QEMU is; every machine type is wanted. Errors begin with the binary's name. */
int probe_ask(struct probe *probe, int cancel, struct romtool_error *err);

/* Only this machine type, by its name or alias. ROMTOOL_E_UNKNOWN_MACHINE. */
int probe_want(struct probe *probe, const char *machine, struct romtool_error *err);

/* Measures one machine type. From any thread, each with another machine type. */
void probe_measure(struct probe *probe, struct probe_machine *machine, int cancel);

/* The arguments of a QEMU that does nothing but answer; freed by probe_arguments_free(). */
struct probe_arguments {
    char *words[2 * PROBE_DIRS_MAX + 2 * PROBE_DEVICES_MAX + 16];
    size_t n;
    bool failed; /* out of memory */
};

void probe_arguments_begin(struct probe_arguments *arguments, const struct probe *probe,
                           const char *machine);
__attribute__((format(printf, 2, 3))) void probe_argument(struct probe_arguments *arguments,
                                                          const char *fmt, ...);
void probe_arguments_free(struct probe_arguments *arguments);

/*
 * What a QEMU that ended says to be the reason, in its standard error; empty where it says none.
 * *ret_device is the number of the device ("id=d12") that it is about, or -1.
 */
void probe_reason(const char *said, char ret[PROBE_TEXT_SIZE], int *ret_device);

/* A name as slot files have them; false for anything else. */
bool probe_is_name(const char *text);

void probe_free(struct probe *probe);

/* ------------------------------------------------------------------------- jobs */

struct probe_jobs {
    size_t n;
    unsigned threads; /* at most */
    bool progress;    /* draws a bar on standard error */
    void (*run)(void *user, size_t i, int cancel);
    void *user;
};

/*
 * Runs them all. ROMTOOL_E_IO where no thread could be started. *ret_signal is 0, or the signal
 * that ended it early: then the caller must end by it as soon as it has cleaned up.
 */
int probe_jobs_run(const struct probe_jobs *jobs, int *ret_signal, struct romtool_error *err);

/* ------------------------------------------------------------------------- results */

/* Is anything known about this machine type now? */
bool probe_machine_measured(const struct probe *probe, const struct probe_machine *machine);
size_t probe_count_measured(const struct probe *probe);

/*
 * Calls fn for what could not be measured: a machine type (device NULL), a device on all machine
 * types (machine NULL), or a device on a machine type.
 */
void probe_each_unmeasured(const struct probe *probe,
                           void (*fn)(void *user, const char *machine, const char *device,
                                      const char *reason),
                           void *user);

/* What is the same on several machine types: one device, one file, one slot. */
struct probe_group {
    size_t device;                 /* n_devices: every device, where there is no PCI bus */
    size_t next;                   /* machine type to look on from */
    const struct probe_cell *cell; /* of the first machine type */
    size_t n;                      /* machine types */
};

/* The next group, or false at the end; *group begins zeroed. */
bool probe_next_group(const struct probe *probe, struct probe_group *group);

/* Is the device measured there, with the group's file and slot? */
bool probe_in_group(const struct probe *probe, const struct probe_group *group,
                    const struct probe_machine *machine);

/* The slot file, of vendor and series. It was read back: ROMTOOL_E_INTERNAL where that failed. */
int probe_write(const struct probe *probe, const char *vendor, const char *series,
                struct rt_buffer *out, struct romtool_error *err);

struct probe_difference {
    const char *machine;
    const char *device; /* NULL: about the machine type as a whole */
    const char *text;
};

struct probe_comparison {
    void (*differs)(void *user, const struct probe_difference *difference);
    void *user;
    size_t compared, differences; /* mandates; calls */
};

/* Compares each mandate of the profile for what this QEMU has, and each slot that was measured. */
void probe_compare(const struct probe *probe, const struct rt_slot_profile *profile,
                   struct probe_comparison *comparison);

#endif
