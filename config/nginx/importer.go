package nginx

import (
	"errors"
	"fmt"
	"path/filepath"
)

// importer turns one configuration into a weir.yaml.
type importer struct {
	options Options
	config  *Config
	say     verdicts
	faults  []error  // what NGINX would refuse
	hints   []string // for the report

	http      *scope
	upstreams map[string]*block
	matches   map[string]*Directive
	vars      variables

	made      []*made         // the upstreams that are written, in the order they were needed
	resolvers []*Directive    // of upstreams
	trusting  bool            // there are proxies that are believed
	routes    []*route        // of all servers, as they are written
	taken     map[string]bool // what they take
}

func newImporter(c *Config, o Options) *importer {
	im := &importer{options: o, config: c, say: verdicts{}, upstreams: map[string]*block{}, matches: map[string]*Directive{}, taken: map[string]bool{}}
	im.vars = variables{say: im.say, blocks: map[string]*Directive{}, set: map[string][]choice{}, by: map[string]*Directive{}}
	return im
}

// fault records that NGINX would not take d.
func (im *importer) fault(d *Directive, format string, args ...any) {
	im.faults = append(im.faults, d.errorf("%s: %s", d.text(), fmt.Sprintf(format, args...)))
}

// faulty is all faults as one error, nil when there are none.
func (im *importer) faulty() error { return errors.Join(im.faults...) }

// path is the absolute path of a file that the configuration names.
func (im *importer) path(name string) string {
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(im.config.File), name)
	}
	if abs, err := filepath.Abs(name); err == nil {
		return abs
	}
	return name
}
