package admin

import (
	"strings"
	"testing"
)

func TestGates(t *testing.T) {
	r := newRig(t, nil)
	const path = "/v1/upstreams/api/rollout/gates"
	if a := r.send("GET", path, ""); a.status != 200 || !strings.Contains(a.body, `{"gates":[{"name":"boss","at":"before_switch","state":"asking","reason":"","approval":true,`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	r.refused(r.send("GET", "/v1/upstreams/web/rollout/gates", ""), 404, "no upstream")
	for body, want := range map[string]string{
		`{"approve":true}`: "approve api boss true", `{"approve":false,"reason":"no","author":"ann"}`: "approve api boss false",
	} {
		a := r.send("POST", path+"/boss", body)
		if got, _ := r.backend.last(); a.status != 200 || got != want {
			t.Errorf("%s: %d, backend got %q, want %q", body, a.status, got, want)
		}
	}
	r.refused(r.send("POST", path+"/boss", `{}`), 422, "approve: missing: want true or false")
	r.refused(r.send("POST", path+"/boss", ``), 400, "empty")
	r.refused(r.send("POST", path+"/boss", `{"approve":true,"by":"x"}`), 422, `key "by"`)
	r.refused(r.send("PUT", path+"/boss", `{"approve":true}`), 405, "want POST")
}

func TestFlagGates(t *testing.T) {
	r := newRig(t, nil)
	const path = "/v1/flags/api/rollout/gates" // the fake knows one name alone
	if a := r.send("GET", path, ""); a.status != 200 || !strings.Contains(a.body, `{"gates":[{"name":"boss",`) {
		t.Errorf("%d %s", a.status, a.body)
	}
	a := r.send("POST", path+"/boss", `{"approve":false,"reason":"no"}`)
	if got, _ := r.backend.last(); a.status != 200 || got != "approve flag api boss false" {
		t.Errorf("%d %s, backend got %q", a.status, a.body, got)
	}
	r.refused(r.send("POST", path+"/boss", `{}`), 422, "approve: missing: want true or false")
}

// A link shows a page that can do nothing but post to itself, and only a post acts.
func TestApprovePage(t *testing.T) {
	r := newRig(t, nil)
	for _, method := range []string{"GET", "HEAD"} {
		a := r.send(method, "/approve/good", "", "Sec-Fetch-Site", "cross-site")
		if a.status != 200 || a.header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %d %s", method, a.status, a.header.Get("Content-Type"))
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY",
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		} {
			if got := a.header.Get(name); !strings.Contains(got, want) {
				t.Errorf("%s: %s is %q, want %q", method, name, got, want)
			}
		}
		if method == "HEAD" {
			continue
		}
		for _, want := range []string{"<b>api</b>", "<b>v1</b>", "<b>v2</b>", "12.5%", "before_switch", "&lt;script&gt;", `<form method="post">`} {
			if !strings.Contains(a.body, want) {
				t.Errorf("the page lacks %s:\n%s", want, a.body)
			}
		}
		if strings.Contains(a.body, "<script") || strings.Contains(a.body, "<style") || strings.Contains(a.body, "src=") {
			t.Errorf("the page runs or loads something:\n%s", a.body)
		}
	}
	if call, _ := r.backend.last(); call != "" {
		t.Errorf("who looked at the page did %q", call)
	}

	form := []string{"Content-Type", "application/x-www-form-urlencoded", "Origin", "http://" + r.address, "Sec-Fetch-Site", "same-origin"}
	a := r.send("POST", "/approve/good", "answer=approve&author=ann&reason=fine+by%0Ame", form...)
	if call, m := r.backend.last(); a.status != 200 || call != "link good true" || m.Author != "a link (ann)" || m.Reason != "fine by me" {
		t.Errorf("approve: %d, %q, %+v", a.status, call, m)
	}
	a = r.send("POST", "/approve/good", "answer=reject", form...)
	if call, m := r.backend.last(); a.status != 200 || call != "link good false" || m.Author != "a link" {
		t.Errorf("reject: %d, %q, %+v", a.status, call, m)
	}
}

func TestApproveRefuses(t *testing.T) {
	r := newRig(t, nil)
	for _, c := range []struct {
		method, token, body string
		status              int
		want                string
	}{
		{"GET", "used", "", 410, "it has been answered"},
		{"GET", "foreign", "", 404, "no such link"},
		{"GET", "broken", "", 500, "see the log"},
		{"POST", "used", "answer=approve", 410, "it has been answered"},
		{"POST", "foreign", "answer=approve", 404, "no such link"},
		{"POST", "good", "", 422, "want approve or reject"},
		{"POST", "good", "answer=yes", 422, "want approve or reject"},
		{"POST", "good", "answer=approve&reason=" + strings.Repeat("x", 1001), 422, "reason: 1001 bytes"},
		{"POST", "good", "answer=approve&reason=" + strings.Repeat("x", maxForm), 400, "not what"},
		{"POST", "good", "answer=%zz", 400, "not what"},
		{"POST", "good?answer=approve", "", 422, "want approve or reject"}, // a link can hold that
	} {
		a := r.send(c.method, "/approve/"+c.token, c.body, "Content-Type", "application/x-www-form-urlencoded")
		if a.status != c.status || !strings.Contains(a.body, c.want) || strings.Contains(a.body, "10.0.0.7") {
			t.Errorf("%s %s %.40s: %d %s; want %d, %s", c.method, c.token, c.body, a.status, a.body, c.status, c.want)
		}
	}
	for _, origin := range []string{"http://evil.example", "null", "https://weir.example.com"} {
		r.refused(r.send("POST", "/approve/good", "answer=approve", "Content-Type", "application/x-www-form-urlencoded", "Origin", origin), 403, "Origin")
	}
	r.refused(r.send("PUT", "/approve/good", "answer=approve"), 405, "want GET, HEAD, POST")
	if call, _ := r.backend.last(); call != "" {
		t.Errorf("one of them did %q", call)
	}
}

// The public name is for what links lead to, and for nothing else.
func TestApproveUnderAPublicName(t *testing.T) {
	r := newRig(t, func(o *Options) { o.URL = "https://weir.example.com/ops" })
	form := []string{"Content-Type", "application/x-www-form-urlencoded", "Host", "Weir.example.com"}
	if a := r.send("GET", "/approve/good", "", form...); a.status != 200 {
		t.Errorf("the page: %d", a.status)
	}
	if a := r.send("POST", "/approve/good", "answer=approve", append(form, "Origin", "https://weir.example.com")...); a.status != 200 {
		t.Errorf("its form: %d", a.status)
	}
	r.refused(r.send("POST", "/approve/good", "answer=approve", append(form, "Origin", "https://evil.example")...), 403, "Origin")
	r.refused(r.send("GET", "/v1/status", "", form...), 421, "Host")
	r.refused(r.send("POST", "/v1/upstreams/api/undo", "", append(form, "Origin", "https://weir.example.com")...), 421, "Host")
	r.refused(r.send("GET", "/approve/good", "", "Host", "evil.example"), 421, "Host")
}
