package storage

//go:generate go run -tags "sqlite_fts5 sqlite_math_functions sqlite_omit_load_extension" ./gentemplate ../../supervisor/internal/tree/template.sqlite
