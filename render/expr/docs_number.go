// SPDX-License-Identifier: Apache-2.0

package expr

var numberDocs = []Function{
	{"int", []string{"int(any) int"}, "A whole number made of a number, whose fraction is cut off, of a decimal text, or of a timestamp in seconds.",
		[]Example{{`int("8080")`, `8080`}, {`int(2.9)`, `2`}, {`int("5.5")`, ``}, {`int(true)`, ``}}},
	{"uint", []string{"uint(any) uint"}, "A whole number without sign.", []Example{{`uint(3) + 1u`, `4`}, {`uint(-1)`, ``}}},
	{"double", []string{"double(any) double"}, "A number with a fraction.", []Example{{`double(1) / 2.0`, `0.5`}, {`double("x")`, ``}}},
	{"string", []string{"string(any) string"}, "The text of a number, bool, timestamp, duration, or of bytes in UTF-8.",
		[]Example{{`string(1.5)`, `"1.5"`}, {`string(true)`, `"true"`}, {`string(duration("90s"))`, `"90s"`}, {`string(null)`, ``}, {`string([1])`, ``}}},
	{"bytes", []string{"bytes(string) bytes"}, "The UTF-8 bytes of a text.", []Example{{`bytes("é").size()`, `2`}}},
	{"bool", []string{"bool(string) bool"}, "The bool that a text names.", []Example{{`bool("true")`, `true`}, {`bool("maybe")`, ``}}},
	{"type", []string{"type(any) type"}, "The type of a value, to compare with int, uint, double, bool, string, bytes, list, map or null_type.",
		[]Example{{`type(1) == int`, `true`}, {`type([]) == map`, `false`}}},
	{"dyn", []string{"dyn(any) any"}, "The argument itself.", []Example{{`dyn(1)`, `1`}}},
	{"math.greatest", []string{"math.greatest(number, …) number", "math.greatest(list) number"}, "The greatest of numbers.",
		[]Example{{`math.greatest(1, 3, 2)`, `3`}, {`math.greatest([1, 2.5])`, `2.5`}, {`math.greatest("a", "b")`, ``}}},
	{"math.least", []string{"math.least(number, …) number", "math.least(list) number"}, "The least of numbers.", []Example{{`math.least(1, 3, 2)`, `1`}}},
	{"math.ceil", []string{"math.ceil(double) double"}, "The next whole number above.", []Example{{`math.ceil(1.2)`, `2`}}},
	{"math.floor", []string{"math.floor(double) double"}, "The next whole number below.", []Example{{`math.floor(1.8)`, `1`}}},
	{"math.round", []string{"math.round(double) double"}, "The nearest whole number; halves are rounded away from zero.", []Example{{`math.round(2.5)`, `3`}}},
	{"math.trunc", []string{"math.trunc(double) double"}, "The number without its fraction.", []Example{{`math.trunc(-1.9)`, `-1`}}},
	{"math.sqrt", []string{"math.sqrt(number) double"}, "The square root.", []Example{{`math.sqrt(16)`, `4`}}},
	{"math.abs", []string{"math.abs(number) number"}, "The number without its sign.", []Example{{`math.abs(-3)`, `3`}}},
	{"math.sign", []string{"math.sign(number) number"}, "-1, 0 or 1.", []Example{{`math.sign(-3)`, `-1`}}},
	{"math.isNaN", []string{"math.isNaN(double) bool"}, "Whether it is no number.", []Example{{`math.isNaN(0.0 / 0.0)`, `true`}}},
	{"math.isInf", []string{"math.isInf(double) bool"}, "Whether it is infinite.", []Example{{`math.isInf(1.0 / 0.0)`, `true`}}},
	{"math.isFinite", []string{"math.isFinite(double) bool"}, "Whether it is neither.", []Example{{`math.isFinite(1.0)`, `true`}}},
	{"math.bitAnd", []string{"math.bitAnd(int, int) int", "math.bitAnd(uint, uint) uint"}, "The bits that both have.", []Example{{`math.bitAnd(6, 3)`, `2`}}},
	{"math.bitOr", []string{"math.bitOr(int, int) int", "math.bitOr(uint, uint) uint"}, "The bits that either has.", []Example{{`math.bitOr(6, 3)`, `7`}}},
	{"math.bitXor", []string{"math.bitXor(int, int) int", "math.bitXor(uint, uint) uint"}, "The bits that one has.", []Example{{`math.bitXor(6, 3)`, `5`}}},
	{"math.bitNot", []string{"math.bitNot(int) int", "math.bitNot(uint) uint"}, "The bits that it does not have.", []Example{{`math.bitNot(1)`, `-2`}}},
	{"math.bitShiftLeft", []string{"math.bitShiftLeft(int, int) int", "math.bitShiftLeft(uint, int) uint"}, "The bits moved up.",
		[]Example{{`math.bitShiftLeft(1, 4)`, `16`}, {`math.bitShiftLeft(1, -1)`, ``}}},
	{"math.bitShiftRight", []string{"math.bitShiftRight(int, int) int", "math.bitShiftRight(uint, int) uint"}, "The bits moved down; the sign moves along as a bit.",
		[]Example{{`math.bitShiftRight(16, 4)`, `1`}}},
}

