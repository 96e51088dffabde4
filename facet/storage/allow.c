/* What application SQL may name: functions (fact S28) and pragmas (fact S27). */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* Sorted by byte value. Refused on purpose: version and compile option functions, load_extension,
 * sqlite_log, subtype, json_pretty, json_error_position, if, the FTS3 functions,
 * rtreecheck and its like, and whatever a Go driver registers. */
static const char *const functions[] = {
	"->", "->>", "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "avg", "bm25", "ceil", "ceiling",
	"changes", "char", "coalesce", "concat", "concat_ws", "cos", "cosh", "count", "cume_dist", "current_date",
	"current_time", "current_timestamp", "date", "datetime", "degrees", "dense_rank", "exp", "first_value", "floor",
	"format", "fts5_get_locale", "fts5_insttoken", "fts5_locale", "glob", "group_concat", "hex", "highlight", "ifnull",
	"iif", "instr", "json", "json_array", "json_array_insert", "json_array_length", "json_extract", "json_group_array",
	"json_group_object", "json_insert", "json_object", "json_patch", "json_quote", "json_remove", "json_replace",
	"json_set", "json_type", "json_valid", "jsonb", "jsonb_array", "jsonb_array_insert", "jsonb_extract",
	"jsonb_group_array", "jsonb_group_object", "jsonb_insert", "jsonb_object", "jsonb_patch", "jsonb_remove",
	"jsonb_replace", "jsonb_set", "julianday", "lag", "last_insert_rowid", "last_value", "lead", "length", "like",
	"likelihood", "likely", "ln", "log", "log10", "log2", "lower", "ltrim", "match", "max", "min", "mod", "nth_value",
	"ntile", "nullif", "octet_length", "percent_rank", "pi", "pow", "power", "printf", "quote", "radians", "raise",
	"random", "randomblob", "rank", "replace", "round", "row_number", "rtrim", "sign", "sin", "sinh", "snippet",
	/* Only reachable from ALTER TABLE itself: SQLite flags them internal. */
	"sqlite_add_constraint", "sqlite_drop_column", "sqlite_drop_constraint", "sqlite_fail", "sqlite_find_constraint",
	"sqlite_rename_column", "sqlite_rename_quotefix", "sqlite_rename_table", "sqlite_rename_test",
	"sqrt", "strftime", "string_agg", "substr", "substring", "sum", "tan", "tanh", "time", "timediff", "total",
	"total_changes", "trim", "trunc", "typeof", "unhex", "unicode", "unistr", "unistr_quote", "unixepoch", "unlikely",
	"upper", "zeroblob",
};

static int compare(const void *name, const void *entry)
{
	return strcmp(name, *(const char *const *)entry);
}

int fst_function_allowed(const char *name)
{
	char lower[32];
	size_t i = 0;

	if (name == NULL)
		return 0;
	for (; name[i] != '\0'; i++) {
		if (i + 1 == sizeof lower)
			return 0;
		lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
	}
	lower[i] = '\0';
	return bsearch(lower, functions, sizeof functions / sizeof *functions, sizeof *functions, compare) != NULL;
}

enum { NO_ARG, BOOLEAN, NUMBER, NAME };

static const struct {
	const char *name;
	int arg;
} pragmas[] = {
	{"case_sensitive_like", BOOLEAN},
	{"data_version", NO_ARG},
	{"defer_foreign_keys", BOOLEAN},
	{"foreign_key_check", NAME},
	{"foreign_key_list", NAME},
	{"foreign_keys", BOOLEAN},
	{"ignore_check_constraints", BOOLEAN},
	{"index_info", NAME},
	{"index_list", NAME},
	{"index_xinfo", NAME},
	{"legacy_alter_table", BOOLEAN},
	{"optimize", NUMBER},
	{"page_size", NO_ARG},
	{"quick_check", NAME},
	{"recursive_triggers", BOOLEAN},
	{"reverse_unordered_selects", BOOLEAN},
	{"table_info", NAME},
	{"table_list", NAME},
	{"table_xinfo", NAME},
};

static int is_boolean(const char *arg)
{
	static const char *const words[] = {"0", "1", "on", "off", "true", "false", "yes", "no"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (sqlite3_stricmp(arg, words[i]) == 0)
			return 1;
	return 0;
}

int fst_pragma_allowed(const char *name, const char *arg)
{
	for (size_t i = 0; i < sizeof pragmas / sizeof *pragmas; i++) {
		if (sqlite3_stricmp(name, pragmas[i].name) != 0)
			continue;
		if (arg == NULL)
			return 1;
		switch (pragmas[i].arg) {
		case BOOLEAN:
			return is_boolean(arg);
		case NUMBER:
			return arg[0] != '\0' && strspn(arg, "0123456789abcdefxABCDEFX-") == strlen(arg);
		case NAME:
			return sqlite3_strnicmp(arg, "_cf_", 4) != 0;
		default:
			return 0;
		}
	}
	return 0;
}
