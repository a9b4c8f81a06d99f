// SPDX-License-Identifier: Apache-2.0

package render

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/manifest"
	"github.com/korender/korender/render/source"
)

// languageGroup is the API group of the language. Objects of it are definitions, never manifests.
const languageGroup = "koreo.dev/"

// Place is a folder, or one file or pattern in it, to read.
type Place struct {
	FS     fs.FS     // nothing outside of it is read
	Path   string    // in FS, slash-separated; "." is all of it, "-" is Stdin
	Prefix string    // put before the names of files in messages: "apps/", or "" for the working directory
	Stdin  io.Reader // read for "-"
	// Consume makes every trigger read here leave the output, whatever the settings and its Workflow say.
	Consume bool
}

// Input is everything a run reads.
type Input struct {
	Paths     []Place     // one layer
	Config    *ConfigFile // of Paths; nil when there is none
	Libraries []Place     // a layer each: only definitions are taken from them
}

// Sources is what was read, sorted out.
type Sources struct {
	Config       Config             // korender.yaml with the options laid over it
	Definitions  []*source.Document // of the language, in the order of layers
	Objects      []InputObject      // everything else of the first layer, in order
	declared     manifest.Set       // the same objects
	definedKinds []map[string]any   // the CustomResourceDefinitions of all layers
	problems     diag.List
	seen         map[string]bool // files of the places before
	bytes        int             // that they hold
	documents    int
	memory       *Memory
}

// InputObject is an object of the input and where it stands.
type InputObject struct {
	manifest.Object
	node    *source.Node
	consume bool // as a trigger, it leaves the output whatever else is said
}

// problem is an Error at a node of the object, or at its beginning when the node is nil.
func (o *InputObject) problem(at *source.Node, code diag.Code, format string, args ...any) diag.Diagnostic {
	if at == nil {
		at = o.node
	}
	return at.Problem(code, format, args...)
}

// Load reads everything. The error is a *Failure when a path does not exist; other problems are kept in the Sources,
// so that Compile tells them together with its own.
func Load(in Input, opts Options) (*Sources, error) {
	s := &Sources{memory: opts.Memory}
	var err error
	if s.Config, s.problems, err = settle(in.Config, opts); err != nil {
		return nil, err
	}
	for _, place := range in.Paths {
		from := len(s.Objects)
		s.take(s.read(place, 0))
		for i := from; i < len(s.Objects); i++ {
			s.Objects[i].consume = place.Consume
		}
	}
	for i, place := range in.Libraries {
		s.takeLibrary(s.read(place, i+1))
	}
	for i := range s.problems {
		if s.problems[i].Code == diag.NoSuchPath || s.problems[i].Code == diag.NoMatch {
			return nil, &Failure{Stage: StageUsage, Problems: s.problems.Sort()}
		}
	}
	return s, nil
}

// read reads one place. A file that another place has given already is left out, and all places together keep the
// limits.
func (s *Sources) read(place Place, layer int) []*source.Document {
	l := s.Config.Limits
	loader := source.Loader{
		FS: place.FS, Stdin: place.Stdin, Prefix: place.Prefix, Layer: layer, Known: s.memory.known(),
		Limits: source.Limits{Bytes: rest(l.Bytes, defaultBytes, s.bytes), Documents: rest(l.Documents, defaultDocuments, s.documents), Nodes: l.Nodes, Depth: l.Depth},
	}
	docs, found := loader.Load(place.Path)
	s.problems = append(s.problems, found...)
	return s.fresh(docs)
}

// What the limits are when nobody has set them.
const (
	defaultBytes     = 64 << 20
	defaultDocuments = 100_000
)

// rest is what a limit leaves after some was used; at least 1, because 0 would mean the default.
func rest(limit, preset, used int) int { return max(1, either(limit, preset)-used) }

// fresh drops the documents of files that were read before.
func (s *Sources) fresh(docs []*source.Document) []*source.Document {
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	out := docs[:0]
	for _, doc := range docs {
		if !s.seen[doc.File] {
			out = append(out, doc)
			s.bytes += len(doc.Raw)
			s.documents++
		}
	}
	for _, doc := range out {
		s.seen[doc.File] = true
	}
	return out
}

