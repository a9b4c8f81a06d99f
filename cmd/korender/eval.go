// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/render"
)

func evalCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "eval",
		Usage:     "evaluate one expression, or a table of them",
		UsageText: "korender eval [--inputs FILE] EXPR\n   korender eval --batch FILE",
		Description: `Evaluates EXPR with the map in FILE (YAML or JSON) as the variable inputs. Text
is printed as it is, all else as JSON; -o json prints text as JSON, too.

--batch reads JSON lines: the first one holds {"vars": {…}}, every other one
{"expr": "…"}; one line with "value" or "error" is printed for each.

EXAMPLES:
   korender eval "'a-b'.split('-')"
   korender eval 'inputs.spec.replicas * 2' --inputs app.yaml
   echo '{"name": "web"}' | korender eval 'inputs.name.toUpper()' --inputs -
   korender eval --batch expressions.jsonl`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "inputs", Aliases: []string{"i"}, Usage: "`FILE` that holds the inputs, - for standard input"},
			&cli.StringFlag{Name: "batch", Usage: "`FILE` that holds a table of expressions, - for standard input"},
			outputFlag("text", "text", "json"),
		},
		Action: func(c *cli.Context) error { return runEval(c, s) },
	}
}

func runEval(c *cli.Context, s streams) error {
	format, err := outputOf(c, "text", "json")
	if err != nil {
		return err
	}
	if batch := c.String("batch"); batch != "" {
		return evalBatch(c, s, batch)
	}
	if c.NArg() != 1 {
		return usagef("quote the expression, so that the shell keeps it in one piece", "eval takes one EXPR, not %d", c.NArg())
	}
	var inputs []byte
	name := c.String("inputs")
	if name != "" {
		if inputs, err = readFile(s, name); err != nil {
			return err
		}
	}
	value, err := render.Eval(c.Context, c.Args().First(), render.Text{Name: name, Bytes: inputs})
	if err != nil {
		return err
	}
	if text, ok := value.(string); ok && format == "text" {
		_, err = io.WriteString(s.out, text+"\n")
		return err
	}
	return printJSON(s.out, value)
}

func evalBatch(c *cli.Context, s streams, name string) error {
	if c.Args().Present() {
		return usagef("", "--batch takes no EXPR")
	}
	table, err := readFile(s, name)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := render.EvalBatch(c.Context, bytes.NewReader(table), &out); err != nil {
		return err
	}
	_, err = s.out.Write(out.Bytes())
	return err
}

func readFile(s streams, name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(s.in)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, pathError(name, err)
	}
	return data, nil
}
