package balancer

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write testdata/nginx.json from what NGINX answers")

// TestNGINXAgrees asks the real NGINX what testdata says of it, so that the file is
// not what we believe. The servers are addresses at which nobody listens: each request
// is refused by one after the other, and NGINX tells which.
func TestNGINXAgrees(t *testing.T) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("no nginx: install it")
		}
		t.Skip("no nginx")
	}
	var all []goldenUpstream
	if *update {
		all = questions()
	} else {
		all = readGolden(t)
	}
	answers := askNGINX(t, program, all)
	if *update {
		data, err := json.Marshal(answers)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.NewReplacer(`{"method"`, "\n"+`{"method"`, `{"key"`, "\n "+`{"key"`, `{"ip"`, "\n "+`{"ip"`).Replace(string(data))
		if err := os.WriteFile(goldenFile, []byte(lines+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for i := range answers {
		for n, r := range answers[i].Requests {
			if !slices.Equal(r.Tried, all[i].Requests[n].Tried) {
				t.Errorf("%q: request %d: NGINX tries %v, the file says %v", all[i].Method, n, r.Tried, all[i].Requests[n].Tried)
			}
		}
	}
}

// questions are upstreams and requests without the answers.
func questions() []goldenUpstream {
	r := rand.New(rand.NewPCG(4, 4))
	sets := [][]goldenServer{
		{{"127.0.0.2:1", 1, false}, {"127.0.0.3:1", 1, false}, {"127.0.0.4:1", 1, false}},
		{{"127.0.0.2:1", 5, false}, {"127.0.0.3:1", 1, false}, {"127.0.0.4:1", 1, false}},
		{{"127.0.0.2:1", 3, false}, {"127.0.0.3:2", 2, true}, {"127.0.0.4", 7, false}, {"unix:/nowhere/a", 1, false}, {"[::1]:1", 2, false}},
		{{"127.0.0.2:1", 1, true}, {"127.0.0.2:2", 1, true}, {"127.0.0.2:3", 1, true}, {"127.0.0.2:4", 1, false}, {"127.0.0.2:5", 1, false}},
	}
	var many []goldenServer
	for i := range 30 {
		many = append(many, goldenServer{fmt.Sprintf("127.0.1.%d:%d", i+1, 1+i%5), 1 + i%4, i%7 == 3})
	}
	sets = append(sets, many)
	var all []goldenUpstream
	for _, set := range sets {
		for _, method := range []string{"", "least_conn"} {
			g := goldenUpstream{Method: method, Servers: set}
			for range 60 {
				g.Requests = append(g.Requests, goldenAsk{})
			}
			all = append(all, g)
		}
		for _, method := range []string{"hash $arg_key", "hash $arg_key consistent"} {
			g := goldenUpstream{Method: method, Servers: set}
			for i := range 60 {
				g.Requests = append(g.Requests, goldenAsk{Key: fmt.Sprintf("key-%d", i*i)})
			}
			all = append(all, g)
		}
		g := goldenUpstream{Method: "ip_hash", Servers: set}
		for i := range 60 {
			ip := fmt.Sprintf("%d.%d.%d.%d", 1+r.IntN(223), r.IntN(256), r.IntN(256), r.IntN(256))
			if i%3 == 0 {
				ip = fmt.Sprintf("2001:db8:%x::%x", r.IntN(1<<16), r.IntN(1<<16))
			}
			g.Requests = append(g.Requests, goldenAsk{IP: ip})
		}
		all = append(all, g)
	}
	return all
}

// hashTries is how many attempts the hashing upstreams make for one request; the
// others make one, as their further attempts do not go by the turns of first ones.
const hashTries = 4

// askNGINX returns the same with what NGINX did.
func askNGINX(t *testing.T, program string, all []goldenUpstream) []goldenUpstream {
	dir := t.TempDir()
	address := freeAddress(t)
	var conf strings.Builder
	fmt.Fprintf(&conf, "worker_processes 1;\ndaemon off;\nmaster_process off;\npid %[1]s/pid;\nerror_log %[1]s/error.log;\nevents {}\nhttp {\naccess_log off;\n", dir)
	for _, temp := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&conf, "%s_temp_path %s/%s;\n", temp, dir, temp)
	}
	for i, g := range all {
		fmt.Fprintf(&conf, "upstream u%d {\n", i)
		if g.Method != "" {
			fmt.Fprintf(&conf, "%s;\n", g.Method)
		}
		for _, s := range g.Servers {
			down := ""
			if s.Down {
				down = " down"
			}
			fmt.Fprintf(&conf, "server %s weight=%d max_fails=0%s;\n", s.Address, s.Weight, down)
		}
		conf.WriteString("}\n")
	}
	fmt.Fprintf(&conf, "server {\nlisten %s;\nset_real_ip_from 127.0.0.1;\nreal_ip_header X-IP;\nadd_header X-Tried $upstream_addr always;\n", address)
	for i, g := range all {
		tries := 1
		if strings.Contains(g.Method, "hash") {
			tries = hashTries
		}
		fmt.Fprintf(&conf, "location = /%d { proxy_pass http://u%d; proxy_next_upstream_tries %d; }\n", i, i, tries)
	}
	conf.WriteString("}\n}\n")
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-p", dir, "-c", file, "-e", filepath.Join(dir, "start.log"))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	for by := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			break
		} else if time.Now().After(by) {
			t.Fatal(err)
		}
	}
	out := make([]goldenUpstream, len(all))
	for i, g := range all {
		out[i] = goldenUpstream{Method: g.Method, Servers: g.Servers}
		for _, r := range g.Requests {
			r.Tried = g.triedBy(t, fmt.Sprintf("http://%s/%d?key=%s", address, i, url.QueryEscape(r.Key)), r.IP)
			out[i].Requests = append(out[i].Requests, r)
		}
	}
	return out
}

// triedBy is which servers one request went to.
func (g *goldenUpstream) triedBy(t *testing.T, url, ip string) []string {
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if ip != "" {
		req.Header.Set("X-IP", ip)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	var tried []string
	for _, at := range strings.Split(res.Header.Get("X-Tried"), ", ") {
		i := slices.IndexFunc(g.Servers, func(s goldenServer) bool { return s.Address == at || s.Address+":80" == at })
		if i < 0 {
			t.Fatalf("%s %s: NGINX went to %q of %v", url, ip, at, g.Servers)
		}
		tried = append(tried, g.Servers[i].Address)
	}
	return tried
}

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
