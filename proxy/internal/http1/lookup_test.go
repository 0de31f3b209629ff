package http1

import "testing"

// TestTextVariables: what a request says, by name.
func TestTextVariables(t *testing.T) {
	var req Request
	head := message("GET /a/b?q=1&Sid=x%20y&q=2&flag&empty= HTTP/1.1", "Host: h.test:81", "Cookie: a=1; SID=\"s 1\"; novalue", "cookie: b_c-d=2=3; a=9", "X-User-Id: u", "x-user-id: second")
	if reject := req.Parse([]byte(head), DefaultLimits); reject != nil {
		t.Fatal(reject)
	}
	facts := &Facts{Request: &req, ClientIP: []byte("192.0.2.1"), Scheme: "https"}
	for variable, want := range map[string]string{
		"query":            "q=1&Sid=x%20y&q=2&flag&empty=",
		"search":           "?q=1&Sid=x%20y&q=2&flag&empty=",
		"query_q":          "1",
		"query_sid":        "x%20y",
		"query_flag":       "",
		"query_empty":      "",
		"query_none":       "",
		"cookie_a":         "1",
		"cookie_sid":       `"s 1"`,
		"cookie_b_c-d":     "2=3",
		"cookie_novalue":   "",
		"header_x_user_id": "u",
		"header_X-User-Id": "u",
		"header_none":      "",
		"client":           "192.0.2.1",
		"scheme":           "https",
	} {
		text, err := NewText([]Part{{Text: "<"}, {Variable: variable}, {Text: ">"}})
		if err != nil {
			t.Errorf("$%s: %v", variable, err)
			continue
		}
		if got := string(text.Append(nil, facts)); got != "<"+want+">" {
			t.Errorf("$%s: %s, want <%s>", variable, got, want)
		}
	}
	for _, variable := range []string{"header_", "cookie_", "query_", "arg_x", "Header_x"} {
		if _, err := NewText([]Part{{Variable: variable}}); err == nil {
			t.Errorf("$%s is taken, want an error", variable)
		}
	}
}
