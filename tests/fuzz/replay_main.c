/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs a fuzz target over files that were kept, in an ordinary build: every file of the folders
 * that are named, or the files themselves. A folder that is not there counts as empty, because no
 * crash may have been found yet; nothing at all to run is an error.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

static size_t replayed;

/* The name goes out first: what is printed last is what crashed. */
static bool replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat about;
	uint8_t *data;
	size_t size;
	bool whole;

	if (!file || fstat(fileno(file), &about) != 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	fprintf(stderr, "%s\n", path);
	size = (size_t)about.st_size;
	data = malloc(size > 0 ? size : 1);
	fuzz_require(data, "memory");
	whole = fread(data, 1, size, file) == size;
	fclose(file);
	if (whole) {
		LLVMFuzzerTestOneInput(data, size);
		replayed++;
	}
	free(data);
	return whole;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* In the order of their names, so that two runs are alike. */
static bool replay_folder(const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_visible, alphasort);
	bool good = n >= 0 || errno == ENOENT;

	if (!good)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		char name[4096];

		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		good = replay_file(name) && good;
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return good;
}

int main(int argc, char **argv)
{
	bool good = true;

	for (int i = 1; i < argc; i++) {
		struct stat about;

		if (stat(argv[i], &about) == 0 && !S_ISDIR(about.st_mode))
			good = replay_file(argv[i]) && good;
		else
			good = replay_folder(argv[i]) && good;
	}
	printf("%zu inputs replayed\n", replayed);
	return good && replayed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
