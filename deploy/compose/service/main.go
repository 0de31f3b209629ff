// Command service is what the demo puts behind Weir: a service of two versions, one of
// which may fail, and users who do not stop asking.
//
// It must not know Weir: any service, and any users, would do.
package main

import (
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"time"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == "users" {
		use(os.Args[2])
		return
	}
	version, fails := os.Getenv("VERSION"), percent("FAILS")
	server := &http.Server{Addr: ":3000", Handler: handler(version, fails), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// handler answers with its version. Of the requests, checks apart, fails percent get a 500.
func handler(version string, fails float64) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(time.Duration(5+rand.ExpFloat64()*5) * time.Millisecond)
		if rand.Float64()*100 < fails {
			http.Error(w, "this version is broken", http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, "hello from", version)
	})
	return mux
}

// percent is a number of the environment; 0 without one.
func percent(name string) float64 {
	s := os.Getenv(name)
	if s == "" {
		return 0
	}
	p, err := strconv.ParseFloat(s, 64)
	if err != nil || p < 0 || p > 100 {
		log.Fatalf("%s=%q: want a percentage, 0 to 100", name, s)
	}
	return p
}

// use asks url fifty times a second, for ever, and says once a second what it saw.
func use(url string) {
	const rate = 50
	client := &http.Client{Timeout: 5 * time.Second}
	answers := make(chan bool, rate)
	go func() {
		for range time.Tick(time.Second / rate) {
			go func() { answers <- ask(client, url) }()
		}
	}()
	for range time.Tick(time.Second) {
		good, bad := 0, 0
		for range len(answers) {
			if <-answers {
				good++
			} else {
				bad++
			}
		}
		log.Printf("%d answers, %d errors", good, bad)
	}
}

func ask(client *http.Client, url string) bool {
	res, err := client.Get(url)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err == nil && res.StatusCode == http.StatusOK
}
