// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// version is set by the linker: -ldflags "-X main.version=v1.2.3".
var version = ""

func versionCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the version of korender",
		Description: `EXAMPLES:
   korender version
   korender version -o json`,
		Flags: []cli.Flag{outputFlag("text", "text", "json")},
		Action: func(c *cli.Context) error {
			format, err := outputOf(c, "text", "json")
			if err != nil {
				return err
			}
			if err := noArguments(c); err != nil {
				return err
			}
			v := versionInfo()
			if format == "json" {
				return printJSON(s.out, v)
			}
			_, err = fmt.Fprintf(s.out, "korender %s (%s, %s)\n", v.Version, v.Revision, v.Go)
			return err
		},
	}
}

// build is what is known about this binary.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision"`
	Go       string `json:"go"`
}

func versionInfo() build {
	v := build{Version: version, Revision: "unknown revision", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if v.Version == "" {
		v.Version = info.Main.Version
	}
	if v.Version == "" {
		v.Version = "(devel)"
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			v.Revision = setting.Value
		}
	}
	return v
}
