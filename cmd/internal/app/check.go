package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"weir/config"
	"weir/proxy/control"
)

// Check loads the file as Run and a reload do, and writes what was found to out
// when it can be used. The error has one line per problem.
func Check(path string, out io.Writer) error {
	cfg, err := config.Load(path)
	if err != nil {
		if filepath.Ext(path) == ".conf" && !errors.Is(err, fs.ErrNotExist) { // as for nginx -t
			err = fmt.Errorf("%w\na file of NGINX's is checked by: weir import nginx %s", err, path)
		}
		return err
	}
	exposed, err := checkTracing(cfg)
	if err != nil {
		return err
	}
	warnings, err := control.Check(cfg)
	if err != nil {
		return err
	}
	if exposed != "" {
		warnings = append(warnings, exposed)
	}
	if cfg.Admin.TokensFile != "" {
		l, err := loadTokens(cfg)
		if err != nil {
			return err
		}
		warnings = append(warnings, l.Warnings...)
	}
	for _, w := range warnings {
		if _, err := fmt.Fprintln(out, "warning: "+w); err != nil {
			return err
		}
	}
	endpoints := 0
	for _, u := range cfg.Upstreams {
		for _, v := range u.Versions {
			endpoints += len(v.Endpoints)
		}
	}
	_, err = fmt.Fprintf(out, "%s: ok: %d listeners, %d upstreams, %d endpoints, %d routes\n",
		path, len(cfg.Listeners), len(cfg.Upstreams), endpoints, len(cfg.Routes))
	return err
}
