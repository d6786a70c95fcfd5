/* SPDX-License-Identifier: BSD-3-Clause */
/* The exit statuses of sottoctl, and complaints. sottoctl(1) lists them. */
#ifndef SOTTO_APP_SOTTOCTL_EXIT_H
#define SOTTO_APP_SOTTOCTL_EXIT_H

enum ctl_exit {
	CTL_OK = 0,
	CTL_REFUSED = 1,   /* the engine answered an error */
	CTL_USAGE = 2,     /* the command line or an input file is wrong */
	CTL_NO_ENGINE = 3, /* nobody listens at the socket, or it may not be opened */
	CTL_PROTOCOL = 4,  /* the engine went away, was silent, or sent what nobody understands */
};

/* Prints "sottoctl: " and the text as one line on stderr. */
void ctl_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