// take sorts documents of the first layer into definitions and objects.
func (s *Sources) take(docs []*source.Document) {
	for _, doc := range docs {
		switch apiVersion := doc.Root.Get("apiVersion").Text(); {
		case strings.HasPrefix(apiVersion, languageGroup):
			s.Definitions = append(s.Definitions, doc)
		case apiVersion == APIVersion && doc.Root.Get("kind").Text() == Kind:
			p := doc.Root.Problem(diag.SeveralConfigs, "this %s is not read", Kind)
			p.Severity, p.Hint = diag.Warning, "only the file "+ConfigName+" of a folder configures its render"
			s.problems = append(s.problems, p)
		default:
			s.takeObjects(doc)
		}
	}
}

// takeLibrary keeps the definitions of a library, and what it says of kinds; its objects belong to nobody's output.
func (s *Sources) takeLibrary(docs []*source.Document) {
	for _, doc := range docs {
		switch {
		case strings.HasPrefix(doc.Root.Get("apiVersion").Text(), languageGroup):
			s.Definitions = append(s.Definitions, doc)
		case doc.Root.Get("kind").Text() == "CustomResourceDefinition":
			value, _ := s.memory.native(doc.Root)
			s.takeKind(value)
		}
	}
}

// takeObjects adds the object of a document, or those of a List, which is only their wrapping.
func (s *Sources) takeObjects(doc *source.Document) {
	items := doc.Root.Get("items")
	if doc.Root.Get("apiVersion").Text() == "v1" && strings.HasSuffix(doc.Root.Get("kind").Text(), "List") &&
		items != nil && items.Kind == source.List {
		for _, item := range items.Items {
			s.takeObject(item, nil)
		}
		return
	}
	s.takeObject(doc.Root, doc.Raw)
}

func (s *Sources) takeObject(n *source.Node, raw []byte) {
	value, ok := s.memory.native(n)
	if !ok {
		p := n.Problem(diag.BadIdentity, "this is no manifest: it is %s, not a map", kindName(n.Kind))
		p.Hint = "list files that hold no manifests in " + source.IgnoreFile
		s.problems = append(s.problems, p)
		return
	}
	id, err := manifest.IDOf(value)
	if err != nil {
		s.problems = append(s.problems, badIdentity(n, err))
		return
	}
	at := n.Pos()
	o := InputObject{node: n, Object: manifest.Object{
		ID: id, Value: value, Raw: raw, From: manifest.Origin{File: at.File, Line: at.Line},
	}}
	var twice *manifest.DuplicateError
	if errors.As(s.declared.Add(o.Object), &twice) {
		p := n.Problem(diag.DuplicateObject, "%s is in the input twice: here and at %s", id, twice.First.From)
		p.Hint = "remove one of the two"
		s.problems = append(s.problems, p)
		return
	}
	s.Objects = append(s.Objects, o)
	s.takeKind(value)
}

// kustomizeGroup is that of kustomize's own configuration; objects for a cluster are not in it.
const kustomizeGroup = "kustomize.config.k8s.io/"

// badIdentity says which part of an identity is missing, at the nearest part that is there.
func badIdentity(n *source.Node, err error) diag.Diagnostic {
	var bad *manifest.IdentityError
	if !errors.As(err, &bad) {
		return n.Problem(diag.BadIdentity, "%s", err)
	}
	at := n
	for _, key := range strings.Split(bad.Path, ".") {
		if next := at.Get(key); next != nil {
			at = next
		}
	}
	kind := n.Get("kind").Text()
	if strings.HasPrefix(n.Get("apiVersion").Text(), kustomizeGroup) {
		p := n.Problem(diag.BadIdentity, "this is no manifest: it configures kustomize, which this render does not run")
		p.Hint = "list the file in " + source.IgnoreFile + " if the render can do without it; else have kustomize run korender, as a function"
		return p
	}
	if kind == "" {
		p := at.Problem(diag.BadIdentity, "this is no manifest: %s %s", bad.Path, bad.Want)
		p.Hint = "list files that hold no manifests in " + source.IgnoreFile
		return p
	}
	p := at.Problem(diag.BadIdentity, "in this %s, %s %s", kind, bad.Path, bad.Want)
	if key, value, pair := strings.Cut(at.Text(), ":"); at != n && pair && key != "" && value != "" {
		p.Hint = fmt.Sprintf("a space is missing after the colon: %s: %s", key, value)
	}
	return p
}

// LoadObserved reads the objects of a place as what was observed in a cluster.
func LoadObserved(place Place, limits Limits) (*Objects, error) {
	s := &Sources{Config: Config{Limits: limits}}
	for _, doc := range s.read(place, 0) {
		s.takeObjects(doc)
	}
	if err := failAt(StageProgram, s.problems); err != nil {
		return nil, err
	}
	return &s.declared, nil
}
