// SPDX-License-Identifier: Apache-2.0

package render

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/program"
)

// workflowAnnotation names the Workflow of an object, whatever its kind.
const workflowAnnotation = "koreo.dev/workflow"

// builtInGroups are the API groups that every Kubernetes server has; their objects are emitted unless said otherwise.
var builtInGroups = []string{
	"", "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps",
	"authentication.k8s.io", "authorization.k8s.io", "autoscaling", "batch", "certificates.k8s.io",
	"coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "flowcontrol.apiserver.k8s.io",
	"internal.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io", "policy", "rbac.authorization.k8s.io",
	"resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io", "storagemigration.k8s.io",
}

func builtIn(id manifest.ID) bool { return slices.Contains(builtInGroups, id.Group()) }

// kindGroup is Kind.group, or Kind in the core group: how `triggers` in korender.yaml names a kind.
func kindGroup(id manifest.ID) string {
	if group := id.Group(); group != "" {
		return id.Kind + "." + group
	}
	return id.Kind
}

// chosen is an object of the input with the Workflow that runs for it, if one does.
type chosen struct {
	input    *InputObject
	workflow *program.Workflow // nil: the object passes through
	fate     Fate
}

// selection finds Workflows for objects.
type selection struct {
	program *program.Program
	config  *Config
	only    *program.Workflow // of --workflow
	kinds   map[kind][]*program.Workflow
	found   diag.List
}

// kind is a crdRef without its version.
type kind struct{ group, kind string }

// selectTriggers decides for every object of the input which Workflow runs for it and what becomes of it. The list
// holds what is wrong with that, and warnings.
func selectTriggers(s *Sources, p *program.Program, opts Options) ([]chosen, diag.List) {
	sel := newSelection(p, &s.Config)
	if opts.Workflow != "" && !sel.restrict(opts.Workflow) {
		return nil, sel.found
	}
	all := make([]chosen, 0, len(s.Objects))
	triggers := 0
	undeclared := map[string]bool{}
	for i := range s.Objects {
		c := chosen{input: &s.Objects[i], fate: Emit}
		c.workflow = sel.forInput(c.input)
		if c.workflow != nil {
			triggers++
			if c.fate = sel.fate(c.workflow, c.input.ID); c.input.consume {
				c.fate = Consume
			}
			if key := kindGroup(c.input.ID); c.fate == "" && !undeclared[key] {
				undeclared[key] = true
				sel.found = append(sel.found, undeclaredFate(c.input, c.input.ID, "", c.workflow))
			}
		}
		all = append(all, c)
	}
	if sel.only != nil && triggers == 0 {
		sel.found = append(sel.found, nothingToRun(sel.only))
	}
	return all, sel.found
}

func newSelection(p *program.Program, config *Config) *selection {
	sel := &selection{program: p, config: config, kinds: map[kind][]*program.Workflow{}}
	for _, name := range slices.Sorted(maps.Keys(p.Workflows)) {
		if w := p.Workflows[name]; w.CRDRef != nil {
			k := kind{w.CRDRef.Group, w.CRDRef.Kind}
			sel.kinds[k] = append(sel.kinds[k], w)
		}
	}
	return sel
}

// restrict makes the named Workflow the only one that runs for objects of the input.
func (s *selection) restrict(name string) bool {
	s.only = s.program.Workflows[name]
	if s.only == nil {
		s.found = append(s.found, diag.Diagnostic{
			Code: diag.UnknownWorkflow, Message: fmt.Sprintf("there is no Workflow %q (--workflow)", name),
			Hint: s.nearWorkflows(name),
		})
	}
	return s.only != nil
}

func (s *selection) nearWorkflows(name string) string {
	names := slices.Sorted(maps.Keys(s.program.Workflows))
	if near := diag.DidYouMean(name, names); near != "" {
		return near
	}
	if len(names) == 0 {
		return "no Workflow was read at all: is its folder among the PATHs or libraries?"
	}
	return "Workflows that were read: " + strings.Join(names, ", ")
}

