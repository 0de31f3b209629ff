//go:build !race

package e2e

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"weir/cmd/internal/app/ground"
)

// Promise: a service manager hears that Weir is ready when it serves and not before,
// of each reload and what became of it, and of the stop and how long it may take.
func TestServiceManagerHearsOfIt(t *testing.T) {
	t.Parallel()
	b, w := newBackend(t), newWeir(t)
	probed, pass := slowProbe(t)
	w.by = newManager(t)
	w.by.env = []string{"WATCHDOG_USEC=100000"}
	text := w.yaml(conf{versions: []version{one("v1", 100, b.addr, probed.address)},
		extra: "health: {active: {path: /, timeout: 20s, interval: 20s}}\ntimeouts: {drain: 7m}"})
	w.writeText(text)
	w.launch()
	receive(t, "a probe", probed.asked)
	w.signal(syscall.SIGHUP) // whose end is not the end of the start
	w.eventually("a reload", func() bool {
		log, _ := os.ReadFile(w.logFile())
		return strings.Count(string(log), "configuration applied") == 2
	})
	select {
	case said := <-w.by.said:
		if said != "WATCHDOG=1" {
			t.Errorf("said %q before it serves, want nothing", said)
		}
	default:
	}
	close(pass)
	if said := w.by.hears("ready"); said["READY"] != "1" || !strings.Contains(said["STATUS"], "web at "+w.web) {
		t.Errorf("said %v, want READY=1 and a status with the listener", said)
	}
	noFailures(t, []shot{(&client{addr: w.web}).do("1", http.MethodGet, nil, time.Now())})
	if !ground.IsReady(w.admin) {
		t.Error("READY=1, but /readyz does not say so")
	}

	reload := func(says string) {
		t.Helper()
		before := monotonic(t)
		w.signal(syscall.SIGHUP)
		at := int64(0)
		for at < before { // an older one may have been under way
			said := w.by.hears("a reload begins")
			at, _ = strconv.ParseInt(said["MONOTONIC_USEC"], 10, 64)
			if said["RELOADING"] != "1" || at == 0 || at > monotonic(t) {
				t.Fatalf("said %v, want RELOADING=1 and the time in microseconds, %d or a little later", said, before)
			}
			if at < before {
				w.by.hears("an older reload has ended")
			}
		}
		said := w.by.hears("a reload has ended")
		if said["READY"] != "1" || !strings.Contains(said["STATUS"], says) {
			t.Errorf("said %v, want READY=1 and a status with %q", said, says)
		}
	}
	reload("web at " + w.web)
	w.writeText(strings.Replace(text, "stable: v1", "stable: v7", 1))
	w.by.hears("the change is seen")
	w.by.hears("the change is refused")
	reload("refused: " + w.file + ":")

	w.eventually("the watchdog is fed", func() bool { return receive(t, "the watchdog is fed", w.by.said) == "WATCHDOG=1" })
	w.signal(syscall.SIGTERM)
	said := w.by.hears("the stop")
	if more, err := strconv.Atoi(said["EXTEND_TIMEOUT_USEC"]); said["STOPPING"] != "1" || err != nil || more < int(7*time.Minute/time.Microsecond) {
		t.Errorf("said %v, want STOPPING=1 and to be given the drain of seven minutes", said)
	}
	if err := w.wait(); err != nil {
		t.Errorf("weir run after SIGTERM: %v, want exit 0", err)
	}
}

