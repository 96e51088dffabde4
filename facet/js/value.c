//go:build linux && amd64 && cgo

/* Small helpers over the engine's C API. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* The constructors as they were before any script could replace them. */
static struct {
	const char *name;
	JSObjectRef constructor;
} classes[] = { { "Error", NULL }, { "TypeError", NULL }, { "RangeError", NULL } };

bool values_init(void)
{
	JSObjectRef global = JSContextGetGlobalObject(E.ctx);
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
		JSStringRef name = JSStringCreateWithUTF8CString(classes[i].name);
		JSValueRef v = JSObjectGetProperty(E.ctx, global, name, NULL);
		JSStringRelease(name);
		if (v == NULL || !JSValueIsObject(E.ctx, v))
			return false;
		JSValueProtect(E.ctx, v);
		classes[i].constructor = (JSObjectRef)v;
	}
	return true;
}

JSValueRef throw_error(JSContextRef ctx, JSValueRef *exc, const char *class_name, const char *message)
{
	JSObjectRef constructor = classes[0].constructor;
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
		if (strcmp(classes[i].name, class_name) == 0)
			constructor = classes[i].constructor;
	JSValueRef arg = make_string(ctx, message, strlen(message));
	JSValueRef failed = NULL;
	JSObjectRef error = JSObjectCallAsConstructor(ctx, constructor, 1, &arg, &failed);
	*exc = error != NULL ? error : failed;
	return JSValueMakeUndefined(ctx);
}

JSValueRef make_string(JSContextRef ctx, const char *p, size_t n)
{
	JSStringRef s = text_from_utf8(p, n);
	if (s == NULL)
		return JSValueMakeUndefined(ctx);
	JSValueRef v = JSValueMakeString(ctx, s);
	JSStringRelease(s);
	return v;
}

/* The bytes of an ArrayBuffer or a typed array, in place: valid while nothing
 * of JavaScript runs. */
bool bytes_of(JSContextRef ctx, JSValueRef v, uint8_t **p, size_t *n, JSValueRef *exc)
{
	JSTypedArrayType type = JSValueGetTypedArrayType(ctx, v, exc);
	if (type == kJSTypedArrayTypeNone) {
		throw_error(ctx, exc, "TypeError", "expected an ArrayBuffer or a typed array");
		return false;
	}
	JSObjectRef object = (JSObjectRef)v;
	if (type == kJSTypedArrayTypeArrayBuffer) {
		*n = JSObjectGetArrayBufferByteLength(ctx, object, exc);
		*p = JSObjectGetArrayBufferBytesPtr(ctx, object, exc);
	} else {
		*n = JSObjectGetTypedArrayByteLength(ctx, object, exc);
		*p = JSObjectGetTypedArrayBytesPtr(ctx, object, exc);
		if (*p != NULL) /* it is the buffer's start, whatever the header says */
			*p += JSObjectGetTypedArrayByteOffset(ctx, object, exc);
	}
	if (*p == NULL)
		*n = 0; /* empty or detached */
	return true;
}

/* Memory of the engine's own (inside its cage), not ours lent to it. */
JSObjectRef make_uint8_array(JSContextRef ctx, const void *p, size_t n, JSValueRef *exc)
{
	JSObjectRef array = JSObjectMakeTypedArray(ctx, kJSTypedArrayTypeUint8Array, n, exc);
	if (array == NULL || n == 0)
		return array;
	uint8_t *to = JSObjectGetTypedArrayBytesPtr(ctx, array, exc);
	if (to != NULL)
		memcpy(to, p, n);
	return array;
}

JSValueRef make_array_buffer(JSContextRef ctx, const void *p, size_t n, JSValueRef *exc)
{
	JSObjectRef array = make_uint8_array(ctx, p, n, exc);
	if (array == NULL)
		return JSValueMakeUndefined(ctx);
	return JSObjectGetTypedArrayBuffer(ctx, array, exc);
}
