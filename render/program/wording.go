// SPDX-License-Identifier: Apache-2.0

package program

import (
	"strconv"
	"strings"

	"github.com/korender/korender/render/diag"
	"github.com/korender/korender/render/source"
)

// wanted names each type as it follows "must be".
var wanted = [...]string{
	isText: "a string", isLiteral: "a string", isExpression: "an expression (a string that begins with =)", isFlag: "true or false",
	isWhole: "a whole number", isObject: "a map", isList: "a list", isFree: "a map", isEmpty: "an empty map ({})",
}

// typeName names the type of a value as it follows "not".
func typeName(n *source.Node) string {
	switch n.Kind {
	case source.Null:
		return "null"
	case source.Bool:
		return "a boolean"
	case source.Int:
		return "a whole number"
	case source.Float:
		return "a fraction"
	case source.List:
		return "a list"
	case source.Map:
		return "a map"
	default:
		if strings.HasPrefix(n.Text(), "=") {
			return "an expression"
		}
		return "a string"
	}
}

// typeHint says what to write instead of a value of a wrong type.
func typeHint(n *source.Node, w want) string {
	written := n.Kind == source.String
	switch {
	case written && (w == isObject || w == isFree) && strings.HasPrefix(n.Text(), "="):
		return "an expression cannot stand for the whole map; write the keys, each with its own expression"
	case written && (w == isWhole || w == isFlag) && !strings.HasPrefix(n.Text(), "="):
		if _, err := strconv.ParseInt(n.Text(), 10, 64); err == nil || n.Text() == "true" || n.Text() == "false" {
			return "write it without quotes"
		}
	case w == isExpression && n.Kind == source.Bool:
		return "write =" + strconv.FormatBool(n.Value.(bool))
	case w == isText || w == isLiteral:
		if n.Kind == source.Bool || n.Kind == source.Int || n.Kind == source.Float {
			return "put it in quotes"
		}
	}
	return ""
}

// unknownHint suggests a field of the shape, else lists them all.
func unknownHint(key string, s *shape) string {
	names := s.names()
	if hint := diag.DidYouMean(key, names); hint != "" {
		return hint
	}
	return "known fields: " + strings.Join(names, ", ")
}

// nullHint explains why a field that is there counts as missing.
func nullHint(n *source.Node, names ...string) string {
	for _, name := range names {
		if v := n.Get(name); v != nil && v.Kind == source.Null {
			return name + " is null, which counts as absent"
		}
	}
	return ""
}

// words joins names: a, b and c.
func words(names []string, last string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " " + last + " " + names[len(names)-1]
}
