// SPDX-License-Identifier: Apache-2.0

package library

import (
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones must not depend on the machine
	"unicode"
	"unicode/utf8"
)

var errPlace = errors.New("the place is outside of the text")

// CharAt is one character, or "" just behind the last one.
func CharAt(r []rune, i int64) (any, error) {
	switch {
	case i < 0 || i > int64(len(r)):
		return nil, errPlace
	case i == int64(len(r)):
		return "", nil
	default:
		return string(r[i]), nil
	}
}

// Substring is the characters from one place up to another.
func Substring(r []rune, from, to int64) (any, error) {
	if from < 0 || to > int64(len(r)) || from > to {
		return nil, errPlace
	}
	return string(r[from:to]), nil
}

// IndexOf is the first place of part at or behind offset, in characters; -1 when there is none.
func IndexOf(r []rune, part string, offset int64) (any, error) {
	if offset < 0 {
		return nil, errPlace
	}
	if offset > int64(len(r)) {
		return int64(-1), nil
	}
	rest := string(r[offset:])
	at := strings.Index(rest, part)
	if at < 0 {
		return int64(-1), nil
	}
	return offset + int64(utf8.RuneCountInString(rest[:at])), nil
}

// LastIndexOf is the last place of part at or before offset, in characters; -1 when there is none.
func LastIndexOf(r []rune, part string, offset int64) (any, error) {
	if offset < 0 {
		return nil, errPlace
	}
	if offset > int64(len(r)) || offset == int64(len(r)) && part != "" {
		return int64(-1), nil
	}
	s := string(r[:min(int64(len(r)), offset+int64(utf8.RuneCountInString(part)))])
	at := strings.LastIndex(s, part)
	if at < 0 {
		return int64(-1), nil
	}
	return int64(utf8.RuneCountInString(s[:at])), nil
}

// LowerASCII makes A to Z lower case.
func LowerASCII(s string) string { return shiftLetters(s, 'A', 'Z', 'a'-'A') }

// UpperASCII makes a to z upper case.
func UpperASCII(s string) string { return shiftLetters(s, 'a', 'z', 'A'-'a') }

func shiftLetters(s string, from, to, by rune) string {
	return strings.Map(func(r rune) rune {
		if r >= from && r <= to {
			return r + by
		}
		return r
	}, s)
}

// Trim removes white space from both ends.
func Trim(s string) string { return strings.TrimFunc(s, unicode.IsSpace) }

// Quote writes s as a string literal of the language.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch r {
		case '\a', '\b', '\f', '\n', '\r', '\t', '\v', '\\', '"':
			quoted := strconv.Quote(string(r))
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Bytes64 is the bytes that s stands for in standard base64, with or without padding.
func Bytes64(s string) ([]byte, error) {
	encoding := base64.StdEncoding
	if !strings.HasSuffix(s, "=") {
		encoding = base64.RawStdEncoding
	}
	b, err := encoding.DecodeString(s)
	if err != nil {
		return nil, errors.New(base64Opening + "the text is not standard base64")
	}
	return b, nil
}

// Sign is -1, 0, 1 or NaN.
func Sign(x float64) float64 {
	switch {
	case x == 0 || math.IsNaN(x):
		return x
	case x < 0:
		return -1
	default:
		return 1
	}
}

var errZone = errors.New("there is no such time zone: write a name such as Europe/Berlin, or +02:00")

// Zone is a time zone by its name or by its offset from UTC.
func Zone(name string) (*time.Location, error) {
	if !strings.Contains(name, ":") {
		zone, err := time.LoadLocation(name)
		if err != nil || zone == time.Local { // the machine's own zone would make results differ from machine to machine
			return nil, errZone
		}
		return zone, nil
	}
	if name[0] != '-' && name[0] != '+' {
		name = "+" + name
	}
	at, err := time.Parse("-07:00", name)
	if err != nil {
		return nil, errZone
	}
	_, offset := at.Zone()
	return time.FixedZone("", offset), nil
}
