// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/korender/korender/render/expr/library"
)

// extensions are CEL's own accessors of times and its extensions for strings, lists, sets, encodings and patterns. They
// are ours rather than the reference library's, whose set-up alone takes longer than a render may last; the reference
// judges them in judge_test.go.
func extensions() map[string]*function {
	return map[string]*function{
		"charAt":      typed(overload{"si", onRunes(func(r []rune, a []any) (any, error) { return library.CharAt(r, whole(a[1])) })}),
		"indexOf":     typed(overload{"ss", onRunes(indexFrom(0))}, overload{"ssi", onRunes(indexFrom(2))}),
		"lastIndexOf": typed(overload{"ss", onRunes(lastIndexUpTo(0))}, overload{"ssi", onRunes(lastIndexUpTo(2))}),
		"substring": typed(overload{"si", onRunes(func(r []rune, a []any) (any, error) { return library.Substring(r, whole(a[1]), int64(len(r))) })},
			overload{"sii", onRunes(func(r []rune, a []any) (any, error) { return library.Substring(r, whole(a[1]), whole(a[2])) })}),
		"lowerAscii":    typed(overload{"s", edit(library.LowerASCII)}),
		"upperAscii":    typed(overload{"s", edit(library.UpperASCII)}),
		"trim":          typed(overload{"s", edit(library.Trim)}),
		"strings.quote": typed(overload{"s", edit(library.Quote)}),
		"reverse":       typed(overload{"s", onRunes(reverseText)}, overload{"l", reverseList}),
		"join":          typed(overload{"l", join}, overload{"ls", join}),
		"format":        typed(overload{"sl", format}),

		"slice":       typed(overload{"lii", slice}),
		"sort":        typed(overload{"l", func(f *frame, a []any) (any, error) { return sortBy(f, items(a[0]), items(a[0])) }}),
		"distinct":    typed(overload{"l", distinct}),
		"lists.range": typed(overload{"i", numbersBelow}),

		"sets.contains":   typed(overload{"ll", func(f *frame, a []any) (any, error) { return f.containsAll(items(a[0]), items(a[1])) }}),
		"sets.intersects": typed(overload{"ll", func(f *frame, a []any) (any, error) { return f.containsAny(items(a[0]), items(a[1])) }}),
		"sets.equivalent": typed(overload{"ll", equivalent}),

		"base64.encode": typed(overload{"y", func(f *frame, a []any) (any, error) {
			b, _ := a[0].([]byte)
			return base64.StdEncoding.EncodeToString(b), f.reserve(2 * len(b))
		}}),
		"base64.decode": typed(overload{"s", func(f *frame, a []any) (any, error) { return anyOf(library.Bytes64(text(a[0]))) }}),

		"regex.extract":    typed(overload{"ss", func(_ *frame, a []any) (any, error) { return library.Extract(text(a[0]), text(a[1])) }}),
		"regex.extractAll": typed(overload{"ss", extractAll}),
		"regex.replace":    typed(overload{"sss", replacePattern}, overload{"sssi", replacePattern}),

		"getFullYear":     typed(onTimes(time.Time.Year)...),
		"getMonth":        typed(onTimes(func(t time.Time) int { return int(t.Month()) - 1 })...),
		"getDate":         typed(onTimes(time.Time.Day)...),
		"getDayOfMonth":   typed(onTimes(func(t time.Time) int { return t.Day() - 1 })...),
		"getDayOfWeek":    typed(onTimes(func(t time.Time) int { return int(t.Weekday()) })...),
		"getDayOfYear":    typed(onTimes(func(t time.Time) int { return t.YearDay() - 1 })...),
		"getHours":        typed(append(onTimes(time.Time.Hour), onDurations(func(d time.Duration) int64 { return int64(d.Hours()) }))...),
		"getMinutes":      typed(append(onTimes(time.Time.Minute), onDurations(func(d time.Duration) int64 { return int64(d.Minutes()) }))...),
		"getSeconds":      typed(append(onTimes(time.Time.Second), onDurations(func(d time.Duration) int64 { return int64(d.Seconds()) }))...),
		"getMilliseconds": typed(append(onTimes(func(t time.Time) int { return t.Nanosecond() / 1e6 }), onDurations(time.Duration.Milliseconds))...),
	}
}

