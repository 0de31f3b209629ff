// Package gate asks: whether a deployment may go on. It knows how to put a question
// to a web hook, a command, Prometheus or a document of JSON, what their answers
// mean, and how often to ask before that is an answer.
//
// It must not know what a rollout is, when it asks, or what an answer leads to.
package gate
