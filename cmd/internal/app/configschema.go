package app

import "weir/config"

// ConfigSchema is the JSON Schema of configuration files.
func ConfigSchema() []byte { return config.JSONSchema }
