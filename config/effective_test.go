package config

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestOrigins(t *testing.T) {
	t.Setenv("WEIR_TEST_PORT", "3001")
	t.Setenv("WEIR_TEST_FIRST", "10.0.0.0/8")
	_, settings, err := Effective("weir.yaml", []byte(`listeners: [{name: web, address: ":8080"}]
clients: {limits: {body: 1MiB}, trusted_proxies: ["${WEIR_TEST_FIRST}", "${WEIR_TEST_NONE:-192.168.0.0/16}"]}
upstreams:
  api:
    versions: {v1: {endpoints: ["127.0.0.1:${WEIR_TEST_PORT}", {address: "127.0.0.1:3002", max_conns: 3}]}}
    max_conns: 7
    timeouts: {connect: 5s}
    affinity: {route: {variable: $cookie_sid}}
    health: {active: {path: /, headers: {X-Probe: a}}}
routes:
  - {path: {prefix: /a}, methods: [PUT, GET], listener: web, upstream: api}
  - {upstream: api, max_body: 0}
`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	var keys []string
	for _, s := range settings {
		got[s.Key] = fmt.Sprint(s.Value, " ", s.Origin, " ", s.Origin.Env)
		keys = append(keys, s.Key)
	}
	for key, want := range map[string]string{
		"listeners[0].address":                              ":8080 weir.yaml:1:34 []",
		"clients.limits.body":                               "1MiB weir.yaml:2:26 []",
		"clients.limits.headers":                            "100 default []",
		"clients.trusted_proxies":                           "[10.0.0.0/8 192.168.0.0/16] weir.yaml:2:50 [WEIR_TEST_FIRST WEIR_TEST_NONE]",
		"upstreams.api.versions.v1.endpoints[0].address":    "127.0.0.1:3001 weir.yaml:5:33 [WEIR_TEST_PORT]",
		"upstreams.api.versions.v1.endpoints[0].weight":     "1 default []",
		"upstreams.api.versions.v1.endpoints[0].max_conns":  "7 weir.yaml:6:16 []", // the upstream's
		"upstreams.api.versions.v1.endpoints[0].slow_start": "0s default []",
		"upstreams.api.versions.v1.endpoints[1].max_conns":  "3 weir.yaml:5:103 []",
		"upstreams.api.timeouts.connect":                    "5s weir.yaml:7:25 []",
		"upstreams.api.timeouts.response":                   "30s default []",
		"upstreams.api.affinity.route":                      "[$cookie_sid] weir.yaml:8:34 []",
		"upstreams.api.health.active.headers.x-probe":       "*** weir.yaml:9:51 []",
		"upstreams.api.health.active.interval":              "2s default []",
		"upstreams.api.rollout.revert.max_error_rate":       "5% default []",
		"routes[0].path":                                    "/a weir.yaml:11:21 []",
		"routes[0].methods":                                 "[GET PUT] weir.yaml:11:35 []",
		"routes[0].listener":                                "[web] weir.yaml:11:57 []",
		"routes[0].max_body":                                "1MiB weir.yaml:2:26 []", // of all clients
		"routes[1].max_body":                                "0 weir.yaml:12:31 []",
		"routes[1].host":                                    "* default []",
	} {
		if got[key] != want {
			t.Errorf("%s = %s, want %s", key, got[key], want)
		}
	}
	order := strings.Join(keys, " ")
	for _, pair := range [][2]string{{"listeners[0].name", "clients.limits.body"}, {"clients.limits.body", "clients.limits.head"}, {"routes[1].max_body", "admin.address"}} {
		if strings.Index(order, pair[0]) > strings.Index(order, pair[1]) {
			t.Errorf("%s stands behind %s, want what is written first and in the order of the file", pair[0], pair[1])
		}
	}
}

// Every value that is written is one in force, and comes from where it is written.
func TestOriginsOfEveryKey(t *testing.T) {
	data, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	at := origins{}
	if _, err := parse("full.yaml", data, at, false); err != nil {
		t.Fatal(err)
	}
	_, settings, err := Effective("full.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, s := range settings {
		used[s.Origin.String()] = true
	}
	for path, o := range at {
		list := path[:max(strings.LastIndexByte(path, '['), 0)]
		switch _, inList := at[path+"[0]"]; {
		case used[o.String()] || inList || blocks[path]:
		case list != "" && strings.HasSuffix(path, "]") && used[at[list].String()]: // part of a value
		case nothing[path]:
		default:
			t.Errorf("%s, at %s: no value in force comes from there", path, o)
		}
	}
}

var (
	// blocks are lists of mappings, nothing what a document leaves out.
	blocks = map[string]bool{
		"listeners": true, "routes": true, "notify": true, "listeners[2].tls.certificates": true, "upstreams.api.writes.reads": true, "upstreams.api.writes.allow": true,
		"upstreams.api.rollout.steps": true, "upstreams.api.rollout.blue_green.smoke": true, "upstreams.api.pins": true, "flags.rollouts.new-checkout.steps": true,
	}
	nothing = map[string]bool{"upstreams.api.rollout.steps[4].pause": true, "upstreams.api.rollout.steps[4].hold": true}
)
