// SPDX-License-Identifier: Apache-2.0

// Package library holds those functions of the language that work on wholly known values: plain Go values in, plain Go
// values out. It knows nothing of expressions, unknowns or objects. No error tells a value that was given.
package library

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Text reads a string argument.
func Text(v any, what string) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("%s must be a string", what)
	}
	return s, nil
}

// Texts reads arguments that must all be strings.
func Texts(args []any) ([]string, error) {
	out := make([]string, len(args))
	for i, a := range args {
		s, err := Text(a, fmt.Sprintf("argument %d", i+1))
		if err != nil {
			return nil, err
		}
		out[i] = s
	}
	return out, nil
}

var errSeparator = errors.New("split separator may not be empty")

// Split cuts s at every separator, into at most n parts when n is not negative.
func Split(s, separator string, n int64) ([]any, error) {
	if separator == "" {
		return nil, errSeparator
	}
	parts := strings.SplitN(s, separator, int(min(n, int64(len(s))+1)))
	out := make([]any, len(parts))
	for i, p := range parts {
		out[i] = p
	}
	return out, nil
}

// SplitFirst is the part of s before the first separator, or all of it.
func SplitFirst(s, separator string) (any, error) {
	if separator == "" {
		return nil, errSeparator
	}
	before, _, _ := strings.Cut(s, separator)
	return before, nil
}

// SplitLast is the part of s after the last separator, or all of it.
func SplitLast(s, separator string) (any, error) {
	if separator == "" {
		return nil, errSeparator
	}
	if i := strings.LastIndex(s, separator); i >= 0 {
		return s[i+len(separator):], nil
	}
	return s, nil
}

// SplitIndex is the i-th part of s; a negative i counts from the end. An empty s gives "" for any i.
func SplitIndex(s, separator string, i int64) (any, error) {
	if separator == "" {
		return nil, errSeparator
	}
	if s == "" {
		return "", nil
	}
	parts := strings.Split(s, separator)
	if i < 0 {
		i += int64(len(parts))
	}
	if i < 0 || i >= int64(len(parts)) {
		return nil, errors.New("index out of bounds on split")
	}
	return parts[i], nil
}

// Encode64 is the standard base64 text of s.
func Encode64(s string) any { return base64.StdEncoding.EncodeToString([]byte(s)) }

// base64Opening begins the messages of both directions, as Koreo's users match on it.
const base64Opening = "Base64 Encoding error "

// Decode64 is the text that s stands for in standard base64; it must be UTF-8.
func Decode64(s string) (any, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, errors.New(base64Opening + "the text is not standard base64")
	}
	if !utf8.Valid(b) {
		return nil, errors.New(base64Opening + "the decoded bytes are not UTF-8 text")
	}
	return string(b), nil
}
