// App is the service of the tutorials: `app VERSION ADDRESS` answers with its version.
// Between a POST to /break and one to /mend every second answer is an error, and its
// /selftest fails; between one to /break/checkout and that to /mend each answer to who has
// the flag new-checkout is.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"sync/atomic"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: app VERSION ADDRESS")
	}
	version, address := os.Args[1], os.Args[2]
	var broken, badCheckout atomic.Bool
	var asked atomic.Int64
	http.HandleFunc("POST /break", func(http.ResponseWriter, *http.Request) { broken.Store(true) })
	http.HandleFunc("POST /break/checkout", func(http.ResponseWriter, *http.Request) { badCheckout.Store(true) })
	http.HandleFunc("POST /mend", func(http.ResponseWriter, *http.Request) {
		broken.Store(false)
		badCheckout.Store(false)
	})
	http.HandleFunc("GET /health", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("GET /selftest", func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	http.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		checkout := r.Header.Get("X-Flag-New-Checkout") == "on"
		switch {
		case broken.Load() && asked.Add(1)%2 == 0, checkout && badCheckout.Load():
			w.WriteHeader(http.StatusInternalServerError)
		case checkout:
			fmt.Fprintf(w, "hello from %s and its new checkout\n", version)
		default:
			fmt.Fprintln(w, "hello from", version)
		}
	})
	log.Fatal(http.ListenAndServe(address, nil))
}
