//go:build prove

package flag

const often = 20
