/* SPDX-License-Identifier: BSD-3-Clause */
/* Which libsrtp2 runs here, and on which crypto library it was built. */
#ifndef SOTTO_TESTS_ORACLE_LIBSRTP_INFO_H
#define SOTTO_TESTS_ORACLE_LIBSRTP_INFO_H

#include <stddef.h>

/*
 * Writes such as "libsrtp2 2.5.0 on NSS 3.87.1" into out. The crypto library is read from the
 * dynamic section of the loaded libsrtp2 (what ldd would list): a distribution's choice.
 */
void libsrtp_describe(char *out, size_t size);

#endif
