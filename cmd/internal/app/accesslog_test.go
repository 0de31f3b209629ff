package app

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weir/config"
	"weir/proxy"
)

// Every variable that a file may name is one that a line can have.
func TestLogVariablesExist(t *testing.T) {
	for _, name := range config.LogVariables {
		c := &config.AccessLog{
			File: filepath.Join(t.TempDir(), "access.log"), Format: "$" + name, Sample: 1,
			Template: config.Text{{Variable: name}},
		}
		l, err := proxy.OpenAccessLog(accessLogOptions(c))
		if err != nil {
			t.Errorf("$%s: %v", name, err)
			continue
		}
		l.Close()
	}
}

func TestAccessLogOptions(t *testing.T) {
	parts := config.Text{{Variable: "status"}, {Text: " "}}
	for _, tt := range []struct {
		name string
		in   config.AccessLog
		want proxy.AccessLogOptions
	}{
		{"json", config.AccessLog{File: "/a", Format: "json", Sample: 1},
			proxy.AccessLogOptions{File: "/a", Rule: proxy.AccessLogRule{Sample: 1}}},
		{"combined", config.AccessLog{File: "stdout", Format: "combined", Sample: 1},
			proxy.AccessLogOptions{File: "stdout", Template: proxy.CombinedLog(), Rule: proxy.AccessLogRule{Sample: 1}}},
		{"template and rule", config.AccessLog{
			File: "/a", Format: "$status ", Template: parts, Sample: 0.25,
			Only: config.LogFilter{Status: []config.StatusRange{{From: 404, To: 404}, {From: 500, To: 599}}, SlowerThan: time.Second},
		}, proxy.AccessLogOptions{
			File: "/a", Template: []proxy.LogPart{{Variable: "status"}, {Text: " "}},
			Rule: proxy.AccessLogRule{Sample: 0.25, Status: [][2]int{{404, 404}, {500, 599}}, SlowerThan: time.Second},
		}},
	} {
		if diff := cmp.Diff(tt.want, accessLogOptions(&tt.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
