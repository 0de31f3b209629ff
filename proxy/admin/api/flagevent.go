package api

// RefetchEvaluation is the type of every FlagsChanged.
const RefetchEvaluation = "refetchEvaluation"

// FlagsChanged is one message of GET /ofrep/v1/events, as OFREP has it.
type FlagsChanged struct {
	Type string `json:"type"`
	ETag string `json:"etag"` // of what is in force
}
