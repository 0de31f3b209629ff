package accesslog

import "time"

// Entry is what one line says. Whoever has it keeps it and its slices: Record
// copies what it needs. An empty or zero field is one that there is nothing to
// say for, where not noted otherwise.
type Entry struct {
	// Of the request, as the client sent it: any bytes.
	Client    []byte // its address, in text
	Method    []byte
	Target    []byte
	Host      []byte // without its port
	UserAgent []byte
	Referer   []byte
	TraceID   []byte // 32 hexadecimal digits
	Scheme    string // http or https
	Protocol  string // HTTP/1.1; "" when the request was not understood that far

	RequestLength int64 // bytes that came of it, head and body

	// Of the answer.
	Status int
	Bytes  int64  // of the body, as far as the client took them; 0 counts
	Reason string // the word in X-Weir-Reason, else the outcome of the last attempt

	// Of the way there.
	Route    string
	Upstream string
	Version  string // of the last attempt, as Endpoint
	Endpoint string
	Attempts int

	Start       time.Duration // sock.Now when the head was complete
	Duration    time.Duration // until the end of the answer
	LastAttempt time.Duration // from the begin of the last attempt to the end of the answer
	FirstByte   time.Duration // from there to the first byte of its final answer; 0: none came
}

// How much of each is kept, in bytes. What is longer is cut.
const (
	maxClient    = 64
	maxMethod    = 32
	maxTarget    = 2048
	maxHost      = 256
	maxUserAgent = 512
	maxReferer   = 1024
	maxTraceID   = 32
)

// cut bounds what a line takes of the client's words.
func (e *Entry) cut() {
	e.Client = cut(e.Client, maxClient)
	e.Method = cut(e.Method, maxMethod)
	e.Target = cut(e.Target, maxTarget)
	e.Host = cut(e.Host, maxHost)
	e.UserAgent = cut(e.UserAgent, maxUserAgent)
	e.Referer = cut(e.Referer, maxReferer)
	e.TraceID = cut(e.TraceID, maxTraceID)
}

// cut takes no part of a UTF-8 sequence: three bytes at most may follow its
// first.
func cut(p []byte, most int) []byte {
	if len(p) <= most {
		return p
	}
	end := most
	for end > most-3 && p[end]&0xc0 == 0x80 {
		end--
	}
	if p[end]&0xc0 == 0x80 {
		end = most // no UTF-8 at all
	}
	return p[:end]
}

// size is how many bytes the slices hold.
func (e *Entry) size() int {
	return len(e.Client) + len(e.Method) + len(e.Target) + len(e.Host) +
		len(e.UserAgent) + len(e.Referer) + len(e.TraceID)
}
