// Package jwt says whether a token is signed by somebody who is believed, and what it
// claims then (RFC 7515, 7517, 7519, 8037).
//
// It knows signatures, public keys and the times in a token. It must not know requests,
// or what a claim is for. Keys by which one could sign as well as verify are refused, and
// so is a token that says nothing of its end.
package jwt
