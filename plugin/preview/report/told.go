// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview"
	"github.com/korender/korender/plugin/preview/revision"
	"github.com/korender/korender/plugin/preview/words"
)

// nameOf is a revision for people.
func nameOf(r revision.Revision) string {
	if r.Commit == "" {
		return words.Clean(r.Name)
	}
	return words.Clean(r.Name) + " (" + r.Short() + ")"
}

// counted tells what was counted: "2 changed, 1 added".
func counted(s preview.Summary) string {
	var out []string
	for _, c := range []struct {
		n    int
		what string
	}{
		{s.Removed, "removed"}, {s.Changed, "changed"}, {s.ToLive, "left to live"}, {s.ToGit, "back in git"}, {s.Added, "added"},
	} {
		if c.n > 0 {
			out = append(out, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	switch {
	case len(out) > 0:
		return strings.Join(out, ", ")
	case s.Failed > 0:
		return "nothing could be compared"
	default:
		return "no manifest changes"
	}
}

// verdict is the preview in one line.
func verdict(s preview.Summary) string {
	said := []string{counted(s)}
	if s.Failed > 0 {
		said = append([]string{words.Plural(s.Failed, "folder") + " could not be compared"}, said...)
		if s.Failed == s.Total() {
			said = said[:1]
		}
	}
	if s.Broken > 0 {
		said = append(said, words.Plural(s.Broken, "test case")+" broken")
	}
	return strings.Join(said, "; ")
}

// caseWords says what became of a case.
func caseWords(c *preview.TestChange) string {
	switch {
	case c.After == preview.Fails && c.Before == preview.Fails:
		return "still fails"
	case c.After == preview.Fails && c.Before == preview.Missing:
		return "is new, and fails"
	case c.After == preview.Fails:
		return "fails now"
	case c.After == preview.Missing:
		return "failed, and is gone"
	default:
		return "passes now"
	}
}

// reach says whom a changed definition reaches.
func reach(d *preview.DefinitionChange) string {
	return fmt.Sprintf("%s, %s, %s", words.Plural(len(d.Workflows), "Workflow"), words.Plural(len(d.Instances), "instance"), words.Plural(d.Objects, "object"))
}

// gathered joins what a changed definition reaches in all folders, by kind and name. Folder says where: its name, or how
// many there are.
func gathered(list []preview.DefinitionChange) []preview.DefinitionChange {
	var out []preview.DefinitionChange
	at, folders := map[string]int{}, map[string]int{}
	for _, d := range list {
		key := d.Kind + "/" + d.Name + " " + string(d.Type)
		i, known := at[key]
		if folders[key]++; !known {
			at[key] = len(out)
			out = append(out, d)
			continue
		}
		all := &out[i]
		all.Folder = fmt.Sprintf("%d folders", folders[key])
		all.Workflows = slices.Compact(slices.Sorted(slices.Values(slices.Concat(all.Workflows, d.Workflows))))
		all.Instances = slices.Concat(all.Instances, d.Instances)
		all.Objects += d.Objects
	}
	slices.SortStableFunc(out, func(a, b preview.DefinitionChange) int { return strings.Compare(a.Kind+"/"+a.Name, b.Kind+"/"+b.Name) })
	return out
}

// told says of a folder what is out of the ordinary.
func told(f *preview.Folder) string {
	switch {
	case f.Base == preview.Failed && f.Head == preview.Failed:
		return ": cannot be rendered, and could not be before"
	case f.Head == preview.Failed && f.Base == preview.Absent:
		return ": is new, and cannot be rendered"
	case f.Head == preview.Failed:
		return ": cannot be rendered any more"
	case f.Base == preview.Failed && f.Head == preview.Absent:
		return ": is removed; there is nothing to compare, as the base cannot be rendered"
	case f.Base == preview.Failed:
		return ": can be rendered now; there is nothing to compare it with, as the base cannot be rendered"
	case f.Base == preview.Absent:
		return " (new)"
	case f.Head == preview.Absent:
		return " (removed)"
	default:
		return ""
	}
}
