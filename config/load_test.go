package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const minimal = `listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams: {api: {versions: {v1: {endpoints: ["127.0.0.1:3001"]}}}}
routes: [{upstream: api}]
`

// defaults is the upstream of minimal: what applies when nothing is written.
func defaults() Upstream {
	return Upstream{
		Name:     "api",
		Stable:   "v1",
		Versions: []Version{{Name: "v1", Weight: 100, Endpoints: []Endpoint{{Address: "127.0.0.1:3001", Weight: 1, State: "up"}}}},
		Balance:  defaultBalance(),
		History:  defaultHistory(),
		Health:   Health{Passive: Passive{Mode: "outlier"}},
		Timeouts: Timeouts{Connect: 2 * time.Second, Response: 30 * time.Second, Idle: 60 * time.Second, Tunnel: time.Hour, Drain: 30 * time.Second},
		Retry:    Retry{Tries: 2, On: []string{"connect", "timeout", "reset", "invalid_answer", "502", "503", "504"}, Budget: 0.2},
		Writes:   Writes{Status: 503, RetryAfter: 10 * time.Second},
		Rollout: Rollout{
			Strategy:    "canary",
			MinRequests: 20,
			OnUndecided: "hold",
			Certify:     Certify{MaxRatio: 2, MaxErrorRate: 0.01, Alpha: 0.05},
			Revert: Revert{
				MaxErrorRate: 0.05, Alpha: 0.01, Tolerate: 1.25, MinFailures: 3, UnusableFor: 5 * time.Second,
				Errors: []StatusRange{{500, 599}}, Mode: "instant",
				Latency: true, WarmUp: 30 * time.Second, ClientErrors: "hold", SampleRatio: "hold",
			},
			Bake:      5 * time.Minute,
			KeepWarm:  30 * time.Minute,
			MinUsable: 0.5,
			BlueGreen: BlueGreen{MinUsable: 1, WarmUp: WarmUp{Path: "/"}, ProgressDeadline: 10 * time.Minute},
			Writes:    WritePinning{Cookie: "weir_wrote"},
			Rolling:   Rolling{MaxSurge: Amount{Count: 1}, MinReady: 10 * time.Second, ProgressDeadline: 10 * time.Minute},
			Mirror: Mirror{
				Headers: []string{"content-type"}, Body: true, MaxBody: 1 << 20, Queue: 256, Concurrency: 16, Timeout: 5 * time.Second,
			},
		},
		Keepalive: Keepalive{Idle: 1024, Timeout: 30 * time.Second},
		Guard:     true,
		Host:      "preserve",
	}
}

func TestDefaults(t *testing.T) {
	got, err := Parse("/etc/weir.yaml", []byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		File:      "/etc/weir.yaml",
		Listeners: []Listener{{Name: "web", Address: "127.0.0.1:8080"}},
		Clients:   defaultClients(),
		Trace:     true,
		Admin:     Admin{Address: "127.0.0.1:9900"},
		Resolver:  Resolver{Timeout: 30 * time.Second, IPv4: true, IPv6: true, NXDomain: "remove"},
		History:   History{Keep: 100},
		Upstreams: []Upstream{defaults()},
		Routes:    []Route{{Host: "*", Path: "/", Upstream: "api"}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{})); diff != "" {
		t.Errorf("minimal file (-want +got):\n%s", diff)
	}
}

func TestDefaultsOfActiveCheck(t *testing.T) {
	c, err := Parse("weir.yaml", []byte(strings.Replace(minimal, "api: {", "api: {health: {active: {path: /up}}, ", 1)))
	if err != nil {
		t.Fatal(err)
	}
	want := &ActiveCheck{
		Path: "/up", Method: "GET", Status: []StatusRange{{200, 399}},
		Interval: 2 * time.Second, Jitter: 0.1, Timeout: time.Second, Rise: 2, Fall: 3, Mandatory: true,
	}
	if diff := cmp.Diff(want, c.Upstreams[0].Health.Active); diff != "" {
		t.Errorf("active check (-want +got):\n%s", diff)
	}
}

// What NGINX has without a word.
func TestDefaultsOfModeNginx(t *testing.T) {
	c, err := Parse("weir.yaml", []byte(strings.Replace(minimal, "api: {", "api: {health: {passive: {mode: nginx}}, ", 1)))
	if err != nil {
		t.Fatal(err)
	}
	u := c.Upstreams[0]
	if e := u.Versions[0].Endpoints[0]; e.MaxFails != 1 || e.FailTimeout != 10*time.Second || e.SlowStart != 0 || e.Backup || e.State != "up" {
		t.Errorf("endpoint %+v, want max_fails 1 and fail_timeout 10s", e)
	}
}

