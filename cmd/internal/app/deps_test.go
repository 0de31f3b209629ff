package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"strings"
	"testing"
)

// policy says which packages of this module may import what: the arrows of the
// design, as data. THIS TABLE IS POLICY; DO NOT CHANGE IT TO FIX A BUILD.
// A package that needs a forbidden arrow has its code in the wrong place.
//
// Keys are folders of this module; one ending in "/..." covers the folders below
// that have no line of their own. Values are folders of this module, trees of
// them ("/..."), or external modules. The standard library is allowed
// everywhere. Test files may import more.
var policy = map[string][]string{
	"cmd/weir":                 {"cmd/internal/app/...", "proxy/admin/api", cobra, zerolog},
	"cmd/internal/app":         {"...", otel, cobra, zerolog, xterm},
	"cmd/internal/app/...":     {"...", cobra, zerolog, xterm},
	"cmd/internal/app/systemd": {gosystemd},
	"cmd/internal/app/top":     {"proxy/admin/api", "cmd/internal/app/show", bubbletea, lipgloss},
	"cmd/internal/app/manual":  {cobra, pflag}, // pflag is what cobra's commands have their flags from

	"proxy": {"balancer", "health/outcome", "proxy/flag", "proxy/internal/...", fasthttp, zerolog},
	// The parts of the data plane know of each other what is said here, and nothing
	// of the whole.
	"proxy/internal/...":       {},
	"proxy/internal/pool":      {"proxy/internal/sock", "proxy/internal/watch"},
	"proxy/internal/affinity":  {"proxy/internal/lookup"},
	"proxy/internal/http1":     {"proxy/internal/lookup"},
	"proxy/internal/jwt":       {golangjwt},
	"proxy/internal/accesslog": {"proxy/internal/sock", zerolog},
	"proxy/control": {
		"config", "proxy", "balancer", "balancer/rollout", "balancer/verdict",
		"health", "health/outcome", "health/dns", "proxy/control/state", "proxy/control/series", "proxy/control/gate", "proxy/control/notify", "proxy/flag", zerolog,
	},
	"proxy/control/gate":    {},
	"proxy/control/series":  {},
	"proxy/control/notify":  {zerolog},
	"proxy/control/state":   {bbolt, zerolog},
	"proxy/admin":           {"proxy/admin/access", "proxy/admin/audit", "proxy/admin/ofrep", "proxy/admin/api", "balancer", "health/outcome", "proxy/flag", prometheus, zerolog},
	"proxy/admin/access":    {"proxy/admin/api", "config/file"},
	"proxy/admin/audit":     {"proxy/admin/api"},
	"proxy/admin/ofrep":     {"proxy/admin/api", "proxy/flag"},
	"proxy/admin/api":       {},
	"proxy/admin/admintest": {kinopenapi, jsonschema, yaml}, // for tests alone
	"proxy/flag":            {"balancer/murmur", "config/spell"},

	"balancer":           {"balancer/murmur", xxhash},
	"balancer/murmur":    {},
	"balancer/rollout":   {"balancer", "balancer/verdict"},
	"balancer/verdict":   {xxhash},
	"health":             {"balancer", "health/outcome", zerolog},
	"health/outcome":     {xxhash},
	"health/dns":         {dnsmessage, zerolog},
	"health/dns/dnstest": {dnsmessage},                                                  // for tests alone
	"config":             {"config/file", "config/spell", "proxy/flag", yaml, fsnotify}, // flags: what is wrong with a definition is known where it is compiled
	"config/file":        {},
	"config/nginx":       {"config"},
	"config/spell":       {},
	"bench":              {"proxy/admin/api"},
	"bench/...":          {"proxy/admin/api"},
	// Files, and what the demo puts behind and before Weir.
	"deploy":                 {},
	"deploy/compose/service": {},

	// Made-up traffic around the real rules, for tests and for a look ahead.
	"balancer/rollout/simulate": {"balancer/rollout", "balancer/verdict"},
}

// External modules, by the prefix of their import paths.
const (
	bubbletea  = "charm.land/bubbletea/v2"
	lipgloss   = "charm.land/lipgloss/v2"
	bbolt      = "go.etcd.io/bbolt"
	cobra      = "github.com/spf13/cobra"
	dnsmessage = "golang.org/x/net/dns/dnsmessage"
	fasthttp   = "github.com/valyala/fasthttp"
	fsnotify   = "github.com/fsnotify/fsnotify"
	golangjwt  = "github.com/golang-jwt/jwt/v5"
	gosystemd  = "github.com/coreos/go-systemd/v22"
	jsonschema = "github.com/santhosh-tekuri/jsonschema/v6"
	kinopenapi = "github.com/getkin/kin-openapi"
	pflag      = "github.com/spf13/pflag"
	otel       = "go.opentelemetry.io/otel"
	prometheus = "github.com/prometheus"
	xterm      = "golang.org/x/term"
	xxhash     = "github.com/cespare/xxhash/v2"
	yaml       = "gopkg.in/yaml.v3"
	zerolog    = "github.com/rs/zerolog"
)

