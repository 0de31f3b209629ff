package gate

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

const (
	// mostAnswer is how much of an answer is read, in bytes; of a hook's.
	mostAnswer = 64 << 10
	// mostDocument is how large a document or the answer to a query may be, in bytes.
	mostDocument = 1 << 20
	// mostRedirects bounds how often one is followed.
	mostRedirects = 5
	// readWithin bounds reading a document or a query's answer: there may be time for
	// another.
	readWithin = 10 * time.Second
	// longestWord bounds what somebody else's words add to a reason, in bytes.
	longestWord = 200
)

// web is who asks. Connections are not kept: there are long times between two
// questions.
var web = &http.Client{
	Transport: &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		DialContext:       (&net.Dialer{Timeout: readWithin}).DialContext,
		DisableKeepAlives: true,
		ForceAttemptHTTP2: true,
	},
	CheckRedirect: follow,
}

// follow goes along with a redirect that asks the same of the same host. Another
// method would be another question: what answers a GET with a page would pass a POST.
func follow(next *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > mostRedirects || next.URL.Hostname() != first.URL.Hostname() || next.Method != first.Method ||
		first.URL.Scheme == "https" && next.URL.Scheme != "https" {
		return http.ErrUseLastResponse
	}
	return nil
}

// fetch sends a request and reads at most that much of the answer.
func fetch(r *http.Request, most int64) (status int, body []byte, err error) {
	resp, err := web.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // else it names the URL, in which there may be secrets
		}
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, most+1))
	switch {
	case err != nil:
		return 0, nil, fmt.Errorf("read the answer: %w", err)
	case resp.StatusCode/100 == 3:
		return 0, nil, fmt.Errorf("status %s to another place or method: not followed", resp.Status)
	}
	return resp.StatusCode, body, nil
}

// document reads one whole with a GET.
func document(r *http.Request) ([]byte, error) {
	status, body, err := fetch(r, mostDocument)
	switch {
	case err != nil:
		return nil, err
	case int64(len(body)) > mostDocument:
		return nil, fmt.Errorf("the answer is longer than %d bytes", mostDocument)
	case status/100 != 2:
		return body, fmt.Errorf("%s%s", statusText(status), andWords(body))
	}
	return body, nil
}

func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("status %d %s", status, http.StatusText(status)))
}

// andWords is the first line of what somebody has said, fit for a reason.
func andWords(said []byte) string {
	line := firstLine(said)
	if line == "" {
		return ""
	}
	return ": " + line
}

// firstLine is the first line with anything in it, without control characters.
func firstLine(said []byte) string {
	for line := range strings.Lines(string(said)) {
		line = strings.TrimSpace(strings.Map(func(c rune) rune {
			if unicode.IsControl(c) || c == unicode.ReplacementChar {
				return ' '
			}
			return c
		}, strings.ToValidUTF8(line, " ")))
		if line != "" {
			return shorten(line)
		}
	}
	return ""
}

// shorten cuts a text that is too long for a reason.
func shorten(s string) string {
	if len(s) <= longestWord {
		return s
	}
	return strings.ToValidUTF8(s[:longestWord], "") + "..."
}

// Header is one header of a request.
type Header struct{ Name, Value string }

func setHeaders(r *http.Request, headers []Header) {
	for _, h := range headers {
		r.Header.Set(h.Name, h.Value)
	}
}
