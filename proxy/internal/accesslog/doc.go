// Package accesslog writes one line per request, off the path of the requests:
// whoever serves one copies what its line needs into a bounded buffer, and one
// goroutine formats what has gathered and writes it in blocks.
//
// It knows the fields of a line, formats, and files. It must not know HTTP's
// syntax, the configuration, or where requests go: an Entry is all it is told.
// It never keeps a request waiting: what finds no room is dropped and counted.
package accesslog
