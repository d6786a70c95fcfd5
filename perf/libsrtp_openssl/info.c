/* SPDX-License-Identifier: BSD-3-Clause */
/* What the libsrtp2 of -Dlibsrtp_openssl is: linked statically, on OpenSSL as meson has seen. */
#include "tests/oracle/libsrtp_info.h"

#include <openssl/crypto.h>
#include <srtp2/srtp.h>
#include <stdio.h>

void libsrtp_describe(char *out, size_t size)
{
	snprintf(
		out, size, "%s on %s", srtp_get_version_string(), OpenSSL_version(OPENSSL_VERSION));
}
