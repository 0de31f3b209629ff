package app

import (
	"fmt"
	"strings"

	"weir/config"
	"weir/config/file"
)

// checkTracing reads what the file says to send along with spans: what cannot be is a
// problem of the configuration. The warning is that others can read it; "": nobody.
func checkTracing(cfg *config.Config) (warning string, err error) {
	if cfg.Tracing == nil {
		return "", nil
	}
	problem := func(msg string) config.Problem { return cfg.Problem(msg, "tracing", "headers_file") }
	_, exposed, err := headersOf(cfg.Tracing.HeadersFile)
	switch {
	case err != nil:
		msg := err.Error() + `: want lines like "authorization: Bearer x"`
		return "", &config.Invalid{File: cfg.File, Problems: []config.Problem{problem(msg)}}
	case exposed != "":
		return problem(exposed).String(), nil
	}
	return "", nil
}

// checkTracing is the same, with the warning in the log.
func (a *app) checkTracing(cfg *config.Config) error {
	warning, err := checkTracing(cfg)
	if warning != "" {
		a.log.Warn().Msg(warning)
	}
	return err
}

// headersOf reads lines of "name: value". exposed says who else can read them; "": nobody.
func headersOf(path string) (headers map[string]string, exposed string, err error) {
	if path == "" {
		return nil, "", nil
	}
	data, exposed, err := file.Secret(path)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	headers = map[string]string{}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return nil, "", fmt.Errorf("%s:%d: no name and colon", path, n)
		}
		headers[name] = strings.TrimSpace(value)
	}
	return headers, exposed, nil
}
