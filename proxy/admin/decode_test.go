package admin

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"weir/proxy/admin/api"
)

// FuzzDecode: whatever the body, the answer is a body understood or a refusal
// that says why; and what was understood means the same when written again.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, ` `, `{}`, `null`, `[]`, `{"weights":{"v1":90,"v2":1e-3},"reason":"x"}`, `{"weights":{"v1":null}}`,
		`{"weights":{"a":1,"a":2}}`, `{"weights":1e999}`, `{"reason":"\ud800"}`, `{"weights":[{}]}`, `{"x":{"y":[1,{"z":null}]}}`,
		`{"":1}`, `{"reason":"a"}x`, "\xff", `{"weights":{"v1":-0}}`, strings.Repeat(`{"weights":`, 200),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var got api.SplitRequest
		r := httptest.NewRequest("PUT", "/", strings.NewReader(body))
		if p := decode(httptest.NewRecorder(), r, bodyRequired, &got); p != nil {
			if p.Status < 400 || p.Status > 422 || p.Detail == "" || p.Title == "" {
				t.Errorf("%q: problem %+v, want a status of a wrong request and a detail", body, p)
			}
			return
		}
		b, err := json.Marshal(got)
		if err != nil {
			t.Fatalf("%q was read as %v: %v", body, got, err)
		}
		var again api.SplitRequest
		r = httptest.NewRequest("PUT", "/", strings.NewReader(string(b)))
		if p := decode(httptest.NewRecorder(), r, bodyRequired, &again); p != nil {
			t.Errorf("%q became %s, which is refused: %s", body, b, p.Detail)
		}
	})
}

func TestBodyCutOff(t *testing.T) {
	cut := iotest.ErrReader(io.ErrUnexpectedEOF)
	p := decode(httptest.NewRecorder(), httptest.NewRequest("POST", "/", cut), bodyOptional, &api.VerbRequest{})
	if p == nil || p.Status != 400 || !strings.Contains(p.Detail, "ended too early") {
		t.Errorf("problem %+v, want 400", p)
	}
}
