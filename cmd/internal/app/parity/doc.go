// Package parity holds the proof that an imported nginx.conf does what it did:
// every case of testdata/corpus is served by NGINX and by Weir, one after the
// other, with the same file, the same addresses and the same backends, and what
// clients and backends saw of a scripted sequence of requests is compared.
//
// It knows NGINX, the command line of Weir, and what a case says that is known to
// differ. It must not know how Weir does anything: a difference is found from
// outside or it is none.
//
// A case is one file. Its first line says what it shows; "== NAME" begins a file
// that both proxies get ("== case.conf" is what stands in the http block), and
// "== script" the script. In the files {a}, {b} ... are the addresses of backends,
// {listen} that of the proxy. In a script a line is one of these:
//
//	GET /x x10 "Host: a.test" from=127.7.0.1 body=500
//	    requests, one after the other, that many; "#" in them is the request's
//	    number. Further words: "&" sends it and goes on when a backend has it,
//	    "leave" does so and then leaves, "share" compares only how many each
//	    backend got and allows for chance, "within=2" allows that many.
//	a ok, a status 503, a close, a reset, a hang, a refuse, a garbage, a stale,
//	a half, a hold, a delay 500ms, a header "X-A: b", a big
//	    what a backend does from now on; "a,b ok" is for both.
//	release
//	    lets the held requests go, and waits for the answers.
//	wait 2.2s
//	compare conns
//	    also whether a request came on a new connection.
//	differs FIELD NGINX WEIR SLUG
//	    a difference that is known, of the requests above it or, before the first,
//	    of all; "*" is any value. docs/nginx.md says at SLUG why it is there. One
//	    that does not occur any more fails the test.
//	rejected
//	    neither takes the file.
//	refused SLUG
//	    NGINX takes it, Weir does not, and says where.
//
// testdata/everywhere has the differences that are not of any one case. With
// -args -twice NGINX is on both sides, which shows whether a script is one that
// always goes the same way.
//
// The tests are kept out of race builds: both proxies are children.
package parity
