/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two ways of saying no: an error ends a call ("cannot be read"), a finding goes on beside it
 * ("reads badly"). Both take their code, and so their name, from enum romtool_code.
 */
#ifndef RT_CORE_ERROR_H
#define RT_CORE_ERROR_H

#include "romtool.h"

/* Makes *err, if there is one, "no error". Every public call begins with it. */
void rt_error_clear(struct romtool_error *err);

/*
 * Records an error unless one is recorded already (the first wins) and returns code, so that
 * "return rt_error_set(err, ...)" is the error exit. Unprintable bytes in the sentence become '?'.
 */
__attribute__((format(printf, 4, 5))) int rt_error_set(struct romtool_error *err, int code,
                                                       uint64_t offset, const char *fmt, ...);

/* The same for a failed system call: appends strerror(sys_errno), which it records. */
__attribute__((format(printf, 4, 5))) int rt_error_system(struct romtool_error *err, int code,
                                                          int sys_errno, const char *fmt, ...);

int rt_error_no_memory(struct romtool_error *err);

/* Records what another call recorded, whole, and returns its code: for who looked at it first. */
int rt_error_hand_on(struct romtool_error *err, const struct romtool_error *why);

/* Puts "PREFIX: " before the recorded sentence, if there is one, on the way up. */
__attribute__((format(printf, 2, 3))) void rt_error_prefix(struct romtool_error *err,
                                                           const char *fmt, ...);

enum rt_severity {
    RT_INFO,
    RT_WARNING,
    RT_ERROR,
};

const char *rt_severity_name(enum rt_severity severity);

struct rt_finding {
    int code; /* enum romtool_code */
    enum rt_severity severity;
    uint64_t offset; /* byte of the input, or ROMTOOL_NO_OFFSET */
    char text[200];  /* one printable sentence without a full stop */
};

/* Where findings go as they are noticed. A NULL sink, or add, drops them. */
struct rt_findings {
    void (*add)(void *user, const struct rt_finding *finding);
    void *user;
};

__attribute__((format(printf, 5, 6))) void rt_finding_add(const struct rt_findings *findings,
                                                          int code, enum rt_severity severity,
                                                          uint64_t offset, const char *fmt, ...);

#endif
