//go:build prove && !race

package e2e

import "testing"

// TestProveWritesHeldOverASwitch is the same with 500 writes a second, of which a thousand
// wait: that takes a machine which has nothing else to do.
func TestProveWritesHeldOverASwitch(t *testing.T) { heldOverASwitch(t, 500) }
