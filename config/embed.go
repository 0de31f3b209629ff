package config

import _ "embed" // what is made of the readers

// JSONSchema is the schema of a configuration file (draft 2020-12), which editors
// complete keys by. It sees what stands at each key; what goes together only Load knows.
//
//go:embed schema.json
var JSONSchema []byte

// Manual is the manual page weir.yaml(5).
//
//go:embed weir.yaml.5
var Manual []byte
