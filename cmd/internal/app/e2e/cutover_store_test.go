//go:build !race

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// replicated is a database with a copy of its data for each version of the service on
// it: what one version writes, the other reads after lag. Its schema is a number in a
// file, which the migrations of a test count up.
type replicated struct {
	schema string // the file
	addr   map[string]string
	about  string // address of what tells schema and lag

	stuck atomic.Bool // one write never comes to the other version, says the lag

	mu     sync.Mutex
	copies map[string]map[string]string // by version and session
	behind int                          // writes that the other version does not read yet
	log    []touched
	sent   chan replica
}

// touched is a request of the service: at is when it came, done when it was answered.
type touched struct {
	version, method, session, value string
	shadow                          bool
	at, done                        time.Time
}

type replica struct {
	to, session, value string
	due                time.Time
}

const lag = 300 * time.Millisecond

// newReplicated is a database of schema 41, for v1, which runs on 41 and 42, and for v2,
// which runs on 42 and 43.
func newReplicated(t *testing.T, dir string) *replicated {
	t.Helper()
	db := &replicated{
		schema: filepath.Join(dir, "schema"), addr: map[string]string{},
		copies: map[string]map[string]string{"v1": {}, "v2": {}},
		sent:   make(chan replica, 10000), // more than a test writes
	}
	if err := os.WriteFile(db.schema, []byte("41\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	serve := func(h http.HandlerFunc) string {
		srv := httptest.NewServer(h)
		t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
		return strings.TrimPrefix(srv.URL, "http://")
	}
	db.addr["v1"] = serve(db.version("v1", "v2", "41", "42"))
	db.addr["v2"] = serve(db.version("v2", "v1", "42", "43"))
	db.about = serve(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/lag" {
			db.mu.Lock()
			defer db.mu.Unlock()
			behind := db.behind
			if db.stuck.Load() {
				behind++
			}
			fmt.Fprint(w, behind)
			return
		}
		io.WriteString(w, db.now())
	})
	quit, replicating := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(replicating)
		for {
			select {
			case <-quit:
				return
			case r := <-db.sent:
				time.Sleep(time.Until(r.due))
				db.mu.Lock()
				db.copies[r.to][r.session] = r.value
				db.behind--
				db.mu.Unlock()
			}
		}
	}()
	t.Cleanup(func() { close(quit); <-replicating })
	return db
}

// now is the schema.
func (db *replicated) now() string {
	text, _ := os.ReadFile(db.schema) // "" is no schema that anything runs on
	return strings.TrimSpace(string(text))
}

// version is the service in one version, which fails on other schemas than those.
func (db *replicated) version(name, other string, schemas ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == healthPath {
			return
		}
		at := time.Now()
		if r.Method == http.MethodPost {
			time.Sleep(20 * time.Millisecond) // one is under way when writes are held
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		session, value, status := r.Header.Get("X-Session"), string(body), http.StatusOK
		if now := db.now(); now != schemas[0] && now != schemas[1] {
			status = http.StatusInternalServerError
		}
		db.mu.Lock()
		if r.Method == http.MethodPost && status == http.StatusOK {
			db.copies[name][session] = value
			db.behind++
			db.sent <- replica{other, session, value, at.Add(lag)}
		}
		value = db.copies[name][session]
		db.log = append(db.log, touched{name, r.Method, session, value, r.Header.Get("X-Weir-Shadow") != "", at, time.Now()})
		db.mu.Unlock()
		w.Header().Set("X-Backend", name)
		w.Header().Set("X-Body-Hash", hash(nil))
		w.WriteHeader(status)
		io.WriteString(w, value)
	}
}

// touches are the requests so far, in the order in which they were answered.
func (db *replicated) touches() []touched {
	db.mu.Lock()
	defer db.mu.Unlock()
	return append([]touched(nil), db.log...)
}

// migration is a command that makes the schema another one, and may run twice.
func (db *replicated) migration(t *testing.T, to string) (path string) {
	t.Helper()
	path = filepath.Join(filepath.Dir(db.schema), "to-"+to+".sh")
	text := fmt.Sprintf("#!/bin/sh\nset -e\ncd %s\necho %s >schema.next\nmv schema.next schema\necho $IDEMPOTENCY_KEY >>migrations\n", filepath.Dir(path), to)
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