const module = "weir"

// TestImportsFollowPolicy checks every non-test import of every package on
// each supported operating system.
func TestImportsFollowPolicy(t *testing.T) {
	for _, goos := range []string{"linux", "darwin"} {
		packages := listPackages(t, goos)
		if len(packages) < 5 {
			t.Fatalf("go list (GOOS=%s) found %d packages: the check would prove nothing", goos, len(packages))
		}
		for _, p := range packages {
			folder := strings.TrimPrefix(p.ImportPath, module+"/")
			allowed, ok := allowedFor(folder)
			if !ok {
				t.Errorf("%s has no line in the import policy: say in the design what it may import, then here", folder)
				continue
			}
			for _, imp := range p.Imports {
				if !permitted(imp, allowed) {
					t.Errorf("%s imports %s, which the import policy does not allow (GOOS=%s): allowed are the standard library and %v. "+
						"The table is policy; do not change it to fix a build", folder, imp, goos, allowed)
				}
			}
		}
	}
}

// TestPolicyRefuses makes sure that the check itself can say no.
func TestPolicyRefuses(t *testing.T) {
	for _, c := range []struct {
		folder, imp string
		want        bool
	}{
		{"balancer", "time", true},
		{"balancer", zerolog, false},
		{"balancer", "weir/health", false},
		{"balancer/rollout", "weir/balancer", true},
		{"balancer/rollout", "weir/balancer/nothing", false},
		{"balancer/rollout/simulate", "weir/balancer", false},
		{"proxy", fasthttp + "/reuseport", true},
		{"proxy", "weir/config", false},
		{"proxy", "weir/proxy/internal/http1", true},
		{"proxy/internal/pool", "weir/proxy", false},
		{"proxy/internal/pool", "weir/proxy/internal/sock", true},
		{"proxy/internal/pool", "weir/proxy/internal/http1", false},
		{"proxy/internal/routing", "weir/proxy/internal/http1", false},
		{"proxy/internal/http1", "weir/proxy/internal/sock", false},
		{"proxy/admin", fasthttp, false},
		{"health/dns", dnsmessage, true},
		{"health/dns", "golang.org/x/net/http2", false},
		{"health/dns", "weir/health", false},
		{"proxy/control", dnsmessage, false},
		{"cmd/weir", "weir/proxy", false},
		{"cmd/internal/app/demo", "weir/proxy/admin/api", true},
		{"config", "gopkg.in/yaml.v3", true},
		{"config", "gopkg.in/yaml.v33", false},
	} {
		allowed, ok := allowedFor(c.folder)
		if !ok {
			t.Fatalf("%s has no line in the policy", c.folder)
		}
		if got := permitted(c.imp, allowed); got != c.want {
			t.Errorf("may %s import %s: got %v, want %v", c.folder, c.imp, got, c.want)
		}
	}
}

// allowedFor finds the folder's own line, else the nearest "/..." above it.
func allowedFor(folder string) ([]string, bool) {
	if allowed, ok := policy[folder]; ok {
		return allowed, true
	}
	for dir := path.Dir(folder); dir != "."; dir = path.Dir(dir) {
		if allowed, ok := policy[dir+"/..."]; ok {
			return allowed, true
		}
	}
	return nil, false
}

// permitted reports whether one of allowed covers the import path imp.
func permitted(imp string, allowed []string) bool {
	folder, ours := strings.CutPrefix(imp, module+"/")
	if !ours && !strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") {
		return true // standard library
	}
	for _, a := range allowed {
		switch prefix, tree := strings.CutSuffix(a, "..."); {
		case ours && tree:
			if strings.HasPrefix(folder+"/", prefix) {
				return true
			}
		case ours:
			if folder == a {
				return true
			}
		case imp == a || strings.HasPrefix(imp, a+"/"):
			return true
		}
	}
	return false
}

type listed struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T, goos string) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", module+"/...")
	cmd.Env = append(cmd.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("go list answered badly: %v", err)
		}
		packages = append(packages, p)
	}
}
