package config

// Tracing is where spans of sampled requests go.
type Tracing struct {
	OTLP    string  // URL of an OTLP/HTTP receiver of traces
	Sample  float64 // part that is recorded of the requests of which no trusted peer says it, 0 to 1. Default 0.01
	Service string  // that spans are of. Default "weir"
	// HeadersFile is the absolute path of a file with a line "name: value" for each header
	// to send along; "": none.
	HeadersFile string
}

const (
	wantOTLP    = "the URL of a receiver like http://127.0.0.1:4318/v1/traces, without a password"
	wantSelf    = "a name of up to 100 characters, like weir"
	wantHeaders = "a file with lines like authorization: Bearer x"
)

func tracing(dst **Tracing) func(value) {
	return func(v value) {
		t := &Tracing{Sample: 0.01, Service: "weir"}
		v.object(fields{
			"otlp":    need(wantOTLP, one(&t.OTLP, wantOTLP, parseAdminURL)),
			"sample":  may(ratio(&t.Sample, "a percentage from 0% to 100%, like 1%", within(0, 100))),
			"service": may(one(&t.Service, wantSelf, func(s string) (string, bool) { return s, s != "" && len(s) <= 100 && isVisibleASCII(s) })),
			"headers_file": may(func(v value) {
				if s, ok := v.scalar(wantHeaders); ok && s != "" {
					t.HeadersFile = v.full(s)
				}
			}),
		})
		*dst = t
	}
}

func (t *Tracing) document() map[string]any {
	doc := map[string]any{"otlp": t.OTLP, "sample": percent(t.Sample), "service": t.Service}
	if t.HeadersFile != "" {
		doc["headers_file"] = t.HeadersFile
	}
	return doc
}
