// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/korender/korender/render/diag"
)

// Limits bound what is read; zero fields mean the defaults.
type Limits struct {
	Bytes     int // of input in all (default 64 MiB)
	Documents int // in all (default 100,000)
	Nodes     int // values of one document after aliases are expanded (default 1,000,000)
	Depth     int // nested maps and lists (default 200)
}

func (l Limits) withDefaults() Limits {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	set(&l.Bytes, 64<<20)
	set(&l.Documents, 100_000)
	set(&l.Nodes, 1_000_000)
	set(&l.Depth, 200)
	return l
}

// Parse reads one file: every document of it that can be read, and every problem of those that cannot. File is the
// name to show.
func Parse(file string, data []byte, layer int, limits Limits) ([]*Document, diag.List) {
	limits = limits.withDefaults()
	if !utf8.Valid(data) {
		return nil, diag.List{{Code: diag.NotText, Pos: diag.Pos{File: file, Line: 1 + bytes.Count(validPrefix(data), []byte("\n"))},
			Message: "the file is not UTF-8 text", Hint: "save it as UTF-8, or list it in " + IgnoreFile}}
	}
	var docs []*Document
	var problems diag.List
	for _, chunk := range split(data) {
		d := &Document{File: file, Index: len(docs), Line: chunk.line, Layer: layer, Raw: chunk.raw}
		if found := d.parse(limits); found != nil {
			problems = append(problems, found...)
			continue
		}
		if d.Root != nil {
			docs = append(docs, d)
		}
	}
	return docs, problems
}

func validPrefix(data []byte) []byte {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size <= 1 {
			return data[:i]
		}
		i += size
	}
	return data
}

type chunk struct {
	raw  []byte
	line int
}

// split cuts a stream at its document markers. A line that begins with --- or ... is a marker wherever it stands, so a
// scan by lines is enough. What follows --- on its line belongs to the document.
func split(data []byte) []chunk {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var out []chunk
	start, startLine := 0, 1
	for at, line := 0, 1; at < len(data); line++ {
		end := len(data)
		if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if marker(data[at:end]) {
			out = append(out, chunk{data[start:at], startLine})
			if bytes.HasPrefix(data[at:], []byte("---")) && len(bytes.TrimSpace(stripComment(data[at+3:end]))) > 0 {
				start, startLine = at, line // content on the marker's own line: keep the marker in the text
			} else {
				start, startLine = end, line+1
			}
		}
		at = end
	}
	return append(out, chunk{data[start:], startLine})
}

func stripComment(line []byte) []byte {
	if i := bytes.IndexByte(line, '#'); i >= 0 && len(bytes.TrimSpace(line[:i])) == 0 {
		return nil
	}
	return line
}

func marker(line []byte) bool {
	if !bytes.HasPrefix(line, []byte("---")) && !bytes.HasPrefix(line, []byte("...")) {
		return false
	}
	return len(line) == 3 || strings.IndexByte(" \t\r\n", line[3]) >= 0
}

func (d *Document) parse(limits Limits) diag.List {
	if depth, at := flowDepth(d.Raw); depth > limits.Depth {
		return diag.List{d.tooDeep(diag.Pos{File: d.File, Line: d.Line + at - 1}, limits)}
	}
	if directivesOnly(d.Raw) {
		return nil
	}
	var root yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(d.Raw)).Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return diag.List{d.syntaxError(err)}
	}
	if len(root.Content) == 0 {
		return nil
	}
	c := converter{doc: d, limits: limits}
	n := c.convert(root.Content[0], 1)
	if c.problems != nil {
		return c.problems
	}
	if n.Kind != Null {
		d.Root = n
	}
	return nil
}

// directivesOnly tells whether there is nothing but YAML directives and comments: what may stand before a marker.
func directivesOnly(raw []byte) bool {
	if !bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("%")) && !bytes.Contains(raw, []byte("\n%")) {
		return false
	}
	for line := range bytes.Lines(raw) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '%' && line[0] != '#' {
			return false
		}
	}
	return true
}

// flowDepth is how deeply brackets nest, and the line of the deepest one: a cheap look that spares the parser hostile
// input. Brackets inside of quoted text count too, so it only ever says too much.
func flowDepth(raw []byte) (deepest, atLine int) {
	depth, line := 0, 1
	for _, c := range raw {
		switch c {
		case '[', '{':
			if depth++; depth > deepest {
				deepest, atLine = depth, line
			}
		case ']', '}':
			depth = max(0, depth-1)
		case '\n':
			line++
		}
	}
	return deepest, atLine
}

func (d *Document) tooDeep(at diag.Pos, limits Limits) diag.Diagnostic {
	p := d.Problem(at, diag.TooDeep, "maps and lists are nested more than %d deep", limits.Depth)
	p.Hint = "no manifest needs this; check for unclosed brackets or a generator gone wrong"
	return p
}

var errorLine = regexp.MustCompile(`line (\d+): (.*)`)

// syntaxError makes a problem of what the YAML parser says. The parser tells the line in its text only.
func (d *Document) syntaxError(err error) diag.Diagnostic {
	text, line := strings.TrimPrefix(err.Error(), "yaml: "), 1
	if m := errorLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = m[2]
	}
	lines := strings.Split(string(d.Raw), "\n")
	line = max(1, min(line, len(lines)))
	shown := lines[line-1]
	col := len(shown) - len(strings.TrimLeft(shown, " \t")) + 1
	p := diag.Diagnostic{Code: diag.Syntax, Pos: diag.Pos{File: d.File, Line: d.Line + line - 1, Column: col},
		Message: "not valid YAML: " + text, Excerpt: strings.TrimRight(shown, "\r")}
	if strings.Contains(string(d.Raw), "kind: Secret") {
		p.Excerpt = ""
	}
	p.Hint = syntaxHint(text, lines, line, &p)
	return p
}

func syntaxHint(text string, lines []string, line int, p *diag.Diagnostic) string {
	for i := max(0, line-1); i < min(len(lines), line+1); i++ {
		if indent := lines[i][:len(lines[i])-len(strings.TrimLeft(lines[i], " \t"))]; strings.Contains(indent, "\t") {
			p.Pos.Line += i - (line - 1)
			p.Pos.Column = strings.IndexByte(indent, '\t') + 1
			if p.Excerpt != "" {
				p.Excerpt = lines[i]
			}
			return "indent with spaces: YAML does not allow tabs there"
		}
	}
	switch {
	case strings.Contains(text, "mapping values are not allowed"):
		return `a value that holds ": " must be quoted, and keys of one map must be indented alike`
	case strings.Contains(text, "found unexpected end of stream"), strings.Contains(text, "quoted scalar"):
		return "a quote is opened and never closed"
	case strings.Contains(text, "could not find expected ':'"):
		return `a key needs ": " after it, and keys of one map must be indented alike`
	case strings.Contains(text, "cannot start any token"):
		return "a value that begins with this character must be quoted"
	case strings.Contains(text, "did not find expected"):
		return "check the indentation and the brackets here and in the line above"
	case strings.Contains(text, "unknown anchor"):
		return "an alias (*name) needs an anchor (&name) earlier in the same document; quote the value if it is no alias"
	}
	return "check the indentation, quotes and brackets here and in the line above"
}
