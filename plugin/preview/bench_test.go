// SPDX-License-Identifier: Apache-2.0

package preview

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/korender/korender/plugin/preview/revision"
	"github.com/korender/korender/plugin/preview/subject"
	"github.com/korender/korender/render"
)

// monorepo describes a repository of 500 instances with one library of five Workflows, each with functions of its own.
type monorepo struct {
	name    string
	folders int
	kind    func(folder, i int) int // the Workflow of an instance
	reached int                     // instances of Workflow 0, whose ValueFunction changes
}

const instances = 500

var monorepos = []monorepo{
	{"one team uses it", 50, func(folder, _ int) int { return folder % 5 }, 100},
	{"a fifth of each folder", 50, func(_, i int) int { return i % 5 }, 100},
	{"all use it", 50, func(int, int) int { return 0 }, 500},
	{"a fifth of one large folder", 1, func(_, i int) int { return i % 5 }, 100},
}

// files are those of the repository, with the instances of all Workflows, or of one.
func (m *monorepo) files(only func(kind int) bool) map[string]string {
	out := map[string]string{}
	for kind := range 5 {
		out[fmt.Sprintf("lib/site%d.koreo", kind)] = libraryProgram(kind, "a")
	}
	each := instances / m.folders
	for folder := range m.folders {
		for i := range each {
			if kind := m.kind(folder, i); only(kind) {
				out[fmt.Sprintf("apps/%d/korender.yaml", folder)] = "apiVersion: korender.dev/v1alpha1\nkind: Render\ntriggers: consume\nroot: ../..\nlibraries: [../../lib]\n"
				out[fmt.Sprintf("apps/%d/site%d.yaml", folder, i)] = fmt.Sprintf(
					"apiVersion: example.com/v1\nkind: Site%d\nmetadata: {name: s%d-%d, namespace: web}\nspec: {host: s%d.example.com, size: small, replicas: %d}\n", kind, folder, i, i, i%9)
			}
		}
	}
	return out
}

// libraryProgram is a Workflow that makes a Deployment, a Service and a ConfigMap, of which two use a ValueFunction.
func libraryProgram(kind int, suffix string) string {
	return strings.NewReplacer("KIND", fmt.Sprint(kind), "SUFFIX", suffix).Replace(`apiVersion: koreo.dev/v1beta1
kind: Workflow
metadata: {name: siteKIND}
spec:
  crdRef: {apiGroup: example.com, version: v1, kind: SiteKIND}
  steps:
    - label: labels
      ref: {kind: ValueFunction, name: labels-KIND}
      inputs: {name: =parent.metadata.name}
    - label: deployment
      ref: {kind: ResourceFunction, name: deployment-KIND}
      inputs: {name: =parent.metadata.name, replicas: =parent.spec.replicas, labels: =steps.labels}
    - label: service
      ref: {kind: ResourceFunction, name: service-KIND}
      inputs: {name: =parent.metadata.name, labels: =steps.labels}
    - label: config
      ref: {kind: ResourceFunction, name: config-KIND}
      inputs: {name: =parent.metadata.name, host: =parent.spec.host}
---
apiVersion: koreo.dev/v1beta1
kind: ValueFunction
metadata: {name: labels-KIND}
spec:
  return: {app: =inputs.name + "-SUFFIX", part-of: site}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: deployment-KIND}
spec:
  apiConfig: {apiVersion: apps/v1, kind: Deployment, name: =inputs.name, namespace: web}
  resource:
    metadata: {labels: =inputs.labels}
    spec:
      replicas: =inputs.replicas
      selector: {matchLabels: {app: =inputs.name}}
      template:
        metadata: {labels: {app: =inputs.name}}
        spec: {containers: [{name: web, image: "web:1", ports: [{containerPort: 8080}]}]}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: service-KIND}
spec:
  apiConfig: {apiVersion: v1, kind: Service, name: =inputs.name, namespace: web}
  resource:
    metadata: {labels: =inputs.labels}
    spec: {selector: {app: =inputs.name}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: koreo.dev/v1beta1
kind: ResourceFunction
metadata: {name: config-KIND}
spec:
  apiConfig: {apiVersion: v1, kind: ConfigMap, name: =inputs.name, namespace: web}
  resource: {data: {host: =inputs.host}}
`)
}

