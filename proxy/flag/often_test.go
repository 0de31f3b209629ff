//go:build !prove

package flag

// often is how many times as many generated rules are looked at as make test looks at.
const often = 1
