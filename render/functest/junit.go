// SPDX-License-Identifier: Apache-2.0

package functest

import (
	"encoding/xml"
	"fmt"
	"io"
)

// The elements of JUnit XML that CI systems read. There are no times, for the same run must give the same bytes; some
// readers insist on the attribute.
type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	File     string      `xml:"file,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure"`
	Skipped *junitSkipped `xml:"skipped"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

const noTime = "0"

// WriteJUnit prints the run as JUnit XML: a suite a test, a testcase a case. It writes once.
func WriteJUnit(w io.Writer, r *Report) error {
	suites := junitSuites{
		Name: "korender", Tests: r.Summary.Cases, Failures: r.Summary.Failed, Skipped: r.Summary.Skipped, Time: noTime,
		Suites: make([]junitSuite, 0, len(r.Tests)),
	}
	for i := range r.Tests {
		suites.Suites = append(suites.Suites, junitSuiteOf(&r.Tests[i]))
	}
	text, err := xml.MarshalIndent(suites, "", "  ")
	if err != nil {
		return fmt.Errorf("write junit: %w", err)
	}
	_, err = io.WriteString(w, xml.Header+string(text)+"\n")
	return err
}

func junitSuiteOf(t *Test) junitSuite {
	var s Summary
	s.count(t)
	suite := junitSuite{
		Name: legible(t.Name), File: t.File, Tests: s.Cases, Failures: s.Failed, Skipped: s.Skipped, Time: noTime,
		Cases: make([]junitCase, 0, len(t.Cases)),
	}
	for i := range t.Cases {
		suite.Cases = append(suite.Cases, junitCaseOf(t, &t.Cases[i]))
	}
	return suite
}

func junitCaseOf(t *Test, c *Case) junitCase {
	out := junitCase{Name: legible(c.Label), Class: legible(t.Name), File: t.File, Line: c.Line, Time: noTime}
	switch {
	case c.Skipped:
		out.Skipped = &junitSkipped{Message: c.Message}
	case !c.Pass:
		var p printer
		p.failure(c)
		out.Failure = &junitFailure{Message: legible(c.Message), Type: t.Function, Text: "\n" + p.out.String()}
	}
	return out
}
