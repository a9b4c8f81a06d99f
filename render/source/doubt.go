// SPDX-License-Identifier: Apache-2.0

package source

import (
	"fmt"
	"strings"

	"github.com/korender/korender/render/diag"
)

// doubt is a scalar without quotes that other readers of YAML take for something else than kubectl does.
type doubt struct {
	node *Node
	text string
}

var base60 = lazy(`^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$`)

// Doubt says why the reader of a plain scalar may take it for something else than kubectl does; "" when there is no
// doubt. Only scalars without quotes are doubtful.
func (n *Node) Doubt() string {
	if n == nil || n.style != plain || !n.doubtful {
		return ""
	}
	for _, d := range n.doc.doubts {
		if d.node == n {
			return d.text
		}
	}
	return ""
}

// Doubts warns of every doubtful scalar and key of the documents, in order.
func Doubts(docs []*Document) diag.List {
	var out diag.List
	for _, d := range docs {
		for _, doubt := range d.doubts {
			p := doubt.node.Problem(diag.Doubtful, "%s", doubt.text)
			p.Severity = diag.Warning
			p.Hint = "quote it to make it text, or write what you mean"
			out = append(out, p)
		}
	}
	return out
}

// doubt notes a doubtful plain scalar.
func (c *converter) doubt(n *Node, text string) {
	reason := doubtOf(n, text)
	if reason == "" {
		return
	}
	full := fmt.Sprintf("unquoted %s %s", text, reason)
	if c.doc.secret {
		full = "an unquoted scalar that other YAML readers may take differently"
	}
	n.doubtful = true
	c.doc.doubts = append(c.doc.doubts, doubt{n, full})
}

func doubtOf(n *Node, text string) string {
	switch n.Kind {
	case Bool:
		if !strings.EqualFold(text, "true") && !strings.EqualFold(text, "false") {
			return fmt.Sprintf("is the boolean %t", n.Value)
		}
	case String:
		switch c := text[0]; {
		case c != '+' && c != '-' && (c < '0' || c > '9'):
		case isDate(text):
			return "is text here, and a date for other YAML readers"
		case base60().MatchString(text):
			return "is text here, and a base-60 number for other YAML readers"
		}
	case Int:
		body := strings.TrimLeft(text, "+-")
		if len(body) > 1 && body[0] == '0' && strings.Trim(body, "01234567_") == "" {
			return fmt.Sprintf("is octal: %d", n.Value)
		}
	}
	return ""
}
