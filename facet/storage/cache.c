/*
 * Compiled statements by their text: the latest used of at most 1 MiB of text
 * (fact S22) and 512 entries, because a compiled statement is far bigger than a
 * short text.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a from a random start, so that nobody chooses the collisions. */
static uint64_t hash_of(const fst_cache *cache, const char *text, size_t size)
{
	uint64_t h = 14695981039346656037u ^ cache->seed;

	for (size_t i = 0; i < size; i++)
		h = (h ^ (unsigned char)text[i]) * 1099511628211u;
	return h ^ h >> 32;
}

static void unlink_entry(fst_cache *cache, fst_entry *e)
{
	*(e->newer != NULL ? &e->newer->older : &cache->newest) = e->older;
	*(e->older != NULL ? &e->older->newer : &cache->oldest) = e->newer;
	e->newer = e->older = NULL;
}

static void push_newest(fst_cache *cache, fst_entry *e)
{
	e->older = cache->newest;
	*(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = e;
	cache->newest = e;
}

static void drop(fst_cache *cache, fst_entry *e)
{
	fst_entry **at = &cache->bucket[e->hash % FST_CACHE_BUCKETS];

	while (*at != e)
		at = &(*at)->hash_next;
	*at = e->hash_next;
	unlink_entry(cache, e);
	cache->text_size -= e->size;
	cache->entries--;
	sqlite3_finalize(e->stmt);
	free(e);
}

fst_entry *fst_cache_find(fst_cache *cache, const char *sql, size_t size)
{
	uint64_t h = hash_of(cache, sql, size);

	for (fst_entry *e = cache->bucket[h % FST_CACHE_BUCKETS]; e != NULL; e = e->hash_next) {
		if (e->hash != h || e->size != size || memcmp(e->text, sql, size) != 0)
			continue;
		if (cache->newest != e) {
			unlink_entry(cache, e);
			push_newest(cache, e);
		}
		return e;
	}
	return NULL;
}

fst_entry *fst_cache_add(fst_cache *cache, const char *sql, size_t size, sqlite3_stmt *stmt, int kind)
{
	fst_entry *e, *older;

	if (size > FST_CACHE_TEXT / 4 || (e = calloc(1, sizeof *e + size)) == NULL)
		return NULL;
	for (fst_entry *old = cache->oldest; old != NULL; old = older) {
		if (cache->text_size + size <= FST_CACHE_TEXT && cache->entries < FST_CACHE_ENTRIES)
			break;
		older = old->newer;
		if (!old->busy)
			drop(cache, old);
	}
	e->stmt = stmt;
	e->kind = kind;
	e->size = size;
	memcpy(e->text, sql, size);
	e->hash = hash_of(cache, sql, size);
	e->hash_next = cache->bucket[e->hash % FST_CACHE_BUCKETS];
	cache->bucket[e->hash % FST_CACHE_BUCKETS] = e;
	push_newest(cache, e);
	cache->text_size += size;
	cache->entries++;
	return e;
}

/* No entry may be busy. */
void fst_cache_clear(fst_cache *cache)
{
	while (cache->oldest != NULL)
		drop(cache, cache->oldest);
}
