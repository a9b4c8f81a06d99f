// SPDX-License-Identifier: Apache-2.0

// Package subject finds what a repository tells its GitOps tools to render: Applications and ApplicationSets of Argo CD
// with the plugin korender, and RenderedArtifacts of Flux. The files of a revision come in; out go folders with their
// settings, and notes on what is not rendered here and why. Nothing is guessed: what points to another repository or
// another revision, or gets its values when it runs, is a note.
package subject

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview/revision"
	"github.com/korender/korender/render"
	"github.com/korender/korender/render/diag"
)

// Subject is a folder to render, as a GitOps tool is told to.
type Subject struct {
	ID     string // of its own: that of the object that says so, and more where there are several
	Of     string // Kind/namespace/name of the object
	Folder string // from the top of the repository
	Target render.Target

	Application *Application   // of Argo CD; else nil
	Settings    map[string]any // of kind Render, of a RenderedArtifact
	Libraries   []string       // folders of this repository, besides those of the settings
	File        string         // that says so
}

// Application is what one source of an Application says to the plugin.
type Application struct {
	Name       string
	Namespace  string            // of the destination
	Path       string            // of the folder
	Parameters string            // as JSON, as the plugin gets them
	Settings   map[string]string // of plugin.env, without KORENDER_
}

// Here says what counts as this repository, at the revisions that are compared.
type Here struct {
	URLs     []string // of its remotes
	Branches []string // whose commits the base and the head are; without a name: what is given out as HEAD
}

// Finder finds subjects. It remembers what files hold, as most of two revisions is the same.
type Finder struct {
	here  Here
	files map[string][]document // by the digest and name of a file
}

// NewFinder is a Finder for a repository.
func NewFinder(here Here) *Finder { return &Finder{here: here, files: map[string][]document{}} }

// Found is what a revision says.
type Found struct {
	Subjects []Subject            // by ID
	Notes    []string             // on what is not rendered
	Broken   map[string]diag.List // files that may name subjects, and cannot be read
	Named    map[string]bool      // the objects that are there, whether what they name is rendered or not
}

// Find lists the subjects of a revision.
func (f *Finder) Find(top *revision.Dir) (Found, error) {
	docs, err := f.scan(top)
	if err != nil {
		return Found{}, err
	}
	s := &search{here: f.here, sources: sourcesIn(docs), broken: map[string]diag.List{}}
	named := map[string]bool{}
	for i := range docs {
		d := &docs[i]
		named[d.id()] = true
		switch {
		case d.value == nil:
			s.broken[d.file] = append(s.broken[d.file], d.problems...)
		case d.is("argoproj.io/", "Application"):
			s.application(d, at(d.value, "spec"), d.name())
		case d.is("argoproj.io/", "ApplicationSet"):
			s.application(d, at(d.value, "spec", "template", "spec"), text(d.value, "spec", "template", "metadata", "name"))
		case d.is("korender.dev/", "RenderedArtifact"):
			s.artifact(d)
		}
	}
	if s.nameless > 0 {
		s.notes = append(s.notes, fmt.Sprintf("what Applications and RenderedArtifacts say is not rendered (%d): this repository has no remote that their URLs could be compared with; --repo-url URL says what they call it", s.nameless))
	}
	s.apart()
	slices.SortStableFunc(s.found, func(a, b Subject) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.File, b.File)) })
	return Found{Subjects: s.found, Notes: s.notes, Broken: s.broken, Named: named}, nil
}

// search is one Find.
type search struct {
	here    Here
	sources map[string]gitSource // GitRepositories, by namespace/name
	found   []Subject
	notes   []string
	broken  map[string]diag.List

	nameless int // subjects that may be of this repository, but nobody says what it is called
}

// unnamed is why nothing can be told of a subject.
const unnamed = "this repository has no remote that its URL could be compared with"

// note says why an object does not tell what to render.
func (s *search) note(d *document, reason string) {
	if reason == unnamed {
		s.nameless++
		return
	}
	s.notes = append(s.notes, fmt.Sprintf("%s (%s) is not rendered: %s", d.id(), d.file, reason))
}

// elsewhere tells why what a URL and a revision name is not what is compared; "" when it is.
func (s *search) elsewhere(url, revision string) string {
	switch {
	case strings.Contains(url+revision, "{{"):
		return "its repository or revision depends on a generator"
	case len(s.here.URLs) == 0:
		return unnamed
	case !slices.ContainsFunc(s.here.URLs, func(own string) bool { return plainURL(own) == plainURL(url) }):
		return "it is about another repository, " + url
	case revision == "" || revision == "HEAD" || slices.Contains(s.here.Branches, strings.TrimPrefix(revision, "refs/heads/")):
		return ""
	default:
		return "it follows the revision " + revision
	}
}

// plainURL is a URL without what makes no difference between two of one repository: https://git.example.com/a/b.git and
// git@git.example.com:a/b are git.example.com/a/b.
func plainURL(url string) string {
	url = strings.ToLower(strings.TrimSpace(url))
	_, rest, hasScheme := strings.Cut(url, "://")
	if !hasScheme {
		rest = url
	}
	host, path, hasPath := strings.Cut(rest, "/")
	if _, after, user := strings.Cut(host, "@"); user {
		host = after
	}
	if name, first, colon := strings.Cut(host, ":"); colon {
		host = name
		if !hasScheme {
			path = strings.TrimSuffix(first+"/"+path, "/")
			hasPath = true
		}
	}
	if hasPath {
		host += "/" + strings.Trim(path, "/")
	}
	return strings.TrimSuffix(strings.TrimSuffix(host, "/"), ".git")
}

// apart makes IDs unique: the same object may stand in the folders of two clusters.
func (s *search) apart() {
	count := map[string]int{}
	for i := range s.found {
		count[s.found[i].ID]++
	}
	for i := range s.found {
		if own := &s.found[i]; count[own.ID] > 1 {
			own.ID += " in " + own.File
		}
	}
}
