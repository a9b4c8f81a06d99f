// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

const explainDescription = `With PATH and OBJECT it says where an object comes from: the trigger, the step and
the function that made it, what was laid over it, and for each field the
expression that gave it. With FIELD it follows one value back through everything
that was read for it, to the trigger or to the cluster. Of an object that cannot
be rendered at git time it says what that waits for, why, and what follows.
Values of Secrets are never shown.

OBJECT is Kind/namespace/name, Kind/name, or the same with Kind.group; it may also
be a step: its path alone, or TRIGGER:STEP. FIELD is a path in the object, or in
what the step returns, such as spec.ports[0].port. With PATH alone it lists what
can be explained.

With CODE it explains a diagnostic; without any argument it lists all codes.

EXAMPLES:
   korender explain apps/ Deployment/prod/web
   korender explain apps/ Deployment/prod/web spec.replicas
   korender explain apps/ Deployment/prod/web spec.replicas -o json
   korender explain apps/ settings labels      # of what a step returns
   korender explain apps/                      # what there is
   korender explain KR0505`

func explainCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:        "explain",
		Usage:       "explain where an object or field comes from, or what a diagnostic code means",
		UsageText:   "korender explain [flags] PATH [OBJECT [FIELD]]\n   korender explain [CODE]",
		Description: explainDescription,
		Flags: append(append(inputFlags(), evaluationFlags()...),
			&cli.IntFlag{Name: "depth", Usage: "follow values `N` expressions far (default 12)"},
			outputFlag("text", "text", "json")),
		Action: func(c *cli.Context) error { return runExplain(c, s) },
	}
}

func runExplain(c *cli.Context, s streams) error {
	format, err := outputOf(c, "text", "json")
	if err != nil {
		return err
	}
	switch name := c.Args().First(); {
	case c.NArg() == 0:
		return explainAll(s, format)
	case c.NArg() == 1 && isCode(name):
		return explainOne(s, format, name)
	case c.NArg() > 3:
		return usagef(helpHint(c.Command), "explain takes PATH, OBJECT and FIELD, not %d arguments", c.NArg())
	default:
		return explainObject(c, s, format)
	}
}

// isCode tells whether an argument looks like a diagnostic code, and names no file.
func isCode(arg string) bool {
	digits := strings.TrimLeft(strings.ToUpper(arg), "KR")
	if strings.ContainsAny(arg, "./") || len(digits) == len(arg) || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	_, err := os.Stat(arg)
	return err != nil
}

// explainObject explains an object of a render, or lists what can be explained.
func explainObject(c *cli.Context, s streams, format string) error {
	opts, err := renderOptions(c)
	if err != nil {
		return err
	}
	args := c.Args().Slice()
	f, err := openPaths(c, s, args[:1])
	if err != nil {
		return err
	}
	defer f.Close()
	if observed := c.String("observed"); observed != "" {
		if opts.Observed, err = f.observed(observed); err != nil {
			return err
		}
	}
	if len(args) == 1 {
		return explainList(c, s, f, opts, format)
	}
	ask := render.ExplainOptions{Options: opts, Object: args[1], Depth: c.Int("depth")}
	if len(args) == 3 {
		ask.Field = args[2]
	}
	answer, err := render.Explain(c.Context, f.input, ask)
	switch {
	case err != nil:
		return err
	case format == "json":
		return printJSON(s.out, answer)
	default:
		return answer.WriteText(s.out, colored(s.out))
	}
}

func explainList(c *cli.Context, s streams, f *files, opts render.Options, format string) error {
	list, err := render.Explainable(c.Context, f.input, opts)
	switch {
	case err != nil:
		return err
	case format == "json":
		return printJSON(s.out, list)
	default:
		return list.WriteText(s.out, colored(s.out))
	}
}

// explanation is an entry of the catalogue as JSON.
type explanation struct {
	Code    diag.Code `json:"code"`
	Title   string    `json:"title"`
	Text    string    `json:"text"`
	Example string    `json:"example"`
}

func explainAll(s streams, format string) error {
	all := []explanation{}
	var text bytes.Buffer
	for _, code := range diag.Codes() {
		entry, _ := diag.Lookup(code)
		all = append(all, explanation(entry))
		fmt.Fprintf(&text, "%s  %s\n", code, entry.Title)
	}
	if format == "json" {
		return printJSON(s.out, all)
	}
	_, err := s.out.Write(text.Bytes())
	return err
}

func explainOne(s streams, format, name string) error {
	code := diag.Code(strings.ToUpper(name))
	entry, ok := diag.Lookup(code)
	if !ok {
		return unknownCode(name)
	}
	if format == "json" {
		return printJSON(s.out, explanation(entry))
	}
	text := fmt.Sprintf("%s: %s\n\n%s\n", entry.Code, entry.Title, wrapped(entry.Text, 88))
	if entry.Example != "" {
		text += "\n    " + strings.ReplaceAll(strings.TrimRight(entry.Example, "\n"), "\n", "\n    ") + "\n"
	}
	_, err := s.out.Write([]byte(text))
	return err
}

func unknownCode(name string) error {
	var known []string
	for _, c := range diag.Codes() {
		known = append(known, string(c))
	}
	hint := "korender explain lists all codes"
	if near := diag.DidYouMean(strings.ToUpper(name), known); near != "" {
		hint = near
	}
	return usagef(hint, "unknown code %q", name)
}

// wrapped breaks a text into lines of at most width characters.
func wrapped(text string, width int) string {
	var out strings.Builder
	length := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case length+1+len(word) > width:
			out.WriteByte('\n')
			length = 0
		default:
			out.WriteByte(' ')
			length++
		}
		out.WriteString(word)
		length += len(word)
	}
	return out.String()
}
