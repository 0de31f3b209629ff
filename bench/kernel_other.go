//go:build !linux

package main

// kernel is the release of the running kernel, which only Linux tells cheaply.
func kernel() string { return "unknown" }
