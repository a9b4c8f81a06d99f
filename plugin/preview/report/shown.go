// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/plugin/preview/words"
	"github.com/korender/korender/render/manifest"
)

// maxLine is how many characters of a line are shown.
const maxLine = 500

// surrounding is how many unchanged lines are shown around changed ones.
const surrounding = 3

// verbs are what people read.
var verbs = map[change.Type]string{change.Added: "added", change.Removed: "removed", change.Changed: "changed", change.ToLive: "left to live", change.ToGit: "back in git"}

// signs stand before objects in a terminal.
var signs = map[change.Type]string{change.Added: "+", change.Removed: "-", change.Changed: "~", change.ToLive: ">", change.ToGit: "<"}

// headline names an object, who made it and what else is to be said in one line.
func headline(c *change.Change) string {
	out := c.Object.String()
	if c.Renamed != "" {
		out += " (was " + c.Renamed + ")"
	}
	if c.Applier != change.Live || c.Type == change.Removed {
		return words.Clean(out)
	}
	said := []string{out}
	if c.Type != change.ToLive {
		said = append(said, "left to live")
	}
	if waits := c.Waiting(); waits != "" {
		said = append(said, waits)
	}
	return words.Clean(strings.Join(said, ", "))
}

// diffLines shows a change: each line begins with a space, +, - or, for the path of a field, @.
func diffLines(c *change.Change) []string {
	switch c.Type {
	case change.Added:
		return prefixed("+", c.Manifest)
	case change.Removed:
		return prefixed("-", c.Manifest)
	}
	var out []string
	if len(c.Waited) > 0 && fmt.Sprint(c.Waited) != fmt.Sprint(c.WaitsFor) {
		out = append(out, "@ waits for")
		for _, w := range c.Waited {
			out = append(out, "-"+words.Clean(w))
		}
		for _, w := range c.WaitsFor {
			out = append(out, "+"+words.Clean(w))
		}
	}
	for i := range c.Fields {
		out = append(out, fieldLines(&c.Fields[i])...)
	}
	return out
}

func prefixed(sign string, value any) []string {
	var out []string
	for _, line := range textLines(value) {
		out = append(out, sign+line)
	}
	return out
}

// fieldLines shows one field.
func fieldLines(f *change.Field) []string {
	out := []string{"@ " + words.Clean(f.Path)}
	if f.How == change.FieldReordered {
		out[0] += " (reordered)"
		return append(out, unified(itemLines(f.Before), itemLines(f.After))...)
	}
	before, after := []string(nil), []string(nil)
	if f.How != change.FieldAdded {
		before = textLines(f.Before)
	}
	if f.How != change.FieldRemoved {
		after = textLines(f.After)
	}
	if slices.Equal(before, after) { // both are hidden
		return append(out, "-"+before[0], "+‹hidden, changed›")
	}
	return append(out, unified(before, after)...)
}

// itemLines shows each item of a list in one line.
func itemLines(v any) []string {
	list, _ := v.([]any)
	out := make([]string, len(list))
	for i, item := range list {
		text, isText := item.(string)
		if !isText {
			text = change.Canonical(readable(item))
		}
		out[i] = cut(words.Clean(text))
	}
	return out
}

// unified compares lines: what stays is shown around what does not.
func unified(before, after []string) []string {
	var all []string
	i, j := 0, 0
	for _, p := range append(change.Common(before, after), [2]int{len(before), len(after)}) {
		for ; i < p[0]; i++ {
			all = append(all, "-"+before[i])
		}
		for ; j < p[1]; j++ {
			all = append(all, "+"+after[j])
		}
		if i < len(before) && j < len(after) {
			all = append(all, " "+before[i])
		}
		i, j = p[0]+1, p[1]+1
	}
	return narrowed(all)
}

// narrowed leaves out unchanged lines far from changed ones.
func narrowed(all []string) []string {
	near := make([]bool, len(all))
	for i, line := range all {
		if line[0] == ' ' {
			continue
		}
		for k := max(0, i-surrounding); k <= min(len(all)-1, i+surrounding); k++ {
			near[k] = true
		}
	}
	var out []string
	skipped := false
	for i, line := range all {
		if near[i] {
			out, skipped = append(out, line), false
		} else if !skipped {
			out, skipped = append(out, " …"), true
		}
	}
	return out
}

// textLines shows a value: text as it is, everything else as YAML.
func textLines(v any) []string {
	v = readable(v)
	text, isText := v.(string)
	if !isText {
		text = yamlOf(v)
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = cut(words.Clean(line))
	}
	return lines
}

func cut(line string) string {
	runes := []rune(line)
	if len(runes) <= maxLine {
		return line
	}
	return fmt.Sprintf("%s… (%d more characters)", string(runes[:maxLine]), len(runes)-maxLine)
}

// yamlOf writes a value that is no text.
func yamlOf(v any) string {
	m, isMap := v.(map[string]any)
	if !isMap {
		m = map[string]any{"v": v}
	}
	var out bytes.Buffer
	if err := manifest.WriteYAML(&out, []manifest.Object{{Value: m}}); err != nil {
		return err.Error()
	}
	if isMap {
		return out.String()
	}
	return strings.TrimLeft(strings.TrimPrefix(out.String(), "v:"), " \n")
}

// readable is a tree in which people can read what is not known or hidden.
func readable(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if waits, ok := v[change.UnknownKey].(string); ok && len(v) == 1 {
			return "‹waits for " + waits + "›"
		}
		if v[change.HiddenKey] == true && len(v) == 1 {
			return "‹hidden›"
		}
		out := make(map[string]any, len(v))
		for k, inner := range v {
			out[k] = readable(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = readable(inner)
		}
		return out
	default:
		return v
	}
}
