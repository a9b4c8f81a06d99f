// SPDX-License-Identifier: Apache-2.0

package source

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// chunk is the text of one document, and the line of its first byte.
type chunk struct {
	raw  []byte
	line int
}

// split cuts a file into its documents.
func split(isJSON bool, data []byte) []chunk {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if isJSON {
		return splitJSON(data)
	}
	return splitYAML(data)
}

// splitYAML cuts a stream at its document markers. YAML takes a line that begins with --- or ... for a marker wherever
// it stands, so a scan by lines is enough. What follows --- on its line belongs to the document.
func splitYAML(data []byte) []chunk {
	var out []chunk
	start, startLine := 0, 1
	for at, line := 0, 1; at < len(data); line++ {
		end := len(data)
		if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if marker(data[at:end]) {
			if text := data[start:at]; len(bytes.TrimSpace(text)) > 0 {
				out = append(out, chunk{text, startLine})
			}
			start, startLine = end, line+1
			if data[at] == '-' && !blank(data[at+3:end]) {
				start, startLine = at, line // content on the marker's own line: keep the marker in the text
			}
		}
		at = end
	}
	return append(out, chunk{data[start:], startLine})
}

// blank tells whether there is nothing but white space and a comment.
func blank(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || line[0] == '#'
}

func marker(line []byte) bool {
	if !bytes.HasPrefix(line, []byte("---")) && !bytes.HasPrefix(line, []byte("...")) {
		return false
	}
	return len(line) == 3 || bytes.IndexByte([]byte(" \t\r\n"), line[3]) >= 0
}

// splitJSON cuts before every value that begins on a line of its own. A value that is not valid keeps the rest of the
// file, so that its error is told once.
func splitJSON(data []byte) []chunk {
	var out []chunk
	start, line := 0, 1
	for decoder := json.NewDecoder(bytes.NewReader(data)); ; {
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			break
		}
		end := int(decoder.InputOffset())
		next := end + len(data[end:]) - len(bytes.TrimLeft(data[end:], " \t\r\n"))
		cut := bytes.LastIndexByte(data[end:next], '\n')
		if next == len(data) || cut < 0 {
			break
		}
		cut += end + 1
		out = append(out, chunk{data[start:cut], line})
		line += bytes.Count(data[start:cut], []byte("\n"))
		start = cut
	}
	return append(out, chunk{data[start:], line})
}

// YAML has more line breaks than files have for people: a lone carriage return, NEL, LS and PS end lines for the
// parser. Where they occur, its lines must be translated.

// oddLines lists where the parser's lines begin; nil when they are the lines that people count.
func oddLines(raw []byte) []int {
	if !hasOddBreaks(raw) {
		return nil
	}
	starts := []int{0}
	for i := 0; i < len(raw); {
		size := breakSize(raw[i:])
		if size == 0 {
			i++
			continue
		}
		i += size
		starts = append(starts, i)
	}
	return starts
}

func hasOddBreaks(raw []byte) bool {
	for rest := raw; ; {
		i := bytes.IndexByte(rest, '\r')
		if i < 0 {
			break
		}
		if i+1 == len(rest) || rest[i+1] != '\n' {
			return true
		}
		rest = rest[i+1:]
	}
	return bytes.Contains(raw, []byte("\u0085")) || bytes.Contains(raw, []byte("\u2028")) || bytes.Contains(raw, []byte("\u2029"))
}

// breakSize is how many bytes the line break at the beginning of a text has for the parser; 0 when there is none.
func breakSize[T []byte | string](text T) int {
	switch {
	case len(text) == 0:
		return 0
	case text[0] == '\n':
		return 1
	case text[0] == '\r':
		if len(text) > 1 && text[1] == '\n' {
			return 2
		}
		return 1
	case text[0] == 0xC2 && len(text) > 1 && text[1] == 0x85:
		return 2
	case text[0] == 0xE2 && len(text) > 2 && text[1] == 0x80 && (text[2] == 0xA8 || text[2] == 0xA9):
		return 3
	}
	return 0
}

// advance is the offset of a column of the line that begins at start.
func advance(raw []byte, start, column int) int {
	for ; column > 1 && start < len(raw); column-- {
		_, size := utf8.DecodeRune(raw[start:])
		start += size
	}
	return start
}