// committed is the repository, whose last commit changes the ValueFunction of Workflow 0.
func (m *monorepo) committed(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	write(t, dir, m.files(func(int) bool { return true }))
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "base")
	write(t, dir, map[string]string{"lib/site0.koreo": libraryProgram(0, "b")})
	git(t, dir, "commit", "-q", "-a", "-m", "function")
	git(t, dir, "gc", "-q")
	return dir
}

// renderedAll renders every folder on disk, one after another, as the command does for each, and counts objects.
func renderedAll(t testing.TB, dir string, folders int) int {
	t.Helper()
	top, err := revision.OpenDisk(dir)
	require.NoError(t, err)
	defer top.Close()
	objects := 0
	for folder := range folders {
		p, err := prepare(top, source{path: fmt.Sprintf("apps/%d", folder)}, Options{})
		require.NoError(t, err)
		if p.absent {
			continue
		}
		result, err := render.Render(context.Background(), p.input, render.Options{})
		require.NoError(t, err)
		objects += len(result.Objects)
		p.close()
	}
	return objects
}

// asCommanded are the options of the command, which looks for Applications, too. There are none here.
func asCommanded() Options {
	return Options{Applications: func(subject.Application) (Applied, error) { return Applied{}, errors.New("there are none") }}
}

// spent is the CPU time of some work, with that of the processes that it starts. On a machine that does other things at the
// same time, it tells more than a clock.
func spent(b *testing.B, work func()) time.Duration {
	b.Helper()
	used := func() time.Duration {
		var sum time.Duration
		for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
			var u syscall.Rusage
			require.NoError(b, syscall.Getrusage(who, &u))
			sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
		return sum
	}
	before := used()
	work()
	return used() - before
}

// compared runs two pieces of work in turn, and holds the CPU time of the second to a multiple of that of the first.
func compared(b *testing.B, bound float64, first, second func()) {
	b.Helper()
	first() // what is done only once
	second()
	var one, two time.Duration
	runs := 0
	for b.Loop() {
		one += spent(b, first)
		two += spent(b, second)
		runs++
	}
	ratio := float64(two) / float64(one)
	b.ReportMetric(float64(one.Microseconds())/float64(runs)/1000, "ms-CPU/first")
	b.ReportMetric(float64(two.Microseconds())/float64(runs)/1000, "ms-CPU/preview")
	b.ReportMetric(ratio, "preview/first")
	if runs >= 5 && ratio > bound {
		b.Errorf("a preview takes %.1f times as long: at most %.0f were promised", ratio, bound)
	}
}

// BenchmarkOneFunctionChanged compares a preview in which a ValueFunction changes with a render of only the instances that
// it reaches: of a repository in which there are no others, once, from disk. Where all instances lie in one folder, all of
// them have to be read to know which are reached, so there the comparison is with a render of that folder.
func BenchmarkOneFunctionChanged(b *testing.B) {
	for _, m := range monorepos {
		b.Run(m.name, func(b *testing.B) {
			dir, only, rendered := m.committed(b), b.TempDir(), 3*m.reached
			kept := func(kind int) bool { return kind == 0 }
			if m.folders == 1 {
				rendered, kept = 3*instances, func(int) bool { return true }
			}
			write(b, only, m.files(kept))
			compared(b, 3, func() {
				require.Equal(b, rendered, renderedAll(b, only, m.folders))
			}, func() {
				require.Equal(b, 2*m.reached, previewed(b, dir, "HEAD~1", asCommanded()).Summary.Changed)
			})
		})
	}
}

// BenchmarkNothingChanged compares a preview of no change with what git itself needs to read both trees: to list them, and,
// beside that, to read what the folders hold.
func BenchmarkNothingChanged(b *testing.B) {
	dir := monorepos[0].committed(b)
	git := func(input string, args ...string) {
		for range 2 {
			cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
			cmd.Stdin = strings.NewReader(input)
			require.NoError(b, cmd.Run())
		}
	}
	names := strings.Builder{}
	for name := range monorepos[0].files(func(int) bool { return true }) {
		names.WriteString("HEAD:" + path.Clean(name) + "\n")
	}
	preview := func() { require.False(b, previewed(b, dir, "HEAD", asCommanded()).Summary.Any()) }
	b.Run("git ls-tree", func(b *testing.B) {
		compared(b, 2, func() { git("", "ls-tree", "-r", "HEAD") }, preview)
	})
	b.Run("git ls-tree and cat-file", func(b *testing.B) {
		compared(b, 2, func() {
			git("", "ls-tree", "-r", "HEAD")
			git(names.String(), "cat-file", "--batch")
		}, preview)
	})
}
