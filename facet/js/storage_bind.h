/* Shared by the files that put storage before JavaScript. */
#ifndef FJS_STORAGE_BIND_H
#define FJS_STORAGE_BIND_H

#include "../storage/storage.h"
#include "internal.h"

extern fst_store *store; /* NULL: none */

/* Throw the store's last error. */
JSValueRef throw_storage(JSContextRef ctx, JSValueRef *exc);
#define NEED_STORE() \
	do { \
		if (store == NULL) \
			return throw_error(ctx, exc, "Error", "this instance has no storage"); \
	} while (0)
JSValueRef value_to_js(JSContextRef ctx, const fst_value *v, JSValueRef *exc);
void cursors_close(void); /* sql_bind.c */

#endif
