/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DSSE v1 envelopes around an in-toto Statement: read, written, and what their signatures are over
 * (github.com/secure-systems-lab/dsse, protocol.md and envelope.md). No libcrypto.
 */
#ifndef RT_MANIFESTS_DSSE_H
#define RT_MANIFESTS_DSSE_H

#include "core/bytes.h"
#include "core/error.h"

#define RT_DSSE_PAYLOAD_TYPE   "application/vnd.in-toto+json"
#define RT_DSSE_SIZE_MAX       ((size_t)2 << 20) /* bytes of an envelope */
#define RT_DSSE_SIGNATURES_MAX ((size_t)16)

struct rt_dsse_signature {
    const char *keyid;     /* a hint that nobody has signed; NULL: none */
    struct rt_bytes bytes; /* of whatever algorithm; empty only where it is none of ours */
};

struct rt_dsse; /* owns what its accessors point at */

/*
 * Reads an envelope: strict JSON, exactly this payload type, canonical base64 (of the standard or
 * the URL alphabet, not both in one text), 1 to RT_DSSE_SIGNATURES_MAX signatures; unknown keys are
 * ignored. ROMTOOL_E_BAD_SIGNATURE names the field, _TOO_LARGE, _NO_MEMORY.
 */
int rt_dsse_read(struct rt_bytes text, struct rt_dsse **ret, struct romtool_error *err);
struct rt_bytes rt_dsse_payload(const struct rt_dsse *dsse);
size_t rt_dsse_count(const struct rt_dsse *dsse);
struct rt_dsse_signature rt_dsse_signature(const struct rt_dsse *dsse, size_t index);
void rt_dsse_free(struct rt_dsse *dsse);

/* Appends the pre-authentication encoding: the bytes that are signed. ROMTOOL_E_NO_MEMORY. */
int rt_dsse_pae(struct rt_bytes payload, struct rt_buffer *out, struct romtool_error *err);

/*
 * Appends an envelope, one line without an end: any cut leaves no JSON. The standard alphabet.
 * ROMTOOL_E_NO_MEMORY.
 */
int rt_dsse_write(struct rt_bytes payload, const struct rt_dsse_signature *signatures, size_t n,
                  struct rt_buffer *out, struct romtool_error *err);

/* Does the text begin as an envelope does, and as no minisign file can? */
bool rt_dsse_begins(struct rt_bytes text);

#endif
