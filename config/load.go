package config

import (
	"fmt"
	"path/filepath"

	"weir/config/file"
)

// maxSize is the largest file that is read, in bytes. Ten thousand endpoints
// take a tenth of it.
const maxSize = 4 << 20

// Load reads and checks the file at path. The error is an *Invalid with every
// problem when the content is at fault, and wraps the operating system's error
// when there is no readable regular file of at most 4 MiB.
func Load(path string) (*Config, error) {
	data, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parse(path, data, nil, true)
}

// ReadFile returns the content of the regular file at path. An error begins with
// the path, as a problem's line does.
func ReadFile(path string) ([]byte, error) {
	data, err := file.Read(path, maxSize)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}

// Parse is Load for content at hand: file names it in problems and is what
// relative paths are relative to. It reads the environment but no file, so that nothing
// is known of flags but their files. JSON is
// YAML too, but for two escapes that the YAML library does not know: \/ and pairs
// of surrogates.
func Parse(file string, data []byte) (*Config, error) { return parse(file, data, nil, false) }

// parse notes also where each value stands, unless at is nil, and reads the files of
// definitions if it is to.
func parse(file string, data []byte, at origins, define bool) (*Config, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	r := &reader{file: file, dir: filepath.Dir(abs), places: map[string]place{}, origins: at}
	c := standardConfig(abs)
	if root, ok := r.parse(data); ok {
		r.config(root, c)
	}
	if define && c.Flags != nil {
		r.define(c.Flags)
	}
	if len(r.problems) > 0 {
		bad := r.invalid()
		bad.Files = c.Files()
		return nil, bad
	}
	c.places = places{file: file, at: r.places}
	return c, nil
}

// standardConfig is the configuration of a file that says nothing.
func standardConfig(file string) *Config {
	return &Config{File: file, Clients: defaultClients(), Trace: true, Admin: Admin{Address: defaultAdmin}, Resolver: defaultResolver(), History: defaultHistory()}
}

// config reads the whole file into c, which holds the defaults.
func (r *reader) config(root value, c *Config) {
	bound := binds{} // addresses of listeners
	var refs references
	root.object(fields{
		"listeners":  need("at least one listener", listeners(&c.Listeners, bound)),
		"clients":    may(c.Clients.read),
		"access_log": may(accessLog(&c.AccessLog, c.File)),
		"trace":      may(boolean(&c.Trace)),
		"tracing":    may(tracing(&c.Tracing)),
		"admin":      may(c.Admin.read),
		"resolver":   may(c.Resolver.read),
		"history":    may(c.History.read),
		"state":      may(stateDir(&c.State)),
		"upstreams":  need("at least one upstream", upstreams(&c.Upstreams)),
		"groups":     may(groups(&c.Groups, &refs)),
		"notify":     may(notify(&c.Notify, r.dir)),
		"routes":     need("at least one route", routes(&c.Routes, &refs)),
		"flags":      may(flags(&c.Flags, &refs)),
	})
	for i := range c.Routes {
		if c.Routes[i].MaxBody == unwritten {
			c.Routes[i].MaxBody = c.Clients.Limits.Body
		}
	}
	for i := range c.Upstreams {
		c.Upstreams[i].History = c.History
	}
	c.lead()
	r.checkRedirects(c)
	r.checkPreviews(c)
	r.checkGroups(c)
	if l, taken := bound.holder(c.Admin.Address); taken {
		l.fail("%s: want another address, the admin API listens on %s", Show(l.node.Value), c.Admin.Address)
	}
	checkNames(r, refs.upstreams, c.Upstreams, func(u *Upstream) string { return u.Name })
	r.checkWhens(c, &refs)
	r.checkOFREP(c, &refs, bound)
	checkNames(r, refs.listeners, c.Listeners, func(l *Listener) string { return l.Name })
}

// checkNames refuses references to what is not there. Without any of it that is the
// problem to fix, not the references.
func checkNames[T any](r *reader, refs []*reference, all []T, name func(*T) string) {
	if len(all) == 0 {
		return
	}
	var names []string
	exists := make(map[string]bool)
	for i := range all {
		names = append(names, name(&all[i]))
		exists[names[i]] = true
	}
	for _, ref := range refs {
		if !exists[ref.name] && !r.full() {
			ref.resolve(names)
		}
	}
}
