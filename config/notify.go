package config

import (
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"gopkg.in/yaml.v3"
)

// Notify is who is told of events.
type Notify struct {
	Name string // unique
	// URL is where to, File where that is written, absolute. One of both is set, and both
	// are kept from everybody's eyes but the receiver's.
	URL, File string
	Slack     bool          // as incoming webhooks of Slack read it
	Events    []string      // of NotifyEvents; default those of DefaultNotifyEvents
	Headers   []Pair        // of each request, sorted by name; names in lower case
	Timeout   time.Duration // of one try: 1 ms or more. Default 10 s
	Retries   int           // tries after the first, 0 to 100. Default 8, which are about three minutes
}

// DefaultNotifyEvents are the states of rollouts, what becomes of the version before, and
// gates that wait for somebody's answer.
var DefaultNotifyEvents = []string{
	"progressing", "paused", "waiting_gate", "holding", "baking", "reverting", "succeeded", "reverted", "aborted",
	"version_retired", "contract", "approval",
}

// NotifyEvents are all that there are to be told of.
var NotifyEvents = slices.Concat(DefaultNotifyEvents, []string{"gate", "revision", "flag", "endpoint", "reload", "resolve", "schema", "state"})

const wantSecretURL = "a URL with http or https and a host"

// notify reads who is told.
func notify(dst *[]Notify, dir string) func(value) {
	return func(v value) {
		once := unique{}
		v.list("a target", 1, func(item value) {
			n := Notify{Events: DefaultNotifyEvents, Timeout: 10 * time.Second, Retries: 8}
			n.read(item, once, dir)
			*dst = append(*dst, n)
		})
	}
}

func (n *Notify) read(v value, once unique, dir string) {
	at := map[string]value{} // the kinds that are written
	key := func(kind string, read func(value)) field {
		return may(func(v value) {
			at[kind] = v
			n.Slack = kind == "slack" || kind == "slack_file"
			read(v)
		})
	}
	file := one(&n.File, "a file with "+wantSecretURL, func(s string) (string, bool) {
		if !filepath.IsAbs(s) {
			s = filepath.Join(dir, s)
		}
		return s, s != dir
	})
	v.object(fields{
		"name":       need(wantName, once.check(&n.Name, name(&n.Name))),
		"url":        key("url", secretURL(&n.URL)),
		"url_file":   key("url_file", file),
		"slack":      key("slack", secretURL(&n.URL)),
		"slack_file": key("slack_file", file),
		"events":     may(choices(&n.Events, "an event", NotifyEvents)),
		"headers":    may(pairs(&n.Headers, gatePairs)),
		"timeout":    may(duration(&n.Timeout, time.Millisecond)),
		"retries":    may(integer(&n.Retries, 0, 100)),
	})
	if v.node.Kind != yaml.MappingNode {
		return
	}
	switch kinds := v.given("url", "url_file", "slack", "slack_file"); {
	case len(kinds) == 0:
		v.fail("nobody to tell: want one of url, url_file, slack, slack_file")
	case len(kinds) > 1:
		at[kinds[1]].failKey("a second one beside %s: want one, there can be another target", kinds[0])
	}
}

// secretURL reads a URL that no message repeats.
func secretURL(dst *string) func(value) {
	return func(v value) {
		s, ok := v.scalar(wantSecretURL)
		if !ok {
			return
		}
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Fragment != "" {
			v.fail("want %s", wantSecretURL)
			return
		}
		*dst = s
	}
}

// Shown is the target without its secrets: of its URL the host alone, of its headers
// the names.
func (n Notify) Shown() Notify {
	if n.URL != "" {
		if u, err := url.Parse(n.URL); err == nil {
			n.URL = u.Scheme + "://" + u.Host + "/" + hidden
		}
	}
	n.Headers = slices.Clone(n.Headers)
	for i := range n.Headers {
		n.Headers[i].Value = hidden
	}
	return n
}

// document is the target in the shape of the file, without its secrets.
func (n *Notify) document() map[string]any {
	kind, to := "url", n.Shown().URL
	if n.Slack {
		kind = "slack"
	}
	if n.File != "" {
		kind, to = kind+"_file", n.File
	}
	return withHeaders(map[string]any{
		"name": n.Name, kind: to, "events": list(n.Events, func(e string) any { return e }),
		"timeout": n.Timeout.String(), "retries": n.Retries,
	}, n.Headers)
}