// bare is an endpoint of testdata/full.yaml that says nothing but its address.
func bare(address string) Endpoint {
	return Endpoint{
		Address: address, Weight: 1, MaxConns: 100, MaxFails: 3, FailTimeout: 20 * time.Second,
		SlowStart: 1500 * time.Millisecond, State: "up",
	}
}

// resolved is such an endpoint that DNS finds.
func resolved(address string, weight int, service string) Endpoint {
	e := bare(address)
	e.Weight, e.Resolve, e.Service = weight, true, service
	return e
}

func TestEveryKey(t *testing.T) {
	got, err := Load("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	web := defaults()
	web.Name, web.Stable = "web.v2", "only"
	web.Health.Active = &ActiveCheck{
		TCP: &TCPCheck{Send: "PING\r\n\x00", Expect: "+PONG"}, Interval: 2 * time.Second, Jitter: 0, Timeout: time.Second, Rise: 2, Fall: 3, Mandatory: true,
	}
	web.Versions = []Version{{Name: "only", Weight: 100, Endpoints: []Endpoint{{Address: "app_1.internal:3001", Weight: 1, State: "up"}}}}
	web.Affinity = &Affinity{Learn: &Learn{
		Create: []Source{{Variable: "upstream_cookie_sid"}, {Variable: "upstream_header_X-Sid"}},
		Lookup: []Source{{Variable: "cookie_sid", After: "--"}}, Timeout: time.Second, Size: 1000,
	}}
	web.Balance = Balance{
		Algorithm: "hash", HashKey: Text{{Variable: "cookie_sid"}, {Text: "-"}, {Variable: "target"}}, Consistent: true, BoundedLoad: 1.25,
		RandomTwo: "least_conn", LeastTime: LeastTime{Until: "header"},
	}
	two := defaults()
	two.Name, two.Stable = "two", "v1"
	two.Balance.Algorithm, two.Balance.RandomTwo = "random_two", "least_time"
	web.TLS = &UpstreamTLS{
		ServerName: "api.internal", CA: filepath.Join(dir, "ca.pem"),
		KeyPair: KeyPair{filepath.Join(dir, "c.pem"), filepath.Join(dir, "c.key")},
	}
	flagRevert := defaultRevert()
	flagRevert.Alpha = 0.02
	want := &Config{
		File:   filepath.Join(dir, "full.yaml"),
		Groups: []Group{{Name: "shop", Upstreams: []string{"api", "two"}}},
		Notify: []Notify{
			{Name: "chat", URL: "https://hooks.example/T0/s3cret", Slack: true, Events: DefaultNotifyEvents, Timeout: 10 * time.Second, Retries: 8},
			{Name: "pager", URL: "http://127.0.0.1:1/a?b", Events: []string{"reverted", "state"}, Headers: []Pair{{"authorization", "Bearer x"}}, Timeout: 5 * time.Second},
			{Name: "files", File: filepath.Join(dir, "hook.url"), Events: DefaultNotifyEvents, Timeout: 10 * time.Second, Retries: 8},
			{Name: "more", File: "/etc/hook", Slack: true, Events: DefaultNotifyEvents, Timeout: 10 * time.Second, Retries: 8},
		},
		Flags: &Flags{
			Files: []string{filepath.Join(dir, "flags.json"), filepath.Join(dir, "more.yaml")},
			Context: FlagContext{
				Headers: []Pair{{"x-user-id", "targetingKey"}}, Cookies: []Pair{{"plan", "plan"}}, ClientIP: "ip",
				Static: []Pair{{"api_key", "s3cret"}, {"env", "prod"}},
				JWT: &FlagJWT{
					JWKSFile: filepath.Join(dir, "keys.json"), Cookie: "id", Algorithms: []string{"ES256"}, Issuer: "https://id.test",
					Audience: []string{"a", "b"}, Claims: []Pair{{"https://id.test/groups", "groups"}, {"sub", "user"}},
				},
			},
			OFREP: &OFREP{Address: "127.0.0.1:0", TLS: &KeyPair{filepath.Join(dir, "a.pem"), "/etc/a.key"}, Origins: []string{"https://shop.example.com", "http://localhost:3000"}},
			Pass:  FlagPass{Headers: []string{"new-checkout"}, Baggage: []string{"new-checkout", "other"}},
			Rollouts: []FlagRollout{{
				Flag: "new-checkout", To: "on", MinRequests: 7, OnUndecided: "revert", Bake: time.Minute, Certify: defaultCertify(), Revert: flagRevert,
				Steps: []Step{{Segment: "internal", Hold: time.Minute}, {Percent: 10, Certified: true, MaxHold: time.Hour}, {Percent: 100, Pause: true}},
			}},
		},
		Listeners: []Listener{{Name: "web", Address: ":8080"}, {Name: "other", Address: "localhost:0"}, {Name: "another", Address: "localhost:0", TLS: &ListenerTLS{
			KeyPair:      KeyPair{filepath.Join(dir, "a.pem"), "/etc/a.key"},
			Certificates: []KeyPair{{filepath.Join(dir, "b.pem"), filepath.Join(dir, "b.key")}},
			MinVersion:   "1.3",
			Client:       &ClientCerts{CA: filepath.Join(dir, "ca.pem"), Mode: "optional"},
		}}},
		Clients: Clients{
			TrustedProxies: []string{"10.0.0.0/8", "2001:db8::1/128"},

			Timeouts: ClientTimeouts{Header: 5 * time.Second, Body: time.Minute + time.Second, Send: 20 * time.Second, KeepAlive: time.Hour},
			Limits:   ClientLimits{Head: 1 << 20, Headers: 1000, Target: 16 << 10, Body: 1 << 30, Connections: 0, ConnectionsPerIP: 64, Requests: 1000},
		},
		AccessLog: &AccessLog{
			File: filepath.Join(dir, "logs/access.log"), Format: "$client $$ [$time]: $status",
			Template: Text{
				{Variable: "client"}, {Text: " $ ["}, {Variable: "time"}, {Text: "]: "}, {Variable: "status"},
			},
			Sample: 0.125,
			Only:   LogFilter{Status: []StatusRange{{404, 404}, {500, 599}}, SlowerThan: 1500 * time.Millisecond},
		},
		Trace: false,
		Admin: Admin{Address: "[::1]:0", TokensFile: filepath.Join(dir, "tokens"), TLS: &AdminTLS{
			KeyPair:  KeyPair{Cert: filepath.Join(dir, "c.pem"), Key: filepath.Join(dir, "c.key")},
			ClientCA: filepath.Join(dir, "ca.pem"), Roles: []Pair{{Name: "ann", Value: "operate"}, {Name: "watch", Value: "view"}},
		}},
		Resolver: Resolver{
			Addresses: []string{"10.0.0.2:53", "[2001:db8::53]:53", "[fe80::1%eth0]:5353"},
			Timeout:   5 * time.Second, Valid: 10 * time.Second, IPv4: true, NXDomain: "keep",
		},
		History: History{Keep: 7, MaxAge: 720 * time.Hour},
		State:   filepath.Join(dir, "run/state"),
		Routes: []Route{
			{Host: "www.example.com", Path: "/api", Upstream: "api"},
			{Host: "*.example.com", Path: "^/v[0-9]+/", Kind: Regex, Upstream: "api"},
			{
				Host: "*", Path: "/x", Kind: Exact, Methods: []string{"GET", "PUT"}, Headers: []Pair{{"a-b", "*"}, {"x-a", "a b"}},
				Query: []Pair{{"q", ""}}, Cookies: []Pair{{"c", "1"}}, Upstream: "api",
			},
			{
				Scheme: "http", Host: "*", Path: "/r",
				Redirect: &Redirect{Status: 308, To: Text{{Text: "https://"}, {Variable: "host"}, {Variable: "target"}}},
				Rewrite:  Rewrite{Response: HeaderEdits{Set: []Header{{"X-A", Text{{Variable: "host"}}}}}},
			},
			{Host: "*", Path: "/s", Respond: &Respond{Status: 503, Body: "a\n\tb", Type: "text/html"}},
			{
				Host: "*", Path: "/old/", Upstream: "api",
				Rewrite: Rewrite{
					From: "/old/", To: "/new",
					Request: HeaderEdits{
						Set: []Header{
							{"X-A", Text{{Text: "$1 "}, {Variable: "upstream"}, {Text: "/"}, {Variable: "version"}}},
							{"X-B", Text{{Variable: "client"}}},
						},
						Append: []Header{{"X-C", Text{{Text: "c"}}}},
						Remove: []string{"Cookie"},
					},
					Response: HeaderEdits{
						Set:    []Header{{"Server", Text{{Text: "weir"}}}},
						Append: []Header{{"Vary", Text{{Text: "a"}}}, {"x-real-ip", Text{{Variable: "client"}}}},
						Remove: []string{"X-D"},
					},
				},
			},
			{Host: "*", Path: "/", Upstream: "web.v2"},
			{Host: "*", Path: "/", Upstream: "api", Version: "v2", When: &When{Flag: "new-checkout", Is: []string{"maybe", "on"}}, MaxBody: 1 << 30},
			{Listeners: []string{"web"}, Host: "*", Path: "/api", Upstream: "api"},
			{Listeners: []string{"another", "web"}, Scheme: "https", Host: "*", Path: "/", Upstream: "api"},
			{Listeners: []string{"other"}, Scheme: "https", Host: "*", Path: "/", Upstream: "api"},
		},
		Upstreams: []Upstream{web, two, {
			Name:   "api",
			Stable: "v1",
			Versions: []Version{
				{Name: "v2", Weight: 10, MaxConns: 200, Endpoints: []Endpoint{bare("127.0.0.1:3003")}},
				{Name: "v1", Weight: 90, Endpoints: []Endpoint{bare("127.0.0.1:3001"), {
					Address: "[::1]:3002", Weight: 2, MaxConns: 7, Node: "b", FailTimeout: time.Minute, Backup: true, Route: "a.b:1_-", State: "drain",
				}}},
				{Name: "v3", Weight: 0, Endpoints: []Endpoint{
					bare("127.0.0.1:3001"), resolved("api.internal:3001", 2, ""), resolved("api.internal", 1, "http"), resolved("api.internal", 1, "_http._udp"),
				}},
			},
			Balance: Balance{
				Algorithm: "least_time", RandomTwo: "least_conn", LeastTime: LeastTime{Until: "last_byte", Inflight: true},
			},
			Health: Health{
				Active: &ActiveCheck{
					Path: "/health?deep=1", Method: "POST", Host: "check.internal:80", Headers: []Pair{{"user-agent", "probe"}, {"x-forwarded-proto", "https"}},
					Status: []StatusRange{{200, 200}, {204, 204}, {300, 399}},
					Match: Match{
						Headers: []HeaderRule{
							{"Content-Type", "=", "text/html"}, {"X-A", "!=", "b c"}, {"X-B", "~", "^a  b"}, {"X-C", "!~", "c"}, {"X-D", "", ""}, {"X_E", "!", ""},
						},
						Body: &BodyRule{Contains: "a\nb", Matches: "^o", NotMatches: "x", Limit: 1000},
					},
					Port: 9000, TLS: new(bool), Interval: 90 * time.Second, IntervalDown: time.Second, Jitter: 0.5, Timeout: time.Millisecond, Rise: 1, Fall: 100,
				},
				Passive:   Passive{Mode: "nginx", MaxFails: 3, FailTimeout: 20 * time.Second},
				SlowStart: 1500 * time.Millisecond,
			},
			Timeouts: Timeouts{Connect: time.Millisecond, Response: time.Hour, Idle: time.Second, Drain: 0, Total: 3 * time.Second, Tunnel: 2 * time.Hour},
			Retry:    Retry{Tries: 10, On: []string{"reset", "599", "invalid_answer", "404"}, Budget: 0.001, Timeout: 4 * time.Second, TryTimeout: 2 * time.Second, NonIdempotent: true},
			MaxConns: 100,
			Queue:    &Queue{Size: 50, Timeout: 3 * time.Second},
			Affinity: &Affinity{Cookie: &AffinityCookie{
				Name: "route", Path: "/api", Domain: "example.com", Expires: time.Hour, Secure: "on", SameSite: "none",
			}},
			Keepalive: Keepalive{Requests: 1000, Time: time.Hour, Timeout: time.Minute},
			Rollout: Rollout{
				Strategy:    "canary",
				Writes:      WritePinning{Pinned: true, ReadYourWrites: 10 * time.Second, Cookie: "api_wrote"},
				Steps:       []Step{{Mirror: 20, MaxMismatch: 0.01, Hold: time.Minute}, {Mirror: 100, MaxMismatch: 0.005, Pause: true}, {Percent: 0.5, Hold: 30 * time.Second, Certified: true, MaxHold: time.Minute}, {Percent: 25, Pause: true, SwitchWrites: true}, {Percent: 100}},
				MinRequests: 1,
				OnUndecided: "advance",
				Certify:     Certify{MaxRatio: 1.5, MaxErrorRate: 0.005, Alpha: 0.01},
				Revert: Revert{
					MaxErrorRate: 0.5, Alpha: 0.5, Tolerate: 1, MinFailures: 1, Errors: []StatusRange{{404, 404}}, Mode: "stepped",
					ClientErrors: "ignore", SampleRatio: "ignore",
					PlainErrors:  PlainErrors{Rate: 0.07, Window: time.Hour, MinRequests: 1},
					PlainLatency: PlainLatency{Quantile: 0.99, Over: time.Millisecond, Window: time.Second, MinRequests: 1},
				},
				KeepWarm:  24 * time.Hour,
				MinUsable: 0.3,
				Rolling: Rolling{
					MaxSurge: Amount{Part: 0.25}, MaxUnavailable: Amount{Count: 2}, MinReady: time.Minute,
					Start: &RollingHook{Exec: []string{"start", "now"}, Timeout: 5 * time.Second},
					Stop:  &RollingHook{HTTP: &GateHTTP{URL: "http://127.0.0.1:9000/stop", Method: "POST", Headers: []Pair{{"x-a", "b"}}}, Timeout: time.Minute},
				},
				BlueGreen: BlueGreen{
					Preview:   &Preview{Header: "x-preview", Value: "green 1", From: []string{"10.0.0.0/8", "2001:db8::1/128"}, Listener: "other"},
					MinUsable: 0.75,
					WarmUp:    WarmUp{Requests: 100, Path: "/warm?up", Connections: 16},
					Smoke: []Smoke{
						{
							Path: "/health?deep", Method: "POST", Host: "green:81", Headers: []Pair{{"x-a", "b"}}, Status: []StatusRange{{200, 200}, {204, 206}},
							Match: Match{Headers: []HeaderRule{{Name: "X-B"}}, Body: &BodyRule{Contains: "ok", Limit: 64 << 10}}, Timeout: time.Second,
						},
						{Path: "/", Method: "GET", Status: []StatusRange{{200, 299}}, Timeout: 5 * time.Second},
					},
					Mirror:   &Step{Mirror: 5, MaxMismatch: 0.02, Hold: time.Second, Certified: true, MaxHold: time.Minute},
					Approval: true, AutoPromote: 5 * time.Minute, ProgressDeadline: time.Hour,
				},
				Mirror: Mirror{
					Headers: []string{"content-type", "x-a"}, Ignore: []string{"/reports", "/x/y"}, MaxBody: 1000, Queue: 1, Concurrency: 2, Timeout: time.Millisecond,
				},
			},
			Writes: Writes{
				Reads: []Exception{{"POST", "/search"}, {"PROPFIND", "/"}}, ReadOnly: true, Allow: []Exception{{"POST", "/login/"}},
				Status: 405, RetryAfter: time.Minute,
			},
			Buffer:        Buffer{Request: 64 << 10},
			ExposeVersion: true,
			Host:          "[::1]:80",
			Led:           []Led{{"v2", "new-checkout"}},
		}},
	}
	for i := range want.Routes {
		want.Routes[i].MaxBody = 1 << 30 // clients.limits.body
	}
	want.Routes[0].MaxBody, want.Routes[1].MaxBody = 10<<20, 0
	for i := range want.Upstreams {
		want.Upstreams[i].History = want.History
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{}), cmpopts.IgnoreFields(Flags{}, "Set")); diff != "" {
		t.Errorf("testdata/full.yaml (-want +got):\n%s", diff)
	}
}

