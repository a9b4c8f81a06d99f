// SPDX-License-Identifier: Apache-2.0

package render

import (
	"maps"
	"slices"

	"github.com/korender/korender/render/source"
)

// setting describes one field of kind Render. The one table below is read by the decoder and by Schema.
type setting struct {
	name   string
	doc    string
	kind   source.Kind
	words  []string  // String: the values allowed; Map with free keys: the words allowed as values
	word   bool      // Map that may also be one word of words
	least  int64     // Int: the smallest value
	fields []setting // Map: the keys allowed; none means free keys with String values
	set    func(c *Config, n *source.Node)
}

// APIVersion and Kind say that a document configures a render.
const (
	APIVersion = "korender.dev/v1alpha1"
	Kind       = "Render"
)

// policyWords are the policies, and what each may be.
var policyWords = map[string]string{"createOverlay": "merge", "never": "apply", "recreate": "apply"}

// PolicyNames lists the policies, sorted.
func PolicyNames() []string { return slices.Sorted(maps.Keys(policyWords)) }

// PolicyWords lists the values that a policy may have; nil when there is no such policy.
func PolicyWords(name string) []string {
	word, ok := policyWords[name]
	if !ok {
		return nil
	}
	return []string{word}
}

// settings is kind Render.
func settings() []setting {
	return []setting{
		{name: "root", kind: source.String, doc: "Folder below which every file that is read must lie, relative to this file. Default: the folder of this file.",
			set: func(c *Config, n *source.Node) { c.Root = n.Text() }},
		{name: "libraries", kind: source.List, doc: "Folders of definitions, relative to this file and below root. This folder itself comes first; an earlier library overrides a later one.",
			set: func(c *Config, n *source.Node) { c.Libraries = texts(n) }},
		{name: "namespace", kind: source.String, doc: "Namespace of namespaced triggers that have none.",
			set: func(c *Config, n *source.Node) { c.Namespace = n.Text() }},
		{name: "target", kind: source.String, words: []string{"plain", "argocd", "flux"}, doc: "The tool that applies the manifests. Default: plain.",
			set: func(c *Config, n *source.Node) { c.Target = Target(n.Text()) }},
		{name: "gate", kind: source.String, words: []string{"strict", "ordered"}, doc: "Who waits for a gate: the live reconciler (strict, the default) or Argo CD's sync waves (ordered).",
			set: func(c *Config, n *source.Node) { c.Gate = Gate(n.Text()) }},
		{name: "onDeferred", kind: source.String, words: []string{"error", "instance"}, doc: "What to do when an object cannot be rendered at git time: fail (error, the default) or hand it to the live reconciler (instance).",
			set: func(c *Config, n *source.Node) { c.OnDeferred = OnDeferred(n.Text()) }},
		{name: "triggers", kind: source.Map, word: true, words: []string{"consume", "emit"}, doc: "What becomes of triggers: one word for all, or a word by Kind.group. consume: they leave the output; emit: they stay in it.",
			set: setTriggers},
		{name: "policies", kind: source.Map, doc: "What git may do although only a live reconciler can tell create from update.",
			fields: policySettings()},
		{name: "substitute", kind: source.Map, doc: "Values of ${variables} that Flux substitutes after the render.",
			set: func(c *Config, n *source.Node) { c.Substitute = textMap(n) }},
		{name: "instance", kind: source.Map, doc: "Settings of the WorkflowInstances that are emitted.", fields: instanceSettings()},
		{name: "allowEmpty", kind: source.Bool, doc: "Allow a render that produces nothing. Default: false.",
			set: func(c *Config, n *source.Node) { c.AllowEmpty = n.Value == true }},
		{name: "limits", kind: source.Map, doc: "Bounds of a render.", fields: limitSettings()},
	}
}

func policySettings() []setting {
	policy := func(name, doc string) setting {
		return setting{name: name, kind: source.String, words: []string{policyWords[name]}, doc: doc,
			set: func(c *Config, n *source.Node) { c.Policies = laid(map[string]string{name: n.Text()}, c.Policies) }}
	}
	return []setting{
		policy("createOverlay", "merge: render create.overlay into the manifest."),
		policy("never", "apply: render objects whose update policy is never."),
		policy("recreate", "apply: render objects whose update policy is recreate."),
	}
}

func instanceSettings() []setting {
	return []setting{
		{name: "serviceAccountName", kind: source.String, doc: "Account that the live reconciler acts as.",
			set: func(c *Config, n *source.Node) { c.Instance.ServiceAccountName = n.Text() }},
		{name: "interval", kind: source.String, doc: "Time between two reconciliations without an event. Default: 20m.",
			set: func(c *Config, n *source.Node) { c.Instance.Interval = n.Text() }},
		{name: "suspend", kind: source.Bool, doc: "Do not reconcile.",
			set: func(c *Config, n *source.Node) { c.Instance.Suspend = n.Value == true }},
		{name: "export", kind: source.String, doc: "Name of the ConfigMap that publishes the state.",
			set: func(c *Config, n *source.Node) { c.Instance.Export = n.Text() }},
		{name: "ownerReferences", kind: source.Bool, doc: "Set owner references on what is created.",
			set: func(c *Config, n *source.Node) { c.Instance.OwnerReferences = n.Value == true }},
	}
}

func limitSettings() []setting {
	limit := func(name, doc string, of func(*Limits) *int) setting {
		return setting{name: name, kind: source.Int, least: 1, doc: doc, set: func(c *Config, n *source.Node) {
			if v, ok := n.Value.(int64); ok {
				*of(&c.Limits) = int(v)
			}
		}}
	}
	return []setting{
		limit("bytes", "Bytes of all files together. Default: 67108864.", func(l *Limits) *int { return &l.Bytes }),
		limit("documents", "YAML documents in all files. Default: 100000.", func(l *Limits) *int { return &l.Documents }),
		limit("nodes", "Values of one YAML document after aliases are expanded. Default: 1000000.", func(l *Limits) *int { return &l.Nodes }),
		limit("depth", "Nesting of one YAML document. Default: 200.", func(l *Limits) *int { return &l.Depth }),
		limit("steps", "Iterations of one expression. Default: 1000000.", func(l *Limits) *int { return &l.Steps }),
		limit("alloc", "Bytes that the functions of one expression may allocate. Default: 67108864.", func(l *Limits) *int { return &l.Alloc }),
		limit("forEachItems", "Items of one forEach. Default: 10000.", func(l *Limits) *int { return &l.ForEachItems }),
		limit("subWorkflows", "Nesting of sub-workflows. Default: 32.", func(l *Limits) *int { return &l.SubWorkflows }),
		limit("objects", "Objects in the output. Default: 100000.", func(l *Limits) *int { return &l.Objects }),
		limit("seconds", "Wall time of a render. Default: 120.", func(l *Limits) *int { return &l.Seconds }),
	}
}

func setTriggers(c *Config, n *source.Node) {
	if n.Kind == source.String {
		c.Triggers = Triggers{All: Fate(n.Text())}
		return
	}
	c.Triggers = Triggers{ByKind: make(map[string]Fate, len(n.Pairs))}
	for _, p := range n.Pairs {
		c.Triggers.ByKind[p.Key] = Fate(p.Value.Text())
	}
}

func texts(n *source.Node) []string {
	out := make([]string, 0, len(n.Items))
	for _, item := range n.Items {
		out = append(out, item.Text())
	}
	return out
}

func textMap(n *source.Node) map[string]string {
	out := make(map[string]string, len(n.Pairs))
	for _, p := range n.Pairs {
		out[p.Key] = p.Value.Text()
	}
	return out
}
