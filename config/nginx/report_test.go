package nginx

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// TestReportSaysWhatEndsTheImport: among what is refused, and in the document.
func TestReportSaysWhatEndsTheImport(t *testing.T) {
	res, err := translateText(inHTTP("", "", "auth_basic x; gzip on;"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := res.Report.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"nginx.conf: 10 directives: 8 honoured, 0 approximated, 2 refused\n",
		"\nrefused:\n  /etc/nginx/nginx.conf:6:35: auth_basic x: there is no authentication (the import ends: requests depend on it)\n" +
			"  /etc/nginx/nginx.conf:6:49: gzip on: there is no compression at this hop\n",
		"\nin every import:\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("report\n%s\nwant it to contain\n%s", &out, want)
		}
	}
	fatal := 0
	for _, f := range res.Report.Document()["findings"].([]map[string]any) {
		if f["fatal"] == true {
			fatal++
		}
	}
	if fatal != 1 {
		t.Errorf("%d fatal findings in the document, want 1", fatal)
	}
}

// TestReportOfAShare: a block that has a share of the requests is honoured as any other.
func TestReportOfAShare(t *testing.T) {
	res, err := translateText(inHTTP("upstream b { server 127.0.0.1:3002; }\nsplit_clients $arg_x $to { 10% b; * a; }", "location /x { proxy_pass http://$to; }", ""), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.Report.Findings {
		if f.Directive == "upstream b" && (f.Verdict != Honoured || f.Why != "") {
			t.Errorf("%v, want it honoured without a word", f)
		}
	}
}

// TestReportOfWhatIsShut: a server that lets nobody in answers, a handshake that is to be
// ended is no reason to refuse a file, and a server may be called backup.
func TestReportOfWhatIsShut(t *testing.T) {
	for _, c := range []struct {
		text, of string
		want     Verdict
	}{
		{"server { listen 8081; deny all; }", "deny all", Honoured},
		{"server { listen 8081; root /srv; deny all; location /x { allow all; proxy_pass http://a; } }", "deny all", Honoured},
		{"server { listen 8443 ssl default_server; ssl_reject_handshake on; }\n" +
			"server { listen 8443 ssl; server_name b; ssl_certificate c; ssl_certificate_key k; location / { proxy_pass http://a; } }", "ssl_reject_handshake on", Refused},
		{"upstream b { server backup; }", "server backup", Approximated},
	} {
		res, err := translateText(inHTTP(c.text, "", "location /b { proxy_pass http://b; }"), Options{})
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		f := res.Report.Findings
		i := slices.IndexFunc(f, func(f Finding) bool { return f.Directive == c.of })
		if i < 0 || f[i].Verdict != c.want || f[i].Why == "changes nothing here" || res.Report.Err(false) != nil {
			t.Errorf("%s: %v (%v), want %s: %v", c.text, f, res.Report.Err(false), c.of, c.want)
		}
	}
}

// TestReportOfWhatProxiesHave: what half of all proxies have is no reason to refuse a
// file, and is answered as the report says.
func TestReportOfWhatProxiesHave(t *testing.T) {
	for _, c := range []struct {
		text      string
		directive string
		verdict   Verdict
		why       string
		written   string
	}{
		{"error_page 500 502 /50x.html; location = /50x.html { root /usr/share/nginx/html; }", "location = /50x.html", Approximated,
			"is a page of error_page", "path: {exact: /50x.html}, respond: {status: 404}"},
		{"location /nginx_status { stub_status; allow 127.0.0.1; deny all; }", "stub_status", Refused,
			"the admin API has metrics", "path: /nginx_status, respond: {status: 404}"},
		{"location /o/ { if ($request_method = OPTIONS) { add_header X-A b; return 204; } proxy_pass http://a; }", "add_header X-A b", Honoured,
			"", "response_headers: {append: {X-A: b}}"},
		{"location /p/ { proxy_set_header X-Forwarded-Port $server_port; proxy_pass http://a; }", "proxy_set_header X-Forwarded-Port $server_port", Honoured,
			"", "request_headers: {set: {X-Forwarded-Port: "},
		{"listen 8443; location /p/ { proxy_set_header X-Forwarded-Port $server_port; proxy_pass http://a; }", "proxy_set_header X-Forwarded-Port $server_port", Refused,
			"$server_port is not known here", "request_headers: {remove: [X-Forwarded-Port]}"},
		{"location /o/ { if ($request_method = POST) { add_header X-A b; } proxy_pass http://a; }", "add_header X-A b", Refused,
			"is known in an if that answers only", "path: /o/"},
	} {
		res, err := translateText(inHTTP("", c.text, ""), Options{})
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		i := slices.IndexFunc(res.Report.Findings, func(f Finding) bool { return f.Directive == c.directive })
		if i < 0 || res.Report.Findings[i].Verdict != c.verdict || !strings.Contains(res.Report.Findings[i].Why, c.why) || res.Report.Err(false) != nil {
			t.Errorf("%s\n%v, want %s %s: %s", c.text, res.Report.Findings, c.directive, c.verdict, c.why)
		}
		if !strings.Contains(string(res.Text), c.written) {
			t.Errorf("%s\n%s\nwant it to contain %s", c.text, res.Text, c.written)
		}
	}
}

// TestReportSaysItOnce: a file that several servers include is listed once.
func TestReportSaysItOnce(t *testing.T) {
	f := Finding{Place: Place{File: "ssl.conf", Line: 1, Col: 1}, Directive: "ssl_stapling on", Verdict: Refused, Why: "no"}
	r := &Report{File: "nginx.conf", Findings: []Finding{f, {Place: f.Place, Directive: "x"}, f, f}}
	var out bytes.Buffer
	if _, err := r.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	if want := "nginx.conf: 4 directives: 1 honoured, 0 approximated, 3 refused\n\nrefused:\n  ssl.conf:1:1: ssl_stapling on: no (3 times)\n\nhonoured:\n  ssl.conf:1:1: x\n"; !strings.HasPrefix(out.String(), want) {
		t.Errorf("%s\nwant it to begin\n%s", &out, want)
	}
}

// TestReportGoesOn: what is no reason to refuse a whole file.
func TestReportGoesOn(t *testing.T) {
	for _, c := range []struct {
		text, directive string
		verdict         Verdict
	}{
		{inHTTP("", "location = /favicon.ico { log_not_found off; }", ""), "location = /favicon.ico", Approximated},
		{inHTTP("", "root /srv; location = /favicon.ico { log_not_found off; }\nlocation /b { return 404; }", ""), "location = /favicon.ico", Approximated},
		{inHTTP("server { listen 8081 default_server; server_name _; }", "", ""), "server", Approximated},
		{inHTTP("quux_zone 10m;", "", ""), "quux_zone 10m", Refused},
		{inHTTP("lemures { a b; }", "", ""), "lemures", Refused},
	} {
		res, err := translateText(c.text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(res.Report.Findings, func(f Finding) bool { return f.Directive == c.directive && f.Verdict == c.verdict })
		if i < 0 || res.Report.Findings[i].Fatal {
			t.Errorf("%s: %v, want %s and no end", c.text, res.Report.Findings, c.verdict)
		}
	}
}
