// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/urfave/cli/v2"

	"github.com/korender/korender/render"
)

func schemaCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:  "schema",
		Usage: "print the JSON Schema of korender.yaml (kind Render)",
		Description: `The schema describes the file korender.yaml, a KRM functionConfig, and spec.render
of a Flux source alike.

EXAMPLES:
   korender schema > render.schema.json
   # first line of korender.yaml, for editors with a YAML language server:
   # yaml-language-server: $schema=render.schema.json`,
		Flags: []cli.Flag{outputFlag("json", "json")},
		Action: func(c *cli.Context) error {
			if _, err := outputOf(c, "json"); err != nil {
				return err
			}
			if err := noArguments(c); err != nil {
				return err
			}
			text, err := render.Schema()
			if err != nil {
				return err
			}
			_, err = s.out.Write(text)
			return err
		},
	}
}
