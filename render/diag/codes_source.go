// SPDX-License-Identifier: Apache-2.0

package diag

// Codes of reading files.
const (
	Syntax       Code = "KR0001"
	NotText      Code = "KR0002"
	DuplicateKey Code = "KR0003"
	BadKey       Code = "KR0004"
	BadMerge     Code = "KR0005"
	BadNumber    Code = "KR0006"
	TooDeep      Code = "KR0007"
	TooManyNodes Code = "KR0008"
	TooLarge     Code = "KR0009"
	TooManyDocs  Code = "KR0010"
	NoSuchPath   Code = "KR0011"
	NoMatch      Code = "KR0012"
	Unreadable   Code = "KR0013"
	OutsideRoot  Code = "KR0014"
	Doubtful     Code = "KR0015"
	BadTag       Code = "KR0016"
)

// sourceCodes are the codes KR00xx.
var sourceCodes = []Entry{
	{Syntax, "the text is not valid YAML or JSON",
		"The YAML parser gave up at this line. The cause often stands one line above: a missing space after a colon, a " +
			"wrong indentation, a tab, a bracket or a quote that is not closed. Other documents of the file were still read.",
		"name:web   # wrong\nname: web  # right"},
	{NotText, "the file is not UTF-8 text",
		"Definitions and manifests are text in UTF-8. A binary file or one in another encoding cannot be read. Convert " +
			"it, move it elsewhere, or list it in .korenderignore.", ""},
	{DuplicateKey, "one key stands twice in one map",
		"Parsers disagree on which of the two counts, so neither is taken. Keep one of them.",
		"replicas: 1\nreplicas: 2  # wrong"},
	{BadKey, "a key that is not text",
		"Keys of manifests are text. Numbers and booleans are taken by their text; maps, lists and null cannot be keys.", ""},
	{BadMerge, "a merge key that does not name a map",
		"The merge key << takes the entries of a map, or of each map of a list. Anything else has no entries.",
		"base: &base {a: 1}\nmore:\n  <<: *base"},
	{BadNumber, "a number that a manifest cannot hold",
		"JSON, and so Kubernetes, has no infinity and no NaN, and whole numbers must fit in 64 bits with a sign. Quote " +
			"the value if it is meant as text.", "id: 18446744073709551615    # wrong\nid: \"18446744073709551615\"  # right"},
	{TooDeep, "nested too deeply",
		"Maps and lists nest deeper than any manifest needs. This is nearly always a generator gone wrong, and a deep " +
			"nesting can be used to exhaust whoever reads it. If it is meant, raise limits.depth in korender.yaml.", ""},
	{TooManyNodes, "a document with too many values",
		"The number of values of one document is bounded, and so is the number of those that aliases stand for, in all " +
			"documents together: aliases that hold aliases grow exponentially. Write the values out, split the document, " +
			"or raise limits.nodes in korender.yaml; a tenth of it is for aliases.", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]"},
	{TooLarge, "too much input",
		"All files together are larger than the bound. Name fewer paths, list files in .korenderignore, or raise " +
			"limits.bytes in korender.yaml.", ""},
	{TooManyDocs, "too many documents",
		"All files together hold more documents than the bound. Name fewer paths or raise limits.documents in " +
			"korender.yaml.", ""},
	{NoSuchPath, "a path that does not exist",
		"The path was named on the command line, or in libraries of korender.yaml, and nothing is there.", ""},
	{NoMatch, "a pattern that matches no file",
		"A pattern that matches nothing is nearly always a slip; it is not read as \"no files\".", ""},
	{Unreadable, "a file that cannot be read",
		"The operating system refused to read the file. Skipping it could make the output smaller without anybody " +
			"noticing, so this is an error. Mend its permissions or list it in .korenderignore.", ""},
	{OutsideRoot, "a link that leads out of the root",
		"Files are read below the root only: the directory given, unless `root` in korender.yaml widens it. A symbolic " +
			"link that leads out of it is refused, so that a repository cannot read other files of the machine.", ""},
	{Doubtful, "a scalar that other YAML readers take differently",
		"kubectl reads YAML 1.1: unquoted yes, no, on, off, y and n are booleans, 0644 is octal. Dates and 1:30 are text " +
			"for it, and something else for others. Quote the value to say what you mean.",
		"enabled: yes  # the boolean true\nanswer: \"yes\" # text"},
	{BadTag, "a tag that does not fit its value",
		"A tag such as !!int says what a value is, and this value cannot be read as that. Remove the tag or mend the value.",
		"port: !!int http  # wrong\nport: !!int 80    # right"},
}
