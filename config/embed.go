package config

import _ "embed" // the schema

// JSONSchema is the schema of a configuration file (draft 2020-12), which editors
// complete keys by. It sees what stands at each key; what goes together only Load knows.
//
//go:embed schema.json
var JSONSchema []byte
