// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/plugin/preview/graph"
	"github.com/korender/korender/render"
)

const graphDescription = `Draws Workflows: their steps and what each uses. With TRIGGER, which is
Kind/namespace/name, it draws what became of every step for that object, also of
a render that fails or would leave objects to live. Mermaid goes into Markdown, DOT
into Graphviz; SVG and HTML need nothing else.

EXAMPLES:
   korender graph apps/                       # all Workflows
   korender graph apps/ web-app               # one
   korender graph apps/ WebApp/prod/shop      # one instance, with outcomes
   korender graph apps/ -o html > graph.html  # a page, to look at and to search
   korender graph apps/ -o svg > graph.svg    # one picture`

func graphCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:        "graph",
		Usage:       "draw Workflows, or what became of one trigger",
		UsageText:   "korender graph [flags] PATH [WORKFLOW|TRIGGER]",
		Description: graphDescription,
		Flags:       append(append(inputFlags(), previewedFlags()...), outputFlag("mermaid", "mermaid", "dot", "svg", "html", "json")),
		Action:      func(c *cli.Context) error { return runGraph(c, s) },
	}
}

func runGraph(c *cli.Context, s streams) error {
	format, err := outputOf(c, "mermaid", "dot", "svg", "html", "json")
	if err != nil {
		return err
	}
	if c.NArg() > 2 {
		return usagef(helpHint(c.Command), "graph takes PATH and a Workflow or trigger, not %d arguments", c.NArg())
	}
	opts, err := renderOptions(c)
	if err != nil {
		return err
	}
	f, err := openPaths(c, s, c.Args().Slice()[:min(c.NArg(), 1)])
	if err != nil {
		return err
	}
	defer f.Close()
	g, err := drawn(c, f.input, opts, c.Args().Get(1))
	if err != nil {
		return previewError(err)
	}
	var out bytes.Buffer
	switch format {
	case "json":
		err = printJSON(&out, g)
	case "svg":
		err = g.WriteSVG(&out)
	case "html":
		err = g.WriteHTML(&out)
	case "dot":
		err = g.WriteDOT(&out)
	default:
		err = g.WriteMermaid(&out)
	}
	if err != nil {
		return err
	}
	_, err = s.out.Write(out.Bytes())
	return err
}

// drawn is the graph of all Workflows, of one, or of a trigger.
func drawn(c *cli.Context, in render.Input, opts render.Options, subject string) (*graph.Graph, error) {
	sources, err := render.Load(in, opts)
	if err != nil {
		return nil, err
	}
	program, _, err := render.Compile(sources)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(subject, "/") {
		return graph.WorkflowsOf(program, subject)
	}
	result, err := render.Evaluate(c.Context, sources, program, opts)
	return graph.InstanceOf(program, result, err, subject)
}
