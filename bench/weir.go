package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"weir/proxy/admin/api"
)

// weir is the binary running as a child.
type weir struct {
	*child
	web          string // where users' requests go
	admin        *api.Client
	adminAddress string
	dir          string
	file         string // its configuration
	text         func(upstream string) string
}

// setting is how Weir is started. The zero value of each field is the usual.
type setting struct {
	binary string // "" is the one to measure
	at     place
	state  string // its folder; "" is one beside the configuration
	more   string // further keys of the file
}

// startWeir runs the binary with one upstream, "api", of these further keys, and
// waits until it is ready.
func (b *bench) startWeir(ctx context.Context, upstream string, s setting) (*weir, error) {
	web, err := freeAddress()
	if err != nil {
		return nil, err
	}
	admin, err := freeAddress()
	if err != nil {
		return nil, err
	}
	w := &weir{web: web, adminAddress: admin}
	if w.admin, err = api.NewClient("http://" + admin); err != nil {
		return nil, err
	}
	if w.dir, err = os.MkdirTemp("", "weir-bench"); err != nil {
		return nil, err
	}
	if s.binary == "" {
		s.binary = b.binary
	}
	if s.state == "" {
		s.state = filepath.Join(w.dir, "state")
	}
	w.file = filepath.Join(w.dir, "weir.yaml")
	w.text = func(upstream string) string {
		return fmt.Sprintf("listeners: [{name: web, address: %q}]\nadmin: {address: %q}\nstate: %q\nupstreams:\n  api:\n%s\nroutes: [{upstream: api}]\n%s",
			web, admin, s.state, indent(upstream), s.more)
	}
	if err = w.write(upstream); err == nil {
		w.child, err = start(s.at, s.binary, "run", "-c", w.file)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(w.dir))
	}
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if s, err := w.admin.Status(ctx); err == nil && s.Ready {
			return w, nil
		}
		if ctx.Err() != nil || time.Since(begun) > patience {
			w.stop()
			return nil, fmt.Errorf("%s is not ready after %v:\n%s", s.binary, patience, w.log.String())
		}
	}
}

// write puts other keys of the upstream into the file.
func (w *weir) write(upstream string) error {
	return os.WriteFile(w.file, []byte(w.text(upstream)), 0o600)
}

// stop ends the child and removes what it left.
func (w *weir) stop() {
	w.child.stop()
	os.RemoveAll(w.dir)
}

// startWeirPeer runs Weir with everything on that the budget names: active
// checks, metrics, state, and a rollout under its verdict that holds at 10 %.
func (b *bench) startWeirPeer(ctx context.Context, binary string, at place, stable, candidate string) (*peer, error) {
	w, err := b.startWeir(ctx, fmt.Sprintf(`stable: v1
versions:
  v1: {weight: 100, endpoints: [%q]}
  v2: {weight: 0, endpoints: [%q]}
health: {active: {path: /health, interval: 2s, timeout: 1s, rise: 1, fall: 3}, passive: {mode: outlier}}
rollout: {steps: [{weight: 10%%, hold: 1h}, {weight: 100%%}]}`, stable, candidate), setting{binary: binary, at: at})
	if err != nil {
		return nil, err
	}
	p := &peer{name: "weir", address: w.web, child: w.child, dir: w.dir, weir: w}
	if _, err := w.admin.StartRollout(ctx, "api", api.RolloutRequest{To: "v2"}); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// resident is the process's resident memory in bytes, which Linux tells.
func (c *child) resident() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.pid()))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("no VmRSS in /proc status")
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}

func freeAddress() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}
