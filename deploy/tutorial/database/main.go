// People is the service of the tutorial on databases, in two versions: it keeps
// names of people in PostgreSQL and gives them out again.
//
//	people -version v1 -listen 127.0.0.1:3001 -db "host=/tmp/db dbname=people"
//
// v1 has a name in one column, v2 in two. -version schema answers what number the
// schema of the database has, for Weir's schema guard.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// version is how one version of the service uses the database.
type version struct {
	runsOn string // range of schemas
	list   string // answers one column of whole names
	add    func(name string) (sql string, args []any)
}

var versions = map[string]version{
	"v1": {
		runsOn: "1-2",
		list:   `SELECT name FROM people ORDER BY id`,
		add: func(name string) (string, []any) {
			return `INSERT INTO people (name) VALUES ($1)`, []any{name}
		},
	},
	"v2": {
		runsOn: "2-3",
		list:   `SELECT first_name || ' ' || last_name FROM people ORDER BY id`,
		add: func(name string) (string, []any) {
			first, last, _ := strings.Cut(name, " ")
			return `INSERT INTO people (first_name, last_name) VALUES ($1, $2)`, []any{first, last}
		},
	},
}

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal("people: ", err)
	}
}

func run() error {
	name := flag.String("version", "", "v1, v2 or schema")
	listen := flag.String("listen", "", "address to listen on")
	dsn := flag.String("db", "", "the database, as PostgreSQL's libpq writes it")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	db, err := pgxpool.New(ctx, *dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	mux := http.NewServeMux()
	if v, ok := versions[*name]; ok {
		v.serve(mux, db)
	} else if *name == "schema" {
		mux.HandleFunc("GET /", schema(db))
	} else {
		return fmt.Errorf("-version %q: want v1, v2 or schema", *name)
	}
	server := &http.Server{Addr: *listen, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		server.Shutdown(late)
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (v version) serve(mux *http.ServeMux, db *pgxpool.Pool) {
	mux.HandleFunc("GET /people", func(w http.ResponseWriter, r *http.Request) {
		rows, err := db.Query(r.Context(), v.list)
		if fail(w, err) {
			return
		}
		defer rows.Close()
		names := []string{}
		for rows.Next() {
			var name string
			if fail(w, rows.Scan(&name)) {
				return
			}
			names = append(names, name)
		}
		if !fail(w, rows.Err()) {
			json.NewEncoder(w).Encode(names)
		}
	})
	mux.HandleFunc("POST /people", func(w http.ResponseWriter, r *http.Request) {
		sql, args := v.add(r.FormValue("name"))
		if _, err := db.Exec(r.Context(), sql, args...); !fail(w, err) {
			w.WriteHeader(http.StatusCreated)
		}
	})
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Schema-Range", v.runsOn)
		if !fail(w, db.Ping(r.Context())) {
			fmt.Fprintln(w, "ok")
		}
	})
}

// schema answers the number that every migration sets.
func schema(db *pgxpool.Pool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var number int
		if !fail(w, db.QueryRow(r.Context(), `SELECT number FROM schema_version`).Scan(&number)) {
			fmt.Fprintln(w, number)
		}
	}
}

func fail(w http.ResponseWriter, err error) bool {
	if err != nil {
		log.Print(err)
		http.Error(w, "the database does not do what was asked", http.StatusInternalServerError)
	}
	return err != nil
}
