package rollout

import (
	"fmt"
	"math"
)

// certify adds a closed tick to the certificate.
func (e *Evidence) certify(t *tick) {
	e.Certificate.Tick(float64(t.candidate.Requests), float64(t.stable.Requests),
		float64(t.candidate.Failures), float64(t.stable.Failures))
}

// Certified reports that the candidate is proven not to be as bad as c says, by
// all that was seen of it until now: one that gets worse loses its certificate,
// and one that has none yet keeps what it has gathered from step to step.
func (e *Evidence) Certified(c Certify) bool {
	return c.Alpha > 0 && c.Alpha < 1 && e.Certificate.LogE() >= -math.Log(c.Alpha)
}

// certificate says, for people, how far the certificate is.
func (e *Evidence) certificate(c Certify) string {
	word := "is below"
	if e.Certified(c) {
		word = "reaches"
	}
	return fmt.Sprintf("e-value %s %s %s (alpha %g)", evalue(e.Certificate.LogE()), word, evalue(-math.Log(c.Alpha)), c.Alpha)
}
