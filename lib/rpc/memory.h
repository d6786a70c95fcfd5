/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys leave copies in the JSON library's memory; here they are wiped when it is given back. */
#ifndef SOTTO_RPC_MEMORY_H
#define SOTTO_RPC_MEMORY_H

/*
 * Makes jansson, for the whole process, overwrite every block before it frees it. A program that
 * handles keys calls this once at start, before its first JSON and before its first thread; or it
 * gives jansson an allocator of its own that does the same.
 * sotto_rpc_decode() works without it, but then key text stays behind in freed memory.
 */
void sotto_rpc_memory_wipe_json(void);

#endif
