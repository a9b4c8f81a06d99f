// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	krmfn "github.com/korender/korender/krm-fn"
)

const fnDescription = `Reads a ResourceList from standard input and writes one to standard output, as
the KRM functions specification says. kustomize and kpt run it; a person seldom
does.

Definitions and triggers are items, or stand in libraries. The functionConfig is
a Render (see "korender schema"), a ConfigMap with the same settings as data, or
the trigger itself. Libraries and korender.yaml are read from the working
directory, which kustomize makes that of the kustomization; nothing outside of
it is read. Flags beat the functionConfig.

Started by the name korender-fn, the program is this command.

EXAMPLES:
   # in a kustomization: generators: [shop.yaml], where shop.yaml has
   metadata:
     name: shop
     annotations:
       config.kubernetes.io/function: |
         exec: {path: korender, args: [fn, --library, platform]}

   kustomize build --enable-alpha-plugins --enable-exec .
   kpt fn eval apps --exec "korender fn" -- triggers=consume libraries=platform
   kpt fn source apps | korender fn --validate`

func fnCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:        "fn",
		Usage:       "be a KRM function, for kustomize and kpt",
		UsageText:   "korender fn [flags] < RESOURCELIST",
		Description: fnDescription,
		Flags: append(fnFlags(),
			&cli.StringSliceFlag{Name: "library", Aliases: []string{"l"}, Usage: "folder of definitions `DIR` below the working directory, before those of the functionConfig (repeatable)"},
			&cli.BoolFlag{Name: "validate", Usage: "check the definitions and run their FunctionTests; change no item"}),
		Action: func(c *cli.Context) error { return runFn(c, s) },
	}
}

// fnFlags are the flags of evaluation, without what only a person at a terminal has.
func fnFlags() []cli.Flag {
	return slices.DeleteFunc(evaluationFlags(), func(f cli.Flag) bool { return slices.Contains(f.Names(), "observed") })
}

func runFn(c *cli.Context, s streams) error {
	if err := noArguments(c); err != nil {
		return err
	}
	opts, err := renderOptions(c)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(".")
	if err != nil {
		return err
	}
	defer root.Close()
	err = krmfn.Run(c.Context, s.in, s.out, krmfn.Options{
		FS: root.FS(), Libraries: c.StringSlice("library"), Validate: c.Bool("validate"), Render: opts, Warnings: s.err,
	})
	var tests *krmfn.TestFailure
	if errors.As(err, &tests) {
		printProblems(s, tests.Problems)
		return exitCode(exitTests)
	}
	return err
}

// fnName is the name by which the program is the function.
const fnName = "korender-fn"

// asFunction makes the command line of the function of one that calls the program by the function's name.
func asFunction(args []string) []string {
	if len(args) == 0 || strings.TrimSuffix(filepath.Base(args[0]), ".exe") != fnName {
		return args
	}
	return slices.Concat([]string{args[0], "fn"}, args[1:])
}
