// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/live/inspect"
)

// targetFlags say which cluster and namespace is meant, as kubectl's do.
func targetFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "namespace", Aliases: []string{"n"}, Usage: "`NAMESPACE` of the instance (default: that of the kubeconfig)"},
		&cli.StringFlag{Name: "kubeconfig", Usage: "`FILE` that says how to reach the cluster (default: KUBECONFIG, or ~/.kube/config)"},
		&cli.StringFlag{Name: "context", Usage: "`NAME` of the kubeconfig's context"},
	}
}

func targetOf(c *cli.Context) inspect.Target {
	return inspect.Target{Kubeconfig: c.String("kubeconfig"), Context: c.String("context"), Namespace: c.String("namespace")}
}

func outputFlag(formats ...string) cli.Flag {
	return &cli.StringFlag{
		Name: "output", Aliases: []string{"o"}, Value: formats[0], Usage: "output `FORMAT`: " + strings.Join(formats, ", "),
	}
}

func outputOf(c *cli.Context, formats ...string) (string, error) {
	if format := c.String("output"); slices.Contains(formats, format) {
		return format, nil
	}
	return "", usagef(c, "unknown output format %q: it is one of %s", c.String("output"), strings.Join(formats, ", "))
}

// usagef is the error of a command line that is wrong.
func usagef(c *cli.Context, format string, args ...any) error {
	hint := fmt.Sprintf("\n  hint: korender-live %s --help shows how", c.Command.Name)
	return cli.Exit(fmt.Sprintf(format, args...)+hint, exitUsage)
}

// arguments are the arguments of a command without flags: those that stand behind an argument are set, which the parser
// leaves undone. After -- everything is an argument.
func arguments(c *cli.Context) ([]string, error) {
	args := c.Args().Slice()
	var out []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return append(out, args[i+1:]...), nil
		}
		if len(arg) < 2 || arg[0] != '-' {
			out = append(out, arg)
			continue
		}
		name, value, inline := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		f := flagOf(c, name)
		if f == nil {
			return nil, usagef(c, "unknown flag %s", arg)
		}
		if _, boolean := f.(*cli.BoolFlag); boolean && !inline {
			value, inline = "true", true
		}
		if !inline {
			if i++; i == len(args) {
				return nil, usagef(c, "flag %s needs a value", arg)
			}
			value = args[i]
		}
		if err := c.Set(f.Names()[0], value); err != nil {
			return nil, usagef(c, "flag %s: %v", arg, err)
		}
	}
	return out, nil
}

func flagOf(c *cli.Context, name string) cli.Flag {
	for _, f := range c.Command.Flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

// nameOf is the one argument of a command: the name of an instance.
func nameOf(c *cli.Context) (string, error) {
	args, err := arguments(c)
	switch {
	case err != nil:
		return "", err
	case len(args) != 1:
		return "", usagef(c, "korender-live %s takes the NAME of one instance", c.Command.Name)
	}
	return args[0], nil
}

// colored tells whether the output is a terminal whose user wants colours (no-color.org).
func colored(c *cli.Context) bool {
	f, ok := c.App.Writer.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
