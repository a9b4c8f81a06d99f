// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/render/diag"
)

// outputFlag is -o, whose value is one of the formats.
func outputFlag(preset string, formats ...string) cli.Flag {
	return &cli.StringFlag{
		Name: "output", Aliases: []string{"o"}, Value: preset,
		Usage: "output `FORMAT`: " + strings.Join(formats, ", "),
	}
}

// outputOf is the value of -o, checked. A format that ends with a colon takes an argument.
func outputOf(c *cli.Context, formats ...string) (string, error) {
	value := c.String("output")
	for _, f := range formats {
		if value == f || (strings.HasSuffix(f, ":") && strings.HasPrefix(value, f) && len(value) > len(f)) {
			return value, nil
		}
	}
	shown := slices.Clone(formats)
	for i, f := range shown {
		if strings.HasSuffix(f, ":") {
			shown[i] = f + "PATH"
		}
	}
	hint := fmt.Sprintf("%s can print %s", fullName(c.Command), strings.Join(shown, ", "))
	if near := diag.DidYouMean(value, formats); near != "" {
		hint = near
	}
	return "", usagef(hint, "unknown output format %q", value)
}

func noArguments(c *cli.Context) error {
	if c.Args().Present() {
		return usagef(helpHint(c.Command), "%s takes no arguments, not %q", fullName(c.Command), c.Args().First())
	}
	return nil
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
