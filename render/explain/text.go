// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/korender/korender/render/expr"
)

// printer writes an answer for people.
type printer struct {
	strings.Builder
	color bool
}

// The colours, as ANSI codes.
const (
	strong = "1"
	faint  = "2"
	amber  = "33"
	cyan   = "36"
)

func (p *printer) paint(code, text string) string {
	if !p.color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// WriteText prints the answer for people; color is for a terminal.
func (x *Explanation) WriteText(w io.Writer, color bool) error {
	p := &printer{color: color}
	p.head(x)
	p.parts(x.Made)
	if x.Value != nil {
		p.WriteByte('\n')
		p.tree(x.Value, "", "")
	}
	p.because(x.Because)
	p.lines("INPUTS", x.Inputs)
	p.lines("FIELDS", x.Fields)
	p.results("MAKES", x.Makes)
	p.deferral(x.Deferred)
	_, err := io.WriteString(w, p.String())
	return err
}

func (p *printer) head(x *Explanation) {
	name := ""
	if x.Object != nil {
		name = x.Object.String()
	}
	if x.Field != "" && x.Object != nil {
		name += " " + x.Field
	}
	switch {
	case name == "":
		p.WriteString(x.Status + "\n\n")
	case x.Status == "":
		p.WriteString(p.paint(strong, name) + "\n\n")
	default:
		p.WriteString(p.paint(strong, name) + "\n" + x.Status + "\n\n")
	}
}

// parts prints what made the object, in columns.
func (p *printer) parts(made []Part) {
	what, name := 0, 0
	for _, m := range made {
		what, name = max(what, utf8.RuneCountInString(m.What)), max(name, utf8.RuneCountInString(m.title()))
	}
	name = min(name, maxValue)
	for _, m := range made {
		line := "  " + p.paint(faint, padded(m.What, what)) + "  " + padded(m.title(), name)
		if m.Text != "" {
			line += "  " + p.paint(faint, m.Text)
		}
		p.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

func (m *Part) title() string {
	if m.Note == "" {
		return m.Name
	}
	return m.Name + " (" + m.Note + ")"
}

func padded(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

// lines prints a value a line: what it is, and what it comes from.
func (p *printer) lines(title string, nodes []*Node) {
	if len(nodes) == 0 {
		return
	}
	p.WriteString("\n" + p.paint(strong, title) + "\n")
	width, from := 0, 0
	for _, n := range nodes {
		if w := utf8.RuneCountInString(n.equation(maxColumn)); w <= maxColumn+maxValue/3 {
			width = max(width, w)
		}
		from = max(from, utf8.RuneCountInString(n.short()))
	}
	for _, n := range nodes {
		line := "  " + padded(n.equation(maxColumn), width) + "  " + padded(n.short(), from) + "  " + p.paint(faint, n.At)
		if n.Code != "" {
			line += "  " + p.paint(cyan, oneLine(n.Code))
		}
		p.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// maxColumn is how many characters of a value are shown in a column.
const maxColumn = 40

// short is what a value comes from, without the definition that holds it.
func (n *Node) short() string {
	if before, _, found := strings.Cut(n.From, " of step "); found {
		return before
	}
	before, _, _ := strings.Cut(n.From, " of ResourceFunction/")
	return strings.TrimPrefix(before, "spec.")
}

// equation is the path with its value.
func (n *Node) equation(most int) string {
	if text := n.text(); text != "" {
		return n.Read + " = " + cut(text, most)
	}
	return n.Read
}

func (n *Node) place() string {
	switch {
	case n.From == "":
		return n.At
	case n.At == "":
		return n.From
	}
	return n.From + ", " + n.At
}

// tree prints a node with what it reads.
func (p *printer) tree(n *Node, first, rest string) {
	p.WriteString(p.paint(faint, first) + p.colored(n) + "\n")
	bar := rest + "   "
	if len(n.Reads)+n.More > 0 {
		bar = rest + "│  "
	}
	for _, line := range n.notes(p) {
		p.WriteString(p.paint(faint, bar) + line + "\n")
	}
	for i, r := range n.Reads {
		if i == len(n.Reads)-1 && n.More == 0 {
			p.tree(r, rest+"└─ ", rest+"   ")
		} else {
			p.tree(r, rest+"├─ ", rest+"│  ")
		}
	}
	if n.More > 0 {
		fmt.Fprintf(p, "%s… %d more (--depth shows them)\n", p.paint(faint, rest+"└─ "), n.More)
	}
}

func (p *printer) colored(n *Node) string {
	text := n.text()
	if text == "" {
		return p.paint(strong, n.Read)
	}
	if len(n.Waits) > 0 || n.Secret {
		text = p.paint(amber, text)
	}
	return p.paint(strong, n.Read) + " = " + text
}

// notes are the lines below a node.
func (n *Node) notes(p *printer) []string {
	var out []string
	if place := n.place(); place != "" {
		out = append(out, p.paint(faint, place))
	}
	if n.Code != "" {
		out = append(out, p.paint(cyan, oneLine(n.Code)))
	}
	if n.Instead != "" {
		out = append(out, "instead of "+n.Instead)
	}
	if len(n.Waits) > 0 {
		out = append(out, "waits for "+waitsText(n.Waits))
	}
	if n.Again {
		out = append(out, p.paint(faint, "what it reads is told above"))
	}
	return out
}

func waitsText(waits []expr.Wait) string {
	texts := make([]string, len(waits))
	for i, w := range waits {
		texts[i] = strings.TrimSpace(w.Object.String() + " " + w.Path)
	}
	return strings.Join(texts, ", ")
}

func (p *printer) results(title string, list []Result) {
	if len(list) == 0 {
		return
	}
	p.WriteString("\n" + p.paint(strong, title) + "\n")
	width := 0
	for _, r := range list {
		width = max(width, utf8.RuneCountInString(r.Step))
	}
	for _, r := range list {
		line := "  " + padded(r.Step, width) + "  " + r.Outcome
		if r.Object != nil {
			line += "  " + r.Object.String()
		}
		p.WriteString(line + "\n")
	}
}

func (p *printer) deferral(d *Deferral) {
	if d == nil {
		return
	}
	p.WriteString("\n" + p.paint(strong, "WAITS FOR") + "\n")
	for _, w := range d.WaitsFor {
		p.WriteString("  " + p.paint(amber, strings.TrimSpace(w.Object.String()+" "+w.Path)) + "\n")
	}
	for i := range d.GatedBy {
		p.WriteString("  step " + d.GatedBy[i].Step + ": " + d.GatedBy[i].text() + "\n")
	}
	if d.Reason != "" && len(d.GatedBy) == 0 {
		p.WriteString("  " + d.Reason + "\n")
	}
	p.because(d.Because)
	p.results("THEN", d.Then)
}

func (g *Gate) text() string {
	if len(g.WaitsFor) == 0 {
		return g.Reason
	}
	return g.Reason + ", it waits for " + waitsText(g.WaitsFor)
}

func (p *printer) because(nodes []*Node) {
	if len(nodes) == 0 {
		return
	}
	p.WriteString("\n" + p.paint(strong, "BECAUSE") + "\n")
	for _, n := range nodes {
		p.tree(n, "  ", "  ")
	}
}

// WriteSubjects prints what can be asked about, a line each.
func WriteSubjects(w io.Writer, list []Subject, color bool) error {
	p := &printer{color: color}
	name, status := 0, 0
	for i := range list {
		name, status = max(name, utf8.RuneCountInString(list[i].Name)), max(status, utf8.RuneCountInString(list[i].Status))
	}
	for i := range list {
		s := &list[i]
		p.WriteString(p.paint(strong, padded(s.Name, name)) + "  " + padded(s.Status, status) + "  " + p.paint(faint, s.From+", "+s.At) + "\n")
	}
	_, err := io.WriteString(w, p.String())
	return err
}
