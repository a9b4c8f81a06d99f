// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

const renderDescription = `Reads every PATH (a folder, a file, a pattern, or - for standard input), runs the
Workflow of every object that triggers one, and prints plain manifests.
Objects that trigger nothing pass through as they are. Either everything is
printed or nothing.

A folder may hold a korender.yaml; flags override it (see "korender schema").

--workflow NAME runs one Workflow instead of those that crdRef names: for the
objects of its crdRef's kind or, when it has none, for every object of a kind
that is not built into Kubernetes.

EXAMPLES:
   korender render apps/
   korender render apps/ --library ../platform -n prod
   korender render apps/ -o json | jq '.[].kind'
   korender render apps/ -o dir:rendered --report report.json
   kubectl get deployments -o yaml > seen.yaml
   korender render apps/ --observed seen.yaml
   cat app.yaml | korender render - --library platform --triggers consume`

func renderCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:        "render",
		Usage:       "render triggers and pass-through objects into manifests",
		UsageText:   "korender render [flags] PATH…",
		Description: renderDescription,
		Flags: append(append(inputFlags(), evaluationFlags()...),
			outputFlag("yaml", "yaml", "json", "dir:PATH"),
			&cli.StringFlag{Name: "report", Usage: "write a JSON report of every step to `FILE`, also when a step fails or is deferred"},
		),
		Action: func(c *cli.Context) error { return runRender(c, s) },
	}
}

// evaluationFlags say how triggers are evaluated.
func evaluationFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "namespace", Aliases: []string{"n"}, Usage: "default `NAMESPACE` of triggers that have none"},
		&cli.StringFlag{Name: "workflow", Usage: "run the Workflow `NAME` instead of those that crdRef names"},
		&cli.StringFlag{Name: "triggers", Usage: "what becomes of triggers: `consume|emit`"},
		&cli.StringFlag{Name: "target", Usage: "the tool that will apply the manifests: `plain|argocd|flux`"},
		&cli.StringFlag{Name: "gate", Usage: "who waits for a gate: `strict|ordered`"},
		&cli.StringFlag{Name: "on-deferred", Usage: "what to do about objects that cannot be rendered at git time: `error|instance`"},
		&cli.StringSliceFlag{Name: "policy", Usage: "allow git what only live can tell, `NAME=VALUE`: createOverlay=merge, never=apply, recreate=apply (repeatable)"},
		&cli.BoolFlag{Name: "allow-empty", Usage: "allow an empty output"},
		&cli.StringFlag{Name: "observed", Usage: "take the objects in `PATH` as observed in the cluster"},
	}
}

func runRender(c *cli.Context, s streams) error {
	format, err := outputOf(c, "yaml", "json", "dir:")
	if err != nil {
		return err
	}
	opts, err := renderOptions(c)
	if err != nil {
		return err
	}
	f, err := openInput(c, s)
	if err != nil {
		return err
	}
	defer f.Close()
	if observed := c.String("observed"); observed != "" {
		if opts.Observed, err = f.observed(observed); err != nil {
			return err
		}
	}
	result, err := render.Render(c.Context, f.input, opts)
	var failure *render.Failure
	if errors.As(err, &failure) && failure.Report != nil {
		return errors.Join(err, writeReport(failure.Report, c.String("report")))
	}
	if err != nil {
		return err
	}
	out, err := encoded(result, format)
	if err != nil {
		return err
	}
	if err := writeReport(result.Report(), c.String("report")); err != nil {
		return err
	}
	printProblems(s, result.Warnings)
	if dir, ok := strings.CutPrefix(format, "dir:"); ok {
		return writeDir(result, dir)
	}
	_, err = s.out.Write(out)
	return err
}

// writeDir writes a file an object into a folder, which is made if it is not there.
func writeDir(result *render.Result, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write %s: %w", dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("write %s: %w", dir, err)
	}
	defer root.Close()
	if err := result.WriteDir(root); err != nil {
		return fmt.Errorf("write %s: %w", dir, err)
	}
	return nil
}

// observed reads what was seen in a cluster.
func (f *files) observed(arg string) (*render.Objects, error) {
	dir, rest, err := splitPath(arg)
	if err != nil {
		return nil, err
	}
	root, err := f.open(dir)
	if err != nil {
		return nil, pathError(arg, err)
	}
	return render.LoadObserved(render.Place{FS: root.FS(), Path: rest, Prefix: prefixOf(dir)}, render.Limits{})
}

// encoded is the whole output, so that nothing is printed unless all of it can be.
func encoded(result *render.Result, format string) ([]byte, error) {
	var out bytes.Buffer
	var err error
	switch format {
	case "yaml":
		err = result.WriteYAML(&out)
	case "json":
		err = result.WriteJSON(&out)
	}
	return out.Bytes(), err
}

// writeReport writes the report beside its place and moves it there, so that a reader never sees half of it.
func writeReport(report *render.Report, file string) error {
	if file == "" {
		return nil
	}
	var out bytes.Buffer
	if err := report.Write(&out); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(file), ".korender-report-*")
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	defer os.Remove(temp.Name())
	_, err = io.Copy(temp, &out)
	err = errors.Join(err, temp.Chmod(0o644), temp.Close())
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return os.Rename(temp.Name(), file)
}

// renderOptions turns the flags into options; a word that is not allowed is a usage error.
func renderOptions(c *cli.Context) (render.Options, error) {
	opts := render.Options{Workflow: c.String("workflow")}
	opts.Namespace, opts.AllowEmpty = c.String("namespace"), c.Bool("allow-empty")
	words := []struct {
		flag    string
		allowed []string
		set     func(string)
	}{
		{"triggers", []string{"consume", "emit"}, func(w string) { opts.Triggers.All = render.Fate(w) }},
		{"target", []string{"plain", "argocd", "flux"}, func(w string) { opts.Target = render.Target(w) }},
		{"gate", []string{"strict", "ordered"}, func(w string) { opts.Gate = render.Gate(w) }},
		{"on-deferred", []string{"error", "instance"}, func(w string) { opts.OnDeferred = render.OnDeferred(w) }},
	}
	for _, w := range words {
		if !c.IsSet(w.flag) {
			continue
		}
		if err := oneOf("--"+w.flag, c.String(w.flag), w.allowed); err != nil {
			return opts, err
		}
		w.set(c.String(w.flag))
	}
	return opts, setPolicies(&opts, c.StringSlice("policy"))
}

func oneOf(what, value string, allowed []string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return usagef(diag.DidYouMean(value, allowed), "%s must be %s, not %q", what, strings.Join(allowed, " or "), value)
}

func setPolicies(opts *render.Options, settings []string) error {
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		words := render.PolicyWords(name)
		if words == nil {
			names := render.PolicyNames()
			hint := "policies are " + strings.Join(names, ", ")
			if near := diag.DidYouMean(name, names); near != "" {
				hint = near
			}
			return usagef(hint, "unknown policy %q", name)
		}
		if err := oneOf("--policy "+name, value, words); err != nil {
			return err
		}
		if opts.Policies == nil {
			opts.Policies = map[string]string{}
		}
		opts.Policies[name] = value
	}
	return nil
}
