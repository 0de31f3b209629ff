package proxy

import (
	"fmt"
	"strconv"

	"weir/health/outcome"
)

// RetryOn is the set of failures that may be repeated. The zero value is empty.
type RetryOn struct {
	Connect       bool              // no connection could be made
	Timeout       bool              // no answer in time
	Reset         bool              // the connection broke before the answer's head was complete
	InvalidAnswer bool              // what came is no answer's head
	Status        outcome.StatusSet // answers with one of these statuses
}

// ParseRetryOn reads the words of an upstream's retry.on: connect, timeout,
// reset, invalid_answer, or a status from 400 to 599.
func ParseRetryOn(words []string) (RetryOn, error) {
	var on RetryOn
	var statuses [][2]int
	for _, w := range words {
		switch w {
		case "connect":
			on.Connect = true
		case "timeout":
			on.Timeout = true
		case "reset":
			on.Reset = true
		case "invalid_answer":
			on.InvalidAnswer = true
		default:
			code, err := strconv.Atoi(w)
			if err != nil || code < 400 || code > 599 {
				return RetryOn{}, fmt.Errorf("%q: want connect, timeout, reset, invalid_answer or a status from 400 to 599", w)
			}
			statuses = append(statuses, [2]int{code, code})
		}
	}
	on.Status = outcome.NewStatusSet(statuses...)
	return on, nil
}
