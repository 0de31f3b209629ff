package ofrep

import (
	"encoding/json"
	"net/http"

	"weir/proxy/flag"
)

// item is what was decided of one flag, or why nothing was.
type item struct {
	Key          string          `json:"key"`
	Reason       string          `json:"reason,omitempty"`
	Variant      string          `json:"variant,omitempty"`
	Value        json.RawMessage `json:"value,omitempty"` // without it the application's own default is in force
	ErrorCode    string          `json:"errorCode,omitempty"`
	ErrorDetails string          `json:"errorDetails,omitempty"`
	Metadata     json.RawMessage `json:"metadata,omitempty"`
}

// bulk is what was decided of all flags.
type bulk struct {
	Flags        []item          `json:"flags"`
	Metadata     json.RawMessage `json:"metadata,omitempty"`
	EventStreams []eventStream   `json:"eventStreams"`
}

// eventStream is where a client hears that it should ask again. The address is on the
// server that was asked, under whatever name that was.
type eventStream struct {
	Type     string   `json:"type"`
	Endpoint endpoint `json:"endpoint"`
}

type endpoint struct {
	RequestURI string `json:"requestUri"`
}

// failure is why a request for all flags was refused.
type failure struct {
	ErrorCode    string `json:"errorCode"`
	ErrorDetails string `json:"errorDetails"`
}

// itemOf is a decision as the protocol has it.
func itemOf(d *flag.Flag, is flag.Decision) item {
	it := item{Key: d.Key(), Metadata: is.Metadata}
	if is.Code != "" {
		it.ErrorCode, it.ErrorDetails = is.Code, is.Detail
		return it
	}
	it.Reason, it.Variant, it.Value = is.Reason, is.Variant, is.Value
	return it
}

func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic("BUG: answer cannot be encoded: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // it is the client's business if it left
}