// The same content in every notation that a tool or an editor may write.
func TestNotations(t *testing.T) {
	want, err := Parse("weir.yaml", []byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	json := "{\n\t\"listeners\": [\n\t\t{\"name\": \"web\", \"address\": \"127.0.0.1:8080\"}\n\t],\n" +
		"\t\"upstreams\": {\"api\": {\"versions\": {\"v1\": {\"endpoints\": [\"127.0.0.1:3001\"]}}}},\n" +
		"\t\"routes\": [{\"path\": \"/\", \"upstream\": \"api\"}]\n}\n"
	tests := []struct{ name, text string }{
		{"JSON with tabs", json},
		{"compact JSON", strings.NewReplacer("\n", "", "\t", "").Replace(json)},
		{"CRLF", strings.ReplaceAll(minimal, "\n", "\r\n")},
		{"a byte order mark", "\uFEFF" + minimal},
		{"no line feed at the end", strings.TrimSuffix(minimal, "\n")},
		{"document marks", "---\n" + minimal + "...\n"},
		{"comments", "# first\n" + minimal + "# last\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse("weir.yaml", []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../deploy/examples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no examples found")
	}
	for _, file := range files {
		if _, err := Load(file); err != nil {
			t.Error(err)
		}
	}
}

func TestLoadNeedsAFile(t *testing.T) {
	dir := t.TempDir()
	missing := dir + "/weir.yaml"
	_, err := Load(missing)
	if !errors.Is(err, fs.ErrNotExist) || err.Error() != missing+": no such file or directory" {
		t.Errorf("a missing file: %v, want fs.ErrNotExist behind the path", err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a directory: %v, want it called not a regular file", err)
	}
	if _, err := Load(os.DevNull); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a device: %v, want it called not a regular file", err)
	}
	big := dir + "/big.yaml"
	write(t, big, minimal+strings.Repeat("#", maxSize-len(minimal)))
	if _, err := ReadFile(big); err != nil {
		t.Errorf("a file of 4 MiB: %v, want it read", err)
	}
	write(t, big, minimal+strings.Repeat("#", maxSize-len(minimal)+1))
	if _, err := Load(big); err == nil || !strings.Contains(err.Error(), "larger than 4 MiB") {
		t.Errorf("a file of 4 MiB and a byte: %v, want it called larger than 4 MiB", err)
	}
}

// Ten thousand endpoints are the size that reloads are measured with.
func TestManyEndpoints(t *testing.T) {
	var b strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&b, "\n  - 10.0.%d.%d:80", i/250, i%250)
	}
	text := strings.Replace(strings.Replace(minimal, "{api: {versions: {v1: {endpoints: [\"127.0.0.1:3001\"]}}}}",
		"\n  api:\n   versions:\n    v1:\n     endpoints:LIST", 1), "LIST", strings.ReplaceAll(b.String(), "\n", "\n     "), 1)
	c, err := Parse("weir.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.Upstreams[0].Versions[0].Endpoints); n != 10_000 {
		t.Errorf("%d endpoints, want 10000", n)
	}
}

