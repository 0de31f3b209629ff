package accesslog

import (
	"time"

	"weir/proxy/internal/sock"
)

// complaint is a trouble that is told once when it begins and once when it is
// over, however often it comes up between; one that comes and goes is told at
// most every half minute.
type complaint struct {
	err  error // nil: all is well
	said bool
	next time.Duration // not before, on sock's clock
}

const complainEvery = 30 * time.Second

// raise notes a trouble and says whether to tell it.
func (c *complaint) raise(err error) (tell bool) {
	begun := c.err != nil
	c.err = err
	now := sock.Now()
	if begun || now < c.next {
		return false
	}
	c.said, c.next = true, now+complainEvery
	return true
}

// settle notes that all is well and says whether to tell that.
func (c *complaint) settle() (tell bool) {
	tell = c.said
	c.err, c.said = nil, false
	return tell
}
