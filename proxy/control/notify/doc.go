// Package notify tells other services what has happened: each target gets what it
// wants to hear, in order, until it has taken it or too much has failed.
//
// It knows messages, targets, their queues and how often something is tried. It must
// not know what a rollout is, when something is worth telling, or what a file looks
// like.
package notify
