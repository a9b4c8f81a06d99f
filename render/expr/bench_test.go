// SPDX-License-Identifier: Apache-2.0

package expr

import "testing"

func benchVars() Vars {
	return Vars{"inputs": map[string]any{"name": "web", "n": int64(3), "l": []any{int64(1), int64(2), int64(3)}, "spec": map[string]any{"a": map[string]any{"b": "c"}}},
		"resource": &Object{Value: map[string]any{"spec": map[string]any{"cidr": "10/8"}}, Step: "vpc"}}
}

func BenchmarkEval(b *testing.B) {
	for name, text := range map[string]string{
		"path": "inputs.spec.a.b", "concat": "inputs.name + '-' + string(inputs.n)", "map": "inputs.l.map(x, x * 2)",
		"ternary": "has(inputs.zz) ? inputs.zz : inputs.name", "unknown": "resource.status.ip", "literal": "{'a': inputs.name, 'b': [inputs.n]}",
	} {
		b.Run(name, func(b *testing.B) {
			env, _ := NewEnv(Limits{})
			p, problems := env.Compile(text, []string{"inputs", "resource"})
			if p == nil {
				b.Fatal(problems)
			}
			vars := benchVars()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Eval(b.Context(), vars); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	env, _ := NewEnv(Limits{})
	b.ReportAllocs()
	for b.Loop() {
		if p, _ := env.compile("has(inputs.zz) ? inputs.zz + '-x' : inputs.name.lower()", []string{"inputs"}); p == nil {
			b.Fatal("not compiled")
		}
	}
}

func BenchmarkNewEnv(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewEnv(Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
