package admin

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"weir/proxy/admin/api"
)

// rig is a real admin server on a real socket with a fake backend.
type rig struct {
	t       *testing.T
	backend *fakeBackend
	events  *EventLog
	address string
	client  *http.Client
}

func newRig(t *testing.T, change func(*Options)) *rig {
	t.Helper()
	o := Options{Backend: &fakeBackend{}, Events: NewEventLog(), Metrics: fakeMetrics}
	if change != nil {
		change(&o)
	}
	r := serve(t, NewServer(o))
	r.events = o.Events
	r.backend, _ = o.Backend.(*fakeBackend)
	return r
}

// serve runs s until the test ends.
func serve(t *testing.T, s *http.Server) *rig {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln) }()
	client := &http.Client{Transport: checked}
	checked.Watch(t, ln.Addr().String())
	t.Cleanup(func() {
		client.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
			s.Close()
		}
		<-ended
	})
	return &rig{t: t, address: ln.Addr().String(), client: client}
}

// reply is one answer, read to its end.
type reply struct {
	status  int
	header  http.Header
	body    string
	problem api.Problem // of a problem+json answer
}

// send sends one request; headers are pairs. Host is set like a header.
func (r *rig) send(method, path, body string, headers ...string) reply {
	r.t.Helper()
	req, err := http.NewRequest(method, "http://"+r.address+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		} else {
			req.Header.Add(headers[i], headers[i+1])
		}
	}
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	a := reply{status: res.StatusCode, header: res.Header, body: string(b)}
	if res.Header.Get("Content-Type") == api.ProblemType && len(b) > 0 {
		if err := json.Unmarshal(b, &a.problem); err != nil {
			r.t.Fatalf("%s %s: %v in %s", method, path, err, b)
		}
	}
	return a
}

// refused demands a refusal with that status whose detail contains want.
func (r *rig) refused(a reply, status int, want string) {
	r.t.Helper()
	if a.status != status {
		r.t.Errorf("status %d (%s), want %d", a.status, a.body, status)
	}
	if ct := a.header.Get("Content-Type"); ct != api.ProblemType {
		r.t.Errorf("content type %q, want %s", ct, api.ProblemType)
	}
	if a.problem.Status != status || a.problem.Title != http.StatusText(status) || !strings.Contains(a.problem.Detail, want) {
		r.t.Errorf("problem %+v, want status %d and a detail with %q", a.problem, status, want)
	}
}
