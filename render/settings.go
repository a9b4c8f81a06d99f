// SPDX-License-Identifier: Apache-2.0

package render

import (
	"maps"
	"slices"
	"strings"

	"github.com/korender/korender/render/diag"
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

// DecodeConfig reads a document of kind Render. Everything wrong with it is in the List; the Config holds what is right.
func DecodeConfig(doc *source.Document) (Config, diag.List) {
	var c Config
	d := decoder{config: &c}
	root := doc.Root
	if root.Get("apiVersion").Text() != APIVersion || root.Get("kind").Text() != Kind {
		d.problem(root, diag.BadSetting, "apiVersion: "+APIVersion+" and kind: "+Kind+" make a document of this file",
			"this is not a %s of %s", Kind, APIVersion)
		return c, d.found
	}
	d.fields("", root, settings(), "apiVersion", "kind", "metadata")
	return c, d.found
}

// decoder walks a document along the table of settings.
type decoder struct {
	config *Config
	found  diag.List
}

func (d *decoder) problem(n *source.Node, code diag.Code, hint, format string, args ...any) {
	p := n.Problem(code, format, args...)
	p.Hint = hint
	d.found = append(d.found, p)
}

// fields decodes the entries of a map; besides lists keys that are nobody's business.
func (d *decoder) fields(path string, n *source.Node, table []setting, besides ...string) {
	names := make([]string, 0, len(table))
	for i := range table {
		names = append(names, table[i].name)
	}
	for _, pair := range n.Pairs {
		if slices.Contains(besides, pair.Key) {
			continue
		}
		i := slices.Index(names, pair.Key)
		if i < 0 {
			d.unknown(path, n, pair, names)
			continue
		}
		if pair.Value.Kind != source.Null {
			d.field(path+pair.Key, pair.Value, &table[i])
		}
	}
}

func (d *decoder) unknown(path string, n *source.Node, pair source.Pair, names []string) {
	p := n.KeyProblem(pair, diag.UnknownSetting, "unknown field %q in kind %s", path+pair.Key, Kind)
	p.Hint = "known fields are " + strings.Join(names, ", ")
	if near := diag.DidYouMean(pair.Key, names); near != "" {
		p.Hint = near
	}
	d.found = append(d.found, p)
}

func (d *decoder) field(path string, n *source.Node, s *setting) {
	switch {
	case s.word && n.Kind == source.String:
		if !d.word(path, n, s.words) {
			return
		}
	case n.Kind != s.kind:
		want := kindName(s.kind)
		if s.word {
			want += " or one of " + strings.Join(s.words, ", ")
		}
		d.problem(n, diag.BadSetting, "", "%s must be %s, not %s", path, want, kindName(n.Kind))
		return
	case !d.content(path, n, s):
		return
	}
	if s.set != nil {
		s.set(d.config, n)
	}
}

// content checks what is inside a value of the right kind, and tells whether it may be used.
func (d *decoder) content(path string, n *source.Node, s *setting) bool {
	switch n.Kind {
	case source.String:
		return len(s.words) == 0 || d.word(path, n, s.words)
	case source.Int:
		if v, ok := n.Value.(int64); ok && v >= s.least {
			return true
		}
		d.problem(n, diag.BadSetting, "", "%s must be at least %d", path, s.least)
		return false
	case source.List:
		return d.texts(path, n)
	case source.Map:
		if s.fields != nil {
			d.fields(path+".", n, s.fields)
			return true
		}
		return d.textMap(path, n, s.words)
	default:
		return true
	}
}

func (d *decoder) word(path string, n *source.Node, words []string) bool {
	if slices.Contains(words, n.Text()) {
		return true
	}
	d.problem(n, diag.BadSetting, diag.DidYouMean(n.Text(), words), "%s must be %s, not %q", path, orList(words), n.Text())
	return false
}

func (d *decoder) texts(path string, n *source.Node) bool {
	good := true
	for i, item := range n.Items {
		if item.Kind != source.String {
			d.problem(item, diag.BadSetting, "", "%s[%d] must be a string, not %s", path, i, kindName(item.Kind))
			good = false
		}
	}
	return good
}

func (d *decoder) textMap(path string, n *source.Node, words []string) bool {
	good := true
	for _, pair := range n.Pairs {
		at := path + "." + pair.Key
		switch {
		case pair.Value.Kind != source.String:
			d.problem(pair.Value, diag.BadSetting, "quote it to make it a string", "%s must be a string, not %s", at, kindName(pair.Value.Kind))
			good = false
		case len(words) > 0:
			good = d.word(at, pair.Value, words) && good
		}
	}
	return good
}

// orList is `a`, `a or b`, `a, b or c`.
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// kindName is a kind with its article.
func kindName(k source.Kind) string {
	switch k {
	case source.Null:
		return "null"
	case source.Bool:
		return "true or false"
	case source.Int:
		return "a whole number"
	case source.Float:
		return "a number"
	case source.String:
		return "a string"
	case source.List:
		return "a list"
	default:
		return "a map"
	}
}
