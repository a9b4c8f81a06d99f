// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/plugin/preview"
	"github.com/korender/korender/plugin/preview/change"
	reports "github.com/korender/korender/plugin/preview/report"
	"github.com/korender/korender/plugin/preview/revision"
	"github.com/korender/korender/plugin/preview/words"
	"github.com/korender/korender/render"
)

const previewDescription = `Renders two revisions of a git repository and tells what differs in every object,
and what is dangerous about it. Revisions are read from git itself: nothing is
checked out, the working tree is not touched, and no cluster is asked.

The base is where the head left --base (their merge base). What is rendered is
what Applications of Argo CD and RenderedArtifacts of Flux in the repository say,
with their settings, and every other folder with a korender.yaml; or each --path.
A folder of which nothing has changed is not rendered. Values of Secrets are never
shown.

When the head cannot be rendered, that is told with its exit code, and nothing
counts as removed.

EXAMPLES:
   korender preview                             # HEAD and where it left the main branch
   korender preview --uncommitted --base HEAD   # what is not committed yet
   korender preview --base origin/main --head feature --path apps/prod
   korender preview -o markdown > comment.md    # for a pull request
   korender preview -o markdown --split parts   # for several comments
   korender preview -o html > preview.html      # a page, to filter and to search
   korender preview --fail-on danger`

func previewCommand(s streams) *cli.Command {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "base", Usage: "compare with `REVISION` (default: the main branch, of origin if there is one)"},
		&cli.StringFlag{Name: "head", Usage: "what is to be merged, `REVISION` (default HEAD)"},
		&cli.BoolFlag{Name: "uncommitted", Usage: "take the working tree as it is now for the head"},
		&cli.BoolFlag{Name: "no-merge-base", Usage: "compare with the base itself, not with where the head left it"},
		&cli.StringFlag{Name: "repo", Usage: "the repository, `DIR` or a folder in it; --path and --library are seen from there (default: the working directory)"},
		&cli.StringSliceFlag{Name: "repo-url", Usage: "what Applications and GitRepositories call this repository, `URL`, besides the URLs of its remotes (repeatable)"},
		&cli.StringSliceFlag{Name: "path", Usage: "render `PATH`, a folder or file (repeatable)"},
		&cli.StringSliceFlag{Name: "library", Aliases: []string{"l"}, Usage: "folder of definitions `DIR`, of each revision when it lies in the repository (repeatable)"},
		&cli.StringSliceFlag{Name: "ignore", Usage: "leave out changes of `FIELD`, such as metadata.labels; * stands for one key, [*] for one item (repeatable)"},
		&cli.StringFlag{Name: "fail-on", Usage: "end with code 7 when there is a `danger|caution`"},
		&cli.BoolFlag{Name: "exit-code", Usage: "end with code 7 when anything has changed"},
		&cli.IntFlag{Name: "max-length", Value: reports.DefaultLength, Usage: "print at most `N` bytes of Markdown, the important first"},
		&cli.StringFlag{Name: "split", Usage: "write Markdown as numbered parts of at most --max-length bytes into `DIR`, and print their names"},
		&cli.IntFlag{Name: "max-parts", Value: 10, Usage: "write at most `N` parts, the important first"},
		outputFlag("text", "text", "markdown", "html", "json"),
	}
	return &cli.Command{
		Name:        "preview",
		Usage:       "tell what a change in git does to every manifest",
		UsageText:   "korender preview [flags]",
		Description: previewDescription,
		Flags:       append(flags, previewedFlags()...),
		Action:      func(c *cli.Context) error { return runPreview(c, s) },
	}
}

// previewedFlags are those that say how triggers are evaluated; nothing is observed here.
func previewedFlags() []cli.Flag {
	var out []cli.Flag
	for _, f := range evaluationFlags() {
		if f.Names()[0] != "observed" {
			out = append(out, f)
		}
	}
	return out
}

