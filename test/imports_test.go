// SPDX-License-Identifier: Apache-2.0

package test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// module is the path that our own imports begin with.
const module = "github.com/korender/korender/"

// rule says what a package may import, besides the standard library. A name that ends with /* stands for everything
// below it. Tests may import more: they are not checked.
type rule struct{ ours, others []string }

// rules is the table of packages. Data goes one way: whoever is not listed as importable calls nobody back.
//
// YAML is read and written by the library that kyaml gives under its own name, and not through kyaml, which links the
// OpenAPI machinery besides: that is a quarter of the time in which a command starts.
var rules = map[string]rule{
	"render/diag":         {},
	"render/manifest":     {others: []string{"go.yaml.in/yaml/v3"}},
	"render/schema":       {others: []string{"k8s.io/kube-openapi/*"}},
	"render/source":       {ours: []string{"render/diag"}, others: []string{"go.yaml.in/yaml/v3"}},
	"render/expr":         {ours: []string{"render/diag", "render/schema", "render/manifest", "render/expr/*"}, others: celAndRegexps},
	"render/expr/library": {ours: []string{"render/diag", "render/schema", "render/manifest"}, others: celAndRegexps},
	"render/program":      {ours: []string{"render/diag", "render/schema", "render/source", "render/expr"}},
	"render/eval":         {ours: []string{"render/diag", "render/manifest", "render/schema", "render/expr", "render/program"}}, // hands schemas to expr
	"render/functest":     {ours: []string{"render/diag", "render/manifest", "render/expr", "render/program", "render/eval"}},
	"render/explain":      {ours: []string{"render/diag", "render/manifest", "render/expr", "render/source", "render/program", "render/eval"}},
	"render":              {ours: []string{"render/*"}},

	"plugin/argocd": {ours: []string{"render", "render/manifest", "render/diag"}, others: []string{"go.yaml.in/yaml/v3"}},
	// The problems of a render are told in conditions, with their hints.
	"plugin/flux/content":      {ours: []string{"render", "render/manifest", "render/diag", "plugin/flux/api/v1alpha1"}},
	"plugin/flux":              {ours: []string{"plugin/flux/content", "plugin/flux/api/v1alpha1"}, others: []string{"github.com/fluxcd/*", "sigs.k8s.io/controller-runtime/*", "k8s.io/*"}},
	"plugin/flux/api/v1alpha1": {others: []string{"k8s.io/*", "sigs.k8s.io/controller-runtime/*", "github.com/fluxcd/*"}},
	// What a change in git does to every manifest: git is read by revision, what two renders leave is compared by change, and
	// report writes it for people. Text for people is at the bottom.
	"plugin/preview/words":    {},
	"plugin/preview/revision": {ours: []string{"render/diag", "plugin/preview/words"}, others: []string{"github.com/go-git/*"}},
	"plugin/preview/subject":  {ours: []string{"render", "render/diag", "render/source", "plugin/preview/revision"}},
	"plugin/preview/change":   {ours: []string{"render", "render/*"}},
	"plugin/preview":          {ours: []string{"render", "render/*", "plugin/preview/words", "plugin/preview/revision", "plugin/preview/subject", "plugin/preview/change", "plugin/preview/graph"}},
	"plugin/preview/report":   {ours: []string{"render/diag", "render/manifest", "plugin/preview", "plugin/preview/*"}},
	"plugin/preview/page":     {},
	// Places boxes, whatever they are.
	"plugin/preview/graph/layout": {},
	"plugin/preview/graph":        {ours: []string{"render", "render/*", "plugin/preview/words", "plugin/preview/page", "plugin/preview/graph/layout"}},
	"krm-fn":                      {ours: []string{"render", "render/diag", "render/manifest"}, others: []string{"go.yaml.in/yaml/v3"}},

	"live/api/v1alpha1": {others: []string{"k8s.io/*", "sigs.k8s.io/controller-runtime/*"}},
	"live/observe":      {ours: []string{"render/manifest"}, others: []string{"k8s.io/*", "sigs.k8s.io/controller-runtime/*"}},
	// The inventory is part of the API.
	"live/apply": {ours: []string{"render", "render/manifest", "live/api/v1alpha1"}, others: []string{"k8s.io/*", "sigs.k8s.io/*", "github.com/fluxcd/pkg/ssa/*"}},
	// Objects that could not be read are named by manifest.ID.
	"live/status": {ours: []string{"render", "render/manifest", "live/apply", "live/api/v1alpha1"}, others: []string{"k8s.io/*", "github.com/fluxcd/pkg/*"}},
	// A user's view of instances, evaluated with the user's own rights; the Redactor of live/status hides Secrets.
	"live/inspect":    {ours: []string{"render", "render/manifest", "live/api/v1alpha1", "live/status"}, others: []string{"k8s.io/*", "sigs.k8s.io/controller-runtime/*", "sigs.k8s.io/yaml"}},
	"live/controller": {ours: []string{"render", "render/manifest", "live/*"}, others: []string{"k8s.io/*", "sigs.k8s.io/controller-runtime/*", "github.com/fluxcd/pkg/*", "github.com/go-logr/*"}},

	// The command prints diagnostics with their carets, hence diag; it links no Kubernetes client, for its start-up time.
	"cmd/korender":      {ours: []string{"render", "render/diag", "krm-fn", "plugin/argocd", "plugin/preview", "plugin/preview/*"}, others: []string{"github.com/urfave/cli/v2"}},
	"cmd/korender-live": {ours: []string{"live/controller", "live/inspect", "plugin/flux"}, others: []string{"github.com/urfave/cli/v2"}},

	// The floor writes what the product writes with nothing but the YAML library; the bench runs binaries.
	"test":       {},
	"test/bench": {},
	"test/floor": {others: []string{"go.yaml.in/yaml/v3"}},
	"test/suite": {},
}

