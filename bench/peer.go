package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// peer is a proxy under test, running.
type peer struct {
	name    string
	address string
	child   *child
	dir     string // its files; removed at the end
	weir    *weir  // of Weir itself; else nil
}

func (p *peer) url(path string) string { return "http://" + p.address + path }

func (p *peer) stop() {
	p.child.stop()
	os.RemoveAll(p.dir)
}

// peers are the proxies of a comparison, all running, in front of the same two
// backends at 90 and 10 percent.
type peers struct {
	all       []*peer
	responder *child
	others    place // where the load runs
}

// scene starts responder, floor, nginx, haproxy and Weir.
func (b *bench) scene(ctx context.Context, at func() (proxy, others place, err error)) (_ *peers, err error) {
	proxy, others, err := at()
	if err != nil {
		return nil, err
	}
	s := &peers{others: others}
	defer func() {
		if err != nil {
			s.stop()
		}
	}()
	stable, candidate, err := s.startResponder()
	if err != nil {
		return nil, err
	}
	begins := []func() (*peer, error){
		func() (*peer, error) { return b.startWeirPeer(ctx, b.binary, proxy, stable, candidate) },
		func() (*peer, error) { return startNginx(proxy, stable, candidate) },
		func() (*peer, error) { return startHaproxy(proxy, stable, candidate) },
		func() (*peer, error) { return startFloor(proxy, stable) },
	}
	if b.beside != "" {
		begins = append(begins, func() (*peer, error) {
			p, err := b.startWeirPeer(ctx, b.beside, proxy, stable, candidate)
			if err == nil {
				p.name = "beside"
			}
			return p, err
		})
	}
	for _, begin := range begins {
		p, err := begin()
		if err != nil {
			return nil, err
		}
		s.all = append(s.all, p)
		if err := p.await(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// startResponder starts the backends and returns where they listen.
func (s *peers) startResponder() (stable, candidate string, err error) {
	if stable, err = freeAddress(); err != nil {
		return "", "", err
	}
	if candidate, err = freeAddress(); err != nil {
		return "", "", err
	}
	s.responder, err = startSelf(s.others, "responder", stable, candidate)
	return stable, candidate, err
}

func (s *peers) stop() {
	for _, p := range s.all {
		p.stop()
	}
	if s.responder != nil {
		s.responder.stop()
	}
}

func (s *peers) named(name string) *peer {
	for _, p := range s.all {
		if p.name == name {
			return p
		}
	}
	panic("BUG: no peer " + name)
}

// await waits until the first request is answered.
func (p *peer) await(ctx context.Context) error {
	var err error
	for begun := time.Now(); time.Since(begun) < patience && ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
		var res *http.Response
		if res, err = http.Get(p.url("/")); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
			err = fmt.Errorf("status %d", res.StatusCode)
		}
	}
	p.child.stop()
	return errors.Join(fmt.Errorf("%s does not answer: %s", p.name, p.child.log.String()), err, ctx.Err())
}

// program is a proxy of Debian's.
type program struct {
	name    string // of the command and of its package
	address string // where it listens
	config  string // text of its configuration
	args    func(config, dir string) []string
}

// start writes the configuration into a new folder and starts the program there.
func (r program) start(at place) (*peer, error) {
	path, err := exec.LookPath(r.name)
	if err != nil {
		return nil, fmt.Errorf("%s is missing (Debian: apt-get install %s)", r.name, r.name)
	}
	dir, err := os.MkdirTemp("", "weir-bench")
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, r.name+".conf")
	err = os.WriteFile(config, []byte(r.config), 0o600)
	if err == nil {
		var c *child
		if c, err = start(at, path, r.args(config, dir)...); err == nil {
			return &peer{name: r.name, address: r.address, child: c, dir: dir}, nil
		}
	}
	return nil, errors.Join(err, os.RemoveAll(dir))
}

func startFloor(at place, backend string) (*peer, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	c, err := startSelf(at, "floor", address, backend)
	if err != nil {
		return nil, err
	}
	return &peer{name: "floor", address: address, child: c}, nil
}
