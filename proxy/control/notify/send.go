package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	// never is how long to wait for another try that would be in vain.
	never time.Duration = -1
	// mostAnswer is how much of an answer is read, in bytes, so that its connection can
	// be used again.
	mostAnswer = 4 << 10
	// mostFile bounds a file with a URL, in bytes.
	mostFile = 8 << 10
)

// client follows no redirects: what is said may have secrets in its headers.
var client = &http.Client{
	Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
	},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// send tries once. With an error, again is how long to wait at least before another
// try, or never. Errors have no secrets in them.
func (q *queue) send(ctx context.Context, l letter) (again time.Duration, err error) {
	to, err := q.address()
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, q.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(l.body(q.Slack)))
	if err != nil {
		return 0, errors.New("the URL is none")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", l.key)
	r.Header.Set("User-Agent", "weir")
	for _, h := range q.Headers {
		if strings.EqualFold(h.Name, "host") {
			r.Host = h.Value
			continue
		}
		r.Header.Set(h.Name, h.Value)
	}
	resp, err := client.Do(r)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // else it names the URL
		}
		return 0, err
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, mostAnswer)
	return judge(resp)
}

// judge says what an answer means.
func judge(resp *http.Response) (again time.Duration, err error) {
	code := resp.StatusCode
	if code/100 == 2 {
		return 0, nil
	}
	err = fmt.Errorf("answered %d", code)
	switch {
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code/100 == 5:
		seconds, bad := strconv.Atoi(resp.Header.Get("Retry-After"))
		if bad != nil || seconds < 0 {
			seconds = 0
		}
		return min(time.Duration(seconds)*time.Second, normal.most), err
	}
	return never, err
}

// address is the target's URL.
func (q *queue) address() (string, error) {
	if q.File == "" {
		return q.URL, nil
	}
	f, err := os.Open(q.File)
	if err != nil {
		return "", err
	}
	defer f.Close()
	in, err := io.ReadAll(io.LimitReader(f, mostFile))
	if err != nil {
		return "", err
	}
	s := strings.TrimSpace(string(in))
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("%s has no URL with http or https", q.File)
	}
	return s, nil
}
