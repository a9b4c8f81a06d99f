// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"fmt"
	"strconv"

	"github.com/korender/korender/render/eval"
	"github.com/korender/korender/render/program"
)

// steps is the result of a step that another one reads.
func (s *search) steps(f *fact, r *run, p path) {
	label := ""
	if len(p) > 0 {
		label, _ = p[0].(string)
	}
	if st := r.step(label); st != nil {
		s.result(f, st, p[1:])
		return
	}
	f.from = "the results of steps"
}

// result is what a step came to.
func (s *search) result(f *fact, st *step, p path) {
	switch {
	case st.isLoop():
		s.list(f, st, p)
	case st.called == nil || st.called.Logic == nil:
		f.from, f.at = "step "+st.path+", which did not run", st.def.Node.Pos()
	case st.called.Logic.Value != nil:
		s.returned(f, st, st.called.Logic.Value, p, st.function(whole), "")
	case st.called.Logic.Resource != nil:
		fn := st.called.Logic.Resource
		if !s.body(f, fn.Return, p, st.function(whole), "return of ResourceFunction/"+fn.Name+", step "+st.path) {
			f.from, f.at = "ResourceFunction/"+fn.Name+", which returns no such thing, step "+st.path, fn.Node.Pos()
		}
	default:
		s.stateOf(f, st, p)
	}
}

// list is the result of a forEach.
func (s *search) list(f *fact, st *step, p path) {
	items := st.items()
	if len(p) > 0 {
		if i, ok := p[0].(int); ok && i < len(items) {
			s.result(f, items[i], p[1:])
			return
		}
	}
	f.from = fmt.Sprintf("results of step %s, one for each of %d items", st.path, len(items))
	f.at, f.wide = st.def.Node.Pos(), true
	over := &fact{read: st.path + ".forEach.itemIn"}
	if s.body(over, st.def.ForEach.ItemIn, nil, st.scope(), "the items of step "+st.path) {
		over.settle()
		f.reads = append(f.reads, over)
	}
	for i, item := range items {
		one := &fact{read: f.read + "[" + strconv.Itoa(i) + "]"}
		if item.result.Outcome.Type == eval.Ok || item.result.Outcome.Type == eval.Deferred {
			one.set(item.result.Outcome.Value)
		}
		s.result(one, item, nil)
		one.settle()
		f.reads = append(f.reads, one)
	}
}

// returned is what a ValueFunction gives: its return, or the default of the precondition that ended it.
func (s *search) returned(f *fact, st *step, fn *program.ValueFunction, p path, sc *scope, what string) bool {
	from := "return of ValueFunction/" + fn.Name + ", step " + st.path
	switch {
	case what != "":
		from = what
	case s.ended(fn, sc) != nil:
		from = "defaultReturn of ValueFunction/" + fn.Name + ", step " + st.path
	}
	if s.body(f, s.given(fn, sc), p, sc, from) {
		return true
	}
	if what == "" {
		f.from, f.at = "ValueFunction/"+fn.Name+", which returns no such thing, step "+st.path, fn.Node.Pos()
	}
	return false
}

// given is what a ValueFunction gave: its return, or the defaultReturn of the precondition that ended it.
func (s *search) given(fn *program.ValueFunction, sc *scope) *program.Body {
	if end := s.ended(fn, sc); end != nil {
		return end.Return
	}
	return fn.Return
}

// ended is the precondition whose defaultReturn ended a ValueFunction; nil when none did.
func (s *search) ended(fn *program.ValueFunction, sc *scope) *program.Condition {
	for _, c := range fn.Preconditions {
		holds, err := c.Assert.Eval(s.ctx, sc.vars)
		if err != nil || holds != false {
			continue
		}
		if c.Kind == program.CondReturn {
			return c
		}
		return nil
	}
	return nil
}

// stateOf is the state of the Workflow that a step calls: of each key, what the last step says that sets it.
func (s *search) stateOf(f *fact, st *step, p path) {
	r := st.inner(s.world.Program)
	name := "Workflow/" + r.workflow.Name + ", step " + st.path
	f.from, f.at = "state of "+name, r.workflow.Node.Pos()
	done := map[any]bool{}
	for i := len(r.workflow.Steps) - 1; i >= 0; i-- {
		def := r.workflow.Steps[i]
		if def.State == nil {
			continue
		}
		inner := r.step(def.Label)
		from := "state of step " + inner.path
		if len(p) > 0 {
			if s.body(f, def.State, p, inner.state(), from) {
				return
			}
			continue
		}
		for _, pair := range def.State.Node.Pairs {
			if done[pair.Key] {
				continue
			}
			done[pair.Key] = true
			one := &fact{read: f.read + tail(path{pair.Key})}
			if v, found := at(f.value, path{pair.Key}); found {
				one.set(v)
			}
			s.body(one, def.State, path{pair.Key}, inner.state(), from)
			one.settle()
			f.reads = append(f.reads, one)
		}
	}
}
