package accesslog

import (
	"strconv"
	"time"

	"weir/proxy/internal/sock"
)

// clock turns the monotonic times of entries into those of the calendar. It is
// set once per block of lines.
type clock struct {
	zone  *time.Location
	since int64 // nanoseconds from the Unix epoch to sock's
}

func (c *clock) set() { c.since = time.Now().UnixNano() - int64(sock.Now()) }

func (c *clock) time(at time.Duration) time.Time {
	return time.Unix(0, c.since+int64(at)).In(c.zone)
}

// appendSeconds writes a duration in seconds with six decimals.
func appendSeconds(dst []byte, d time.Duration) []byte {
	us := max(d.Microseconds(), 0)
	dst = strconv.AppendInt(dst, us/1e6, 10)
	dst = append(dst, '.')
	for div := int64(1e5); div > 0; div /= 10 {
		dst = append(dst, byte('0'+us/div%10))
	}
	return dst
}
