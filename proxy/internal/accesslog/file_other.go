//go:build !unix

package accesslog

import "os"

const openFlags = os.O_WRONLY | os.O_APPEND | os.O_CREATE
