package outcome

import "time"

// OverdueAfter is how long after its last request byte an attempt may stay without
// a first answer byte before it counts as Overdue: three times stable's p99, but
// never under one second. With p99 unknown (0) it is one second.
func OverdueAfter(p99 time.Duration) time.Duration { return max(time.Second, 3*p99) }
