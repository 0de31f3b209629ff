// Package simulate drives rollouts through made-up traffic: the real Step with
// all its rules, in virtual time, hours in milliseconds and the same for the same
// seed. Tests prove with it what rules promise, and the command line shows with
// it what a plan will do before it is trusted with users.
//
// It knows requests, failures, endpoints that are ejected and the shield's
// retries as numbers. It must not know a clock, a connection, a file or HTTP.
package simulate