type typedCall = func(f *frame, args []any) (any, error)

// onRunes makes a function of the characters of its first argument.
func onRunes(do func(r []rune, args []any) (any, error)) typedCall {
	return func(f *frame, args []any) (any, error) {
		if err := f.reserve(4 * len(text(args[0]))); err != nil {
			return nil, err
		}
		return do([]rune(text(args[0])), args)
	}
}

func edit(do func(string) string) typedCall {
	return func(f *frame, args []any) (any, error) {
		s := text(args[0])
		return do(s), f.reserve(2 * len(s))
	}
}

// indexFrom finds a text from the offset that is the argument at place from; 0: from the beginning.
func indexFrom(from int) func([]rune, []any) (any, error) {
	return func(r []rune, a []any) (any, error) {
		offset := int64(0)
		if from > 0 {
			offset = whole(a[from])
		}
		return library.IndexOf(r, text(a[1]), offset)
	}
}

func lastIndexUpTo(to int) func([]rune, []any) (any, error) {
	return func(r []rune, a []any) (any, error) {
		offset := int64(len(r))
		switch {
		case to > 0:
			offset = whole(a[to])
		case text(a[1]) != "":
			offset = max(0, offset-1)
		}
		return library.LastIndexOf(r, text(a[1]), offset)
	}
}

func reverseText(r []rune, _ []any) (any, error) {
	slices.Reverse(r)
	return string(r), nil
}

func reverseList(f *frame, args []any) (any, error) {
	if err := f.reserve(16 * len(items(args[0]))); err != nil {
		return nil, err
	}
	out := slices.Clone(items(args[0]))
	slices.Reverse(out)
	return out, nil
}

func join(f *frame, args []any) (any, error) {
	separator := ""
	if len(args) == 2 {
		separator = text(args[1])
	}
	list := items(args[0])
	size := 0
	for _, v := range list {
		size += len(text(v)) + len(separator) + 16
	}
	if err := f.reserve(size); err != nil {
		return nil, err
	}
	parts := make([]string, len(list))
	for i, v := range list {
		s, ok := v.(string)
		if !ok {
			return nil, errors.New("the list must hold strings only, not " + aType(v))
		}
		parts[i] = s
	}
	return strings.Join(parts, separator), nil
}

func format(f *frame, args []any) (any, error) {
	s, err := library.Format(text(args[0]), items(args[1]), func(n int) error { return f.reserve(n) })
	return s, err
}

func extractAll(f *frame, args []any) (any, error) {
	if err := f.reserve(48 * len(text(args[0]))); err != nil {
		return nil, err
	}
	return anyOf(library.ExtractAll(text(args[0]), text(args[1])))
}

func replacePattern(f *frame, args []any) (any, error) {
	count := int64(-1)
	if len(args) == 4 {
		count = whole(args[3])
	}
	return library.ReplacePattern(text(args[0]), text(args[1]), text(args[2]), count, f.reserve)
}

func onTimes(read func(time.Time) int) []overload {
	return []overload{
		{"t", func(_ *frame, a []any) (any, error) { return int64(read(moment(a[0]).UTC())), nil }},
		{"ts", func(_ *frame, a []any) (any, error) {
			zone, err := library.Zone(text(a[1]))
			if err != nil {
				return nil, err
			}
			return int64(read(moment(a[0]).In(zone))), nil
		}},
	}
}

func onDurations(read func(time.Duration) int64) overload {
	return overload{"p", func(_ *frame, a []any) (any, error) {
		d, _ := a[0].(time.Duration)
		return read(d), nil
	}}
}