// A file that is something else altogether gets an answer that can be read.
func TestProblemsAreBounded(t *testing.T) {
	_, err := Parse("weir.yaml", []byte("listeners: ["+strings.Repeat("x,", 2*mostProblems)+"]"))
	invalid, ok := errors.AsType[*Invalid](err)
	if !ok || len(invalid.Problems) != mostProblems+1 {
		t.Fatalf("want an *Invalid with %d problems and a remark", mostProblems)
	}
	last := invalid.Problems[mostProblems]
	if want := "weir.yaml:1:2011: and more problems: want these fixed first"; last.String() != want {
		t.Errorf("the remark is %q, want %q", last, want)
	}
}

// Whoever applies a file says where in it the fault stands, like Load does.
func TestProblemStandsWhereItsPathDoes(t *testing.T) {
	const file = `listeners: [{name: web, address: "127.0.0.1:8080"}]
upstreams:
  api:
    stable: v1
    versions:
      v1: {endpoints: ["127.0.0.1:3001"]}
      v1.2: { weight: 1, endpoints: ["127.0.0.1:3002"]}
routes: [{upstream: api}]
`
	c, err := Parse("weir.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path []string
		want string
	}{
		{[]string{"upstreams", "api", "stable"}, "weir.yaml:4:5: upstreams.api.stable: no"},
		{[]string{"upstreams", "api", "versions", "v1", "weight"}, "weir.yaml:6:7: upstreams.api.versions.v1.weight: no"},
		{[]string{"upstreams", "api", "versions", "v1.2", "weight"}, `weir.yaml:7:15: upstreams.api.versions."v1.2".weight: no`},
		{[]string{"upstreams", "api", "versions", "v2"}, "weir.yaml:5:5: upstreams.api.versions.v2: no"},
		{[]string{"upstreams", "old"}, "weir.yaml:2:1: upstreams.old: no"},
		{[]string{"state"}, "weir.yaml:1:1: state: no"},
	} {
		if got := c.Problem("no", tt.path...).String(); got != tt.want {
			t.Errorf("problem at %s: %s, want %s", tt.path, got, tt.want)
		}
	}
}
