package main

import (
	"testing"
	"time"
)

const wrkSaid = `Running 1s test @ http://127.0.0.1:1/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     4.92ms    9.60ms  57.26ms   93.23%
    Req/Sec    26.87k     6.72k   33.60k    90.00%
  Latency Distribution
     50%    2.26ms
     75%    3.01ms
     90%    9.11ms
     99%   44.74ms
  13769 requests in 1.00s, 3.10MB read
Requests/sec:  13712.25
Transfer/sec:      3.09MB
`

func TestParseWrk(t *testing.T) {
	got, err := parseWrk(wrkSaid)
	want := load{requests: 13769, perSecond: 13712.25, p50: 2260 * time.Microsecond, p99: 44740 * time.Microsecond}
	if got != want || err != nil {
		t.Errorf("parseWrk = %+v, %v, want %+v", got, err, want)
	}
	for _, bad := range []string{"", wrkSaid + "  Non-2xx or 3xx responses: 3\n", wrkSaid + "  Socket errors: connect 0, read 1, write 0, timeout 0\n"} {
		if _, err := parseWrk(bad); err == nil {
			t.Errorf("parseWrk took %q", bad)
		}
	}
}