// forInput is the Workflow that runs for an object of the input: the one that its annotation names, else the one of
// --workflow if it suits, else the one whose crdRef names its kind.
func (s *selection) forInput(o *InputObject) *program.Workflow {
	if name, ok := annotation(o.Value, workflowAnnotation); ok {
		if w := s.program.Workflows[name]; w != nil {
			if s.only != nil && s.only != w {
				return nil
			}
			return w
		}
		s.unknownWorkflow(o, name)
		return nil
	}
	if s.only != nil {
		if s.suits(o.ID) {
			return s.only
		}
		return nil
	}
	w, other := s.byKind(o.ID)
	if w == nil && other != nil {
		s.otherVersion(o, other)
	}
	return w
}

// suits tells whether the Workflow of --workflow runs for an object: those of its crdRef's kind, or, without a crdRef,
// every object of a kind that is not built into Kubernetes.
func (s *selection) suits(id manifest.ID) bool {
	if ref := s.only.CRDRef; ref != nil {
		return ref.Group == id.Group() && ref.Version == id.Version() && ref.Kind == id.Kind
	}
	return !builtIn(id)
}

// forRendered is the Workflow that runs for an object that a step rendered.
func (s *selection) forRendered(id manifest.ID, value map[string]any) *program.Workflow {
	if name, ok := annotation(value, workflowAnnotation); ok {
		return s.program.Workflows[name]
	}
	w, _ := s.byKind(id)
	return w
}

// byKind is the Workflow of a kind; other is one that takes another version of it.
func (s *selection) byKind(id manifest.ID) (w, other *program.Workflow) {
	for _, w := range s.kinds[kind{id.Group(), id.Kind}] {
		if w.CRDRef.Version == id.Version() {
			return w, nil
		}
		other = w
	}
	return nil, other
}

// fate is what becomes of a trigger; empty when nobody said it. Configuration beats the Workflow's annotation, which
// beats the rule that built-in kinds are emitted.
func (s *selection) fate(w *program.Workflow, id manifest.ID) Fate {
	t := s.config.Triggers
	preset := Fate("")
	if builtIn(id) {
		preset = Emit
	}
	return either(t.ByKind[kindGroup(id)], t.All, Fate(w.Fate), preset)
}

func (s *selection) unknownWorkflow(o *InputObject, name string) {
	at := o.node.At("metadata", "annotations", workflowAnnotation)
	p := o.problem(at, diag.UnknownWorkflow, "there is no Workflow %q for %s to run", name, o.ID)
	p.Hint = s.nearWorkflows(name)
	s.found = append(s.found, p)
}

func (s *selection) otherVersion(o *InputObject, other *program.Workflow) {
	p := o.problem(o.node.Get("apiVersion"), diag.UnknownWorkflow, "no Workflow runs for %s: Workflow %s takes version %s of its kind, this is %s",
		o.ID, other.Name, other.CRDRef.Version, o.ID.Version())
	p.Severity = diag.Warning
	p.Hint = "the object passes through as any other manifest"
	s.found = append(s.found, p)
}

// undeclaredFate asks what becomes of a trigger, and explains both answers; from says which step rendered it, if one did.
func undeclaredFate(at *InputObject, id manifest.ID, from string, w *program.Workflow) diag.Diagnostic {
	p := at.problem(at.node.Get("kind"), diag.UndeclaredFate,
		"nobody said whether %s%s, which triggers Workflow %s, stays in the output", id, from, w.Name)
	p.Hint = fmt.Sprintf("consume: it is input only; emit: it stays, as for triggers that live in the cluster. Say which in the annotation "+
		"korender.dev/trigger of Workflow %s, by `triggers: {%s: consume}` in %s, or by --triggers consume", w.Name, kindGroup(id), ConfigName)
	return p
}

func nothingToRun(w *program.Workflow) diag.Diagnostic {
	p := w.Node.Problem(diag.AmbiguousWorkflowRun, "there is no object to run Workflow %s for", w.Name)
	p.Hint = "it has no crdRef, so it runs for every object of a kind that is not built into Kubernetes; there is none in the input"
	if ref := w.CRDRef; ref != nil {
		p.Hint = fmt.Sprintf("it runs for objects of kind %s in %s/%s; there is none in the input", ref.Kind, ref.Group, ref.Version)
	}
	return p
}

// annotation is the text of an annotation.
func annotation(object map[string]any, name string) (string, bool) {
	metadata, _ := object["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	text, ok := annotations[name].(string)
	return text, ok
}
