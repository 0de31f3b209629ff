package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"weir/proxy/admin/api"
)

// stage is everything that runs outside this process, and the folder it uses.
type stage struct {
	dir        string
	web, admin string // addresses of the proxy
	api        *api.Client
	backends   []*backendProc // two of v1, then one of v2
	weir       *child
}

// config is the proxy's file: addresses of web and admin, two endpoints of v1,
// one of v2, the steps and the bake.
const config = `listeners:
  - {name: web, address: %q}
admin: {address: %q}
state: ./state
upstreams:
  ` + upstreamName + `:
    stable: ` + stable + `
    versions:
      ` + stable + `: {weight: 100, endpoints: [%q, %q]}
      ` + candidate + `: {weight: 0, endpoints: [%q]}
    health:
      active: {path: ` + healthPath + `, interval: 1s, timeout: 500ms}
    rollout: {strategy: canary, steps: %s, bake: %s}
routes:
  - {host: "*", path: /, upstream: ` + upstreamName + `}
`

// newStage starts the backends and the proxy and waits until it is ready. What
// was started is stopped again when that fails.
func newStage(ctx context.Context, sc scenario) (_ *stage, err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &stage{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.dir, err = os.MkdirTemp("", "weir-demo-"); err != nil {
		return nil, err
	}
	for range 3 {
		b, err := startBackend(program)
		if err != nil {
			return nil, err
		}
		s.backends = append(s.backends, b)
	}
	if s.web, s.admin, err = freeAddresses(); err != nil {
		return nil, err
	}
	text := fmt.Sprintf(config, s.web, s.admin, s.backends[0].addr, s.backends[1].addr, s.backends[2].addr, sc.steps, sc.bake)
	file := filepath.Join(s.dir, "weir.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	if s.api, err = api.NewClient("http://" + s.admin); err != nil {
		return nil, err
	}
	if err := s.startWeir(program, file); err != nil {
		return nil, err
	}
	return s, s.ready(ctx)
}

func (s *stage) startWeir(program, file string) error {
	log, err := os.Create(s.logFile())
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(program, "run", "-c", file)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, log, log
	s.weir, err = startChild(cmd)
	return err
}

func (s *stage) ready(ctx context.Context) error {
	for {
		if st, err := s.api.Status(ctx); err == nil && st.Ready {
			return nil
		}
		select {
		case err := <-s.weir.exit:
			s.weir = nil
			log, _ := os.ReadFile(s.logFile()) // what there is of it explains the end
			return fmt.Errorf("weir run ended: %w\n%s", err, log)
		case <-ctx.Done():
			return fmt.Errorf("weir run is not ready: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *stage) logFile() string { return filepath.Join(s.dir, "log") }

// candidate is the backend of v2.
func (s *stage) candidate() *backendProc { return s.backends[2] }

// close stops everything, the proxy first, and removes the folder.
func (s *stage) close() error {
	var errs []error
	if s.weir != nil {
		errs = append(errs, s.weir.stop())
	}
	for _, b := range s.backends {
		errs = append(errs, b.stop())
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

// freeAddresses finds two loopback addresses that nobody listens on.
func freeAddresses() (web, admin string, err error) {
	a, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	defer a.Close()
	b, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	defer b.Close()
	return a.Addr().String(), b.Addr().String(), nil
}
