/* SPDX-License-Identifier: BSD-3-Clause */
/* Chooses the crypto backend and tests it. No port opens with a backend that fails. */
#include "app.h"

#include "crypto/selftest.h"
#include "drivers/crypto/drivers.h"

#include <errno.h>
#include <string.h>

/* "ipsecmb/sse" to backend and tier; "auto" is the first backend and its best tier. */
static int choose(struct app *app)
{
	char *wish = app->config.crypto;
	char *slash = strchr(wish, '/');

	if (slash) {
		*slash = 0;
		app->tier = slash + 1;
	}
	app->backend = strcmp(wish, "auto") == 0 ? sotto_crypto_backends[0]
						 : sotto_crypto_backend_by_name(wish);
	if (app->backend)
		return 0;
	app_say('3', "crypto '%s' is not built in; choose auto, ipsecmb, openssl or ref", wish);
	return -EINVAL;
}

static int make(struct app *app, struct sotto_crypto **out)
{
	int rc = app->backend->create(app->tier, out);

	if (rc != 0)
		app_say('3', "crypto backend %s/%s does not run on this processor: %s",
			app->backend->name, app->tier ? app->tier : "auto", strerror(-rc));
	return rc;
}

/* A library that was built so is no error, but whoever runs it shall know. */
static void warn_of_unsafe_data(const char *about)
{
	if (strstr(about, "safe data off"))
		app_say('4', "crypto: this ipsec-mb was built without SAFE_DATA, and leaves pieces "
			     "of keys in registers and on stacks");
}

/* The control thread's instance is tested for all: the others run the same code. */
static int test(struct app *app)
{
	const char *failed = "";
	const char *about = app->backend->describe(app->control_crypto);
	int rc = sotto_crypto_selftest(app->control_crypto, sotto_crypto_vectors(), &failed);

	warn_of_unsafe_data(about);
	if (rc == 0)
		app_say('6', "crypto: %s, self-test passed", about);
	else
		app_say('3', "crypto: %s failed the self-test (%s): no port is opened", about,
			rc == -EBADMSG ? failed : strerror(-rc));
	return rc;
}

int app_crypto_start(struct app *app)
{
	int rc = choose(app);

	if (rc == 0)
		rc = make(app, &app->control_crypto);
	if (rc == 0)
		rc = test(app);
	for (unsigned i = 0; rc == 0 && i < app->config.worker_count; i++)
		rc = make(app, &app->worker_crypto[i]);
	return rc;
}

void app_crypto_end(struct app *app)
{
	for (unsigned i = 0; app->backend && i < app->config.worker_count; i++)
		app->backend->destroy(app->worker_crypto[i]);
	if (app->backend)
		app->backend->destroy(app->control_crypto);
}