var celAndRegexps = []string{"github.com/google/cel-go/*", "github.com/dlclark/regexp2", "google.golang.org/protobuf/*"}

func TestImports(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, file := range goFiles(t) {
		dir := path.Dir(file)
		r, known := rules[dir]
		if !assert.True(t, known, "%s: package %s is not in the table of packages", file, dir) {
			continue
		}
		checked++
		for _, imported := range importsOf(t, file) {
			switch name, ours := strings.CutPrefix(imported, module); {
			case ours:
				assert.True(t, allowed(name, r.ours), "%s imports %s: the table does not allow it", file, name)
			case strings.Contains(strings.Split(imported, "/")[0], "."):
				assert.True(t, allowed(imported, r.others), "%s imports %s: the table does not allow it", file, imported)
			}
		}
	}
	assert.Greater(t, checked, 30, "the walk has missed the sources")
}

func allowed(name string, list []string) bool {
	return slices.ContainsFunc(list, func(pattern string) bool {
		prefix, below := strings.CutSuffix(pattern, "*")
		return name == strings.TrimSuffix(prefix, "/") || below && strings.HasPrefix(name, prefix)
	})
}

// goFiles lists the sources of this module that are no tests, slash-separated and relative to its root. Nested modules
// have rules of their own.
func goFiles(t *testing.T) []string {
	t.Helper()
	root := filepath.Join("..")
	var files []string
	err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			if name != root && (strings.HasPrefix(e.Name(), ".") || e.Name() == "testdata" || nestedModule(name)) {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			rel, err := filepath.Rel(root, name)
			files = append(files, filepath.ToSlash(rel))
			return err
		}
		return nil
	})
	require.NoError(t, err)
	return files
}

func nestedModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func importsOf(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", filepath.FromSlash(file)), nil, parser.ImportsOnly)
	require.NoError(t, err)
	var out []string
	for _, spec := range parsed.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		out = append(out, name)
	}
	return out
}
