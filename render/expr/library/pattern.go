// SPDX-License-Identifier: Apache-2.0

package library

import (
	"errors"
	"regexp"
	"sync"
	"time"

	"github.com/dlclark/regexp2"
)

// Pattern is a compiled regular expression: RE2, or a backtracking one where RE2 cannot express it.
type Pattern struct {
	fast *regexp.Regexp
	slow *regexp2.Regexp
}

// matchTime bounds one match of a backtracking pattern.
const matchTime = 100 * time.Millisecond

var patterns sync.Map // text → *Pattern; what a process compiles it keeps

const maxPatternText = 10_000

// CompilePattern reads a pattern.
func CompilePattern(text string) (*Pattern, error) {
	if p, found := patterns.Load(text); found {
		return p.(*Pattern), nil
	}
	if len(text) > maxPatternText {
		return nil, errors.New("the pattern is too long")
	}
	p := &Pattern{}
	fast, err := regexp.Compile(text)
	if err == nil {
		p.fast = fast
	} else if p.slow, err = regexp2.Compile(text, regexp2.None); err != nil {
		return nil, errors.New("the pattern is not a regular expression")
	} else {
		p.slow.MatchTimeout = matchTime
	}
	patterns.Store(text, p)
	return p, nil
}

// Backtracks tells whether the pattern is one that RE2 cannot express.
func (p *Pattern) Backtracks() bool { return p.slow != nil }

// Match tells whether the pattern is found anywhere in s. It fails when backtracking takes too long.
func (p *Pattern) Match(s string) (bool, error) {
	if p.fast != nil {
		return p.fast.MatchString(s), nil
	}
	ok, err := p.slow.MatchString(s)
	if err != nil {
		return false, errors.New("the pattern takes too long on this text")
	}
	return ok, nil
}
