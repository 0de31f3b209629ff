package manual

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"
)

// wants is what a flag takes, by its type as pflag has it.
var wants = map[string]string{
	"bool": "true or false", "duration": "a time such as 30s or 5m", "float64": "a number",
	"int": "a whole number", "uint": "a whole number from 0 on", "uint64": "a whole number from 0 on",
}

// Wanted says of a flag's value that cannot be read what is wanted instead, in place of how
// Go's parsers say it. It is empty where err is of something else, or says that itself.
func Wanted(err error) string {
	bad, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok || wants[bad.GetFlag().Value.Type()] == "" {
		return ""
	}
	return fmt.Sprintf("--%s %q: want %s", bad.GetFlag().Name, bad.GetValue(), wants[bad.GetFlag().Value.Type()])
}
