// SPDX-License-Identifier: Apache-2.0

package render

import (
	"errors"
	"io/fs"
	"maps"
	"path"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/source"
)

// ConfigName is the name of the file that configures the render of its folder.
const ConfigName = source.ConfigFile

// ConfigFile is a korender.yaml that was read. Nil works, and says nothing.
type ConfigFile struct {
	Config
	node     *source.Node
	problems diag.List
}

// ReadConfig reads the korender.yaml of a folder of fsys; prefix is put before its name in messages. It is nil when
// the folder has none. What is wrong with it is told by the Load that uses it.
func ReadConfig(fsys fs.FS, folder, prefix string) *ConfigFile {
	name := path.Join(folder, ConfigName)
	data, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	shown := prefix + ConfigName
	c := &ConfigFile{}
	if err != nil {
		c.fail(diag.Diagnostic{Code: diag.Unreadable, Pos: diag.Pos{File: shown}, Message: "cannot be read: " + reasonOf(err)})
		return c
	}
	docs, found := source.Parse(shown, data, 0, source.Limits{})
	c.problems = found
	for i, doc := range docs {
		if i == 0 {
			c.node = doc.Root
			config, found := DecodeConfig(doc)
			c.Config, c.problems = config, append(c.problems, found...)
			continue
		}
		c.fail(doc.Root.Problem(diag.SeveralConfigs, "%s holds more than one document", ConfigName))
	}
	return c
}

// Lay puts settings over a configuration: a tree as kind Render has it, of strings, bools, int64s, []any and
// map[string]any. What they do not name stays. What is wrong with them is told with name as its file.
func (c *Config) Lay(name string, settings map[string]any) diag.List {
	tree := maps.Clone(settings)
	if tree == nil {
		tree = map[string]any{}
	}
	tree["apiVersion"], tree["kind"] = APIVersion, Kind
	text, err := manifest.Canonical(tree)
	if err != nil {
		return diag.List{{Code: diag.BadSetting, Pos: diag.Pos{File: name}, Message: err.Error()}}
	}
	docs, found := source.Parse(name, text, 0, source.Limits{})
	for _, doc := range docs {
		found = append(found, c.decode(doc)...)
	}
	return found.Sort()
}

func reasonOf(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

func (c *ConfigFile) fail(d diag.Diagnostic) { c.problems = append(c.problems, d) }

// SecondProblem notes that another PATH has brought a configuration already.
func (c *ConfigFile) SecondProblem() {
	p := c.node.Problem(diag.SeveralConfigs, "another PATH has a %s, too", ConfigName)
	p.Hint = "render the folders one at a time"
	c.fail(p)
}

// Problems is what is wrong with the file.
func (c *ConfigFile) Problems() diag.List { return c.problems.Sort() }

// RootProblem notes that the folder named by root cannot be used.
func (c *ConfigFile) RootProblem(err error) {
	c.fail(c.node.Get("root").Problem(diag.LibraryProblem, "root %q cannot be used: %s", c.Root, reasonOf(err)))
}

// LibraryProblem notes that the i-th library cannot be opened.
func (c *ConfigFile) LibraryProblem(i int, err error) {
	items := c.node.Get("libraries").Items
	name := c.Libraries[i]
	p := items[i].Problem(diag.LibraryProblem, "library %q cannot be used: %s", name, reasonOf(err))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.Message = "library " + quoted(name) + " does not exist"
		p.Hint = "paths are relative to the folder of this file"
	case !errors.Is(err, fs.ErrPermission):
		p.Message = "library " + quoted(name) + " is not a folder below the root"
		p.Hint = "widen `root`, e.g. `root: ..`, or name the library with --library"
	}
	c.fail(p)
}

func quoted(s string) string { return `"` + s + `"` }

// settle lays the options over the file, and tells what does not go together. The error is a *Failure when it is the
// options, and not the file, that ask for it.
func settle(file *ConfigFile, opts Options) (Config, diag.List, error) {
	var (
		base  Config
		found diag.List
		node  *source.Node
	)
	if file != nil {
		base, node, found = file.Config, file.node, file.problems
	}
	config := opts.Config.Settled(base)
	asked := diag.List{}
	if config.Gate == GateOrdered && config.Target != TargetArgoCD {
		asked = append(asked, problemAt(node.Get("gate"), diag.ConflictingOptions,
			"gate ordered needs target argocd, not "+string(config.Target), "ordered uses Argo CD's sync waves"))
	}
	if opts.Gate != "" {
		return config, found, failAt(StageUsage, asked)
	}
	return config, append(found, asked...), nil
}

// problemAt is a problem at a node, or without a place when a flag said it.
func problemAt(n *source.Node, code diag.Code, message, hint string) diag.Diagnostic {
	d := diag.Diagnostic{Code: code, Message: message}
	if n != nil {
		d = n.Problem(code, "%s", message)
	}
	d.Hint = hint
	return d
}
