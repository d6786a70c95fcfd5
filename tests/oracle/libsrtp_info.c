/* SPDX-License-Identifier: BSD-3-Clause */
/* Which libsrtp2 runs here; see libsrtp_info.h. */
#include "libsrtp_info.h"

#include <dlfcn.h>
#include <link.h>
#include <srtp2/srtp.h>
#include <stdio.h>
#include <string.h>

/* Whether a loaded object names a library in a DT_NEEDED entry that starts with prefix. */
static int needs(const struct link_map *map, const char *prefix)
{
	const char *names = NULL;

	for (const ElfW(Dyn) *d = map->l_ld; d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_STRTAB)
			names = (const char *)d->d_un.d_ptr; /* the loader has made it absolute */
	for (const ElfW(Dyn) *d = map->l_ld; names && d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_NEEDED &&
			strncmp(names + d->d_un.d_val, prefix, strlen(prefix)) == 0)
			return 1;
	return 0;
}

/* The text a version function of that name returns, when such a library is loaded. */
static const char *version_of(const char *function)
{
	const char *(*version)(void);

	*(void **)&version = dlsym(RTLD_DEFAULT, function);
	return version ? version() : "";
}

static const struct link_map *libsrtp_map(void)
{
	struct link_map *map = NULL;
	void *handle = dlopen("libsrtp2.so.1", RTLD_LAZY | RTLD_NOLOAD);

	if (!handle || dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0)
		return NULL;
	return map;
}

void libsrtp_describe(char *out, size_t size)
{
	const struct link_map *map = libsrtp_map();
	const char *crypto = "its own crypto", *version = "";

	if (!map) {
		crypto = "an unknown crypto library";
	} else if (needs(map, "libnss3")) {
		crypto = "NSS";
		version = version_of("NSS_GetVersion");
	} else if (needs(map, "libcrypto")) {
		crypto = "OpenSSL";
	} else if (needs(map, "libmbedcrypto")) {
		crypto = "mbedTLS";
	} else if (needs(map, "libwolfssl")) {
		crypto = "wolfSSL";
	}
	snprintf(out, size, "%s on %s%s%s", srtp_get_version_string(), crypto, *version ? " " : "",
		version);
}