const noon = `timestamp("2024-02-03T12:04:05.006Z")`

var timeDocs = []Function{
	{"timestamp", []string{"timestamp(string) timestamp", "timestamp(int) timestamp"}, "The time that a text in RFC 3339 names, or so many seconds after 1970.",
		[]Example{{noon + ` > timestamp("2024-01-01T00:00:00Z")`, `true`}, {`timestamp("now")`, ``}}},
	{"duration", []string{"duration(string) duration"}, "A length of time, with the units d, h, m, s, ms, us and ns.",
		[]Example{{`duration("1h30m")`, `"5400s"`}, {`duration("soon")`, ``}}},
	{"getFullYear", ofTime("getFullYear"), "The year. A time zone may be named; else it is UTC.", []Example{{noon + `.getFullYear()`, `2024`}}},
	{"getMonth", ofTime("getMonth"), "The month; January is 0.", []Example{{noon + `.getMonth()`, `1`}}},
	{"getDate", ofTime("getDate"), "The day of the month; the first is 1.", []Example{{noon + `.getDate()`, `3`}}},
	{"getDayOfMonth", ofTime("getDayOfMonth"), "The day of the month; the first is 0.", []Example{{noon + `.getDayOfMonth()`, `2`}}},
	{"getDayOfWeek", ofTime("getDayOfWeek"), "The day of the week; Sunday is 0.", []Example{{noon + `.getDayOfWeek()`, `6`}}},
	{"getDayOfYear", ofTime("getDayOfYear"), "The day of the year; the first is 0.", []Example{{noon + `.getDayOfYear()`, `33`}}},
	{"getHours", ofBoth("getHours"), "The hour, or the whole hours of a duration.",
		[]Example{{noon + `.getHours("America/New_York")`, `7`}, {noon + `.getHours("+02:00")`, `14`}, {`duration("90m").getHours()`, `1`}}},
	{"getMinutes", ofBoth("getMinutes"), "The minute, or the whole minutes of a duration.", []Example{{noon + `.getMinutes()`, `4`}}},
	{"getSeconds", ofBoth("getSeconds"), "The second, or the whole seconds of a duration.", []Example{{noon + `.getSeconds()`, `5`}}},
	{"getMilliseconds", ofBoth("getMilliseconds"), "The milliseconds behind the second, or all of a duration.", []Example{{noon + `.getMilliseconds()`, `6`}}},
}

func ofTime(name string) []string {
	return []string{name + "(timestamp) int", name + "(timestamp, string) int"}
}

func ofBoth(name string) []string { return append(ofTime(name), name+"(duration) int") }
