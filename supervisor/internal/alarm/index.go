package alarm

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"modernc.org/sqlite" // driver "sqlite", pure Go: no C in the supervisor
	sqlite3 "modernc.org/sqlite/lib"
)

// entry is a row of the index.
type entry struct {
	name    string
	hasName bool
	// at is when to act, in milliseconds since the epoch; 0: never.
	at int64
	// scheduled is the alarm as the object said it; 0: not known.
	scheduled int64
	// marked: a process may have set the alarm since.
	marked bool
	// tries counts failed runs for scheduled, steps those and the postponed ones.
	tries, steps int
}

// empty reports whether the entry says nothing.
func (e *entry) empty() bool { return e.at == 0 && e.scheduled == 0 && !e.marked }

// The index is bounded by the number of objects on disk; in memory are the rows
// that are due.
const schema = `
CREATE TABLE IF NOT EXISTS alarms(
	namespace TEXT NOT NULL, id TEXT NOT NULL, name TEXT, at INTEGER NOT NULL, scheduled INTEGER NOT NULL,
	marked INTEGER NOT NULL, tries INTEGER NOT NULL, steps INTEGER NOT NULL, PRIMARY KEY(namespace, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS due ON alarms(namespace, at) WHERE at > 0;
PRAGMA user_version = 1`

// openIndex opens the file and makes due what was marked when the last owner died.
func openIndex(path string, now int64) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Path: path}
	u.RawQuery = url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "trusted_schema(0)",
	}}.Encode()
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	var version int
	err = db.QueryRow("PRAGMA user_version").Scan(&version)
	if err == nil && version > 1 {
		err = fmt.Errorf("its format is %d, of a newer version: run that one", version)
	}
	if err == nil {
		_, err = db.Exec(schema)
	}
	if err == nil {
		_, err = db.Exec("UPDATE alarms SET at = ?1, steps = 0 WHERE marked = 1 AND (at = 0 OR at > ?1)", now)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("index of alarms %s: %w%s", path, err, remedy(err)), db.Close())
	}
	return db, nil
}

// remedy is what to do about a damaged file. The host does not do it by itself:
// alarms that are due would then wait without anybody knowing.
func remedy(err error) string {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch e.Code() & 0xff { // the primary code (sqlite.org/rescode.html)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return "; put the copy of a backup in its place, or move its folder away: each alarm is then found again when its object is next called"
	}
	return ""
}

const columns = "name, at, scheduled, marked, tries, steps"

func scan(row interface{ Scan(...any) error }, more ...any) (entry, error) {
	var e entry
	var name sql.NullString
	err := row.Scan(append(more, &name, &e.at, &e.scheduled, &e.marked, &e.tries, &e.steps)...)
	e.name, e.hasName = name.String, name.Valid
	return e, err
}

// load reads the row of an object; a zero entry where there is none.
func load(ctx context.Context, q interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, k Key) (entry, error) {
	e, err := scan(q.QueryRowContext(ctx, "SELECT "+columns+" FROM alarms WHERE namespace = ? AND id = ?", k.Namespace, k.ID))
	if errors.Is(err, sql.ErrNoRows) {
		return entry{}, nil
	}
	return e, err
}

func store(ctx context.Context, tx *sql.Tx, k Key, e *entry) error {
	if e.empty() {
		_, err := tx.ExecContext(ctx, "DELETE FROM alarms WHERE namespace = ? AND id = ?", k.Namespace, k.ID)
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO alarms(namespace, id, "+columns+") VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
		k.Namespace, k.ID, sql.NullString{String: e.name, Valid: e.hasName}, e.at, e.scheduled, e.marked, e.tries, e.steps)
	return err
}

// dueRow is a row that is due.
type dueRow struct {
	key Key
	entry
}

// due returns the rows of a namespace that are due by a time, the oldest first,
// and when the next one is; 0: none.
func due(ctx context.Context, db *sql.DB, namespace string, now int64, limit int) (list []dueRow, next int64, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id, "+columns+" FROM alarms WHERE namespace = ? AND at > 0 ORDER BY at LIMIT ?", namespace, limit+1)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		e, err := scan(rows, &id)
		if err != nil {
			return nil, 0, err
		}
		if e.at > now || len(list) == limit {
			next = e.at
			break
		}
		list = append(list, dueRow{Key{namespace, id}, e})
	}
	return list, next, rows.Err()
}
