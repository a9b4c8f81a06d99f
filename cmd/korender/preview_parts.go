// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	reports "github.com/korender/korender/plugin/preview/report"
)

// splitFlags checks what is said of parts.
func splitFlags(c *cli.Context, format string) error {
	switch n := c.Int("max-parts"); {
	case n < 1 || n > reports.MaxParts:
		return usagef("", "--max-parts must be from 1 to %d, not %d", reports.MaxParts, n)
	case c.IsSet("max-parts") && c.String("split") == "":
		return usagef("say where the parts go: --split DIR", "--max-parts is for --split")
	case c.String("split") != "" && format != "markdown":
		return usagef("add -o markdown", "--split is for Markdown, not for %s", format)
	}
	return nil
}

// writeParts writes parts into a folder, removes those of a former preview, and prints the names of the new ones.
func writeParts(out io.Writer, dir string, parts []string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usagef("", "--split %s cannot be written: %s", dir, reasonOf(err))
	}
	for i := range reports.MaxParts {
		name := filepath.Join(dir, fmt.Sprintf("part-%02d.md", i+1))
		if i >= len(parts) {
			if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
				return fmt.Errorf("remove a former part: %w", err)
			}
			continue
		}
		if err := os.WriteFile(name, []byte(parts[i]), 0o644); err != nil {
			return fmt.Errorf("write a part: %w", err)
		}
		if _, err := fmt.Fprintln(out, filepath.ToSlash(name)); err != nil {
			return err
		}
	}
	return nil
}
