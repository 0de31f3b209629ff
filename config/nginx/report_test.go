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

// TestReportOfNoFiles: a location without an answer and without a folder is no reason to
// refuse a file, as half of all proxies have one for /favicon.ico.
func TestReportOfNoFiles(t *testing.T) {
	res, err := translateText(inHTTP("", "location = /favicon.ico { log_not_found off; }", ""), Options{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(res.Report.Findings, func(f Finding) bool { return f.Directive == "location = /favicon.ico" })
	if i < 0 || res.Report.Findings[i].Verdict != Approximated || res.Report.Err(false) != nil {
		t.Errorf("%v, want the location approximated", res.Report.Findings)
	}
}
