// SPDX-License-Identifier: Apache-2.0

package render

// TriggersOf lists the objects of the input that Workflows run for, as indexes into s.Objects. What is wrong with the
// choice is told by Evaluate.
func TriggersOf(s *Sources, p *Program, opts Options) []int {
	inputs, _ := selectTriggers(s, p, opts)
	var out []int
	for i := range inputs {
		if inputs[i].workflow != nil {
			out = append(out, i)
		}
	}
	return out
}

// Kinds lists the CustomResourceDefinitions of all layers. Of two that define a kind, the first counts. They must not be
// changed.
func (s *Sources) Kinds() []map[string]any { return s.definedKinds }

// Replace gives the i-th object of the input another value, as if its file had held it. The value has the same apiVersion,
// kind, namespace and name, and must not be changed any more.
func (s *Sources) Replace(i int, value map[string]any) {
	o := &s.Objects[i]
	o.Value, o.Raw = value, nil
	s.declared.Replace(o.Object)
}
