/* SPDX-License-Identifier: BSD-2-Clause */
/* Domain XML by libxml2's SAX2 calls: no tree is built. */
#include "loader/domain-build.h"

#include <string.h>

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#if LIBXML_VERSION >= 21200
typedef const xmlError *error_pointer;
#else
typedef xmlErrorPtr error_pointer;
#endif

struct reader {
    xmlParserCtxtPtr parser;
    struct rt_domain_builder *builder;
    struct romtool_error *err;
    int code; /* of the first failure, recorded in err */
};

/* ------------------------------------------------------------------------- what libxml2 calls */

/* The first failure ends the reading; its line is in the sentence. */
static void stop(struct reader *reader, int code)
{
    if (code == 0 || reader->code != 0)
        return;
    reader->code = code;
    if (code != ROMTOOL_E_NO_MEMORY)
        rt_error_prefix(reader->err, "domain XML, line %d", xmlSAX2GetLineNumber(reader->parser));
    xmlStopParser(reader->parser);
}

static void bad(struct reader *reader, const char *why)
{
    if (reader->code == 0)
        stop(reader, rt_error_set(reader->err, ROMTOOL_E_BAD_DOMAIN, ROMTOOL_NO_OFFSET, "%.*s",
                                  (int)strcspn(why, "\n"), why));
}

/* In the place of libxml2's printing. Warnings, and wrong namespaces, are no reason to stop. */
static void on_error(void *user, error_pointer error)
{
    struct reader *reader = user;

    if (reader->code != 0)
        return;
    if (error->code == XML_ERR_NO_MEMORY)
        stop(reader, rt_error_no_memory(reader->err));
    else if (error->level == XML_ERR_FATAL)
        bad(reader, error->message != NULL ? error->message : "not well-formed");
}

static void on_start(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int n_namespaces, const xmlChar **namespaces, int n_attributes,
                     int n_defaulted, const xmlChar **list)
{
    struct reader *reader = user;
    struct rt_domain_attributes attributes = {list, (size_t)n_attributes};

    (void)prefix;
    (void)n_namespaces;
    (void)namespaces;
    (void)n_defaulted;
    if (reader->code == 0)
        stop(reader, rt_domain_builder_start(reader->builder, (const char *)uri, (const char *)name,
                                             attributes));
}

static void on_end(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct reader *reader = user;

    (void)name;
    (void)prefix;
    (void)uri;
    if (reader->code == 0)
        stop(reader, rt_domain_builder_end(reader->builder));
}

static void on_text(void *user, const xmlChar *text, int n)
{
    struct reader *reader = user;

    if (reader->code == 0)
        stop(reader, rt_domain_builder_text(reader->builder, (struct rt_bytes){text, (size_t)n}));
}

/* Called before anything is read of what it declares: no entity is ever known. */
static void on_doctype(void *user, const xmlChar *name, const xmlChar *external, const xmlChar *uri)
{
    (void)name;
    (void)external;
    (void)uri;
    bad(user, "a document type, which libvirt never writes");
}

/* ------------------------------------------------------------------------- the document */

/* <?xml ... encoding='NAME'?>: any but UTF-8 is refused, not converted. */
static int check_encoding(struct rt_bytes xml, struct romtool_error *err)
{
    static const char *const known[] = {"'UTF-8'", "\"UTF-8\"", "'utf-8'", "\"utf-8\""};
    bool is_named = false;

    if (!rt_bytes_equal_at(xml, 0, "<?xml", 5))
        return 0;
    for (size_t at = 0; rt_bytes_has(xml, at, 2) && !rt_bytes_equal_at(xml, at, "?>", 2); at++) {
        is_named = is_named || rt_bytes_equal_at(xml, at, "encoding", 8);
        for (size_t i = 0; is_named && i < sizeof(known) / sizeof(known[0]); i++)
            if (rt_bytes_equal_at(xml, at, known[i], strlen(known[i])))
                return 0;
    }
    if (!is_named)
        return 0;
    return rt_error_set(err, ROMTOOL_E_UNSUPPORTED, ROMTOOL_NO_OFFSET,
                        "domain XML is not declared to be UTF-8, as libvirt writes it");
}

static int check_bytes(struct rt_bytes xml, struct romtool_error *err)
{
    size_t n;

    if (xml.len > RT_DOMAIN_MAX)
        return rt_error_set(err, ROMTOOL_E_TOO_LARGE, ROMTOOL_NO_OFFSET,
                            "domain XML has %zu bytes, more than %zu", xml.len, RT_DOMAIN_MAX);
    for (size_t at = 0; at < xml.len; at += n) {
        n = rt_bytes_utf8(xml, at);
        if (n == 0 || rt_bytes_equal_at(xml, at, "", 1))
            return rt_error_set(err, ROMTOOL_E_BAD_DOMAIN, at, "domain XML is not UTF-8 text");
    }
    return 0;
}

static void parse(struct reader *reader, struct rt_bytes xml)
{
    /* NOENT: &amp; and the like come decoded, and others there are none */
    (void)xmlCtxtReadMemory(reader->parser, (const char *)xml.data, (int)xml.len, NULL, NULL,
                            XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC |
                                XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (reader->code == 0 && reader->parser->errNo == XML_ERR_NO_MEMORY)
        stop(reader, rt_error_no_memory(reader->err));
    if (!reader->parser->wellFormed)
        bad(reader, "not well-formed");
}

static int read_document(struct reader *reader, struct rt_bytes xml, struct rt_domain **ret)
{
    const xmlSAXHandler handler = {
        .initialized = XML_SAX2_MAGIC,
        .internalSubset = on_doctype,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .cdataBlock = on_text,
        .serror = on_error,
    };

    reader->parser = xmlNewParserCtxt();
    if (reader->parser == NULL)
        return rt_error_no_memory(reader->err);
    *reader->parser->sax = handler;
    reader->parser->userData = reader;
    parse(reader, xml);
    xmlFreeParserCtxt(reader->parser);
    return reader->code == 0 ? rt_domain_builder_finish(reader->builder, ret) : reader->code;
}

/* What libxml2 says where it has no parser, of failed allocations, would go to stderr. */
static void drop_error(void *user, error_pointer error)
{
    (void)user;
    (void)error;
}

int rt_domain_read(struct rt_bytes xml, struct rt_domain **ret, struct romtool_error *err)
{
    xmlStructuredErrorFunc their_function = xmlStructuredError; /* this thread's */
    void *their_context = xmlStructuredErrorContext;
    struct reader reader = {.err = err};
    struct rt_bytes text = xml;
    int r;

    *ret = NULL;
    r = check_bytes(xml, err);
    if (r == 0 && rt_bytes_equal_at(xml, 0, "\xef\xbb\xbf", 3)) /* a byte order mark */
        (void)rt_bytes_slice(xml, 3, xml.len - 3, &text);
    if (r == 0)
        r = check_encoding(text, err);
    if (r < 0)
        return r;
    if (text.len == 0)
        return rt_error_set(err, ROMTOOL_E_BAD_DOMAIN, 0, "domain XML is empty");
    reader.builder = rt_domain_builder_new(err);
    if (reader.builder == NULL)
        return rt_error_no_memory(err);
    xmlSetStructuredErrorFunc(NULL, drop_error);
    r = read_document(&reader, text, ret);
    xmlSetStructuredErrorFunc(their_context, their_function);
    rt_domain_builder_free(reader.builder);
    return r;
}
