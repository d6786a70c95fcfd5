/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of the libraries that read requests: wiped when it is given back. */
#ifndef SOTTO_APP_SOTTOD_BLOCKS_H
#define SOTTO_APP_SOTTOD_BLOCKS_H

#include <stddef.h>

/*
 * As malloc() and free(), for json_set_alloc_funcs(). A request is some hundred blocks that come
 * and go together; malloc would sort them into what live sessions leave free each time. Each thread
 * keeps blocks of its own, of at most APP_BLOCK_MAX bytes, APP_BLOCKS_KEPT of a size; what is kept
 * is zero. A block that another thread gives back becomes that thread's.
 */
#define APP_BLOCK_MAX 512
#define APP_BLOCKS_KEPT 256

void *app_block_take(size_t size);
void app_block_give(void *block);

/* Gives jansson these, and libevent memory that is wiped, too. Once, before both are used. */
void app_blocks_use(void);

#endif
