package health

import (
	"context"
	"fmt"
)

// Probe is one way to ask an endpoint whether it is well.
type Probe interface {
	// Check asks once; nil means well, an error says in words why not. It must
	// return soon after ctx ends. Monitor calls it from one of its workers, never
	// twice at a time for one target; a panic counts as a failed check.
	Check(ctx context.Context) error
}

// safely runs one check and turns a panic into its failure.
func safely(ctx context.Context, p Probe) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("probe panicked: %v", r)
		}
	}()
	return p.Check(ctx)
}
