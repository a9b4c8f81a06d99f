// SPDX-License-Identifier: Apache-2.0

package expr

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

func toInt(_ *frame, at *place, args []any) (any, error) {
	switch v := args[0].(type) {
	case int64:
		return v, nil
	case uint64:
		if v <= math.MaxInt64 {
			return int64(v), nil
		}
	case float64:
		if v > -9.2233720368547e18 && v < 9.2233720368547e18 {
			return int64(v), nil
		}
	case string:
		digits, base := v, 10
		if hex, found := strings.CutPrefix(v, "0x"); found {
			digits, base = hex, 16
		}
		if i, err := strconv.ParseInt(digits, base, 64); err == nil {
			return i, nil
		}
		return nil, at.fail("the text is not a whole number")
	case time.Time:
		return v.Unix(), nil
	case time.Duration:
		return int64(v), nil
	default:
		return nil, at.fail("cannot make an int of %s", aType(v))
	}
	return nil, at.fail("the number does not fit in an int")
}

func toUint(_ *frame, at *place, args []any) (any, error) {
	switch v := args[0].(type) {
	case uint64:
		return v, nil
	case int64:
		if v >= 0 {
			return uint64(v), nil
		}
	case float64:
		if v >= 0 && v < 1.8446744073709e19 {
			return uint64(v), nil
		}
	case string:
		if u, err := strconv.ParseUint(v, 10, 64); err == nil {
			return u, nil
		}
	}
	return nil, at.fail("cannot make a uint of this %s", TypeName(args[0]))
}

func toDouble(_ *frame, at *place, args []any) (any, error) {
	switch v := args[0].(type) {
	case float64:
		return v, nil
	case int64:
		return float64(v), nil
	case uint64:
		return float64(v), nil
	case string:
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return f, nil
		}
	}
	return nil, at.fail("cannot make a double of this %s", TypeName(args[0]))
}

func toString(f *frame, at *place, args []any) (any, error) {
	switch v := args[0].(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case uint64:
		return strconv.FormatUint(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	case time.Time:
		return timeText(v), nil
	case time.Duration:
		return durationText(v), nil
	case []byte:
		if utf8.Valid(v) {
			return string(v), f.grow(at, len(v))
		}
		return nil, at.fail("the bytes are not UTF-8 text")
	case typeValue:
		return string(v), nil
	}
	return nil, at.fail("cannot make a string of %s", aType(args[0]))
}

func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func durationText(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
}

func toBool(_ *frame, at *place, args []any) (any, error) {
	switch v := args[0].(type) {
	case bool:
		return v, nil
	case string:
		if slices.Contains([]string{"true", "True", "TRUE", "t", "1"}, v) {
			return true, nil
		}
		if slices.Contains([]string{"false", "False", "FALSE", "f", "0"}, v) {
			return false, nil
		}
	}
	return nil, at.fail("cannot make a bool of this %s", TypeName(args[0]))
}

func toBytes(f *frame, at *place, args []any) (any, error) {
	switch v := args[0].(type) {
	case []byte:
		return v, nil
	case string:
		return []byte(v), f.grow(at, len(v))
	}
	return nil, at.fail("cannot make bytes of %s", aType(args[0]))
}

func toTimestamp(_ *frame, at *place, args []any) (any, error) {
	switch v := args[0].(type) {
	case time.Time:
		return v, nil
	case int64:
		return time.Unix(v, 0).UTC(), nil
	case string:
		for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
			if t, err := time.Parse(layout, v); err == nil {
				return t, nil
			}
		}
		return nil, at.fail("the text is not a time like 2006-01-02T15:04:05Z")
	}
	return nil, at.fail("cannot make a timestamp of %s", aType(args[0]))
}

func toDuration(_ *frame, at *place, args []any) (any, error) {
	switch v := args[0].(type) {
	case time.Duration:
		return v, nil
	case string:
		if d, err := parseDuration(v); err == nil {
			return d, nil
		}
		return nil, at.fail("the text is not a duration like 1h30m")
	}
	return nil, at.fail("cannot make a duration of %s", aType(args[0]))
}

// parseDuration is time.ParseDuration with days in front.
func parseDuration(s string) (time.Duration, error) {
	days, rest, found := strings.Cut(s, "d")
	if !found {
		return time.ParseDuration(s)
	}
	n, err := strconv.ParseFloat(days, 64)
	if err != nil {
		return 0, fmt.Errorf("read days: %w", err)
	}
	d := time.Duration(n * 24 * float64(time.Hour))
	if rest == "" {
		return d, nil
	}
	more, err := time.ParseDuration(rest)
	return d + more, err
}
