// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/plugin/argocd"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

const argocdDescription = `The config management plugin of Argo CD. A sidecar of argocd-repo-server runs generate
and parameters in the folder of an Application; install prints what puts the
sidecar there, paths what an Application should be annotated with.

Settings come from korender.yaml, then from the parameters of the Application,
then from its environment (plugin.env, KORENDER_NAMESPACE and so on).

EXAMPLES:
   korender argocd install --image registry.example.com/korender-argocd:v1 \
     > argocd/korender/kustomization.yaml
   cd apps/shop && korender argocd paths
   cd apps/shop && korender argocd generate`

func argocdCommand(s streams) *cli.Command {
	cmd := &cli.Command{
		Name:        "argocd",
		Usage:       "be a config management plugin of Argo CD",
		UsageText:   "korender argocd generate|parameters|paths|install [flags]",
		Description: argocdDescription,
		Subcommands: []*cli.Command{generateCommand(s), parametersCommand(s), pathsCommand(s), installCommand(s)},
		Action:      func(c *cli.Context) error { return noArgocdCommand(c) },
	}
	for _, sub := range cmd.Subcommands {
		sub.OnUsageError, sub.HideHelpCommand, sub.HelpName = onUsageError, true, "korender argocd "+sub.Name
	}
	return cmd
}

func noArgocdCommand(c *cli.Context) error {
	if !c.Args().Present() {
		return cli.ShowSubcommandHelp(c)
	}
	var known []string
	for _, sub := range c.Command.Subcommands {
		known = append(known, sub.Name)
	}
	return usagef(diag.DidYouMean(c.Args().First(), known), "korender argocd has no command %q", c.Args().First())
}

// defaultTimeout leaves Argo CD, which gives up after 60 seconds, time to bring the files and to tell the user.
const defaultTimeout = 50 * time.Second

// callFlags are those of the calls that Argo CD makes.
func callFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "libraries", Usage: "folder `DIR` in which every folder is a library, used after those of korender.yaml; an operator's, so it may lie anywhere"},
		&cli.DurationFlag{Name: "timeout", Value: defaultTimeout, EnvVars: []string{"KORENDER_TIMEOUT"}, Usage: "give up after `TIME`, and say so (default 50s, or KORENDER_TIMEOUT of the environment)"},
	}
}

func generateCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "generate",
		Usage:     "print the manifests of the Application in the working directory, one JSON object a line",
		UsageText: "korender argocd generate [flags]",
		Flags:     callFlags(),
		Action: func(c *cli.Context) error {
			return answer(c, s, func(ctx context.Context, r argocd.Request, w io.Writer) (diag.List, error) {
				return argocd.Generate(ctx, r, w)
			})
		},
	}
}

func parametersCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "parameters",
		Usage:     "print the parameters that the Application in the working directory can set, as a JSON array",
		UsageText: "korender argocd parameters [flags]",
		Flags:     callFlags(),
		Action: func(c *cli.Context) error {
			return answer(c, s, func(_ context.Context, r argocd.Request, w io.Writer) (diag.List, error) {
				return argocd.Parameters(r, w)
			})
		},
	}
}

// call is one kind of call: it writes what is to be printed, and lists warnings.
type call func(context.Context, argocd.Request, io.Writer) (diag.List, error)

// answer makes a call with what the working directory and the environment say, within the time that it has. What goes
// wrong is told in few lines, since Argo CD stores them.
func answer(c *cli.Context, s streams, do call) error {
	if err := noArguments(c); err != nil {
		return err
	}
	timeout := c.Duration("timeout")
	if timeout <= 0 {
		return usagef("such as 50s", "--timeout must be more than nothing, not %s", timeout)
	}
	ctx, cancel := context.WithTimeout(c.Context, timeout)
	defer cancel()
	app := argocd.ReadApp(environment())
	out, warnings, err := inTime(ctx, app, c.String("libraries"), do)
	if errors.Is(err, context.DeadlineExceeded) {
		err = &render.Failure{Stage: render.StageEvaluate, Problems: diag.List{argocd.TooLate(timeout)}}
	}
	if err != nil {
		return explained(app, err, s)
	}
	fmt.Fprint(s.err, argocd.Warn(app, warnings))
	_, err = s.out.Write(out)
	return err
}

// explained prints an error as Argo CD's users can read it, and is the exit code.
func explained(app argocd.App, err error, s streams) error {
	problems, known := argocd.ProblemsOf(err)
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		problems = diag.List{{Message: usage.message, Hint: usage.hint}}
	case errors.Is(err, context.Canceled):
		problems = diag.List{{Message: "interrupted: Argo CD has given up, or the sidecar is being stopped", Hint: "refresh the Application"}}
	case !known:
		problems = diag.List{{Message: err.Error()}}
	}
	fmt.Fprint(s.err, argocd.Explain(app, problems))
	var failure *render.Failure
	switch {
	case errors.As(err, &failure):
		return exitCode(codeOf(failure.Stage))
	case usage != nil || known:
		return exitCode(exitUsage)
	default:
		return exitCode(exitUnexpected)
	}
}

// inTime opens the folder and makes the call. Reading and compiling cannot be interrupted, so nobody waits for them when
// the time is over: the process is about to end.
func inTime(ctx context.Context, app argocd.App, libraries string, do call) ([]byte, diag.List, error) {
	type result struct {
		out      []byte
		warnings diag.List
		err      error
	}
	done := make(chan result, 1)
	go func() {
		var out bytes.Buffer
		warnings, err := called(ctx, app, libraries, do, &out)
		done <- result{out.Bytes(), warnings, err}
	}()
	select {
	case r := <-done:
		return r.out, r.warnings, r.err
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

func called(ctx context.Context, app argocd.App, libraries string, do call, w io.Writer) (diag.List, error) {
	folder, err := openApp(app, libraries)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	return do(ctx, argocd.Request{App: app, Input: folder.input, Settings: folder.settings, Problems: folder.problems}, w)
}

// environment is the environment of the process. Of one name twice, the later counts.
func environment() map[string]string {
	out := map[string]string{}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		out[name] = value
	}
	return out
}