func runPreview(c *cli.Context, s streams) error {
	format, err := outputOf(c, "text", "markdown", "html", "json")
	if err != nil {
		return err
	}
	if err := noArguments(c); err != nil {
		return usagef("name what to render with --path", "%s", err)
	}
	if c.IsSet("fail-on") {
		if err := oneOf("--fail-on", c.String("fail-on"), []string{string(change.Danger), string(change.Caution)}); err != nil {
			return err
		}
	}
	if c.Int("max-length") < reports.LeastLength {
		return usagef("", "--max-length must be at least %d, not %d", reports.LeastLength, c.Int("max-length"))
	}
	if err := splitFlags(c, format); err != nil {
		return err
	}
	repo, opts, closed, err := previewOptions(c)
	if err != nil {
		return previewError(err)
	}
	defer closed()
	p, err := preview.Run(c.Context, repo, opts)
	if err != nil {
		return previewError(err)
	}
	var out bytes.Buffer
	switch format {
	case "json":
		err = printJSON(&out, p)
	case "markdown":
		if dir := c.String("split"); dir != "" {
			err = writeParts(&out, dir, reports.Parts(p, c.Int("max-length"), c.Int("max-parts")))
			break
		}
		err = reports.Markdown(&out, p, c.Int("max-length"))
	case "html":
		err = reports.HTML(&out, p)
	default:
		err = reports.Text(&out, p, colored(s.out))
	}
	if err != nil {
		return err
	}
	if _, err := s.out.Write(out.Bytes()); err != nil {
		return err
	}
	return previewVerdict(p, s, c.String("fail-on"), c.Bool("exit-code"))
}

// previewVerdict is the exit code of a preview that was printed.
func previewVerdict(p *preview.Preview, s streams, failOn string, anyChange bool) error {
	if f := p.Failure(); f != nil {
		fmt.Fprintln(s.err, "korender: the head cannot be rendered, or a part of it; what fails is in the preview")
		return exitCode(codeOf(f.Stage))
	}
	bad := p.Summary.Dangers
	if failOn == string(change.Caution) {
		bad += p.Summary.Cautions
	}
	if anyChange && p.Summary.Any() || failOn != "" && bad+p.Summary.Failed+p.Summary.Broken > 0 {
		return exitCode(exitPreview)
	}
	return nil
}

// previewOptions opens the repository, and what --library names outside of it; whoever gets them calls the function.
func previewOptions(c *cli.Context) (*revision.Repository, preview.Options, func(), error) {
	opts := preview.Options{
		Revisions: revision.Options{
			Base: c.String("base"), Head: c.String("head"), NoMergeBase: c.Bool("no-merge-base"), Uncommitted: c.Bool("uncommitted"),
		},
		Ignore: c.StringSlice("ignore"), Applications: applied, URLs: c.StringSlice("repo-url"),
	}
	var err error
	if opts.Render, err = renderOptions(c); err != nil {
		return nil, opts, nil, err
	}
	dir := c.String("repo")
	if dir == "" {
		dir = "."
	}
	repo, err := revision.Open(dir)
	if err != nil {
		return nil, opts, nil, err
	}
	open := &files{opened: map[string]*os.Root{}}
	closed := func() { open.Close(); _ = repo.Close() } // only read: nothing can be lost
	if err := previewPaths(c, repo, dir, open, &opts); err != nil {
		closed()
		return nil, opts, nil, err
	}
	return repo, opts, closed, nil
}

// previewPaths finds --path and --library in the repository.
func previewPaths(c *cli.Context, repo *revision.Repository, dir string, open *files, opts *preview.Options) error {
	for _, name := range c.StringSlice("path") {
		at, inside, err := inRepository(repo, dir, name)
		if err != nil {
			return err
		}
		if !inside {
			return usagef("", "--path %s is not in the repository", name)
		}
		opts.Paths = append(opts.Paths, at)
	}
	for _, name := range c.StringSlice("library") {
		at, inside, err := inRepository(repo, dir, name)
		if err != nil {
			return err
		}
		if inside {
			opts.Libraries = append(opts.Libraries, preview.Library{Path: at})
			continue
		}
		root, err := open.open(name)
		if err != nil {
			return pathError(name, err)
		}
		opts.Libraries = append(opts.Libraries, preview.Library{Outside: &render.Place{FS: root.FS(), Path: ".", Prefix: prefixOf(name)}})
	}
	return nil
}

// inRepository is where a path is in the repository. In a bare one, that is where it says.
func inRepository(repo *revision.Repository, dir, name string) (string, bool, error) {
	if repo.Top == "" {
		clean := filepath.ToSlash(filepath.Clean(name))
		return clean, filepath.IsLocal(clean), nil
	}
	at, err := filepath.Abs(dir)
	if err == nil {
		at, err = filepath.EvalSymlinks(at)
	}
	if err != nil {
		return "", false, fmt.Errorf("find %s: %w", dir, err)
	}
	if filepath.IsAbs(name) {
		at = filepath.Clean(name)
	} else {
		at = filepath.Join(at, name)
	}
	rel, err := below(repo.Top, at)
	if errors.Is(err, errOutside) {
		return "", false, nil
	}
	return rel, true, err
}

// previewError turns a comparison that cannot be made as asked into a usage error.
func previewError(err error) error {
	var problem *words.Problem
	if errors.As(err, &problem) {
		return usagef(problem.Hint, "%s", problem.Message)
	}
	return err
}