// Promise: while a service manager keeps the sockets, a restart loses no request: those
// in flight finish with the old process, and those that come meanwhile wait for the new.
func TestRestartBehindKeptSockets(t *testing.T) {
	t.Parallel()
	b, w := newBackend(t), newWeir(t)
	b.does(func(int, *http.Request) reply { return reply{delay: 50 * time.Millisecond} })
	web, admin := ground.Listen(t), ground.Listen(t)
	w.web, w.admin = web.Addr().String(), admin.Addr().String()
	w.by = newManager(t)
	w.by.holds("web", web)
	w.by.holds("weir.socket", admin) // a unit's own name: known by its address
	w.run(conf{versions: []version{one("v1", 100, b.addr)}})
	kept := startLoad(t, loadOptions{addr: w.web, rate: 100, postEvery: 4, prefix: "kept", looks: true})
	fresh := startLoad(t, loadOptions{addr: w.web, rate: 50, prefix: "fresh", fresh: true})
	for range 2 {
		before := kept.sofar()
		eventually(t, "traffic", func() bool { return kept.sofar() > before+30 })
		w.stop()
		w.start()
	}
	before := kept.sofar()
	eventually(t, "traffic after the restarts", func() bool { return kept.sofar() > before+30 })
	shots, reached := kept.end(), map[string]bool{}
	for _, r := range b.received() {
		reached[r.id] = true
	}
	for _, s := range shots {
		// What meets the close of an idle connection has reached nobody, and whoever
		// sent it knows: no server can spare its clients that.
		if !s.ok() && (s.dialled || reached[s.id]) {
			t.Errorf("lost: %v", s)
		}
	}
	noFailures(t, fresh.end())
}

// A socket that no listener wants is a mistake in one of two files: its clients would
// wait for ever.
func TestUnclaimedSocketIsRefused(t *testing.T) {
	t.Parallel()
	b, w := newBackend(t), newWeir(t)
	w.by = newManager(t)
	w.by.holds("wbe", ground.Listen(t))
	w.write(conf{versions: []version{one("v1", 100, b.addr)}})
	w.launch()
	if err := w.wait(); err == nil {
		t.Error("weir run with a socket that nobody wants ended well")
	}
	if log, _ := os.ReadFile(w.logFile()); !strings.Contains(string(log), "socket wbe of the service manager: no listener has this name") {
		t.Errorf("said %q, want the socket's name", log)
	}
}

// A socket of the admin API that every user of the machine may open, while nobody is
// asked who he is.
func TestOpenAdminSocketIsRefused(t *testing.T) {
	t.Parallel()
	b, w := newBackend(t), newWeir(t)
	path := filepath.Join(w.dir, "s")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil { // as systemd makes it
		t.Fatal(err)
	}
	w.by = newManager(t)
	w.by.holds("admin", ln)
	w.write(conf{versions: []version{one("v1", 100, b.addr)}})
	w.launch()
	if err := w.wait(); err == nil {
		t.Error("weir run with a socket that is everybody's ended well")
	}
	if log, _ := os.ReadFile(w.logFile()); !strings.Contains(string(log), "want SocketMode=0600 in its unit") {
		t.Errorf("said %q, want what to do", log)
	}
}

// probe is an endpoint that answers to nothing before it may.
type probe struct {
	address string
	asked   chan struct{}
}

func slowProbe(t *testing.T) (p probe, pass chan struct{}) {
	t.Helper()
	pass = make(chan struct{})
	p.asked = make(chan struct{}, 100)
	ln := ground.Listen(t)
	srv := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		p.asked <- struct{}{}
		select {
		case <-pass:
			rw.Header().Set("X-Backend", "probe")
			rw.Header().Set("X-Body-Hash", hash(nil))
		case <-r.Context().Done():
		}
	})}
	served := make(chan struct{})
	go func() { defer close(served); _ = srv.Serve(ln) }()
	t.Cleanup(func() { srv.Close(); <-served })
	p.address = ln.Addr().String()
	return p, pass
}

// monotonic is the kernel's time in microseconds, by the clock of a service manager.
func monotonic(t *testing.T) int64 {
	t.Helper()
	now, err := strconv.ParseInt(strings.TrimSpace(strings.TrimPrefix(daemon.SdNotifyMonotonicUsec(), "MONOTONIC_USEC=")), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return now
}
