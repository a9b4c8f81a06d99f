// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"strings"
	"unicode/utf8"
)

type tokenKind uint8

const (
	endToken tokenKind = iota
	nameToken
	intToken
	floatToken
	textToken   // its text is the value
	symbolToken // an operator, a bracket, or one of the words in, true, false and null
)

type token struct {
	kind tokenKind
	text string
	at   int // the byte at which it begins
}

// lexer cuts a text into tokens. What it does not know makes it fail, and then there are no more tokens.
type lexer struct {
	text   string
	end    int // behind the token
	token  token
	failed bool
}

// symbols are the operators and brackets; those of two characters first.
var symbols = []string{"==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]", "{", "}"}

// fail ends the reading.
func (l *lexer) fail() {
	l.failed = true
	l.token = token{kind: endToken, at: len(l.text)}
}

// next goes on to the next token.
func (l *lexer) next() {
	for l.end < len(l.text) && strings.IndexByte(" \t\n\r\f", l.text[l.end]) >= 0 {
		l.end++
	}
	if l.failed || l.end == len(l.text) {
		l.token = token{kind: endToken, at: len(l.text)}
		return
	}
	switch c := l.text[l.end]; {
	case isLetter(c):
		l.name()
	case isDigit(c):
		l.number()
	case c == '"' || c == '\'':
		l.quoted()
	default:
		l.symbol()
	}
}

// take goes past a symbol, if it stands here.
func (l *lexer) take(symbol string) bool {
	if l.token.kind != symbolToken || l.token.text != symbol {
		return false
	}
	l.next()
	return true
}

// want goes past a symbol that has to stand here.
func (l *lexer) want(symbol string) {
	if !l.take(symbol) {
		l.fail()
	}
}

func (l *lexer) cut(kind tokenKind, end int) {
	l.token = token{kind: kind, text: l.text[l.end:end], at: l.end}
	l.end = end
}

func (l *lexer) name() {
	end := l.end
	for end < len(l.text) && (isLetter(l.text[end]) || isDigit(l.text[end])) {
		end++
	}
	if end < len(l.text) && (l.text[end] == '"' || l.text[end] == '\'') { // raw texts and bytes
		l.fail()
		return
	}
	kind := nameToken
	switch l.text[l.end:end] {
	case "in", "true", "false", "null":
		kind = symbolToken
	}
	l.cut(kind, end)
}

// number cuts 12 and 1.5; other forms begin in the same way, and end in a letter.
func (l *lexer) number() {
	digits := func(from int) int {
		for from < len(l.text) && isDigit(l.text[from]) {
			from++
		}
		return from
	}
	kind, end := intToken, digits(l.end)
	if end+1 < len(l.text) && l.text[end] == '.' && isDigit(l.text[end+1]) {
		kind, end = floatToken, digits(end+1)
	}
	if end < len(l.text) && isLetter(l.text[end]) {
		l.fail()
		return
	}
	l.cut(kind, end)
}

// quoted cuts a text between single quotes of either kind.
func (l *lexer) quoted() {
	quote := l.text[l.end]
	if strings.HasPrefix(l.text[l.end:], strings.Repeat(string(quote), 3)) {
		l.fail()
		return
	}
	body, at := l.text[l.end+1:], l.end
	end := strings.IndexAny(body, "\\\n\r"+string(quote))
	if end >= 0 && body[end] == quote && utf8.ValidString(body[:end]) {
		l.token = token{kind: textToken, text: body[:end], at: at}
		l.end = at + 1 + end + 1
		return
	}
	l.escaped(quote)
}

// escapes are the letters behind a backslash that stand for one character.
var escapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', '\\': '\\', '\'': '\'', '"': '"'}

// escaped cuts a text that has escapes.
func (l *lexer) escaped(quote byte) {
	var b strings.Builder
	for i := l.end + 1; i < len(l.text); i++ {
		c := l.text[i]
		switch {
		case c == quote && utf8.ValidString(b.String()):
			l.token = token{kind: textToken, text: b.String(), at: l.end}
			l.end = i + 1
			return
		case c == '\n' || c == '\r':
			l.fail()
			return
		case c == '\\':
			i++
			if i == len(l.text) || escapes[l.text[i]] == 0 {
				l.fail()
				return
			}
			c = escapes[l.text[i]]
		}
		b.WriteByte(c)
	}
	l.fail()
}

func (l *lexer) symbol() {
	for _, s := range symbols {
		if strings.HasPrefix(l.text[l.end:], s) {
			if s == "/" && strings.HasPrefix(l.text[l.end:], "//") {
				break // a comment
			}
			l.cut(symbolToken, l.end+len(s))
			return
		}
	}
	l.fail()
}

// runes is the number of characters before a byte.
func (l *lexer) runes(at int) int { return utf8.RuneCountInString(l.text[:at]) }

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
