// SPDX-License-Identifier: Apache-2.0

package expr

import "slices"

// FormKind says how a Form makes its value.
type FormKind uint8

const (
	FormConstant  FormKind = iota // a value that depends on nothing
	FormVariable                  // the variable Name
	FormLoop                      // the variable of an enclosing loop, by its Slot
	FormField                     // the field Name of Parts[0]
	FormIndex                     // the entry of Parts[0] whose key is Parts[1]
	FormItem                      // an item of Parts[0] whose place is a constant number, which Name shows
	FormMap                       // a map; Keys[i] belongs to Parts[i]; with Computed, keys are among the Parts too
	FormList                      // a list of Parts
	FormChoice                    // Parts[0] ? Parts[1] : Parts[2]
	FormPresence                  // has(Parts[0])
	FormEach                      // Parts[0].map(Slot, Parts[1]), or with Parts[2] the test of a filter
	FormTest                      // all, exists or exists_one: Parts[1] is the test of Slot, an item of Parts[0]
	FormReduce                    // Parts[0].reduce(Slot+1, Slot, Parts[1], Parts[2])
	FormIdentity                  // self_ref(Parts[0])
	FormReference                 // to_ref, kindless_ref or group_ref of Parts[0]
	FormExtent                    // size, keys or type of Parts[0]: what lies in its entries does not matter
	FormValues                    // values(Parts[0])
	FormFlat                      // flatten(Parts[0]), by one level
	FormJoin                      // Parts[0] + Parts[1]
	FormOverlay                   // overlay(Parts[0], Parts[1])
	FormMember                    // Parts[0] in Parts[1]
	FormOperation                 // anything else: of all of its Parts
)

// Form is how an expression makes its value, for analyses that know no values. Whatever is no constant, and has no
// kind of its own, is a FormOperation.
type Form struct {
	Kind     FormKind
	Name     string
	Slot     int
	Offset   int  // of a variable, in the text
	Computed bool // of a FormMap: see there; of a FormOperation: it may read anything
	Keys     []string
	Parts    []Form
}

// ServerMetadata lists the fields of metadata that only a server fills in.
func ServerMetadata() []string { return slices.Clone(serverMetadata) }

// Form is the outline of the expression.
func (p *Program) Form() Form { return formOf(p.root) }

func formOf(n node) Form {
	switch n := n.(type) {
	case constant, failing:
		return Form{}
	case local:
		return Form{Kind: FormLoop, Slot: n.slot}
	case variable:
		return Form{Kind: FormVariable, Name: n.name, Offset: n.at.offset}
	case selectField:
		return Form{Kind: FormField, Name: n.key, Parts: []Form{formOf(n.operand)}}
	case index:
		return indexForm(n)
	case list:
		return Form{Kind: FormList, Parts: formsOf(n.items...)}
	case mapLiteral:
		return mapForm(n)
	case conditional:
		return Form{Kind: FormChoice, Parts: formsOf(n.test, n.yes, n.no)}
	case presenceTest:
		return Form{Kind: FormPresence, Parts: formsOf(n.of)}
	case either:
		return Form{Kind: FormOperation, Parts: formsOf(n.left, n.right)}
	case *unary:
		return Form{Kind: FormOperation, Parts: formsOf(n.a)}
	case *binary:
		return Form{Kind: binaryForm(n), Parts: formsOf(n.a, n.b)}
	case *loop:
		return loopForm(n)
	case *call:
		return Form{Kind: callForm(n), Parts: formsOf(n.args...)}
	}
	return Form{Kind: FormOperation, Computed: true}
}

func formsOf(nodes ...node) []Form {
	out := make([]Form, len(nodes))
	for i, n := range nodes {
		out[i] = formOf(n)
	}
	return out
}

func indexForm(n index) Form {
	if c, ok := n.key.(constant); ok {
		if key, isText := c.value.(string); isText {
			return Form{Kind: FormField, Name: key, Parts: formsOf(n.operand)}
		}
		if key, isKey := keyText(c.value); isKey {
			return Form{Kind: FormItem, Name: key, Parts: formsOf(n.operand)}
		}
	}
	return Form{Kind: FormIndex, Parts: formsOf(n.operand, n.key)}
}

func mapForm(n mapLiteral) Form {
	out := Form{Kind: FormMap, Keys: make([]string, len(n.keys)), Parts: formsOf(n.values...)}
	for i, k := range n.keys {
		c, fixed := k.(constant)
		if fixed {
			out.Keys[i], fixed = keyText(c.value)
		}
		if !fixed {
			return Form{Kind: FormMap, Computed: true, Parts: append(out.Parts, formsOf(n.keys...)...)}
		}
	}
	return out
}

func loopForm(n *loop) Form {
	switch n.kind {
	case loopReduce:
		return Form{Kind: FormReduce, Slot: n.item, Parts: formsOf(n.over, n.init, n.result)}
	case loopMap:
		out := Form{Kind: FormEach, Slot: n.item, Parts: formsOf(n.over, n.result)}
		if n.test != nil {
			out.Parts = append(out.Parts, formOf(n.test))
		}
		return out
	default:
		return Form{Kind: FormTest, Slot: n.item, Parts: formsOf(n.over, n.test)}
	}
}

// binaryForm tells operators apart by how they read.
func binaryForm(n *binary) FormKind {
	switch n.at.source {
	case "+":
		return FormJoin
	case "in":
		return FormMember
	}
	return FormOperation
}

func callForm(n *call) FormKind {
	switch n.fn {
	case natives["self_ref"]:
		return FormIdentity
	case natives["to_ref"], natives["kindless_ref"], natives["group_ref"]:
		return FormReference
	case natives["size"], natives["keys"], natives["type"]:
		return FormExtent
	case natives["values"]:
		return FormValues
	case natives["overlay"]:
		return FormOverlay
	case natives["flatten"]:
		if len(n.args) == 1 {
			return FormFlat
		}
	}
	return FormOperation
}
