// Package access says who may use the admin API: the roles, the tokens of a file, how
// many wrong ones an address may try, and whose a client certificate is.
//
// It knows tokens, certificates and addresses. It must not know of HTTP, nor what a role
// is allowed to do where.
package access
