package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"sangto/internal/desk"
)

func TestBind(t *testing.T) {
	numbered := dialect{numbered: true}
	for in, want := range map[string]string{
		"SELECT 1":                         "SELECT 1",
		"a = ? AND b IN (?, ?)":            "a = $1 AND b IN ($2, $3)",
		"a = '?' AND b = ?":                "a = '?' AND b = $1",
		"a = 'it''s ?' AND b = ?":          "a = 'it''s ?' AND b = $1",
		strings.Repeat("?,", 11) + "đúng?": "$1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,đúng$12",
	} {
		if got := numbered.bind(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if got := (dialect{}).bind(in); got != in {
			t.Errorf("%q was changed for SQLite: %q", in, got)
		}
	}
}

// A pragma reaches every connection of both pools, because it stands in the
// address each of them is opened with.
func TestPragmasOnEveryConnection(t *testing.T) {
	db, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "desk.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	want := map[string]string{
		"busy_timeout": "5000", "auto_vacuum": "2", "journal_mode": "wal", "synchronous": "2", "foreign_keys": "1",
		"recursive_triggers": "1", "secure_delete": "1", "trusted_schema": "0", "cell_size_check": "1", "temp_store": "2",
		"fullfsync": "1", "checkpoint_fullfsync": "1",
	}
	check := func(name string, pool *sql.DB, readOnly string) {
		size := pool.Stats().MaxOpenConnections
		for i := range size {
			conn, err := pool.Conn(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			want := maps.Clone(want)
			want["query_only"] = readOnly
			for pragma, value := range want {
				var got string
				if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != value {
					t.Errorf("%s %d: %s is %s (%v), want %s", name, i, pragma, got, err, value)
				}
			}
		}
	}
	if n := db.writer.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("%d writers", n)
	}
	check("writer", db.writer, "0")
	check("reader", db.reader, "1")
}

func TestSQLiteNumber(t *testing.T) {
	for in, want := range map[string]int{"3.51.3": 3_051_003, "3.54.1": 3_054_001, "4.0.0": 4_000_000, "3.7.17": 3_007_017} {
		if got, err := sqliteNumber(in); got != want || err != nil {
			t.Errorf("%s: %d, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "3.51", "3.51.x", "3.51.3.1", "3.1000.0"} {
		if got, err := sqliteNumber(in); err == nil {
			t.Errorf("%q: %d without an error", in, got)
		}
	}
	if n, _ := sqliteNumber("3.51.2"); n >= sqliteMinimum {
		t.Error("the release with the bug is let in")
	}
}

func TestNetworkFileSystems(t *testing.T) {
	for magic, name := range map[int64]string{
		0x6969: "NFS", 0xff534d42: "SMB", int64(int32(-0xacb2be)): "SMB", 0x01021997: "9P",
		0xef53: "", 0x58465342: "", 0x9123683e: "", 0x01021994: "", 0x794c7630: "", 0x2fc12fc1: "",
	} {
		if got := networkMagic(magic); got != name {
			t.Errorf("%#x: %q, want %q", magic, got, name)
		}
	}
	if err := refuseNetworkFolder(t.TempDir()); err != nil {
		t.Errorf("an ordinary folder: %v", err)
	}
}

func TestPostgresSettings(t *testing.T) {
	good := map[string]string{
		"server_version_num": "150018", "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "data_sync_retry": "off",
		"server_encoding": "UTF8", "track_commit_timestamp": "off", "log_statement": "none", "log_parameter_max_length": "-1",
		"log_min_duration_statement": "-1", "log_min_duration_sample": "-1",
	}
	for _, c := range []struct {
		name    string
		change  map[string]string
		refused bool
	}{
		{"as installed", nil, false},
		{"waits for the standby", map[string]string{"synchronous_commit": "remote_apply"}, false},
		{"schema changes logged", map[string]string{"log_statement": "ddl"}, false},
		{"statements logged without their words", map[string]string{"log_statement": "all", "log_min_duration_statement": "0", "log_parameter_max_length": "0"}, false},
		{"no fsync", map[string]string{"fsync": "off"}, true},
		{"torn pages", map[string]string{"full_page_writes": "off"}, true},
		{"early answer", map[string]string{"synchronous_commit": "off"}, true},
		{"answer before the disk", map[string]string{"synchronous_commit": "local "}, true},
		{"fsync tried again", map[string]string{"data_sync_retry": "on"}, true},
		{"another encoding", map[string]string{"server_encoding": "SQL_ASCII"}, true},
		{"times of commits kept", map[string]string{"track_commit_timestamp": "on"}, true},
		{"words logged", map[string]string{"log_statement": "mod"}, true},
		{"slow words logged", map[string]string{"log_min_duration_statement": "100"}, true},
		{"sampled words logged", map[string]string{"log_min_duration_sample": "0"}, true},
		{"too old", map[string]string{"server_version_num": "120022"}, true},
		{"unknown", map[string]string{"server_version_num": ""}, true},
	} {
		settings := maps.Clone(good)
		maps.Copy(settings, c.change)
		err := judgeSettings(settings)
		if (err != nil) != c.refused {
			t.Errorf("%s: %v", c.name, err)
		}
		var e *desk.Error
		if err != nil && (!errors.As(err, &e) || e.Key != "error.database.setting") {
			t.Errorf("%s: the operator reads %v", c.name, err)
		}
	}
}

func TestOpenWire(t *testing.T) {
	for dsn, ok := range map[string]bool{
		"postgres:///x?host=/var/run/postgresql":                                 true,
		"postgres://u@localhost/x":                                               true,
		"postgres://u@127.0.0.1/x?sslmode=disable":                               true,
		"postgres://u@[::1]/x":                                                   true,
		"postgres://u@db.example/x":                                              false,
		"postgres://u@db.example/x?sslmode=disable":                              false,
		"postgres://u@db.example/x?sslmode=prefer":                               false,
		"postgres://u@db.example/x?sslmode=require":                              false,
		"postgres://u@db.example/x?sslmode=verify-full":                          true,
		"postgres://u@10.0.0.5/x":                                                false,
		"postgres://u@localhost,db.example/x":                                    false,
		"postgres://u@localhost,db.example/x?sslmode=verify-full":                true,
		"postgres://u@localhost.evil.example/x":                                  false,
		"host=db.example user=u dbname=x sslmode=allow":                          false,
		"host=a.example,b.example user=u sslmode=verify-full dbname=x":           true,
		"postgres://u@db.example/x?sslmode=verify-full&target_session_attrs=any": true,
	} {
		config, err := pgx.ParseConfig(dsn)
		if err != nil {
			t.Fatalf("%s: %v", dsn, err)
		}
		if err := refuseOpenWire(&config.Config); (err == nil) != ok {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}
