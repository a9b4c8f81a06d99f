// SPDX-License-Identifier: Apache-2.0

package inspect

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// WriteText writes the tree for people.
func (t *Trace) WriteText(w io.Writer, color bool) error {
	p := printer{color: color, width: widthOf(t.Steps, 0)}
	fmt.Fprintf(&p.out, "%s/%s: Workflow %s for %s (%s)\n", t.Namespace, t.Name, t.Workflow, t.Trigger, t.Fate)
	ready := "Ready " + t.Ready.Status
	if t.Ready.Reason != "" {
		ready += ", " + t.Ready.Reason
	}
	if t.Ready.Message != "" {
		ready += ": " + t.Ready.Message
	}
	p.out.WriteString(paint(ready, colorOfReady(t.Ready.Status), color) + "\n")
	if t.Suspended {
		p.out.WriteString(paint("suspended: nothing is done until it is resumed", yellow, color) + "\n")
	}
	if t.Deleting {
		p.out.WriteString(paint("being deleted", yellow, color) + "\n")
	}
	p.steps(t.Steps, "")
	_, err := io.WriteString(w, p.out.String())
	return err
}

type printer struct {
	out   strings.Builder
	color bool
	width int // of names with their branches
}

// widthOf is how wide names with their branches get.
func widthOf(steps []*Step, depth int) int {
	width := 0
	for _, s := range steps {
		width = max(width, 3*(depth+1)+utf8.RuneCountInString(s.name()), widthOf(s.Steps, depth+1))
	}
	return width
}

// name is the last part of the step's path.
func (s *Step) name() string { return strings.TrimPrefix(s.Step[len(outerOf(s.Step)):], ".") }

func (p *printer) steps(steps []*Step, indent string) {
	for i, s := range steps {
		branch, below := "├─ ", "│  "
		if i == len(steps)-1 {
			branch, below = "└─ ", "   "
		}
		head := indent + branch + s.name()
		p.out.WriteString(head + strings.Repeat(" ", p.width-utf8.RuneCountInString(head)) + "  ")
		p.out.WriteString(paint(s.Outcome, colorOfOutcome(s.Outcome), p.color))
		if s.Object != nil {
			p.out.WriteString(strings.Repeat(" ", max(8-len(s.Outcome), 0)) + "  " + s.Object.text())
		}
		p.out.WriteString("\n")
		detail := indent + below + "   "
		if len(s.Steps) > 0 {
			detail = indent + below + "│  "
		}
		for _, line := range s.details() {
			p.out.WriteString(detail + paint(line, faint, p.color) + "\n")
		}
		p.steps(s.Steps, indent+below)
	}
}

func (o *Object) text() string {
	parts := []string{o.ID.String(), "by " + o.By}
	if o.By == Nobody {
		parts[1] = "only read"
	}
	switch {
	case o.Why != "":
		parts = append(parts, o.Why)
	case o.State != Present:
		parts = append(parts, o.State)
	case o.Ready == "True":
		parts = append(parts, "ready")
	case o.Ready != "":
		parts = append(parts, "not ready")
	}
	return strings.Join(parts, ", ")
}

// details are the lines below a step that is not Ok: what it says, and each thing that it waits for with what is there.
func (s *Step) details() []string {
	var out []string
	if s.Next != "" {
		out = append(out, "live is to "+s.Next+" it")
	}
	if s.Outcome == "Ok" {
		return out
	}
	if s.Message != "" && len(s.Steps) == 0 && (len(s.Waits) == 0 || s.Condition != "") {
		out = append(out, s.Message)
	}
	if len(s.GatedBy) > 0 {
		out = append(out, "after "+strings.Join(s.GatedBy, ", "))
	}
	if s.Condition != "" {
		out = append(out, "false: "+s.Condition)
	}
	if len(s.Steps) > 0 { // those below say it
		return out
	}
	for _, w := range s.Waits {
		out = append(out, "waits for "+w.text())
	}
	return out
}

func (w Wait) text() string {
	text := w.Object.String()
	if w.Path != "" {
		text += " " + w.Path
	}
	switch w.State {
	case Present:
		if w.Path != "" {
			text += " = " + short(w.Value)
		}
	case NoObject:
		text += ": there is no such object"
	default:
		text += ": " + w.State
	}
	if w.Wanted != nil {
		text += ", not " + short(w.Wanted)
	}
	return text
}

// longest is how many characters of a value are shown.
const longest = 160

// short is a value as text: conditions as type=status, everything else as JSON.
func short(value any) string {
	text, ok := conditionsText(value)
	if !ok {
		data, err := json.Marshal(value)
		if err != nil {
			return "?"
		}
		text = string(data)
	}
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest-1]) + "…"
	}
	return text
}

func conditionsText(value any) (string, bool) {
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		return "", false
	}
	parts := make([]string, len(list))
	for i, item := range list {
		c, _ := item.(map[string]any)
		kind, isText := c["type"].(string)
		status, hasStatus := c["status"].(string)
		if !isText || !hasStatus {
			return "", false
		}
		parts[i] = kind + "=" + status
		if reason, _ := c["reason"].(string); reason != "" && status != "True" {
			parts[i] += " (" + reason + ")"
		}
	}
	return "[" + strings.Join(parts, ", ") + "]", true
}
