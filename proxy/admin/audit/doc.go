// Package audit keeps who changed what: each change that was asked for, obeyed or not,
// and those that Weir makes by itself, as lines of JSON in a file that is only ever
// added to.
//
// It knows entries and files. It must not know how anybody is recognised, nor what a
// change does; and nothing waits for its disk.
package audit
