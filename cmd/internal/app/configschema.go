package app

import "weir/config"

// ConfigSchema is the JSON Schema of configuration files.
func ConfigSchema() []byte { return config.JSONSchema }

// ConfigManual is the manual page of configuration files, weir.yaml(5).
func ConfigManual() []byte { return config.Manual }
