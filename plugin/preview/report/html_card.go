// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/korender/korender/plugin/preview"
	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/plugin/preview/words"
)

// card is one object of the page. Levels, Steps, Run and Find are what it is filtered by.
type card struct {
	ID, Type, Sign, Verb, Kind, Name string
	Alarms, Says, Origin, More       string
	Level, Levels, Folder            string
	Steps, Run, Find                 string
	Open                             bool
	Dangers                          []change.Alarm
	Blocks                           []block
	Whole                            []part // of an object that one side alone has
	WholeClass                       string
}

// Limits of the page.
const (
	mostOpen  = 40  // of so many objects or fewer, all are open
	mostLines = 400 // of one object
	chunkSize = 25  // a browser looks at objects out of view by so many at once
)

// objects adds a card for every change, the most important first, and what filters them.
func (d *pageData) objects(p *preview.Preview) {
	position := map[*change.Change]int{}
	for i := range p.Changes {
		position[&p.Changes[i]] = i
	}
	steps, runs := stepTokens(p), map[string]int{}
	for at, c := range byImportance(p.Changes) {
		k := cardOf(c)
		k.ID = "o" + strconv.Itoa(at+1)
		k.Open = len(p.Changes) <= mostOpen
		k.Steps = strings.Join(steps[position[c]], " ")
		if c.Step != "" {
			k.Run = strconv.Itoa(numberOf(runs, c.Folder, runOf(c.Step)))
		}
		if at%chunkSize == 0 {
			d.Chunks = append(d.Chunks, nil)
		}
		last := &d.Chunks[len(d.Chunks)-1]
		*last = append(*last, k)
	}
	for _, f := range p.Folders {
		n := 0
		for i := range p.Changes {
			if p.Changes[i].Folder == f.Name {
				n++
			}
		}
		if n > 0 {
			d.Folders = append(d.Folders, folder{words.Clean(f.Name), n})
		}
	}
	d.definitions(p, runs)
}

// stepTokens are the steps of drawings that a change belongs to, "chart/step".
func stepTokens(p *preview.Preview) map[int][]string {
	out := map[int][]string{}
	for i, at := range chartOrder(p) {
		if i == maxCharts {
			break
		}
		a := &p.Affected[at]
		for j := range a.Chart.Nodes {
			name := a.Chart.Nodes[j].Name
			for _, k := range a.Changes[name] {
				out[k] = append(out[k], strconv.Itoa(i)+"/"+words.Clean(name))
			}
		}
	}
	return out
}

// runOf is the instance of a step: "workflow(trigger)".
func runOf(step string) string {
	instance, _, made := strings.Cut(step, "): ")
	if made {
		instance += ")"
	}
	return instance
}

// numberOf numbers the instances of folders.
func numberOf(runs map[string]int, folder, run string) int {
	key := folder + "\n" + run
	if runs[key] == 0 {
		runs[key] = len(runs) + 1
	}
	return runs[key]
}

// definitions lists what changed in all folders, and the numbers of the instances that it reaches.
func (d *pageData) definitions(p *preview.Preview, runs map[string]int) {
	token := func(at *preview.DefinitionChange) string { return at.Kind + "/" + at.Name + ":" + string(at.Type) }
	numbers := map[string][]string{}
	for i := range p.Definitions {
		at := &p.Definitions[i]
		for _, run := range at.Instances {
			if n := runs[at.Folder+"\n"+run]; n > 0 {
				numbers[token(at)] = append(numbers[token(at)], strconv.Itoa(n))
			}
		}
	}
	list := gathered(p.Definitions)
	d.DefinitionCount = words.Plural(len(list), "changed definition")
	for i := range list {
		at := &list[i]
		d.Definitions = append(d.Definitions, definition{
			Kind: at.Kind, Name: words.Clean(at.Name), Type: string(at.Type), Sign: signs[at.Type], Verb: verbs[at.Type],
			Folder: words.Clean(at.Folder), Reach: reach(at), Token: words.Clean(token(at)), Runs: strings.Join(numbers[token(at)], " "),
			Instances: words.Clean(words.Cut(strings.Join(at.Instances, ", "), 2*words.MaxName)),
		})
	}
}

func cardOf(c *change.Change) card {
	kind, name, _ := strings.Cut(c.Object.String(), "/")
	k := card{
		Type: string(c.Type), Sign: signs[c.Type], Verb: verbs[c.Type], Kind: words.Clean(kind), Name: words.Clean(name),
		Level: string(c.Level()), Folder: words.Clean(c.Folder), Alarms: alarmCount(c), Says: saysOf(c), Origin: originOf(c),
		Find: words.Clean(strings.ToLower(findable(c))),
	}
	var levels []string
	for _, a := range c.Dangers {
		if !slices.Contains(levels, string(a.Level)) {
			levels = append(levels, string(a.Level))
		}
		a.Path, a.Why, a.Do = words.Clean(a.Path), words.Clean(a.Why), words.Clean(a.Do)
		k.Dangers = append(k.Dangers, a)
	}
	k.Levels = strings.Join(levels, " ")
	lines := diffLines(c)
	if more := len(lines) - mostLines; more > 0 {
		lines, k.More = lines[:mostLines], fmt.Sprintf("… and %s, which -o json has.", words.Plural(more, "more line"))
	}
	if c.Type == change.Added || c.Type == change.Removed {
		k.Whole, k.WholeClass = wholeOf(lines), map[change.Type]string{change.Added: "new", change.Removed: "old"}[c.Type]
	} else {
		k.Blocks = blocksOf(lines)
	}
	return k
}

func alarmCount(c *change.Change) string {
	counts := map[change.Level]int{}
	for _, a := range c.Dangers {
		counts[a.Level]++
	}
	var out []string
	for _, level := range []change.Level{change.Danger, change.Caution} {
		if n := counts[level]; n > 0 {
			out = append(out, map[change.Level]string{change.Danger: "⚠ ", change.Caution: "! "}[level]+words.Plural(n, string(level)))
		}
	}
	return strings.Join(out, ", ")
}

// saysOf is what else is to be said of an object in its headline.
func saysOf(c *change.Change) string {
	said := strings.TrimPrefix(headline(c), words.Clean(c.Object.String()))
	return strings.TrimPrefix(strings.TrimSpace(said), ", ")
}

func originOf(c *change.Change) string {
	if c.Step == "" {
		return "an object of the input" + inFolders([]string{c.Folder})
	}
	return words.Clean("made by "+c.Step) + inFolders([]string{c.Folder})
}

// findable is all that an object is found by.
func findable(c *change.Change) string {
	out := []string{c.Object.String(), c.Object.APIVersion, c.Step, c.Folder, c.Renamed}
	for i := range c.Fields {
		out = append(out, c.Fields[i].Path)
	}
	for _, a := range c.Dangers {
		out = append(out, a.Rule)
	}
	return strings.Join(out, " ")
}
