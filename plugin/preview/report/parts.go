// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"

	"github.com/korender/korender/plugin/preview"
	"github.com/korender/korender/plugin/preview/change"
	"github.com/korender/korender/plugin/preview/words"
)

// Marker is the first line of the Markdown, by which a comment is found again.
const Marker = "<!-- korender preview -->"

// markerOf is the first line of a numbered part.
func markerOf(part int) string {
	if part == 1 {
		return Marker
	}
	return fmt.Sprintf("<!-- korender preview, part %d -->", part)
}

// MaxParts is how many parts there may be.
const MaxParts = 99

// Markdown writes the preview as one comment of at most limit bytes. The most dangerous and drastic changes are shown
// with their fields, others by name alone, and the rest is counted.
func Markdown(w io.Writer, p *preview.Preview, limit int) error {
	_, err := io.WriteString(w, Parts(p, limit, 1)[0])
	return err
}

// Parts is the preview as comments, each of at most limit bytes and with a first line of its own. There are as many as are
// needed to show every change, but no more than most; the last one leaves out what there is no room for.
func Parts(p *preview.Preview, limit, most int) []string {
	m := newPart(p, limit)
	m.out.WriteString(markerOf(1) + "\n")
	m.head()
	m.failures()
	m.tests()
	m.alarms()
	m.definitions()
	var full []string
	order := byImportance(p.Changes)
	for len(order) > 0 && len(full)+1 < most {
		block := detailed(order[0], limit/3)
		if !m.add(block) {
			full = append(full, m.out.String())
			if m = newPart(p, limit); len(full)+1 == most {
				break
			}
			if !m.add(block) {
				m.add(briefly(order[0]))
			}
		}
		order = order[1:]
	}
	m.changes(order)
	return numbered(append(full, m.out.String()))
}

// newPart is a part with room for what stands before and behind what it tells.
func newPart(p *preview.Preview, limit int) *markdown {
	around := len(restOf(p, len(p.Changes))) + len(continued(MaxParts, MaxParts)) + len(opening(MaxParts, MaxParts))
	return &markdown{preview: p, left: limit - around}
}

// opening is what all parts but the first begin with, and continued what all but the last end with.
func opening(part, of int) string {
	return fmt.Sprintf("%s\n### korender preview, part %d of %d\n\n", markerOf(part), part, of)
}

func continued(part, of int) string { return fmt.Sprintf("\nContinued in part %d of %d.\n", part, of) }

// numbered puts numbers on parts, if there are several.
func numbered(parts []string) []string {
	for i := range parts {
		if i > 0 {
			parts[i] = opening(i+1, len(parts)) + parts[i]
		}
		if i+1 < len(parts) {
			parts[i] += continued(i+2, len(parts))
		}
	}
	return parts
}

// changes are shown in their order: in full as long as two thirds of the room last, then by name.
func (m *markdown) changes(order []*change.Change) {
	full := m.left * 2 / 3
	most := full / 3
	shown := map[*change.Change]string{}
	for _, c := range order {
		if block := detailed(c, most); len(block) <= full {
			full -= len(block)
			shown[c] = block
		}
	}
	for _, block := range shown {
		m.left -= len(block)
	}
	brief, left := []*change.Change{}, 0
	for _, c := range order {
		if shown[c] != "" {
			continue
		}
		if line := briefly(c); left == 0 && len(line)+len(briefHead) <= m.left {
			m.left -= len(line)
			brief = append(brief, c)
		} else {
			left++
		}
	}
	for _, c := range order {
		m.out.WriteString(shown[c])
	}
	if len(brief) > 0 {
		m.out.WriteString(briefHead)
		for _, c := range brief {
			m.out.WriteString(briefly(c))
		}
		m.out.WriteString("\n")
	}
	if left+len(brief) > 0 {
		m.out.WriteString(restOf(m.preview, left))
	}
}

const briefHead = "Without their fields, for want of room:\n\n"

// commandOf shows the same in a terminal.
func commandOf(p *preview.Preview) string {
	how := "korender preview --base " + p.Base.Commit
	if p.Head.Commit == "" {
		return how + " --uncommitted"
	}
	return how + " --head " + p.Head.Commit
}

// restOf says what was left out, and where it can be seen.
func restOf(p *preview.Preview, left int) string {
	how := commandOf(p)
	if left == 0 {
		return fmt.Sprintf("\n%s shows everything.\n", code(how))
	}
	return fmt.Sprintf("\n**%s left out here.** %s shows everything.\n", words.Plural(left, "more changed object")+" "+isAre(left), code(how))
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
