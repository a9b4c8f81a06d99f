// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// The annotations that tell GitOps tools, and the live reconciler, how to treat a manifest.
const (
	argoSyncOptions    = "argocd.argoproj.io/sync-options"
	argoCompareOptions = "argocd.argoproj.io/compare-options"
	argoSyncWave       = "argocd.argoproj.io/sync-wave"
	fluxPrune          = "kustomize.toolkit.fluxcd.io/prune"
	fluxApply          = "kustomize.toolkit.fluxcd.io/ssa"
	fluxForce          = "kustomize.toolkit.fluxcd.io/force"
	fluxSubstitute     = "kustomize.toolkit.fluxcd.io/substitute"
	renderedHash       = eval.RenderedHash
)

const kept = "Prune=false,Delete=false" // for Argo CD: never delete the object, with or without its Application

// mark is one annotation to set.
type mark struct {
	name, value string
	list        bool // a list, whose items are added to those that are there
}

// marks is what a manifest has to say to the tool that applies it.
func (c *Config) marks(f *program.ResourceFunction, mayDefer bool, wave int) []mark {
	var out []mark
	keeps := mayDefer || f.Delete == program.DeleteAbandon
	switch c.Target {
	case TargetArgoCD:
		if keeps {
			out = append(out, mark{argoSyncOptions, kept, true})
		}
		if mayDefer {
			out = append(out, mark{argoCompareOptions, "IgnoreExtraneous", true})
		}
		if wave > 0 {
			out = append(out, mark{argoSyncWave, strconv.Itoa(wave), false})
		}
	case TargetFlux:
		if keeps {
			out = append(out, mark{fluxPrune, "disabled", false})
		}
		switch f.Update.Policy {
		case program.UpdateNever:
			out = append(out, mark{fluxApply, "IfNotPresent", false})
		case program.UpdateRecreate:
			out = append(out, mark{fluxForce, "enabled", false})
		}
	}
	return out
}

// marked is an object with marks in its annotations. What the user says there stays, and a difference is a warning.
func (r *rendering) marked(o manifest.Object, marks []mark, t *instance, s *eval.StepResult) manifest.Object {
	if len(marks) == 0 {
		return o
	}
	metadata, _ := o.Value["metadata"].(map[string]any)
	own, _ := metadata["annotations"].(map[string]any)
	annotations := make(map[string]any, len(own)+len(marks))
	maps.Copy(annotations, own)
	for _, m := range marks {
		value, differs := m.over(annotations[m.name])
		if differs {
			r.warnOwn(t, s, o.ID, m, annotations[m.name])
		}
		annotations[m.name] = value
	}
	return annotated(o, annotations)
}

// annotated is an object with other annotations.
func annotated(o manifest.Object, annotations map[string]any) manifest.Object {
	value := maps.Clone(o.Value)
	metadata, _ := value["metadata"].(map[string]any)
	metadata = maps.Clone(metadata)
	metadata["annotations"] = annotations
	value["metadata"] = metadata
	o.Value, o.Raw = value, nil
	return o
}

// over is the annotation's value beside what the user has there, and whether the user says something else.
func (m mark) over(own any) (value any, differs bool) {
	text, ok := own.(string)
	switch {
	case own == nil:
		return m.value, false
	case !ok:
		return own, true
	case !m.list:
		return own, text != m.value
	}
	var items []string
	for _, item := range strings.Split(text, ",") {
		if item = strings.TrimSpace(item); item != "" && !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	for _, item := range strings.Split(m.value, ",") {
		key, _, _ := strings.Cut(item, "=")
		switch at := slices.IndexFunc(items, func(i string) bool { return i == key || strings.HasPrefix(i, key+"=") }); {
		case at < 0:
			items = append(items, item)
		case items[at] != item:
			differs = true
		}
	}
	return strings.Join(items, ","), differs
}

func (r *rendering) warnOwn(t *instance, s *eval.StepResult, id manifest.ID, m mark, own any) {
	p := t.problemOf(s, diag.OwnAnnotation)
	p.Severity = diag.Warning
	p.Message = fmt.Sprintf("%s sets annotation %s of %s to %q itself, where %q belongs; its own value stays", s.Path, m.name, id, fmt.Sprint(own), m.value)
	p.Hint = "leave the annotation out: the tool may treat the object otherwise than the program means"
	r.warnings = append(r.warnings, p)
}

// problemOf is a problem at a step of the instance.
func (t *instance) problemOf(s *eval.StepResult, code diag.Code) diag.Diagnostic {
	if step := stepOf(t.workflow, s.Path); step != nil {
		return step.Node.Problem(code, "")
	}
	return t.root.problem(nil, code, "")
}
