package main

import (
	"github.com/spf13/cobra"

	"weir/cmd/internal/app"
)

func (c *cli) jsonSchemaCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of configuration files, for editors",
		Long: `Schema prints the JSON Schema (draft 2020-12) of weir.yaml: each key with what it
is for, what it takes and its default. Editors complete and check by it. What goes
together in a file only 'weir check' knows.

Editors with yaml-language-server read it if the file begins with
  # yaml-language-server: $schema=weir.schema.json`,
		Example: `  weir schema > weir.schema.json`,
		Args:    want(),
		RunE: func(*cobra.Command, []string) error {
			_, err := c.out.Write(app.ConfigSchema())
			return err
		},
	}
}
