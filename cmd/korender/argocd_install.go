// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"path"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/korender/korender/plugin/argocd"
	"github.com/korender/korender/render"
)

func installCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "install",
		Usage:     "print what adds the plugin to an installation of Argo CD",
		UsageText: "korender argocd install --image IMAGE [-o kustomize|helm|json]",
		Description: `kustomize prints a component (save it as korender/kustomization.yaml beside that of
Argo CD, and add there "components: [korender]"); helm prints values of the chart argo-cd;
json prints the component as JSON, which kustomize reads too.

The image is built from the source of korender:
   docker build -t REGISTRY/korender-argocd:VERSION --target argocd-plugin .`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "image", Usage: "the plugin's `IMAGE`, as your cluster pulls it"},
			outputFlag(argocd.FormatKustomize, argocd.FormatKustomize, argocd.FormatHelm, argocd.FormatJSON),
		},
		Action: func(c *cli.Context) error {
			format, err := outputOf(c, argocd.FormatKustomize, argocd.FormatHelm, argocd.FormatJSON)
			if err != nil {
				return err
			}
			if err := noArguments(c); err != nil {
				return err
			}
			image := c.String("image")
			if image == "" {
				return usagef("build it: docker build -t REGISTRY/korender-argocd:VERSION --target argocd-plugin .", "say which image: --image REGISTRY/korender-argocd:VERSION")
			}
			return argocd.Install(image, format, s.out)
		},
	}
}

func pathsCommand(s streams) *cli.Command {
	return &cli.Command{
		Name:      "paths",
		Usage:     "print the annotation of the Application in the working directory that says on which paths its manifests depend",
		UsageText: "korender argocd paths [-o text|json]",
		Description: `With argocd.argoproj.io/manifest-generate-paths, a commit that changes nothing below
these paths does not make Argo CD render the Application again, and where
reposerver.plugin.use.manifest.generate.paths is set, only what they have in common is
sent to the plugin. -o json also lists every file that was read.

Libraries of the image are in no repository: after a change of the image, a hard
refresh (argocd app get NAME --hard-refresh) renders an Application anew.`,
		Flags: []cli.Flag{outputFlag("text", "text", "json")},
		Action: func(c *cli.Context) error {
			format, err := outputOf(c, "text", "json")
			if err != nil {
				return err
			}
			if err := noArguments(c); err != nil {
				return err
			}
			return printPaths(s, format)
		},
	}
}

func printPaths(s streams, format string) error {
	app := argocd.ReadApp(environment())
	folder, err := openApp(app, "")
	if err != nil {
		return explained(app, err, s)
	}
	defer folder.Close()
	if err := folder.problems.Err(); err != nil {
		return explained(app, err, s)
	}
	files, err := folder.read()
	if err != nil {
		return explained(app, err, s)
	}
	value := argocd.Annotation(folder.folder, append(folder.linked(files), folder.names...)...)
	if format == "json" {
		return printJSON(s.out, map[string]any{"annotations": map[string]string{argocd.PathsAnnotation: value}, "files": files})
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s: %q\n", argocd.PathsAnnotation, value)
	_, err = s.out.Write(out.Bytes())
	return err
}

// read reads what a render reads, and lists the files.
func (f *appFolder) read() ([]string, error) {
	var recorders []*argocd.Recorder
	record := func(places []render.Place) {
		for i := range places {
			r := &argocd.Recorder{FS: places[i].FS, Prefix: places[i].Prefix}
			recorders, places[i].FS = append(recorders, r), r
		}
	}
	record(f.input.Paths)
	record(f.input.Libraries)
	_ = render.ReadConfig(f.input.Paths[0].FS, ".", f.input.Paths[0].Prefix) // once more, so that it is recorded
	if _, err := render.Load(f.input, render.Options{}); err != nil {
		return nil, err
	}
	files := []string{}
	for _, r := range recorders {
		files = append(files, r.Files()...)
	}
	return files, nil
}

// linked lists the files of the repository that symbolic links among the files lead to.
func (f *appFolder) linked(files []string) []string {
	top, err := filepath.EvalSymlinks(f.dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, name := range files {
		real, err := filepath.EvalSymlinks(filepath.Join(f.dir, filepath.FromSlash(name)))
		if err != nil {
			continue
		}
		if rel, err := below(top, real); err == nil && rel != name {
			out = append(out, path.Join(f.within, rel))
		}
	}
	return out
}
