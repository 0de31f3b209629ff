// Package config reads what the operator wrote: one YAML file becomes a checked
// Config, or a list of every problem in it with line and column.
//
// It knows the file's keys, their defaults and their bounds, how the file
// refers to the environment, and how to notice that the file has changed. It
// must not know what becomes of the values: no traffic, no health, no state
// that operators or rollouts set at run time.
package config
